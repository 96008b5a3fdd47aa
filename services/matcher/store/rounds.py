"""Rounds with what went in and what came out, and the outlooks that came of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.outlooks import Outlook
from contracts.rounds import Round
from services.plumbing.postgres import Transaction


@dataclass(frozen=True)
class Recorded:
    """A round as it can be run again: both files packed, as the command line reads and writes them."""

    round: Round
    instance_gz: bytes
    matches_gz: bytes


async def add_round(tx: Transaction, recorded: Recorded, version: int = 1) -> None:
    await tx.execute(
        """
        INSERT INTO own.rounds (id, version, area_id, started_at, record, instance_gz, matches_gz)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        recorded.round.round_id,
        version,
        recorded.round.area_id,
        recorded.round.started_at,
        recorded.round.model_dump(mode="json"),
        recorded.instance_gz,
        recorded.matches_gz,
    )


async def find_round(tx: Transaction, round_id: UUID) -> Recorded | None:
    row = await tx.fetchrow("SELECT record, instance_gz, matches_gz FROM own.rounds WHERE id = $1", round_id)
    return Recorded(Round.model_validate(row["record"]), row["instance_gz"], row["matches_gz"]) if row else None


async def outlooks_by_request(tx: Transaction, request_ids: Iterable[UUID]) -> dict[UUID, tuple[int, dict[str, Any]]]:
    """What was last told about these requests, with its version; locked."""
    rows = await tx.fetch(
        """
        SELECT request_id, version, record FROM own.outlooks WHERE request_id = ANY($1)
         ORDER BY request_id FOR UPDATE
        """,
        sorted(set(request_ids)),
    )
    return {row["request_id"]: (row["version"], row["record"]) for row in rows}


async def save_outlook(tx: Transaction, outlook: Outlook, version: int) -> None:
    await tx.execute(
        """
        INSERT INTO own.outlooks (request_id, version, area_id, record) VALUES ($1, $2, $3, $4)
        ON CONFLICT (request_id) DO UPDATE
           SET version = excluded.version, area_id = excluded.area_id, record = excluded.record
        """,
        outlook.request_id,
        version,
        outlook.area_id,
        outlook.model_dump(mode="json"),
    )


async def purge_inputs(tx: Transaction, before: datetime, limit: int) -> int:
    """Forget what went into rounds that began before then, some at a time; their figures stay. How many."""
    rows = await tx.fetch(
        """
        UPDATE own.rounds SET instance_gz = '', matches_gz = ''
         WHERE id IN (SELECT id FROM own.rounds WHERE started_at < $1 AND length(instance_gz) > 0 LIMIT $2)
        RETURNING id
        """,
        before,
        limit,
    )
    return len(rows)
