"""What catching up goes through after a rebuild: what is remembered and had no effect on matches yet, and every word.

Entities are read by what has not been acted upon; words of answers and letters by match, whether they had their effect
or not.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.plumbing.postgres import Transaction


@dataclass(frozen=True)
class Pending:
    """An entity as remembered, and its version."""

    id: UUID
    version: int
    record: dict[str, Any]


async def pending_employers(tx: Transaction, limit: int) -> list[Pending]:
    rows = await tx.fetch(
        """
        SELECT id, e.version, record FROM memory.employers e LEFT JOIN own.acted_upon a USING (id)
         WHERE a.version IS NULL OR a.version < e.version ORDER BY id LIMIT $1
        """,
        limit,
    )
    return [Pending(**row) for row in rows]


async def pending_offers(tx: Transaction, limit: int) -> list[Pending]:
    rows = await tx.fetch(
        """
        SELECT id, o.version, record FROM memory.offers o LEFT JOIN own.acted_upon a USING (id)
         WHERE a.version IS NULL OR a.version < o.version ORDER BY id LIMIT $1
        """,
        limit,
    )
    return [Pending(**row) for row in rows]


async def pending_requests(tx: Transaction, limit: int) -> list[Pending]:
    rows = await tx.fetch(
        """
        SELECT id, r.version, record FROM memory.requests r LEFT JOIN own.acted_upon a USING (id)
         WHERE a.version IS NULL OR a.version < r.version ORDER BY id LIMIT $1
        """,
        limit,
    )
    return [Pending(**row) for row in rows]


async def pending_schools(tx: Transaction, limit: int) -> list[Pending]:
    rows = await tx.fetch(
        """
        SELECT id, s.version, record FROM memory.schools s LEFT JOIN own.acted_upon a USING (id)
         WHERE a.version IS NULL OR a.version < s.version ORDER BY id LIMIT $1
        """,
        limit,
    )
    return [Pending(**row) for row in rows]


async def words_about(tx: Transaction, after: UUID, limit: int) -> list[tuple[UUID, dict[str, Any] | None, list[Any]]]:
    """The next matches, by id, of which anything was said: each with its answer and its letters in their order."""
    rows = await tx.fetch(
        """
        SELECT m.id, (SELECT record FROM memory.answers a WHERE a.id = m.id) AS answer,
               ARRAY(SELECT record FROM memory.letters l WHERE l.match_id = m.id
                      ORDER BY record ->> 'at', id) AS letters
          FROM own.matches m
         WHERE m.id > $1 AND m.version > 0
           AND (EXISTS (SELECT FROM memory.answers a WHERE a.id = m.id)
                OR EXISTS (SELECT FROM memory.letters l WHERE l.match_id = m.id))
         ORDER BY m.id LIMIT $2
        """,
        after,
        limit,
    )
    return [(row["id"], row["answer"], row["letters"]) for row in rows]


async def all_areas(tx: Transaction) -> set[UUID]:
    """Every area that a hub is in."""
    return {row["area_id"] for row in await tx.fetch("SELECT DISTINCT area_id FROM memory.hubs")}
