"""Rounds of the matcher, in figures."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts.rounds import Round
from services.plumbing.postgres import Transaction


async def remember_round(tx: Transaction, round_: Round, version: int) -> bool:
    """Keep the round unless this or a newer version is here already; say whether it was kept."""
    return bool(
        await tx.fetchval(
            """
            INSERT INTO memory.rounds (round_id, version, area_id, started_at, record)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (round_id) DO UPDATE
               SET version = excluded.version, started_at = excluded.started_at, record = excluded.record
             WHERE rounds.version < excluded.version
            RETURNING true
            """,
            round_.round_id,
            version,
            round_.area_id,
            round_.started_at,
            round_.model_dump(mode="json"),
        )
    )


async def find_round(tx: Transaction, round_id: UUID) -> Round | None:
    record = await tx.fetchval("SELECT record FROM memory.rounds WHERE round_id = $1", round_id)
    return Round.model_validate(record) if record else None


async def rounds(tx: Transaction, area_id: UUID, after: UUID | None, limit: int) -> Sequence[Round]:
    """An area's rounds, newest first: ids rise with time."""
    rows = await tx.fetch(
        """
        SELECT record
          FROM memory.rounds
         WHERE area_id = $1 AND ($2::uuid IS NULL OR round_id < $2)
         ORDER BY round_id DESC
         LIMIT $3
        """,
        area_id,
        after,
        limit,
    )
    return [Round.model_validate(row["record"]) for row in rows]
