"""What our own topic knows newer than these tables: taken after a restore, so that nothing is said twice."""

from __future__ import annotations

from contracts.event import Fact
from contracts.letters import Letter
from contracts.matches import Match
from services.notifier.letters import TOLD
from services.notifier.store.memory import find_match
from services.plumbing.postgres import Transaction

_SAID_AGAIN = frozenset({"refused", "bounced"})


async def take_letter(tx: Transaction, fact: Fact[Letter], match: Match | None) -> bool:
    """The letter as it ended; say whether that was newer. One whose match nobody knows any more is left out."""
    letter = fact.data
    known = await tx.fetchval("SELECT version FROM own.letters WHERE letter_id = $1", letter.letter_id)
    about = match or await find_match(tx, letter.match_id)
    if about is None or (known is not None and known >= fact.aggregate_version):
        return False
    await tx.execute("DELETE FROM own.letters WHERE letter_id = $1", letter.letter_id)
    if letter.state not in _SAID_AGAIN:
        await _drop_what_waits_to_say_it(tx, letter)
    await _add(tx, fact, about)
    return True


async def _drop_what_waits_to_say_it(tx: Transaction, letter: Letter) -> None:
    await tx.execute(
        """
        DELETE FROM own.letters
         WHERE match_id = $1 AND kind = $2 AND terms_version = $3 AND state IN ('waiting', 'sending')
        """,
        letter.match_id,
        letter.kind,
        letter.terms_version,
    )


async def _add(tx: Transaction, fact: Fact[Letter], match: Match) -> None:
    letter = fact.data
    was_told = letter.state in TOLD and letter.terms_version == match.terms_version
    await tx.execute(
        """
        INSERT INTO own.letters (letter_id, version, match_id, hub_id, organisation_id, kind, audience, terms_version,
                                 contact_id, state, due_at, told, written_at, ended_at, detail,
                                 correlation_id, causation_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11, $11, $13, $14, $15)
        """,
        letter.letter_id,
        fact.aggregate_version,
        letter.match_id,
        match.hub_id,
        match.school_id if letter.audience == "school" else match.employer_id,
        letter.kind,
        letter.audience,
        letter.terms_version,
        letter.contact_id,
        letter.state,
        letter.at,
        match.terms.model_dump(mode="json") if was_told else None,
        letter.detail,
        fact.correlation_id,
        fact.causation_id,
    )


async def end_what_was_under_way(tx: Transaction) -> int:
    """No email of the backup goes out as it was composed; how many letters are unknown because of that.

    One whose content had begun may have arrived: it is unknown, and so are its letters, unless the topic knows better.
    The letters of the others wait again, and are composed anew if there is still a reason for them.
    """
    rows = await tx.fetch(
        """
        WITH begun AS (
            UPDATE own.emails SET state = 'unknown', ended_at = data_started_at, recipient = NULL, lease = NULL,
                   detail = 'restored from a backup in which its content had begun'
             WHERE state = 'sending' AND data_started_at IS NOT NULL
            RETURNING email_id, data_started_at
        )
        UPDATE own.letters l SET state = 'unknown', version = version + 1, ended_at = b.data_started_at
          FROM begun b WHERE l.email_id = b.email_id AND l.state IN ('waiting', 'sending')
        RETURNING l.letter_id
        """
    )
    await tx.execute(
        """
        UPDATE own.emails SET state = 'dissolved', ended_at = composed_at, recipient = NULL, message = NULL,
               lease = NULL, detail = 'restored from a backup'
         WHERE state IN ('ready', 'sending')
        """
    )
    await tx.execute(
        "UPDATE own.letters SET state = 'waiting', email_id = NULL, hold_until = NULL"
        " WHERE state IN ('waiting', 'sending')"
    )
    # What had been acted upon was known to the database that is gone.
    await tx.execute("DELETE FROM own.heard")
    return len(rows)


async def leap(tx: Transaction, by: int) -> None:
    """Raise every version to the next full number of `by`: above whatever was told before and is not known here."""
    await tx.execute("UPDATE own.letters SET version = (version / $1 + 1) * $1", by)
