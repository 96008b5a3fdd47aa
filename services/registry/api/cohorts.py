"""Cohorts: groups of pupils as head-counts, and the encounters they had from elsewhere."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from contracts.gatsby import Benchmark, academic_year
from contracts.schools import Cohort
from services.plumbing.uuids import uuid7
from services.registry.api.auth import SchoolKey
from services.registry.api.authority import act_for_school
from services.registry.api.bodies import LEFT_OUT, Body, Count, Line, Whole
from services.registry.api.idempotency import CREATES
from services.registry.api.paging import Listing, Paging
from services.registry.api.preconditions import IfMatch
from services.registry.api.routing import BusinessClock, OpenTransaction, ThisTurn, keyed_router
from services.registry.domain import schools as domain
from services.registry.store import cohorts as store
from services.registry.store import schools

router = keyed_router("cohorts")


def _academic_year(text: str) -> str:
    if not domain.is_academic_year(text):
        raise ValueError("this is not an academic year; write it as 2026/27")
    return text


AcademicYear = Annotated[str, Field(max_length=7), AfterValidator(_academic_year)]
Met = Annotated[
    dict[Benchmark, Count],
    Field(description="Credits from elsewhere: pupils met (gb5, gb7), pupil-days (gb6).", examples=[{"gb5": 40}]),
]


class NewCohort(Body):
    """A cohort to be."""

    kind: Literal["year_group", "programme", "pathway"] = "year_group"
    label: Line = Field(LEFT_OUT, description='"Year 10" and so on if left out.')
    year: Whole = Field(ge=7, le=14, examples=[10])
    academic_year: AcademicYear = Field(LEFT_OUT, description="The current one if left out.", examples=["2026/27"])
    pupils: Whole = Field(ge=0, le=10_000, description="How many there are; never who.", examples=[180])
    met_elsewhere: Met = Field(default_factory=dict)


class CohortChange(Body):
    """What to change of a cohort; `met_elsewhere` is replaced whole."""

    label: Line = LEFT_OUT
    pupils: Whole = Field(LEFT_OUT, ge=0, le=10_000)
    met_elsewhere: Met = LEFT_OUT


@router.post("/v1/schools/{school_id}/cohorts", status_code=201, dependencies=[CREATES])
async def add_cohort(school_id: UUID, new: NewCohort, caller: SchoolKey, turn: ThisTurn) -> Cohort:
    """Add a cohort to a school."""
    today = turn.clock.today()
    await act_for_school(turn.tx, caller, school_id, today)
    old = await schools.lock_school(turn.tx, school_id)
    usual = {"label": f"Year {new.year}", "academic_year": academic_year(today)}
    cohort = Cohort(cohort_id=uuid7(), **(usual | new.model_dump(exclude_unset=True)))
    school = domain.with_cohort(old.entity, cohort)
    await store.add_cohort(turn.tx, school_id, cohort)
    await schools.keep_school(turn.tx, school, old.version + 1)
    await turn.say(school, "school.amended.v1", old.version + 1)
    turn.show(version=1)
    turn.created(f"/v1/schools/{school_id}/cohorts/{cohort.cohort_id}")
    return cohort


@router.get("/v1/schools/{school_id}/cohorts")
async def list_cohorts(
    school_id: UUID,
    caller: SchoolKey,
    tx: OpenTransaction,
    clock: BusinessClock,
    page: Paging,
    academic_year: AcademicYear | None = None,
) -> Listing[Cohort]:
    """The school's cohorts, of one academic year or of all."""
    await act_for_school(tx, caller, school_id, clock.today())
    await schools.get_school(tx, school_id)
    found = await store.cohorts(tx, school_id, academic_year, page.after, page.fetch)
    return page.listing(found, lambda cohort: cohort.cohort_id)


@router.get("/v1/schools/{school_id}/cohorts/{cohort_id}")
async def read_cohort(school_id: UUID, cohort_id: UUID, caller: SchoolKey, turn: ThisTurn) -> Cohort:
    """One cohort."""
    await act_for_school(turn.tx, caller, school_id, turn.clock.today())
    cohort = await store.get_cohort(turn.tx, school_id, cohort_id)
    turn.show(cohort.version)
    return cohort.entity


@router.patch("/v1/schools/{school_id}/cohorts/{cohort_id}")
async def amend_cohort(
    school_id: UUID, cohort_id: UUID, change: CohortChange, caller: SchoolKey, if_match: IfMatch, turn: ThisTurn
) -> Cohort:
    """Change a cohort's head-counts or label. The `ETag` is the cohort's own."""
    await act_for_school(turn.tx, caller, school_id, turn.clock.today())
    school = await schools.lock_school(turn.tx, school_id)
    old = await store.get_cohort(turn.tx, school_id, cohort_id)
    if_match.check(old.version)
    cohort = Cohort.model_validate(old.entity.model_dump() | change.model_dump(exclude_unset=True))
    if cohort != old.entity:
        changed = domain.with_cohort(school.entity, cohort)
        await store.keep_cohort(turn.tx, cohort, old.version + 1)
        await schools.keep_school(turn.tx, changed, school.version + 1)
        await turn.say(changed, "school.amended.v1", school.version + 1)
    turn.show(old.version + (cohort != old.entity))
    return cohort
