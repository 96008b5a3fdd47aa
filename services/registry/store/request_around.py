"""What judging a request takes: the school, its cohort, its contacts."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from contracts.schools import Cohort
from services.plumbing.postgres import Transaction
from services.registry.domain.requests.around import Around


async def find_request_around(tx: Transaction, school_id: UUID, cohort_id: UUID, today: dt.date) -> Around | None:
    """The surroundings in which a request is judged; None where the school has no such cohort.

    The school's row is locked against changes: a school that is closing takes no new requests.
    """
    row = await tx.fetchrow(
        """
        SELECT schools.phase, schools.state, cohorts.cohort_id, cohorts.kind, cohorts.label, cohorts.year,
               cohorts.academic_year, cohorts.pupils,
               ARRAY(SELECT contact_id
                       FROM own.contacts
                      WHERE organisation = 'school' AND organisation_id = $1 AND contacts.state = 'active') AS contacts
          FROM own.schools JOIN own.cohorts USING (school_id)
         WHERE school_id = $1 AND cohort_id = $2
           FOR SHARE OF schools
        """,
        school_id,
        cohort_id,
    )
    if row is None:
        return None
    return Around(
        today=today,
        school_id=school_id,
        phase=row["phase"],
        is_open=row["state"] == "open",
        cohort=Cohort(**{name: row[name] for name in _COHORT}),
        contacts=frozenset(row["contacts"]),
    )


_COHORT = ("cohort_id", "kind", "label", "year", "academic_year", "pupils")
