"""Which schools are in which hub, and when."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from contracts.schools import Membership
from services.plumbing.postgres import Transaction
from services.plumbing.uuids import uuid7


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


async def add_membership(tx: Transaction, school_id: UUID, membership: Membership) -> None:
    await tx.execute(
        """
        INSERT INTO own.memberships (membership_id, school_id, hub_id, cluster_id, since, until)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        uuid7(),
        school_id,
        membership.hub_id,
        membership.cluster_id,
        membership.since,
        membership.until,
    )


async def end_membership(tx: Transaction, school_id: UUID, hub_id: UUID, last_day: date) -> None:
    """End the first membership that would run longer than `last_day`."""
    await tx.execute(
        """
        UPDATE own.memberships SET until = $3
         WHERE membership_id = (
             SELECT membership_id FROM own.memberships
              WHERE school_id = $1 AND hub_id = $2 AND (until IS NULL OR until > $3)
              ORDER BY since
              LIMIT 1
         )
        """,
        school_id,
        hub_id,
        last_day,
    )
