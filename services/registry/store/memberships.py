"""Which schools are in which hub, and when."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.plumbing.postgres import Transaction


async def is_member(tx: Transaction, school_id: UUID, hub_id: UUID, day: date) -> bool:
    """Whether the school is in the hub on `day`."""
    found: bool = await tx.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM own.memberships
             WHERE school_id = $1 AND hub_id = $2 AND since <= $3 AND (until IS NULL OR $3 <= until)
        )
        """,
        school_id,
        hub_id,
        day,
    )
    return found
