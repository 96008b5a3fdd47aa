"""What an amendment or a withdrawal would end, before it is done: by the rules that the matcher goes by.

A match on a session whose days, times, place, mode or activity change ends. With fewer places, or with a request that
asks for something else, the most settled and oldest matches keep their places as far as these go, and the others end.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

from contracts.matches import Match
from contracts.offers import Offer
from contracts.requests import SchoolRequest
from contracts.schools import Days

SETTLED = {"proposed": 1, "accepted": 2, "confirmed": 3, "delivered": 4}
"""States that hold places, of those told to anybody; the higher, the later it ends."""
EARTH_RADIUS_KM = 6371.0088

Position = tuple[float, float]
"""Latitude and longitude."""


@dataclass(frozen=True)
class Outcome:
    """What would become of one open match: `reason` is the coded one that it would end with, none if it stays."""

    match: Match
    reason: str | None


@dataclass(frozen=True)
class Cohort:
    """What a request's amendment is judged against besides the request."""

    pupils: int
    school: Position


def of_withdrawal(matches: Iterable[Match], reason: str, today: dt.date) -> list[Outcome]:
    """All end, but those that have taken place and only wait for their figures."""
    return _judged(matches, lambda _: reason, today)


def of_amended_offer(before: Offer, after: Offer, matches: Iterable[Match], today: dt.date) -> list[Outcome]:
    """What becomes of each match when the offer changes from `before` to `after`."""
    moved = _tied(before) != _tied(after)
    was = {session.session_id: session for session in before.sessions}
    now = {session.session_id: session for session in after.sessions}
    room = _Room(after)

    def reason(match: Match) -> str | None:
        session = now.get(match.session_id)
        if session is None or session.state == "cancelled":
            return "session_cancelled"
        if moved or session != was.get(match.session_id):
            return "terms_changed"
        return None if room.takes(match) else "fewer_places"

    return _judged(matches, reason, today)


def of_amended_request(
    after: SchoolRequest, cohort: Cohort, offers: Mapping[UUID, Offer], matches: Iterable[Match], today: dt.date
) -> list[Outcome]:
    """What becomes of each match when the request becomes `after`. `offers`: of those matches, by id."""
    taken = 0

    def reason(match: Match) -> str | None:
        nonlocal taken
        fits = _fits(match, offers[match.offer_id], after, cohort) and taken + match.pupils <= after.max_places
        taken += match.pupils if fits else 0
        return None if fits else "request_amended"

    return _judged(matches, reason, today)


class _Room:
    """The places of an amended offer, taken up match by match."""

    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self._pupils: Counter[UUID] = Counter()
        self._groups: Counter[UUID] = Counter()
        self._of_schools: Counter[UUID] = Counter()

    def takes(self, match: Match) -> bool:
        """Take the match in, if it fits beside those taken in before."""
        session_id, school_id = match.session_id, match.school_id
        fits = self._fits(session_id, school_id, match.pupils)
        if fits:
            self._pupils[session_id] += match.pupils
            self._groups[session_id] += 1
            self._of_schools[school_id] += 1
        return fits

    def _fits(self, session_id: UUID, school_id: UUID, pupils: int) -> bool:
        offer = self._offer
        per_school = offer.max_groups_per_school
        return (
            self._pupils[session_id] + pupils <= offer.max_pupils
            and self._groups[session_id] < offer.max_groups
            and (self._groups[session_id] > 0 or len(+self._groups) < offer.max_sessions)
            and (per_school is None or self._of_schools[school_id] < per_school)
        )


def _judged(matches: Iterable[Match], reason: Callable[[Match], str | None], today: dt.date) -> list[Outcome]:
    """Judge the most settled and oldest first. What is over stays in any case, and has its places before all others."""
    held = [match for match in matches if match.state in SETTLED]
    held.sort(key=lambda m: (not _is_over(m, today), -SETTLED[m.state], m.history[0].at, m.match_id))
    judged = [(match, reason(match)) for match in held]
    return [Outcome(m, None if _is_over(m, today) else why) for m, why in judged if m.state != "delivered"]


def _is_over(match: Match, today: dt.date) -> bool:
    return match.state == "delivered" or (match.terms.end_date or match.terms.date) < today


def _tied(offer: Offer) -> tuple[object, ...]:
    return offer.activity, offer.mode, offer.place.postcode, offer.place.address


def _fits(match: Match, offer: Offer, request: SchoolRequest, cohort: Cohort) -> bool:
    terms = match.terms
    return (
        terms.activity in request.activities
        and bool(set(terms.counts_to) & set(request.benchmarks))
        and _is_possible(terms.date, terms.end_date or terms.date, request)
        and set(request.send_needs) <= set(offer.send_support)
        and (terms.mode != "at_workplace" or _km(offer, cohort.school) <= request.max_travel_km)
        and (offer.individual or _is_group_enough(match.pupils, request, cohort.pupils))
    )


def _is_group_enough(pupils: int, request: SchoolRequest, cohort_pupils: int) -> bool:
    return pupils >= (request.min_group if request.split else cohort_pupils)


def _is_possible(first: dt.date, last: dt.date, request: SchoolRequest) -> bool:
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    return all(_is_within(day, request.possible) and not _is_within(day, request.impossible) for day in days)


def _is_within(day: dt.date, ranges: tuple[Days, ...]) -> bool:
    return any(days.first <= day <= days.last for days in ranges)


def _km(offer: Offer, school: Position) -> float:
    lat1, lon1, lat2, lon2 = map(radians, (offer.place.lat, offer.place.lon, *school))
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(chord))
