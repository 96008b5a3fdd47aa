"""Schools: any institution in a hub, where it is, and when it is closed."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field, model_validator

from contracts.schools import Days, School
from services.plumbing.uuids import uuid7
from services.registry.api.auth import HubKey, SchoolKey
from services.registry.api.authority import act_for_hub, act_for_school
from services.registry.api.bodies import LEFT_OUT, Body, Degrees, Line, Postcode, Whole
from services.registry.api.idempotency import CREATES
from services.registry.api.paging import Listing, Paging
from services.registry.api.preconditions import IfMatch
from services.registry.api.routing import BusinessClock, OpenTransaction, ThisTurn, keyed_router
from services.registry.domain import schools as domain
from services.registry.domain.keys import Caller
from services.registry.domain.mistakes import Conflict
from services.registry.domain.said import Day
from services.registry.store import schools as store
from services.registry.store.schools import Sought

router = keyed_router("schools")
Phase = Literal["secondary", "special", "college", "alternative_provision"]
Urn = Annotated[int, Field(strict=True, ge=100_000, le=999_999, examples=[117499])]


class Closure(Days):
    """Days on which the school takes no visits: inset days, mock exams."""

    model_config = Body.model_config

    first: Day
    last: Day

    @model_validator(mode="after")
    def _runs_forward(self) -> Closure:
        if self.last < self.first:
            raise ValueError("the last day is before the first; swap them")
        return self


class SchoolFacts(Body):
    """What may be said of a school, now or later."""

    lat: Degrees | None = Field(LEFT_OUT, ge=49, le=61, description="Left out: the postcode's.")
    lon: Degrees | None = Field(LEFT_OUT, ge=-9, le=3, description="Left out: the postcode's.")
    fsm_pct: Degrees = Field(LEFT_OUT, ge=0, le=100, description="Eligible for free school meals, percent.")
    max_parallel: Whole = Field(LEFT_OUT, ge=1, le=50, description="Most encounters in one half-day; 2 if left out.")
    closures: tuple[Closure, ...] = Field(LEFT_OUT, max_length=200)


class NewSchool(SchoolFacts):
    """A school to be."""

    urn: Urn
    name: Line = Field(examples=["The Priory School"])
    phase: Phase
    postcode: Postcode = Field(examples=["SG5 2UR"])


class SchoolChange(SchoolFacts):
    """What to change of a school; what is left out stays as it is. The list of closures is replaced whole."""

    name: Line = LEFT_OUT
    phase: Phase = LEFT_OUT
    postcode: Postcode = LEFT_OUT
    state: Literal["open", "closed"] = LEFT_OUT


@router.post("/v1/schools", status_code=201, dependencies=[CREATES])
async def add_school(new: NewSchool, _: HubKey, turn: ThisTurn) -> School:
    """Add a school. Without lat and lon it is put where its postcode is."""
    if existing := await store.find_school_id_by_urn(turn.tx, new.urn):
        raise Conflict("There is a school with this URN.", school_id=str(existing))
    said = domain.placed(new.model_dump(exclude_unset=True))
    school = School(school_id=uuid7(), **said)
    await store.add_school(turn.tx, school)
    await turn.say(school, "school.added.v1", version=1)
    turn.created(f"/v1/schools/{school.school_id}")
    return school


@router.get("/v1/schools")
async def list_schools(
    caller: SchoolKey,
    tx: OpenTransaction,
    clock: BusinessClock,
    page: Paging,
    urn: Annotated[int | None, Query(ge=100_000, le=999_999)] = None,
    hub_id: UUID | None = None,
) -> Listing[School]:
    """The schools that the key may act for: of a hub those that are in it today."""
    sought = _within(caller, Sought(None, urn, hub_id, clock.today()))
    return page.listing(await store.schools(tx, sought, page.after, page.fetch), lambda school: school.school_id)


def _within(caller: Caller, sought: Sought) -> Sought:
    """No more than the caller may see."""
    if caller.role == "hub":
        act_for_hub(caller, sought.hub_id or caller.organisation_id)
        return replace(sought, hub_id=caller.organisation_id)
    return replace(sought, school_id=caller.organisation_id) if caller.role == "school" else sought


@router.get("/v1/schools/{school_id}")
async def read_school(school_id: UUID, caller: SchoolKey, turn: ThisTurn) -> School:
    """One school, with its memberships and cohorts."""
    await act_for_school(turn.tx, caller, school_id, turn.clock.today())
    school = await store.get_school(turn.tx, school_id)
    turn.show(school.version)
    return school.entity


@router.patch("/v1/schools/{school_id}")
async def amend_school(
    school_id: UUID, change: SchoolChange, caller: SchoolKey, if_match: IfMatch, turn: ThisTurn
) -> School:
    """Change a school. A new postcode moves it, unless lat and lon say where to."""
    await act_for_school(turn.tx, caller, school_id, turn.clock.today())
    old = await store.lock_school(turn.tx, school_id)
    if_match.check(old.version)
    said = domain.placed(change.model_dump(exclude_unset=True))
    school = School.model_validate(old.entity.model_dump() | said)
    if school == old.entity:
        turn.show(old.version)
        return school
    await store.keep_school(turn.tx, school, old.version + 1)
    closes = school.state == "closed" != old.entity.state
    await turn.say(school, "school.closed.v1" if closes else "school.amended.v1", old.version + 1)
    return school
