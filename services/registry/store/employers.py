"""Employers: who offers."""

from __future__ import annotations

from uuid import UUID

from contracts.employers import Employer
from services.plumbing.postgres import Transaction
from services.registry.domain.mistakes import NotFound
from services.registry.store.versions import Versioned, versioned


async def add_employer(tx: Transaction, employer: Employer) -> None:
    await tx.execute(
        """
        INSERT INTO own.employers (employer_id, version, name, sectors, size_band, home_area_id, max_sessions)
        VALUES ($1, 1, $2, $3, $4, $5, $6)
        """,
        employer.employer_id,
        employer.name,
        list(employer.sectors),
        employer.size_band,
        employer.home_area_id,
        employer.max_sessions,
    )
    await _keep_cornerstones(tx, employer)


async def keep_employer(tx: Transaction, employer: Employer, version: int) -> None:
    await tx.execute(
        """
        UPDATE own.employers SET version = $2, name = $3, sectors = $4, size_band = $5, max_sessions = $6
         WHERE employer_id = $1
        """,
        employer.employer_id,
        version,
        employer.name,
        list(employer.sectors),
        employer.size_band,
        employer.max_sessions,
    )
    await _keep_cornerstones(tx, employer)


async def _keep_cornerstones(tx: Transaction, employer: Employer) -> None:
    await tx.execute("DELETE FROM own.cornerstones WHERE employer_id = $1", employer.employer_id)
    await tx.execute(
        "INSERT INTO own.cornerstones (employer_id, hub_id) SELECT $1, unnest($2::uuid[])",
        employer.employer_id,
        list(employer.cornerstone_of),
    )


async def find_employer(tx: Transaction, employer_id: UUID) -> Versioned[Employer] | None:
    row = await tx.fetchrow("SELECT entity, version FROM own.whole_employers WHERE employer_id = $1", employer_id)
    return versioned(Employer, row) if row else None


async def get_employer(tx: Transaction, employer_id: UUID) -> Versioned[Employer]:
    """The employer. Raises NotFound."""
    found = await find_employer(tx, employer_id)
    if found is None:
        raise NotFound("There is no employer with this id, or not for this key.")
    return found


async def lock_employer(tx: Transaction, employer_id: UUID) -> Versioned[Employer]:
    """The employer, and nobody else changes it until the transaction ends. Raises NotFound."""
    await tx.execute("SELECT FROM own.employers WHERE employer_id = $1 FOR UPDATE", employer_id)
    return await get_employer(tx, employer_id)


async def find_employer_id_by_name(tx: Transaction, home_area_id: UUID, name: str) -> UUID | None:
    found: UUID | None = await tx.fetchval(
        "SELECT employer_id FROM own.employers WHERE home_area_id = $1 AND lower(name) = lower($2)",
        home_area_id,
        name,
    )
    return found


async def employers(tx: Transaction, home_area_id: UUID | None, after: UUID | None, limit: int) -> list[Employer]:
    """The employers, of one home area or of all, in the order they were added."""
    rows = await tx.fetch(
        """
        SELECT entity, version
          FROM own.whole_employers
         WHERE ($1::uuid IS NULL OR home_area_id = $1) AND ($2::uuid IS NULL OR employer_id > $2)
         ORDER BY employer_id
         LIMIT $3
        """,
        home_area_id,
        after,
        limit,
    )
    return [versioned(Employer, row).entity for row in rows]
