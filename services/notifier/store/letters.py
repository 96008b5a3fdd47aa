"""Letters: written, tied to an email and taken out of it, ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notifier.letters import Written
from services.plumbing.postgres import Transaction


@dataclass(frozen=True)
class NewLetter:
    """A letter as it is first written, for nobody in particular yet."""

    letter_id: UUID
    match_id: UUID
    hub_id: UUID
    organisation_id: UUID
    kind: str
    audience: str
    terms_version: int
    due_at: datetime
    correlation_id: UUID
    causation_id: UUID | None


@dataclass(frozen=True)
class Row:
    """A letter as it stands."""

    letter_id: UUID
    version: int
    match_id: UUID
    hub_id: UUID
    organisation_id: UUID
    kind: str
    audience: str
    terms_version: int
    contact_id: UUID | None
    state: str
    due_at: datetime
    ended_at: datetime | None
    detail: str
    correlation_id: UUID
    causation_id: UUID | None


async def written_letters(tx: Transaction, match_id: UUID) -> list[Written]:
    """Every letter about the match, kept as it is until `tx` ends."""
    rows = await tx.fetch(
        """
        SELECT letter_id, kind, terms_version, state FROM own.letters
         WHERE match_id = $1 ORDER BY letter_id FOR UPDATE
        """,
        match_id,
    )
    return [Written(**row) for row in rows]


async def add_letter(tx: Transaction, letter: NewLetter, written_at: datetime) -> None:
    """Write a letter, unless the same thing is being said already."""
    await tx.execute(
        """
        INSERT INTO own.letters (letter_id, match_id, hub_id, organisation_id, kind, audience, terms_version,
                                 due_at, written_at, correlation_id, causation_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT DO NOTHING
        """,
        letter.letter_id,
        letter.match_id,
        letter.hub_id,
        letter.organisation_id,
        letter.kind,
        letter.audience,
        letter.terms_version,
        letter.due_at,
        written_at,
        letter.correlation_id,
        letter.causation_id,
    )


async def end_letter(tx: Transaction, letter_id: UUID, state: str, at: datetime, detail: str) -> Row:
    """Put the letter into its end state, one version up."""
    row = await tx.fetchrow(
        """
        UPDATE own.letters
           SET state = $2, version = version + 1, ended_at = $3, detail = $4, hold_until = NULL
         WHERE letter_id = $1
        RETURNING letter_id, version, match_id, hub_id, organisation_id, kind, audience, terms_version, contact_id,
                  state, due_at, ended_at, detail, correlation_id, causation_id
        """,
        letter_id,
        state,
        at,
        detail,
    )
    return Row(**row)  # type: ignore[arg-type]


async def letters_of_email(tx: Transaction, email_id: UUID) -> list[Row]:
    """The letters in the email, kept until `tx` ends."""
    rows = await tx.fetch(
        """
        SELECT letter_id, version, match_id, hub_id, organisation_id, kind, audience, terms_version, contact_id,
               state, due_at, ended_at, detail, correlation_id, causation_id
          FROM own.letters
         WHERE email_id = $1
         ORDER BY letter_id
           FOR UPDATE
        """,
        email_id,
    )
    return [Row(**row) for row in rows]


async def mark_letters(tx: Transaction, letter_ids: Sequence[UUID], state: str) -> None:
    """Set `sending`, or back to `waiting`: states that nobody outside hears of."""
    await tx.execute("UPDATE own.letters SET state = $2 WHERE letter_id = ANY($1)", letter_ids, state)


async def release_letters(tx: Transaction, email_id: UUID) -> None:
    """Take the letters that still wait out of the email, so that they go in another one."""
    await tx.execute(
        """
        UPDATE own.letters SET email_id = NULL, state = 'waiting', hold_until = NULL
         WHERE email_id = $1 AND state IN ('waiting', 'sending')
        """,
        email_id,
    )


async def matches_written_about_to(tx: Transaction, contact_id: UUID) -> list[UUID]:
    """The matches of the letters to the person, or in an email naming the person, that have not gone out."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT l.match_id
          FROM own.letters l LEFT JOIN own.emails e ON e.email_id = l.email_id
         WHERE l.state IN ('waiting', 'sending') AND (l.contact_id = $1 OR $1 = ANY(e.mentions))
        """,
        contact_id,
    )
    return [row["match_id"] for row in rows]


async def free_letters_of(tx: Transaction, contact_id: UUID) -> list[Row]:
    """The person's letters that have not gone out, taken out of any email; kept until `tx` ends."""
    rows = await tx.fetch(
        """
        UPDATE own.letters SET email_id = NULL, hold_until = NULL
         WHERE contact_id = $1 AND state = 'waiting'
        RETURNING letter_id, version, match_id, hub_id, organisation_id, kind, audience, terms_version, contact_id,
                  state, due_at, ended_at, detail, correlation_id, causation_id
        """,
        contact_id,
    )
    return [Row(**row) for row in rows]
