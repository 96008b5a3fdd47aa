"""Offers: employers publish, amend and withdraw; whoever is in an area served may read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contracts.offers import Offer
from services.plumbing.uuids import uuid7
from services.registry.api.auth import AnyKey, EmployerKey
from services.registry.api.authority import act_for_employer
from services.registry.api.idempotency import CREATES
from services.registry.api.merging import Change, merged, under
from services.registry.api.offer_bodies import Filter, OfferAnswer, OfferChange, OfferPlan, Withdrawal
from services.registry.api.paging import Listing, Paging
from services.registry.api.preconditions import IfMatch
from services.registry.api.previews import Preview, hints, preview
from services.registry.api.routing import ThisTurn, Turn, keyed_router
from services.registry.domain import previews
from services.registry.domain.keys import Caller
from services.registry.domain.mistakes import Conflict, Fault, NotFound, Unacceptable
from services.registry.domain.offers import life
from services.registry.domain.offers.around import Around
from services.registry.domain.offers.said import NewOffer, OfferTerms
from services.registry.domain.offers.warnings import warnings
from services.registry.domain.said import without_lost_contact
from services.registry.store import offers as store
from services.registry.store import reach
from services.registry.store.offer_around import offer_around
from services.registry.store.offers import KeptOffer, Wanted
from services.registry.store.pairings import pairings

router = keyed_router("offers")


@router.post("/v1/offers", status_code=201, dependencies=[CREATES])
async def publish_offer(new: NewOffer, caller: EmployerKey, turn: ThisTurn) -> OfferAnswer:
    """Publish an offer. What is left out follows from the activity and the sessions; the answer shows it."""
    around = await offer_around(turn.tx, _employer(new, caller), new, turn.clock.today())
    offer = life.publish(new, around, new_id=uuid7)
    if not await store.add_offer(turn.tx, offer, _said(new)):
        used_by = await store.get_offer_id_by_reference(turn.tx, offer.employer_id, offer.reference or "")
        raise Conflict("The reference was used before, and is never used again.", offer_id=str(used_by))
    await turn.say(offer, "offer.published.v1", version=1)
    turn.created(f"/v1/offers/{offer.offer_id}")
    return _answer(offer, around)


@router.get("/v1/offers")
async def list_offers(asked: Filter, caller: AnyKey, turn: ThisTurn, page: Paging) -> Listing[Offer]:
    """Offers, oldest first: an employer's own, or those that serve the reader's area."""
    employer_id = asked.employer_id
    if caller.role == "employer":
        act_for_employer(caller, employer_id or caller.organisation_id)
        employer_id = caller.organisation_id
    areas = await _areas_in_reach(turn, caller)
    wanted = Wanted(employer_id, asked.state, asked.reference, asked.area_id, areas)
    return page.listing(await store.offers(turn.tx, wanted, page.after, page.fetch), lambda offer: offer.offer_id)


@router.get("/v1/offers/{offer_id}")
async def read_offer(offer_id: UUID, caller: AnyKey, turn: ThisTurn) -> Offer:
    """One offer, with all its sessions, cancelled ones too."""
    kept = await store.get_offer(turn.tx, offer_id)
    areas = await _areas_in_reach(turn, caller)
    if not areas or not set(areas) & set(kept.offer.areas):
        _check_owns(caller, kept.offer)
    turn.show(kept.version)
    return kept.offer


@router.patch("/v1/offers/{offer_id}")
async def amend_offer(
    offer_id: UUID, change: OfferChange, caller: EmployerKey, if_match: IfMatch, turn: ThisTurn
) -> OfferAnswer:
    """Change an offer. Ask for a preview first: matches on what changes may end."""
    kept = await _lock(turn, offer_id, caller, if_match)
    said, offer, around = await _amended(turn, kept, change)
    version = kept.version + (offer != kept.offer)
    await store.keep_offer(turn.tx, KeptOffer(offer, version, said))
    if version > kept.version:
        await turn.say(offer, "offer.amended.v1", version)
    turn.show(version)
    return _answer(offer, around)


@router.post("/v1/offers/{offer_id}/withdraw")
async def withdraw_offer(
    offer_id: UUID, why: Withdrawal, caller: EmployerKey, if_match: IfMatch, turn: ThisTurn
) -> Offer:
    """Withdraw an offer, for good. Its open matches end."""
    kept = await _lock(turn, offer_id, caller, if_match)
    offer = life.withdraw(kept.offer, why.reason)
    await store.keep_offer(turn.tx, KeptOffer(offer, kept.version + 1, kept.said))
    await turn.say(offer, "offer.withdrawn.v1", kept.version + 1)
    return offer


@router.post("/v1/offers/{offer_id}/preview")
async def preview_offer(offer_id: UUID, plan: OfferPlan, caller: EmployerKey, turn: ThisTurn) -> Preview:
    """What an amendment or a withdrawal would end. Nothing is changed."""
    kept = await store.get_offer(turn.tx, offer_id)
    _check_owns(caller, kept.offer)
    today, standing = turn.clock.today(), await pairings(turn.tx, offer_id=offer_id)
    match plan:
        case OfferPlan(amend=None, withdraw=Withdrawal(reason=reason)):
            with under("withdraw"):
                life.withdraw(kept.offer, reason)
            return preview(previews.of_withdrawal(standing, "offer_withdrawn", today), new_terms=False)
        case OfferPlan(amend=OfferChange() as change, withdraw=None):
            with under("amend"):
                _, offer, around = await _amended(turn, kept, change)
            new_terms = offer.terms_version > kept.offer.terms_version
            ends = previews.of_amended_offer(offer, standing, today)
            return preview(ends, new_terms=new_terms, warnings=warnings(offer, around))
    raise Unacceptable("The plan is not clear.", Fault("#", "A preview is of one change.", "Say amend or withdraw."))


async def _lock(turn: Turn, offer_id: UUID, caller: Caller, if_match: IfMatch) -> KeptOffer:
    kept = await store.lock_offer(turn.tx, offer_id)
    _check_owns(caller, kept.offer)
    if_match.check(kept.version)
    return kept


async def _amended(turn: Turn, kept: KeptOffer, change: Change) -> tuple[dict[str, Any], Offer, Around]:
    """What would be said, the offer that would follow, and the surroundings it was judged in."""
    today = turn.clock.today()
    so_far = life.said_so_far(kept.offer, kept.said, today)
    said = merged(OfferTerms, life.without_old_position(so_far, change.root), change)
    around = await offer_around(turn.tx, kept.offer.employer_id, said, today)
    if "contact_id" not in change.root:
        said = without_lost_contact(said, around.contacts)
    return _said(said), life.amend(kept.offer, said, around, new_id=uuid7), around


async def _areas_in_reach(turn: Turn, caller: Caller) -> list[UUID] | None:
    """Where somebody looks who is neither operator nor the offer's employer; None for those."""
    if caller.role == "hub":
        return await reach.areas_of_hub(turn.tx, caller.organisation_id)
    if caller.role == "school":
        return await reach.areas_of_school(turn.tx, caller.organisation_id, turn.clock.today())
    return None


def _employer(new: NewOffer, caller: Caller) -> UUID:
    if caller.is_operator and new.employer_id is None:
        fault = Fault("#/employer_id", "An operator's key acts for any employer.", "Say for which.")
        raise Unacceptable("For whom is this offer?", fault)
    employer_id = new.employer_id or caller.organisation_id
    act_for_employer(caller, employer_id)
    return employer_id


def _check_owns(caller: Caller, offer: Offer) -> None:
    if not caller.is_operator and (caller.role, caller.organisation_id) != ("employer", offer.employer_id):
        raise NotFound("There is no offer with this id, or not for this key.")


def _said(terms: OfferTerms) -> dict[str, Any]:
    return terms.model_dump(mode="json", exclude_unset=True, exclude={"sessions", "employer_id", "reference"})


def _answer(offer: Offer, around: Around) -> OfferAnswer:
    return OfferAnswer(**dict(offer), warnings=hints(warnings(offer, around)))
