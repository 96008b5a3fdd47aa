"""Matches: read what holds, its reason and its history; say yes, no, off, or how many took part."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from contracts.answers import Cancelled, Delivery, Said
from contracts.matches import Match
from contracts.reasons import CANCELLATIONS, EMPLOYER_REFUSES, NOT_HELD, SCHOOL_DECLINES
from services.plumbing.postgres import Transaction
from services.registry import answering
from services.registry.api.auth import AnyKey
from services.registry.api.match_bodies import (
    NewAnswer,
    NewCancellation,
    NewDelivery,
    ShownMatch,
    check_nobody,
    check_reason,
    shown,
)
from services.registry.api.paging import Listing, Paging
from services.registry.api.preconditions import tagged
from services.registry.api.routing import BusinessClock, OpenTransaction, keyed_router
from services.registry.domain.answers import Audience, Party
from services.registry.domain.keys import Caller
from services.registry.domain.mistakes import Fault, NotFound, Unacceptable
from services.registry.store.matches import HeardMatch, Wanted, find_match, matches

router = keyed_router("matches")


def _asked(
    offer_id: UUID | None = None,
    request_id: UUID | None = None,
    school_id: UUID | None = None,
    employer_id: UUID | None = None,
    state: Annotated[str | None, Query(max_length=40)] = None,
) -> Wanted:
    return Wanted(offer_id, request_id, employer_id, school_id, state=state)


@router.get("/v1/matches")
async def list_matches(
    caller: AnyKey, tx: OpenTransaction, page: Paging, asked: Annotated[Wanted, Depends(_asked)]
) -> Listing[ShownMatch]:
    """Matches that this key may see."""
    wanted = _within_reach(asked, caller)
    found = await matches(tx, wanted, page.after, page.fetch) if wanted else []
    return page.listing(await shown(tx, found, caller), lambda one: one.match_id)


@router.get("/v1/matches/{match_id}")
async def read_match(match_id: UUID, caller: AnyKey, tx: OpenTransaction, response: Response) -> ShownMatch:
    """One match: its state, why, and its history."""
    heard = await _seen(tx, match_id, caller)
    tagged(response, heard.version)
    (match,) = await shown(tx, [heard], caller)
    return match


@router.post("/v1/matches/{match_id}/answer")
async def answer_match(
    match_id: UUID, new: NewAnswer, caller: AnyKey, tx: OpenTransaction, clock: BusinessClock, response: Response
) -> ShownMatch:
    """Accept or decline. The first answer of each side holds; the same one again is harmless."""
    await _seen(tx, match_id, caller)
    audience = _audience(caller, new.audience)
    if new.verdict == "declined":
        check_reason(new.reason, SCHOOL_DECLINES if audience == "school" else EMPLOYER_REFUSES)
    said = Said(
        verdict=new.verdict,
        reason=new.reason if new.verdict == "declined" else None,
        at=clock.now(),
        terms_version=new.terms_version,
    )
    await answering.reply(tx, match_id, audience, said, clock)
    return await read_match(match_id, caller, tx, response)


@router.post("/v1/matches/{match_id}/cancel")
async def cancel_match(
    match_id: UUID, new: NewCancellation, caller: AnyKey, tx: OpenTransaction, clock: BusinessClock, response: Response
) -> ShownMatch:
    """Call an accepted or confirmed match off. Its places go to others at once."""
    await _seen(tx, match_id, caller)
    check_reason(new.reason, CANCELLATIONS)
    cancelled = Cancelled(by=_party(caller), reason=new.reason, at=clock.now())
    await answering.cancel(tx, match_id, cancelled, clock)
    return await read_match(match_id, caller, tx, response)


@router.post("/v1/matches/{match_id}/delivery")
async def record_delivery(
    match_id: UUID, new: NewDelivery, caller: AnyKey, tx: OpenTransaction, clock: BusinessClock, response: Response
) -> ShownMatch:
    """Record whether it took place and how many pupils took part."""
    await _seen(tx, match_id, caller)
    if not new.held:
        check_reason(new.reason, NOT_HELD)
        check_nobody(new.pupils)
    reason = None if new.held else new.reason
    delivery = Delivery(held=new.held, pupils=new.pupils, reason=reason, by=_party(caller), at=clock.now())
    await answering.deliver(tx, match_id, delivery, clock)
    return await read_match(match_id, caller, tx, response)


def _within_reach(asked: Wanted, caller: Caller) -> Wanted | None:
    """What was asked for, as far as the caller may see it; None if that is nothing."""
    if caller.is_operator:
        return asked
    own = caller.organisation_id
    match caller.role:
        case "school":
            return replace(asked, school_id=own) if asked.school_id in {None, own} else None
        case "employer":
            return replace(asked, employer_id=own) if asked.employer_id in {None, own} else None
    return replace(asked, hub_id=own)


async def _seen(tx: Transaction, match_id: UUID, caller: Caller) -> HeardMatch:
    """The match, if the caller may see it; raises NotFound if not, as if it were not there."""
    heard = await find_match(tx, match_id)
    if heard is None or not (caller.is_operator or caller.organisation_id == _organisation(heard.match, caller)):
        raise NotFound("There is no match with this id, or not for this key.")
    return heard


def _organisation(match: Match, caller: Caller) -> UUID:
    return {"school": match.school_id, "employer": match.employer_id}.get(caller.role, match.hub_id)


def _audience(caller: Caller, said: Audience | None) -> Audience:
    """Whose answer it is. Hubs answer for their schools, operators for either side."""
    own: Audience = "employer" if caller.role == "employer" else "school"
    if said is None and not caller.is_operator:
        return own
    if said is None or (said != own and not caller.is_operator):
        raise Unacceptable(
            "This key cannot answer for that side.",
            Fault("#/audience", "Say for whom you answer.", 'Send "school" or "employer".' if said is None else ""),
        )
    return said


def _party(caller: Caller) -> Party:
    return "hub" if caller.role in {"hub", "operator"} else caller.role  # type: ignore[return-value]
