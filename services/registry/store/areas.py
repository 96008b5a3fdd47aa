"""Areas: the hubs that share their employers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from services.plumbing.postgres import Transaction


async def add_area(tx: Transaction, area_id: UUID, name: str, now: datetime) -> None:
    await tx.execute("INSERT INTO own.areas (area_id, name, created_at) VALUES ($1, $2, $3)", area_id, name, now)


async def find_area(tx: Transaction, area_id: UUID) -> asyncpg.Record | None:
    return await tx.fetchrow("SELECT area_id, name FROM own.areas WHERE area_id = $1", area_id)


async def find_area_id_by_name(tx: Transaction, name: str) -> UUID | None:
    found: UUID | None = await tx.fetchval("SELECT area_id FROM own.areas WHERE lower(name) = lower($1)", name)
    return found


async def areas(tx: Transaction, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    return await tx.fetch(
        "SELECT area_id, name FROM own.areas WHERE $1::uuid IS NULL OR area_id > $1 ORDER BY area_id LIMIT $2",
        after,
        limit,
    )
