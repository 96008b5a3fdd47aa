"""Cohorts: groups of pupils of a school in an academic year, as head-counts."""

from __future__ import annotations

from uuid import UUID

from contracts.schools import Cohort
from services.plumbing.postgres import Transaction
from services.registry.domain.mistakes import NotFound
from services.registry.store.versions import Versioned, versioned


async def add_cohort(tx: Transaction, school_id: UUID, cohort: Cohort) -> None:
    await tx.execute(
        """
        INSERT INTO own.cohorts
               (cohort_id, version, school_id, kind, label, year, academic_year, pupils, met_elsewhere)
        VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8)
        """,
        cohort.cohort_id,
        school_id,
        cohort.kind,
        cohort.label,
        cohort.year,
        cohort.academic_year,
        cohort.pupils,
        cohort.met_elsewhere,
    )


async def keep_cohort(tx: Transaction, cohort: Cohort, version: int) -> None:
    """Write what may change of a cohort."""
    await tx.execute(
        "UPDATE own.cohorts SET version = $2, label = $3, pupils = $4, met_elsewhere = $5 WHERE cohort_id = $1",
        cohort.cohort_id,
        version,
        cohort.label,
        cohort.pupils,
        cohort.met_elsewhere,
    )


async def get_cohort(tx: Transaction, school_id: UUID, cohort_id: UUID) -> Versioned[Cohort]:
    """The cohort of that school. Raises NotFound."""
    row = await tx.fetchrow(
        """
        SELECT version, to_jsonb(cohorts) AS entity
          FROM own.cohorts
         WHERE school_id = $1 AND cohort_id = $2
        """,
        school_id,
        cohort_id,
    )
    if row is None:
        raise NotFound("The school has no cohort with this id.")
    return versioned(Cohort, row)


async def cohorts(
    tx: Transaction, school_id: UUID, academic_year: str | None, after: UUID | None, limit: int
) -> list[Cohort]:
    """The school's cohorts, of one academic year or of all, in the order they were added."""
    rows = await tx.fetch(
        """
        SELECT version, to_jsonb(cohorts) AS entity
          FROM own.cohorts
         WHERE school_id = $1 AND ($2::text IS NULL OR academic_year = $2) AND ($3::uuid IS NULL OR cohort_id > $3)
         ORDER BY cohort_id
         LIMIT $4
        """,
        school_id,
        academic_year,
        after,
        limit,
    )
    return [versioned(Cohort, row).entity for row in rows]
