"""School requests: one open one per cohort. A school acts for itself, a hub for the schools it has today."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contracts.requests import SchoolRequest
from services.plumbing.uuids import uuid7
from services.registry.api.auth import SchoolKey
from services.registry.api.authority import act_for_school
from services.registry.api.idempotency import CREATES
from services.registry.api.merging import Change, merged, under
from services.registry.api.offer_bodies import Withdrawal
from services.registry.api.paging import Listing, Paging
from services.registry.api.preconditions import IfMatch
from services.registry.api.previews import Preview, open_matches, preview
from services.registry.api.request_bodies import Filter, RequestAnswer, RequestChange, RequestPlan
from services.registry.api.routing import ThisTurn, Turn, keyed_router
from services.registry.domain import previews
from services.registry.domain.keys import Caller
from services.registry.domain.mistakes import Conflict, Fault, NotFound, Unacceptable
from services.registry.domain.requests import life
from services.registry.domain.requests.around import Around
from services.registry.domain.requests.said import NewRequest, RequestTerms
from services.registry.domain.said import without_lost_contact
from services.registry.store import reach
from services.registry.store import requests as store
from services.registry.store.outlooks import find_outlook
from services.registry.store.pairings import pairings
from services.registry.store.request_around import find_request_around
from services.registry.store.requests import KeptRequest, Wanted

router = keyed_router("requests")


@router.post("/v1/requests", status_code=201, dependencies=[CREATES])
async def post_request(new: NewRequest, caller: SchoolKey, turn: ThisTurn) -> SchoolRequest:
    """Post a request for a cohort. What is left out gets a sensible value, which the answer shows."""
    around = await _around(turn, await _school(new, caller, turn), new.cohort_id)
    request = life.post(new, around, request_id=uuid7(), now=turn.clock.now())
    if not await store.add_request(turn.tx, request, _said(new)):
        open_one = await store.find_open_request_id(turn.tx, new.cohort_id)
        raise Conflict("This cohort has an open request; amend that one.", request_id=str(open_one))
    await turn.say(request, "request.posted.v1", version=1)
    turn.created(f"/v1/requests/{request.request_id}")
    return request


@router.get("/v1/requests")
async def list_requests(asked: Filter, caller: SchoolKey, turn: ThisTurn, page: Paging) -> Listing[SchoolRequest]:
    """Requests, oldest first: a school's own, or those of a hub's schools."""
    if asked.school_id is not None:
        await act_for_school(turn.tx, caller, asked.school_id, turn.clock.today())
    wanted = Wanted(asked.school_id, asked.cohort_id, asked.state, await _schools_in_reach(turn, caller))
    found = await store.requests(turn.tx, wanted, page.after, page.fetch)
    return page.listing(found, lambda request: request.request_id)


@router.get("/v1/requests/{request_id}")
async def read_request(request_id: UUID, caller: SchoolKey, turn: ThisTurn) -> RequestAnswer:
    """One request, with its open matches and its outlook: why there is nothing yet, or not all."""
    kept = await store.get_request(turn.tx, request_id)
    await _check_may(turn, caller, kept)
    turn.show(kept.version)
    matches = open_matches(await pairings(turn.tx, request_id=request_id))
    return RequestAnswer(**dict(kept.request), outlook=await find_outlook(turn.tx, request_id), matches=matches)


@router.patch("/v1/requests/{request_id}")
async def amend_request(
    request_id: UUID, change: RequestChange, caller: SchoolKey, if_match: IfMatch, turn: ThisTurn
) -> SchoolRequest:
    """Change a request. Ask for a preview first: matches that no longer fit end."""
    kept = await _lock(turn, request_id, caller, if_match)
    said, request = await _amended(turn, kept, change)
    version = kept.version + (request != kept.request)
    await store.keep_request(turn.tx, KeptRequest(request, version, said))
    if version > kept.version:
        await turn.say(request, "request.amended.v1", version)
    turn.show(version)
    return request


@router.post("/v1/requests/{request_id}/withdraw")
async def withdraw_request(
    request_id: UUID, why: Withdrawal, caller: SchoolKey, if_match: IfMatch, turn: ThisTurn
) -> SchoolRequest:
    """Withdraw a request, for good. Its open matches end, and the cohort may have a new request."""
    kept = await _lock(turn, request_id, caller, if_match)
    request = life.withdraw(kept.request, why.reason)
    await store.keep_request(turn.tx, KeptRequest(request, kept.version + 1, kept.said))
    await turn.say(request, "request.withdrawn.v1", kept.version + 1)
    return request


@router.post("/v1/requests/{request_id}/preview")
async def preview_request(request_id: UUID, plan: RequestPlan, caller: SchoolKey, turn: ThisTurn) -> Preview:
    """What an amendment or a withdrawal would end. Nothing is changed."""
    kept = await store.get_request(turn.tx, request_id)
    await _check_may(turn, caller, kept)
    today, standing = turn.clock.today(), await pairings(turn.tx, request_id=request_id)
    match plan:
        case RequestPlan(amend=None, withdraw=Withdrawal(reason=reason)):
            with under("withdraw"):
                life.withdraw(kept.request, reason)
            return preview(previews.of_withdrawal(standing, "request_withdrawn", today), new_terms=False)
        case RequestPlan(amend=RequestChange() as change, withdraw=None):
            with under("amend"):
                _, request = await _amended(turn, kept, change)
            new_terms = request.terms_version > kept.request.terms_version
            return preview(previews.of_amended_request(request, standing, today), new_terms=new_terms)
    raise Unacceptable("The plan is not clear.", Fault("#", "A preview is of one change.", "Say amend or withdraw."))


async def _lock(turn: Turn, request_id: UUID, caller: Caller, if_match: IfMatch) -> KeptRequest:
    kept = await store.lock_request(turn.tx, request_id)
    await _check_may(turn, caller, kept)
    if_match.check(kept.version)
    return kept


async def _amended(turn: Turn, kept: KeptRequest, change: Change) -> tuple[dict[str, Any], SchoolRequest]:
    """What would be said, and the request that would follow."""
    said = merged(RequestTerms, kept.said, change)
    around = await _around(turn, kept.request.school_id, kept.request.cohort_id)
    if "contact_id" not in change.root:
        said = without_lost_contact(said, around.contacts)
    return _said(said), life.amend(kept.request, said, around)


async def _around(turn: Turn, school_id: UUID, cohort_id: UUID) -> Around:
    around = await find_request_around(turn.tx, school_id, cohort_id, turn.clock.today())
    if around is None:
        remedy = f"GET /v1/schools/{school_id}/cohorts lists them."
        fault = Fault("#/cohort_id", "The school has no cohort with this id.", remedy)
        raise Unacceptable("For which cohort is this request?", fault)
    return around


async def _school(new: NewRequest, caller: Caller, turn: Turn) -> UUID:
    if caller.role != "school" and new.school_id is None:
        fault = Fault("#/school_id", "This key acts for several schools.", "Say for which.")
        raise Unacceptable("For which school is this request?", fault)
    school_id = new.school_id or caller.organisation_id
    await act_for_school(turn.tx, caller, school_id, turn.clock.today())
    return school_id


async def _check_may(turn: Turn, caller: Caller, kept: KeptRequest) -> None:
    try:
        await act_for_school(turn.tx, caller, kept.request.school_id, turn.clock.today())
    except NotFound as hidden:
        raise NotFound("There is no request with this id, or not for this key.") from hidden


async def _schools_in_reach(turn: Turn, caller: Caller) -> list[UUID] | None:
    if caller.role == "school":
        return [caller.organisation_id]
    if caller.role == "hub":
        return await reach.schools_of_hub(turn.tx, caller.organisation_id, turn.clock.today())
    return None


def _said(terms: RequestTerms) -> dict[str, Any]:
    return terms.model_dump(mode="json", exclude_unset=True, exclude={"school_id", "cohort_id"})
