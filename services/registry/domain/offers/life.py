"""An offer's life: published, amended, withdrawn. Each step gives the whole offer as it is from then on."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from contracts.activities import ACTIVITIES, SECTORS, SEND_SUPPORT
from contracts.offers import Offer, Place, Session
from contracts.reasons import WITHDRAWALS
from services.registry import places
from services.registry.domain.codes import unknown
from services.registry.domain.mistakes import Conflict, Fault, Unacceptable
from services.registry.domain.offers import rules
from services.registry.domain.offers.around import Around
from services.registry.domain.offers.said import NewOffer, OfferTerms
from services.registry.domain.offers.session_rules import length
from services.registry.domain.offers.sessions import as_said, last_day, settle
from services.registry.domain.said import PHASES

NewId = Callable[[], UUID]
OLDEST_USUAL = 13
TOLD_ONLY = frozenset(
    {"title", "purpose", "learning_outcomes", "what_pupils_do", "requirements", "accessibility"}
    | {"contact_id", "employer_confirms", "areas", "terms_version"}
)
"""What may change without new terms. Else a corrected typing error would ask every school that has declined again."""


def publish(new: NewOffer, around: Around, *, new_id: NewId) -> Offer:
    """A new offer with all that follows from what was said. Raises Unacceptable with every fault."""
    found = list(rules.faults(new, around))
    if not new.sessions:
        found.append(Fault("#/sessions", "An offer needs a session.", "Name at least one date."))
    _refuse(found)
    return Offer(
        offer_id=new_id(),
        employer_id=around.employer_id,
        reference=new.reference,
        state="open",
        terms_version=1,
        **_terms(new, around),
        **_counts(new, around, settle(new.sessions, (), around.today, new_id)),
    )


def amend(offer: Offer, said: OfferTerms, around: Around, *, new_id: NewId) -> Offer:
    """The offer with what is now said in place of what was; the same offer where nothing changed.

    `terms_version` rises if, and only if, something changed that a school's answer rests on.
    Raises Unacceptable with every fault, and Conflict if the offer is withdrawn.
    """
    _check_is_open(offer)
    found = list(rules.faults(said, around, offer.sessions))
    _refuse(found)
    sessions = settle(said.sessions, offer.sessions, around.today, new_id)
    if not any(s.state == "open" for s in sessions):
        raise Unacceptable(
            "No session would be left.",
            Fault("#/sessions", "This would cancel every session.", "Withdraw the offer, or name a new date."),
        )
    amended = offer.model_copy(update={**_terms(said, around), **_counts(said, around, sessions)})
    rises = _tied(amended) != _tied(offer)
    return amended.model_copy(update={"terms_version": offer.terms_version + rises})


def withdraw(offer: Offer, reason: str) -> Offer:
    """The offer, withdrawn for good. Raises Conflict if it is already, Unacceptable for a reason without a code."""
    if reason not in WITHDRAWALS:
        raise Unacceptable("The reason is not known.", unknown(reason, WITHDRAWALS, "reason", "#/reason"))
    _check_is_open(offer)
    return offer.model_copy(update={"state": "withdrawn", "reason": reason})


def said_so_far(offer: Offer, said: dict[str, Any], today: dt.date) -> dict[str, Any]:
    """What the employer has said up to now, as an amendment may leave it: of the sessions, those still to come."""
    coming = [s for s in offer.sessions if s.state == "open" and last_day(s) >= today]
    return {**said, "sessions": [as_said(s).model_dump(mode="json") for s in coming]}


def without_old_position(said: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """What was said, less a position that a new postcode would not go with."""
    place = change.get("place")
    if not isinstance(place, dict) or "postcode" not in place:
        return said
    return {**said, "place": {n: part for n, part in said["place"].items() if n not in {"lat", "lon"}}}


def _check_is_open(offer: Offer) -> None:
    if offer.state == "withdrawn":
        raise Conflict("The offer is withdrawn, for good. Publish a new one.", offer_id=str(offer.offer_id))


def _refuse(found: list[Fault]) -> None:
    if found:
        raise Unacceptable("The offer cannot be taken as it stands.", *found)


def _tied(offer: Offer) -> dict[str, Any]:
    return offer.model_dump(exclude=set(TOLD_ONLY))


def _terms(said: OfferTerms, around: Around) -> dict[str, Any]:
    activity = ACTIVITIES[said.activity]
    years = said.years or tuple(range(activity.youngest_year, OLDEST_USUAL + 1))
    return {
        **said.model_dump(include=_AS_SAID),
        "areas": tuple(dict.fromkeys(said.areas or (around.home_area_id,))),
        "sectors": _in_order(said.sectors, SECTORS),
        "send_support": _in_order(said.send_support, SEND_SUPPORT),
        "phases": _in_order(said.phases or PHASES, PHASES),
        "years": tuple(sorted(set(years))),
        "mode": said.mode or next(iter(activity.modes)),
        "individual": activity.individual,
        "place": _place(said, around),
    }


_AS_SAID = {
    *("contact_id", "activity", "title", "purpose", "learning_outcomes", "what_pupils_do", "radius_km"),
    *("min_pupils", "max_pupils", "max_groups_per_school", "notice_days"),
    *("requirements", "accessibility", "employer_confirms"),
}


def _counts(said: OfferTerms, around: Around, sessions: tuple[Session, ...]) -> dict[str, Any]:
    """What follows from the sessions: how many, how many groups, and what a pupil gains."""
    activity = ACTIVITIES[said.activity]
    still_open = [session for session in sessions if session.state == "open"]
    gained = activity.counts_to(max((length(session, around) for session in still_open), default=1))
    return {
        "sessions": sessions,
        "counts_to": {b: c for b, c in gained.items() if b in (said.benchmarks or gained)},
        "max_groups": said.max_groups or (said.max_pupils if activity.individual else 1),
        "max_sessions": max(1, min(said.max_sessions or len(still_open), len(still_open))),
    }


def _place(said: OfferTerms, around: Around) -> Place:
    spot = said.place if said.place.lat is not None else around.spot
    postcode = places.normalise(said.place.postcode)
    position = {"lat": spot.lat, "lon": spot.lon} if spot else {}
    return Place.model_validate({"address": said.place.address, "postcode": postcode, **position})


def _in_order(said: Any, known: dict[str, str]) -> tuple[str, ...]:
    return tuple(code for code in known if code in said)
