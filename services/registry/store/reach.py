"""How far a key looks: the areas whose offers, and the schools whose requests, its holder may read."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.plumbing.postgres import Transaction


async def areas_of_hub(tx: Transaction, hub_id: UUID) -> list[UUID]:
    rows = await tx.fetch("SELECT area_id FROM own.hubs WHERE hub_id = $1", hub_id)
    return [row["area_id"] for row in rows]


async def areas_of_school(tx: Transaction, school_id: UUID, day: date) -> list[UUID]:
    """The areas of the hubs that the school is in on `day`."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT area_id
          FROM own.memberships JOIN own.hubs USING (hub_id)
         WHERE school_id = $1 AND since <= $2 AND (until IS NULL OR $2 <= until)
        """,
        school_id,
        day,
    )
    return [row["area_id"] for row in rows]


async def schools_of_hub(tx: Transaction, hub_id: UUID, day: date) -> list[UUID]:
    """The schools that are in the hub on `day`."""
    rows = await tx.fetch(
        """
        SELECT school_id
          FROM own.memberships
         WHERE hub_id = $1 AND since <= $2 AND (until IS NULL OR $2 <= until)
        """,
        hub_id,
        day,
    )
    return [row["school_id"] for row in rows]
