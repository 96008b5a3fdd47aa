"""What a match tells: its terms, frozen when it is proposed, and what of them a later amendment changes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.employers import Employer
from contracts.matches import Progress, Terms, Why
from contracts.offers import Offer, Session
from contracts.requests import SchoolRequest
from contracts.schools import Cohort, School
from services.matcher import need

TEXTS = ("title", "purpose", "learning_outcomes", "what_pupils_do", "requirements", "accessibility", "send_support")
"""What may change without ending a match."""


@dataclass(frozen=True)
class Sides:
    """Who and what a match brings together, as heard."""

    offer: Offer
    session: Session
    employer: Employer
    request: SchoolRequest
    school: School
    cohort: Cohort


@dataclass(frozen=True)
class Worked:
    """What was worked out about a match: how many, how far, why, and how far the cohort has got without it."""

    pupils: int
    distance_km: int
    why: tuple[Why, ...]
    gained: Mapping[str, int]


def tell(sides: Sides, worked: Worked) -> Terms:
    """The terms as told to school and employer."""
    offer, session, school = sides.offer, sides.session, sides.school
    return Terms(
        **texts(offer),
        **arrangements(offer, session),
        pupils=worked.pupils,
        employer_name=sides.employer.name,
        school_name=school.name,
        school_urn=school.urn,
        school_postcode=school.postcode,
        cohort_label=sides.cohort.label,
        distance_km=worked.distance_km,
        counts_to=offer.counts_to,
        progress=progress(sides, worked),
        why=worked.why,
        employer_contact_id=offer.contact_id,
        school_contact_id=sides.request.contact_id,
    )


def texts(offer: Offer) -> dict[str, Any]:
    """The words of an offer, which may be amended without ending a match."""
    return {name: getattr(offer, name) for name in TEXTS}


def arrangements(offer: Offer, session: Session) -> dict[str, Any]:
    """What, where and when: a match whose arrangements change ends, and may be proposed anew.

    The employer's place is told only where pupils travel to it; where the employer travels, the place is the school.
    """
    visited = offer.mode == "at_workplace"
    return {
        "activity": offer.activity,
        "mode": offer.mode,
        "address": offer.place.address if visited else "",
        "postcode": offer.place.postcode if visited else "",
        "date": session.date,
        "end_date": session.end_date,
        "part": session.part,
        "starts": session.starts,
        "ends": session.ends,
    }


def has_other_arrangements(told: Terms, offer: Offer, session: Session) -> bool:
    """Whether date, time, place, mode or activity are not what was told."""
    return any(getattr(told, name) != value for name, value in arrangements(offer, session).items())


def has_other_texts(told: Terms, offer: Offer) -> bool:
    """Whether the words are not what was told."""
    return any(getattr(told, name) != value for name, value in texts(offer).items())


def progress(sides: Sides, worked: Worked) -> tuple[Progress, ...]:
    """The cohort's progress per benchmark that the offer counts to, without and with the match, in credits."""
    return tuple(
        Progress(
            benchmark=benchmark,
            target=target,
            before=before,
            after=before + credit * worked.pupils,
        )
        for benchmark, credit in sorted(sides.offer.counts_to.items())
        if (target := need.target(sides.school, sides.cohort, benchmark)) > 0
        for before in [sides.cohort.met_elsewhere.get(benchmark, 0) + worked.gained.get(benchmark, 0)]
    )
