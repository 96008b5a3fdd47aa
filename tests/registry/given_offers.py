"""Offers and requests that are in order, so that a test only says what is not."""

import datetime as dt
from typing import Any
from uuid import UUID

from contracts.hubs import Calendar, Term
from contracts.matches import Change, Match, Terms
from contracts.offers import Offer, Session
from contracts.requests import SchoolRequest
from contracts.schools import Cohort
from services.plumbing.uuids import uuid7
from services.registry.domain.offers import around as offers_around
from services.registry.domain.offers import life as offers_life
from services.registry.domain.offers.said import NewOffer
from services.registry.domain.requests import around as requests_around
from services.registry.domain.requests import life as requests_life
from services.registry.domain.requests.said import NewRequest
from services.registry.places import Spot

TODAY = dt.date(2026, 10, 6)
NOW = dt.datetime(2026, 10, 6, 9, tzinfo=dt.UTC)
STEVENAGE = Spot("SG1 1EN", 51.9, -0.2)
EMPLOYER, CONTACT, AREA = UUID(int=1), UUID(int=2), UUID(int=3)
SCHOOL, COHORT, SCHOOL_CONTACT = UUID(int=4), UUID(int=5), UUID(int=6)
CALENDAR = Calendar(
    terms=(
        Term(name="autumn", first=dt.date(2026, 9, 2), last=dt.date(2026, 12, 18)),
        Term(name="spring", first=dt.date(2027, 1, 4), last=dt.date(2027, 3, 25)),
        Term(name="summer", first=dt.date(2027, 4, 12), last=dt.date(2027, 7, 20)),
    ),
    bank_holidays=(dt.date(2026, 12, 25), dt.date(2027, 5, 3)),
)


def a_session(date: Any = "2026-11-10", **changes: Any) -> dict[str, Any]:
    return {"date": date, "starts": "09:30", "ends": "12:00", **changes}


def an_offer_said(**changes: Any) -> dict[str, Any]:
    """The body of an offer of a workplace visit on two mornings. A change to `...` leaves the field out."""
    said = {
        "activity": "workplace_visit",
        "title": "A morning at the works",
        "purpose": "To see how engineers work.",
        "learning_outcomes": ["Name three jobs in engineering"],
        "what_pupils_do": "Pupils build a small bridge with our engineers.",
        "sectors": ["engineering"],
        "place": {"postcode": "SG1 1EN", "address": "1 Works Road, Stevenage"},
        "sessions": [a_session("2026-11-10"), a_session("2026-11-12")],
        "min_pupils": 10,
        "max_pupils": 30,
    }
    return {name: value for name, value in {**said, **changes}.items() if value is not ...}


def offer_surroundings(**changes: Any) -> offers_around.Around:
    usual: dict[str, Any] = {
        "today": TODAY,
        "employer_id": EMPLOYER,
        "home_area_id": AREA,
        "areas": frozenset({AREA}),
        "contacts": frozenset({CONTACT}),
        "calendars": (CALENDAR,),
        "spot": STEVENAGE,
    }
    return offers_around.Around(**{**usual, **changes})


def an_offer(**changes: Any) -> Offer:
    return offers_life.publish(NewOffer(**an_offer_said(**changes)), offer_surroundings(), new_id=uuid7)


def a_request_said(**changes: Any) -> dict[str, Any]:
    """The body of a request for encounters and workplace days. A change to `...` leaves the field out."""
    said = {"cohort_id": str(COHORT), "benchmarks": ["gb5", "gb6"], "sectors": {"engineering": 90, "*": 50}}
    return {name: value for name, value in {**said, **changes}.items() if value is not ...}


def request_surroundings(*, year: int = 10, pupils: int = 120, **changes: Any) -> requests_around.Around:
    cohort = Cohort(cohort_id=COHORT, label=f"Year {year}", year=year, academic_year="2026/27", pupils=pupils)
    usual: dict[str, Any] = {
        "today": TODAY,
        "school_id": SCHOOL,
        "phase": "secondary",
        "is_open": True,
        "cohort": cohort,
        "contacts": frozenset({SCHOOL_CONTACT}),
    }
    return requests_around.Around(**{**usual, **changes})


def a_request(**changes: Any) -> SchoolRequest:
    said = NewRequest(**a_request_said(**changes))
    return requests_life.post(said, request_surroundings(), request_id=uuid7(), now=NOW)


def a_match(offer: Offer, request: SchoolRequest, *, day: int = 0, minute: int = 0, **changes: Any) -> Match:
    """A match on the offer's first session, or on its second with `day=1`; `minute` says when it was proposed."""
    session, pupils = offer.sessions[day], changes.get("pupils", 10)
    usual: dict[str, Any] = {
        **{name: uuid7() for name in ("match_id", "area_id", "hub_id", "round_id", "school_id")},
        **offer.model_dump(include={"offer_id", "employer_id"}),
        **request.model_dump(include={"request_id", "cohort_id"}),
        "session_id": session.session_id,
        "state": "proposed",
        "pupils": pupils,
        "terms_version": 1,
        "offer_terms_version": offer.terms_version,
        "request_terms_version": request.terms_version,
        "terms": _terms(offer, session, pupils),
        "answer_by": NOW + dt.timedelta(days=7),
        "history": (Change(state="proposed", at=NOW + dt.timedelta(minutes=minute), by="matcher"),),
    }
    return Match(**{**usual, **changes})


def _terms(offer: Offer, session: Session, pupils: int) -> Terms:
    is_visited = offer.mode == "at_workplace"
    return Terms(
        **offer.model_dump(include={"activity", "title", "purpose", "what_pupils_do", "mode", "counts_to"}),
        **session.model_dump(include={"date", "end_date", "part", "starts", "ends"}),
        address=offer.place.address if is_visited else "",
        postcode=offer.place.postcode if is_visited else "",
        pupils=pupils,
        employer_name="The Works",
        school_name="The School",
        school_urn=117499,
        school_postcode="SG1 3BE",
        cohort_label="Year 10",
    )
