"""Hubs and their clusters."""

from __future__ import annotations

from uuid import UUID

from contracts.hubs import Cluster, Hub
from services.plumbing.postgres import Transaction
from services.registry.domain.mistakes import NotFound
from services.registry.store.versions import Versioned, versioned


async def add_hub(tx: Transaction, hub: Hub) -> None:
    await tx.execute(
        """
        INSERT INTO own.hubs (hub_id, version, area_id, name, kind, host, policy, letters, calendar)
        VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8)
        """,
        hub.hub_id,
        hub.area_id,
        hub.name,
        hub.kind,
        hub.host,
        hub.policy.model_dump(mode="json"),
        hub.letters.model_dump(mode="json"),
        hub.calendar.model_dump(mode="json"),
    )


async def keep_hub(tx: Transaction, hub: Hub, version: int) -> None:
    """Write the hub's own fields; its clusters have rows of their own."""
    await tx.execute(
        """
        UPDATE own.hubs
           SET version = $2, name = $3, kind = $4, host = $5, policy = $6, letters = $7, calendar = $8
         WHERE hub_id = $1
        """,
        hub.hub_id,
        version,
        hub.name,
        hub.kind,
        hub.host,
        hub.policy.model_dump(mode="json"),
        hub.letters.model_dump(mode="json"),
        hub.calendar.model_dump(mode="json"),
    )


async def add_cluster(tx: Transaction, hub_id: UUID, cluster: Cluster) -> None:
    await tx.execute(
        "INSERT INTO own.clusters (cluster_id, hub_id, name, since) VALUES ($1, $2, $3, $4)",
        cluster.cluster_id,
        hub_id,
        cluster.name,
        cluster.since,
    )


async def find_hub(tx: Transaction, hub_id: UUID) -> Versioned[Hub] | None:
    row = await tx.fetchrow("SELECT entity, version FROM own.whole_hubs WHERE hub_id = $1", hub_id)
    return versioned(Hub, row) if row else None


async def get_hub(tx: Transaction, hub_id: UUID) -> Versioned[Hub]:
    """The hub. Raises NotFound."""
    found = await find_hub(tx, hub_id)
    if found is None:
        raise NotFound("There is no hub with this id.")
    return found


async def lock_hub(tx: Transaction, hub_id: UUID) -> Versioned[Hub]:
    """The hub, and nobody else changes it until the transaction ends. Raises NotFound."""
    await tx.execute("SELECT FROM own.hubs WHERE hub_id = $1 FOR UPDATE", hub_id)
    return await get_hub(tx, hub_id)


async def first_hub_id(tx: Transaction, area_id: UUID) -> UUID:
    """The hub that was first in the area; there has to be one."""
    found: UUID = await tx.fetchval("SELECT hub_id FROM own.hubs WHERE area_id = $1 ORDER BY hub_id LIMIT 1", area_id)
    return found


async def find_hub_id_by_name(tx: Transaction, name: str) -> UUID | None:
    found: UUID | None = await tx.fetchval("SELECT hub_id FROM own.hubs WHERE lower(name) = lower($1)", name)
    return found


async def hubs(tx: Transaction, area_id: UUID | None, after: UUID | None, limit: int) -> list[Hub]:
    """The hubs, of one area or of all, in the order they were added."""
    rows = await tx.fetch(
        """
        SELECT entity, version
          FROM own.whole_hubs
         WHERE ($1::uuid IS NULL OR area_id = $1) AND ($2::uuid IS NULL OR hub_id > $2)
         ORDER BY hub_id
         LIMIT $3
        """,
        area_id,
        after,
        limit,
    )
    return [versioned(Hub, row).entity for row in rows]
