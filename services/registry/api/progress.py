"""Benchmark progress of a school and of a hub, from encounters that took place."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query

from contracts.gatsby import Rules, academic_year, rules_on
from services.registry.api.auth import HubKey, SchoolKey
from services.registry.api.authority import act_for_hub, act_for_school
from services.registry.api.routing import BusinessClock, OpenTransaction, keyed_router
from services.registry.domain.mistakes import NotFound
from services.registry.progress import HubProgress, SchoolProgress, hub_progress, school_progress
from services.registry.store.credits import credits_of_hub, credits_of_school
from services.registry.store.hubs import find_hub
from services.registry.store.schools import find_school

router = keyed_router("progress")
AcademicYear = Annotated[
    str | None,
    Query(pattern=r"^20(1[4-9]|[2-9]\d)/\d\d$", description="The present one if left away.", examples=["2026/27"]),
]


@router.get("/v1/schools/{school_id}/progress")
async def read_school_progress(
    school_id: UUID, caller: SchoolKey, tx: OpenTransaction, clock: BusinessClock, year: AcademicYear = None
) -> SchoolProgress:
    """A school's cohorts: credits from elsewhere, from encounters that took place, and booked ones."""
    await act_for_school(tx, caller, school_id, clock.today())
    if await find_school(tx, school_id) is None:
        raise NotFound("There is no school with this id.")
    shown = year or academic_year(clock.today())
    return school_progress(await credits_of_school(tx, school_id, shown), _rules(shown), shown)


@router.get("/v1/hubs/{hub_id}/progress")
async def read_hub_progress(
    hub_id: UUID, caller: HubKey, tx: OpenTransaction, clock: BusinessClock, year: AcademicYear = None
) -> HubProgress:
    """A hub's schools of today, by school and by year group. Cohorts of fewer than ten pupils are left out."""
    act_for_hub(caller, hub_id)
    if await find_hub(tx, hub_id) is None:
        raise NotFound("There is no hub with this id.")
    shown = year or academic_year(clock.today())
    return hub_progress(await credits_of_hub(tx, hub_id, clock.today(), shown), _rules(shown), shown)


def _rules(shown: str) -> Rules:
    """The wording in force when the academic year began."""
    return rules_on(date(int(shown[:4]), 9, 1))
