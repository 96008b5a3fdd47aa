"""What our own topics know newer than these tables: taken whole, after a backup was restored. Else nothing happens."""

from typing import Any

from contracts.event import Fact
from contracts.outlooks import Outlook
from contracts.rounds import Round
from services.matcher.domain import LiveMatch
from services.matcher.store import matches, rounds
from services.plumbing.postgres import Transaction


async def take_match(tx: Transaction, match: LiveMatch) -> bool:
    """The match; say whether it was newer. Its places are counted when all are taken."""
    known = await tx.fetchval("SELECT version FROM own.matches WHERE id = $1", match.id)
    if known is not None and known >= match.version:
        return False
    await tx.execute("DELETE FROM own.matches WHERE id = $1", match.id)
    await matches.add_matches(tx, [match])
    return True


async def take_outlook(tx: Transaction, fact: Fact[Outlook]) -> bool:
    known = await tx.fetchval("SELECT version FROM own.outlooks WHERE request_id = $1", fact.subject)
    if known is not None and known >= fact.aggregate_version:
        return False
    await rounds.save_outlook(tx, fact.data, fact.aggregate_version)
    return True


async def take_round(tx: Transaction, fact: Fact[Round]) -> bool:
    """A round's figures. What went into it was nowhere else, and is lost."""
    if await tx.fetchval("SELECT true FROM own.rounds WHERE id = $1", fact.subject):
        return False
    await rounds.add_round(tx, rounds.Recorded(fact.data, b"", b""), fact.aggregate_version)
    return True


async def drop_planned(tx: Transaction) -> int:
    """Matches that nobody was told of: the next rounds plan anew."""
    rows: list[Any] = await tx.fetch("DELETE FROM own.matches WHERE state = 'planned' RETURNING id")
    return len(rows)


async def count_places(tx: Transaction) -> None:
    """Make every counter anew from the matches that hold places. Nothing more fits until the limits are heard again."""
    await tx.execute("DELETE FROM own.capacity")
    await tx.execute(
        """
        WITH holding AS (SELECT * FROM own.matches WHERE places > 0)
        INSERT INTO own.capacity (kind, id, places, taken)
        SELECT kind, id, taken, taken FROM (
            SELECT 'request_places' AS kind, request_id AS id, sum(places)::int AS taken
              FROM holding GROUP BY request_id
            UNION ALL
            SELECT 'session_places', session_id, sum(places)::int FROM holding GROUP BY session_id
            UNION ALL
            SELECT 'session_groups', session_id, count(*)::int FROM holding GROUP BY session_id
            UNION ALL
            SELECT 'offer_sessions', offer_id, count(DISTINCT session_id)::int FROM holding GROUP BY offer_id
            UNION ALL
            SELECT 'employer_sessions', employer_id, count(DISTINCT session_id)::int FROM holding GROUP BY employer_id
        ) AS counted
        """
    )


async def forget_what_was_under_way(tx: Transaction) -> None:
    """Nobody plans any area, each is to be planned anew, and everything that is known is to be judged anew."""
    await tx.execute("UPDATE own.areas SET fence = fence + 1, leased_until = NULL, planned_day = NULL")
    await tx.execute("DELETE FROM own.freed")
    await tx.execute("DELETE FROM own.acted_upon")


async def leap(tx: Transaction, by: int) -> None:
    """Raise every version to the next full number of `by`: above whatever was told before and is not known here."""
    await tx.execute("UPDATE own.matches SET version = (version / $1 + 1) * $1 WHERE version > 0", by)
    await tx.execute("UPDATE own.outlooks SET version = (version / $1 + 1) * $1", by)
    await tx.execute("UPDATE own.rounds SET version = (version / $1 + 1) * $1", by)
