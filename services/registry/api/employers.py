"""Employers: who offers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field

from contracts.activities import SECTORS
from contracts.employers import Employer
from services.plumbing.postgres import Transaction
from services.plumbing.uuids import uuid7
from services.registry.api.auth import EmployerOrHubKey, HubKey
from services.registry.api.authority import oversee_employer
from services.registry.api.bodies import LEFT_OUT, Body, Count, Line
from services.registry.api.idempotency import CREATES
from services.registry.api.paging import Listing, Paging
from services.registry.api.preconditions import IfMatch
from services.registry.api.routing import OpenTransaction, ThisTurn, keyed_router
from services.registry.domain.codes import unknowns
from services.registry.domain.keys import Caller
from services.registry.domain.mistakes import Conflict, Fault, Unacceptable
from services.registry.domain.said import SectorCode
from services.registry.store import areas, hubs
from services.registry.store import employers as store

router = keyed_router("employers")


class EmployerFacts(Body):
    """What may be said of an employer, now or later."""

    sectors: tuple[SectorCode, ...] = Field(LEFT_OUT, max_length=len(SECTORS), examples=[["engineering", "digital"]])
    size_band: Line | None = Field(LEFT_OUT, max_length=50, examples=["250 to 499"])
    max_sessions: Count | None = Field(LEFT_OUT, description="Most sessions over all its offers; null: no limit.")
    cornerstone_of: tuple[UUID, ...] = Field(
        LEFT_OUT, max_length=50, description="Hubs it is a cornerstone employer of."
    )


class NewEmployer(EmployerFacts):
    """An employer to be."""

    name: Line = Field(examples=["Airframe Ltd"])
    home_area_id: UUID = Field(description="Where its offers are shown, unless they name other areas.")


class EmployerChange(EmployerFacts):
    """What to change of an employer; what is left out stays as it is, lists are replaced whole."""

    name: Line = LEFT_OUT


@router.post("/v1/employers", status_code=201, dependencies=[CREATES])
async def add_employer(new: NewEmployer, caller: HubKey, turn: ThisTurn) -> Employer:
    """Add an employer. A hub adds to its own area."""
    said = await _checked(turn.tx, new)
    if await areas.find_area(turn.tx, new.home_area_id) is None:
        fault = Fault("#/home_area_id", "No area has this id.", "Add the area first.")
        raise Unacceptable("There is no such area.", fault)
    if existing := await store.find_employer_id_by_name(turn.tx, new.home_area_id, new.name):
        raise Conflict("There is an employer of this name in this area.", employer_id=str(existing))
    employer = Employer(employer_id=uuid7(), **said)
    await oversee_employer(turn.tx, caller, employer)
    await store.add_employer(turn.tx, employer)
    await turn.say(employer, "employer.added.v1", version=1)
    turn.created(f"/v1/employers/{employer.employer_id}")
    return employer


@router.get("/v1/employers")
async def list_employers(
    caller: EmployerOrHubKey, tx: OpenTransaction, page: Paging, area_id: UUID | None = None
) -> Listing[Employer]:
    """The employers of an area: of its own for a hub, itself alone for an employer."""
    if caller.role == "employer":
        return page.listing([(await store.get_employer(tx, caller.organisation_id)).entity], _id)
    return page.listing(await store.employers(tx, await _area(tx, caller, area_id), page.after, page.fetch), _id)


@router.get("/v1/employers/{employer_id}")
async def read_employer(employer_id: UUID, caller: EmployerOrHubKey, turn: ThisTurn) -> Employer:
    """One employer."""
    employer = await store.get_employer(turn.tx, employer_id)
    await oversee_employer(turn.tx, caller, employer.entity)
    turn.show(employer.version)
    return employer.entity


@router.patch("/v1/employers/{employer_id}")
async def amend_employer(
    employer_id: UUID, change: EmployerChange, caller: EmployerOrHubKey, if_match: IfMatch, turn: ThisTurn
) -> Employer:
    """Change an employer."""
    old = await store.lock_employer(turn.tx, employer_id)
    await oversee_employer(turn.tx, caller, old.entity)
    if_match.check(old.version)
    employer = Employer.model_validate(old.entity.model_dump() | await _checked(turn.tx, change))
    if employer == old.entity:
        turn.show(old.version)
        return employer
    await store.keep_employer(turn.tx, employer, old.version + 1)
    await turn.say(employer, "employer.amended.v1", old.version + 1)
    return employer


async def _checked(tx: Transaction, facts: EmployerFacts) -> dict[str, Any]:
    """What was said, each code once. Raises Unacceptable for sectors and hubs that nobody knows."""
    said = facts.model_dump(exclude_unset=True)
    faults = unknowns(said.get("sectors", ()), SECTORS, "sector", "#/sectors")
    for n, hub_id in enumerate(said.get("cornerstone_of", ())):
        if await hubs.find_hub(tx, hub_id) is None:
            faults.append(Fault(f"#/cornerstone_of/{n}", "No hub has this id.", "Take the id of a hub."))
    if faults:
        raise Unacceptable("Something that is named here is not known.", *faults)
    return said | {name: tuple(sorted(set(said[name]))) for name in ("sectors", "cornerstone_of") if name in said}


async def _area(tx: Transaction, caller: Caller, area_id: UUID | None) -> UUID | None:
    if caller.role != "hub":
        return area_id
    own = (await hubs.get_hub(tx, caller.organisation_id)).entity.area_id
    if area_id not in (None, own):
        raise Unacceptable("A hub sees the employers of its own area.", _FOREIGN)
    return own


_FOREIGN = Fault("#/area_id", "This is not the hub's area.", "Leave it away.", "query")


def _id(employer: Employer) -> UUID:
    return employer.employer_id
