"""Whether the two sides of a match still suit each other when one of them is amended."""

import datetime as dt
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from contracts.matches import Match
from contracts.offers import Offer, Session
from contracts.requests import SchoolRequest
from contracts.schools import Days

EARTH_KM = 6371.0088
TOLERANCE_KM = 1e-6


@dataclass(frozen=True)
class Audience:
    """Who comes: the cohort and its school."""

    year: int
    pupils: int
    phase: str
    lat: float
    lon: float
    closures: tuple[Days, ...]


@dataclass(frozen=True)
class Pairing:
    """A match with what it rests on."""

    match: Match
    offer: Offer
    request: SchoolRequest
    audience: Audience


def is_as_told(pairing: Pairing, session: Session) -> bool:
    """Whether what, where and when are what the match told. The place is told only where pupils travel to it."""
    told, offer = pairing.match.terms, pairing.offer
    is_visited = offer.mode == "at_workplace"
    return (
        (told.activity, told.mode) == (offer.activity, offer.mode)
        and (told.date, told.end_date, told.part) == (session.date, session.end_date, session.part)
        and (told.starts, told.ends) == (session.starts, session.ends)
        and (not is_visited or (told.postcode, told.address) == (offer.place.postcode, offer.place.address))
    )


def suits_offer(pairing: Pairing) -> bool:
    """Whether the offer still takes this cohort, in this number."""
    offer, request, audience = pairing.offer, pairing.request, pairing.audience
    return (
        audience.year in offer.years
        and audience.phase in offer.phases
        and offer.activity in request.activities
        and set(request.send_needs) <= set(offer.send_support)
        and _is_within_reach(pairing)
        and (offer.individual or pairing.match.pupils >= max(offer.min_pupils, _smallest_group(pairing)))
    )


def suits_request(pairing: Pairing) -> bool:
    """Whether the school still wants this, then, and in this number."""
    offer, request, match = pairing.offer, pairing.request, pairing.match
    return (
        offer.activity in request.activities
        and bool(set(offer.counts_to) & set(request.benchmarks))
        and set(request.send_needs) <= set(offer.send_support)
        and _is_within_reach(pairing)
        and all(_is_possible(day, pairing) for day in _days_of(match))
        and match.pupils <= pairing.audience.pupils
        and (offer.individual or match.pupils >= _smallest_group(pairing))
    )


def _smallest_group(pairing: Pairing) -> int:
    return pairing.request.min_group if pairing.request.split else pairing.audience.pupils


def _is_within_reach(pairing: Pairing) -> bool:
    offer = pairing.offer
    own_limit = pairing.request.max_travel_km if offer.mode == "at_workplace" else None
    limits = [limit for limit in (offer.radius_km, own_limit) if limit is not None]
    return not limits or _km(offer, pairing.audience) <= min(limits) + TOLERANCE_KM


def _km(offer: Offer, school: Audience) -> float:
    lat1, lon1, lat2, lon2 = map(radians, (offer.place.lat, offer.place.lon, school.lat, school.lon))
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(chord))


def _days_of(match: Match) -> list[dt.date]:
    first, last = match.terms.date, match.terms.end_date or match.terms.date
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def _is_possible(day: dt.date, pairing: Pairing) -> bool:
    request = pairing.request
    blocked = (*request.impossible, *pairing.audience.closures)
    return _is_within(day, request.possible) and not _is_within(day, blocked)


def _is_within(day: dt.date, ranges: tuple[Days, ...]) -> bool:
    return any(days.first <= day <= days.last for days in ranges)
