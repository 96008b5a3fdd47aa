"""Credits per cohort: from elsewhere, from encounters that took place, from confirmed ones to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.plumbing.postgres import Transaction
from services.registry.progress import CohortCredits


async def credits_of_school(tx: Transaction, school_id: UUID, academic_year: str) -> Sequence[CohortCredits]:
    """The school's cohorts of one academic year."""
    return await _credits(tx, [school_id], academic_year)


async def credits_of_hub(tx: Transaction, hub_id: UUID, day: date, academic_year: str) -> Sequence[CohortCredits]:
    """Cohorts of all open schools that are in the hub on `day`."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT school_id
          FROM own.memberships JOIN own.schools USING (school_id)
         WHERE hub_id = $1 AND since <= $2 AND (until IS NULL OR $2 <= until) AND state = 'open'
        """,
        hub_id,
        day,
    )
    return await _credits(tx, [row["school_id"] for row in rows], academic_year)


async def _credits(tx: Transaction, school_ids: list[UUID], academic_year: str) -> Sequence[CohortCredits]:
    """What took place counts as it was last recorded here; what is to come, as the matcher confirmed it."""
    rows = await tx.fetch(
        """
        WITH recorded AS (
            SELECT DISTINCT ON (match_id) match_id, held, pupils
              FROM own.deliveries
             ORDER BY match_id, number DESC
        ), earned AS (
            SELECT matches.cohort_id, gain.key AS benchmark,
                   coalesce(sum(gain.value::integer * recorded.pupils) FILTER (WHERE recorded.held), 0) AS delivered,
                   coalesce(sum(gain.value::integer * matches.pupils)
                            FILTER (WHERE recorded.match_id IS NULL AND matches.state = 'confirmed'), 0) AS booked
              FROM memory.matches
              LEFT JOIN recorded USING (match_id)
             CROSS JOIN LATERAL jsonb_each_text(matches.record #> '{terms,counts_to}') AS gain
             WHERE matches.school_id = ANY($1)
             GROUP BY matches.cohort_id, gain.key
        )
        SELECT schools.school_id, schools.name AS school_name, schools.phase,
               cohort_id, cohorts.label, cohorts.year, cohorts.pupils, cohorts.met_elsewhere,
               coalesce(jsonb_object_agg(benchmark, delivered) FILTER (WHERE delivered > 0), '{}') AS delivered,
               coalesce(jsonb_object_agg(benchmark, booked) FILTER (WHERE booked > 0), '{}') AS booked
          FROM own.cohorts
          JOIN own.schools USING (school_id)
          LEFT JOIN earned USING (cohort_id)
         WHERE school_id = ANY($1) AND academic_year = $2
         GROUP BY schools.school_id, cohort_id
         ORDER BY schools.name, schools.school_id, cohorts.year, cohorts.label
        """,
        school_ids,
        academic_year,
    )
    return [CohortCredits(**row) for row in rows]
