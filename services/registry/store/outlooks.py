"""Outlooks as the matcher told them: why a request has nothing yet, or not all."""

from __future__ import annotations

from uuid import UUID

from contracts.outlooks import Outlook
from services.plumbing.postgres import Transaction


async def remember_outlook(tx: Transaction, outlook: Outlook, version: int) -> bool:
    """Keep `outlook` unless this or a newer version is here already; say whether it was kept."""
    return bool(
        await tx.fetchval(
            """
            INSERT INTO memory.outlooks (request_id, version, state, record)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (request_id) DO UPDATE
               SET version = excluded.version, state = excluded.state, record = excluded.record
             WHERE outlooks.version < excluded.version
            RETURNING true
            """,
            outlook.request_id,
            version,
            outlook.state,
            outlook.model_dump(mode="json"),
        )
    )


async def find_outlook(tx: Transaction, request_id: UUID) -> Outlook | None:
    record = await tx.fetchval("SELECT record FROM memory.outlooks WHERE request_id = $1", request_id)
    return Outlook.model_validate(record) if record else None
