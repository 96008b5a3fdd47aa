"""Schools. Memberships and cohorts have modules of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.schools import School
from services.plumbing.postgres import Transaction
from services.registry.domain.mistakes import NotFound
from services.registry.store.versions import Versioned, versioned


@dataclass(frozen=True)
class Sought:
    """Which schools a list is to show; what is None does not matter."""

    school_id: UUID | None = None
    urn: int | None = None
    hub_id: UUID | None = None
    """Those in the hub on `day`."""
    day: date | None = None


async def add_school(tx: Transaction, school: School) -> None:
    await tx.execute(
        """
        INSERT INTO own.schools
               (school_id, version, urn, name, phase, state, postcode, lat, lon, fsm_pct, max_parallel, closures)
        VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        school.school_id,
        school.urn,
        school.name,
        school.phase,
        school.state,
        school.postcode,
        school.lat,
        school.lon,
        school.fsm_pct,
        school.max_parallel,
        [days.model_dump(mode="json") for days in school.closures],
    )


async def keep_school(tx: Transaction, school: School, version: int) -> None:
    """Write the school's own fields; memberships and cohorts have rows of their own."""
    await tx.execute(
        """
        UPDATE own.schools
           SET version = $2, name = $3, phase = $4, state = $5, postcode = $6, lat = $7, lon = $8,
               fsm_pct = $9, max_parallel = $10, closures = $11
         WHERE school_id = $1
        """,
        school.school_id,
        version,
        school.name,
        school.phase,
        school.state,
        school.postcode,
        school.lat,
        school.lon,
        school.fsm_pct,
        school.max_parallel,
        [days.model_dump(mode="json") for days in school.closures],
    )


async def find_school(tx: Transaction, school_id: UUID) -> Versioned[School] | None:
    row = await tx.fetchrow("SELECT entity, version FROM own.whole_schools WHERE school_id = $1", school_id)
    return versioned(School, row) if row else None


async def get_school(tx: Transaction, school_id: UUID) -> Versioned[School]:
    """The school. Raises NotFound."""
    found = await find_school(tx, school_id)
    if found is None:
        raise NotFound("There is no school with this id.")
    return found


async def lock_school(tx: Transaction, school_id: UUID) -> Versioned[School]:
    """The school, and nobody else changes it until the transaction ends. Raises NotFound."""
    await tx.execute("SELECT FROM own.schools WHERE school_id = $1 FOR UPDATE", school_id)
    return await get_school(tx, school_id)


async def find_school_id_by_urn(tx: Transaction, urn: int) -> UUID | None:
    found: UUID | None = await tx.fetchval("SELECT school_id FROM own.schools WHERE urn = $1", urn)
    return found


async def schools(tx: Transaction, sought: Sought, after: UUID | None, limit: int) -> list[School]:
    """The schools sought, in the order they were added."""
    rows = await tx.fetch(
        """
        SELECT entity, version
          FROM own.whole_schools
         WHERE ($1::uuid IS NULL OR school_id = $1)
           AND ($2::integer IS NULL OR urn = $2)
           AND ($3::uuid IS NULL OR school_id IN (
                   SELECT school_id FROM own.memberships
                    WHERE hub_id = $3 AND since <= $4 AND (until IS NULL OR $4 <= until)
               ))
           AND ($5::uuid IS NULL OR school_id > $5)
         ORDER BY school_id
         LIMIT $6
        """,
        sought.school_id,
        sought.urn,
        sought.hub_id,
        sought.day,
        after,
        limit,
    )
    return [versioned(School, row).entity for row in rows]
