"""H0, H1 and H2: what one match must be on its own."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from services.matcher.checker.case import Case, Known, is_count

EARTH_RADIUS_KM = 6371.0088
DISTANCE_TOLERANCE_KM = 1e-6


@dataclass(frozen=True, order=True)
class Broken:
    """One rule broken in one place."""

    code: str
    where: str
    text: str


def _shown(value: object) -> str:
    """The value as the file has it."""
    return json.dumps(value, default=str)


def broken_ids(case: Case) -> Iterator[Broken]:
    """H0: every id exists, the session is of that offer, pupils is a count, nothing twice."""
    seen: set[tuple[str, str]] = set()
    for n, match in enumerate(case.matches):
        where = f"/matches/{n}"
        if match.offer not in case.offers or match.request not in case.requests:
            unknown = match.offer if match.offer not in case.offers else match.request
            yield Broken("H0-unknown", where, f"there is no {unknown}")
        found = case.sessions.get(match.session)
        if found is None or found[0].id != match.offer:
            yield Broken("H0-session", where, f"{match.session} is no session of {match.offer}")
        if not is_count(match.pupils):
            yield Broken("H0-pupils", where, f"pupils is {_shown(match.pupils)}, not a whole number of at least 1")
        if (match.session, match.request) in seen:
            yield Broken("H0-duplicate", where, f"{match.session} and {match.request} are matched twice")
        seen.add((match.session, match.request))


def broken_alone(case: Case, known: Known) -> Iterator[Broken]:
    """H1 and H2 of one match, unless it was accepted before."""
    if case.is_accepted(known):
        return
    where = f"{known.match.session}/{known.match.request}"
    for code, holds, text in _RULES:
        if not holds(case, known):
            yield Broken(code, where, text)


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The great-circle distance of two points in degrees, by haversine."""
    (lat_a, lon_a), (lat_b, lon_b) = a, b
    phi_a, phi_b = math.radians(lat_a), math.radians(lat_b)
    half_lat, half_lon = (phi_b - phi_a) / 2, math.radians(lon_b - lon_a) / 2
    h = math.sin(half_lat) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, h)))


def distance(known: Known) -> float:
    """Kilometres between the employer's place and the school."""
    return kilometres((known.offer.lat, known.offer.lon), (known.school.lat, known.school.lon))


def _within_reach(_: Case, known: Known) -> bool:
    limits = [] if known.offer.radius_km is None else [known.offer.radius_km]
    if known.offer.mode == "at_workplace" and known.request.max_travel_km is not None:
        limits.append(known.request.max_travel_km)
    return all(distance(known) <= limit + DISTANCE_TOLERANCE_KM for limit in limits)


def _counts(_: Case, known: Known) -> bool:
    credits_of = known.offer.counts_to
    return any(need > 0 and credits_of.get(benchmark, 0) > 0 for benchmark, need in known.request.need.items())


def _notice(case: Case, known: Known) -> bool:
    notice = max(known.offer.notice_days, known.request.notice_days)
    return (known.session.date - case.instance.today).days >= notice


def _overlaps(known: Known, first: date, last: date) -> bool:
    return known.session.date <= last and first <= known.session.end_date


def _in_window(_: Case, known: Known) -> bool:
    first, last = known.request.window
    return first <= known.session.date and known.session.end_date <= last


def _available(_: Case, known: Known) -> bool:
    blocked = (*known.request.unavailable, *known.school.closed)
    return not any(_overlaps(known, first, last) for first, last in blocked)


def _large_enough(_: Case, known: Known) -> bool:
    if known.offer.individual or not known.request.split:
        return known.offer.individual or known.pupils >= known.offer.min_pupils
    return known.pupils >= max(known.offer.min_pupils, known.request.min_group)


def _whole(_: Case, known: Known) -> bool:
    return known.offer.individual or known.request.split or known.pupils == known.request.pupils


_RULES: tuple[tuple[str, Callable[[Case, Known], bool], str], ...] = (
    ("H1-year", lambda _, k: k.request.year in k.offer.years, "the offer is not for this year group"),
    ("H1-phase", lambda _, k: k.school.phase in k.offer.phases, "the offer is not for this kind of school"),
    ("H1-activity", lambda _, k: k.offer.activity in k.request.activities, "the school did not ask for this activity"),
    ("H1-send", lambda _, k: k.request.send <= k.offer.send_support, "a support need is not met"),
    ("H1-need", _counts, "it counts to no benchmark with a need"),
    ("H1-distance", _within_reach, "too far away"),
    ("H1-notice", _notice, "too little notice"),
    ("H1-window", _in_window, "outside the school's dates"),
    ("H1-unavailable", _available, "the cohort or the school is not available"),
    ("H1-declined", lambda c, k: (k.offer.id, k.request.id) not in c.declined, "the pair was declined"),
    ("H2-cohort", lambda _, k: k.pupils <= k.request.pupils, "more pupils than the cohort has"),
    ("H2-min", _large_enough, "the group is too small"),
    ("H2-split", _whole, "the cohort may not be split"),
)
