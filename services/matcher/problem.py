"""From what was told to what the solver reads: offers, schools and requests as values of the matching problem. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import cast, get_args

from contracts import offers, requests, schools
from contracts.hubs import Calendar, MatchingPolicy
from services.matcher import instance, need
from services.matcher.instance import DateRange

ONE_DAY = timedelta(days=1)
MODES = frozenset(get_args(instance.Mode))
"""What can be planned. A mode from a newer writer has rules that are not known here."""
STAND_IN = "held:"
"""How the ids of requests begin that only hold places which others have."""
_PARTS: Mapping[str, instance.Part] = {"am": "am", "pm": "pm", "day": "day"}


@dataclass(frozen=True)
class Wish:
    """A request with the school and cohort that it is for."""

    request: requests.SchoolRequest
    school: schools.School
    cohort: schools.Cohort


def wish_of(request: requests.SchoolRequest, school: schools.School | None) -> Wish | None:
    """The request with its school and cohort; None while one of them has not been heard of."""
    cohort = next((c for c in school.cohorts if c.cohort_id == request.cohort_id), None) if school else None
    return Wish(request, school, cohort) if school and cohort else None


class Unplannable(ValueError):
    """What was told cannot be read as a matching problem: one such fact would stop its whole area."""


def check_school(school: schools.School) -> None:
    """Raises Unplannable for a cohort whose academic year no wording of the benchmarks covers."""
    for cohort in school.cohorts:
        try:
            need.target(school, cohort, "gb5")
        except ValueError as error:
            raise Unplannable(f"cohort {cohort.cohort_id}: {error}") from error


def check_request(request: requests.SchoolRequest) -> None:
    """Raises Unplannable for a request without a possible day, or with days that end before they begin."""
    if not request.possible or any(days.last < days.first for days in (*request.possible, *request.impossible)):
        raise Unplannable(f"request {request.request_id}: its days are not ranges of days")


def policy_of(policy: MatchingPolicy) -> instance.Policy:
    """A hub's points."""
    return instance.Policy(
        bands=dict(sorted(policy.bands.items())),
        fit_points=policy.fit_points,
        travel_pupil_km=policy.travel_pupil_km,
        travel_visit_km=policy.travel_visit_km,
        session_points=policy.session_points,
        employer_points=policy.employer_points,
        change_points=policy.change_points,
    )


def session_of(session: offers.Session) -> instance.Session:
    """One dated slot."""
    part = _PARTS.get(session.part, "day")
    return instance.Session(str(session.session_id), session.date, part, session.end_date or session.date)


def offer_of(offer: offers.Offer, sessions: Iterable[offers.Session]) -> instance.Offer:
    """An offer with these of its sessions."""
    return instance.Offer(
        id=str(offer.offer_id),
        employer=str(offer.employer_id),
        activity=offer.activity,
        counts_to=dict(sorted(offer.counts_to.items())),
        sectors=tuple(sorted(offer.sectors)),
        mode=cast("instance.Mode", offer.mode),
        lat=offer.place.lat,
        lon=offer.place.lon,
        radius_km=offer.radius_km,
        years=frozenset(offer.years),
        phases=frozenset(offer.phases),
        send_support=frozenset(offer.send_support),
        individual=offer.individual,
        min_pupils=offer.min_pupils,
        max_pupils=offer.max_pupils,
        max_groups=offer.max_groups,
        max_groups_per_school=offer.max_groups_per_school,
        max_sessions=offer.max_sessions,
        notice_days=offer.notice_days,
        sessions=tuple(session_of(s) for s in sorted(sessions, key=lambda s: str(s.session_id))),
    )


def school_of(school: schools.School, closed: Iterable[DateRange] = ()) -> instance.School:
    """A school, closed on these days."""
    return instance.School(
        id=str(school.school_id),
        lat=school.lat,
        lon=school.lon,
        phase=school.phase,
        max_parallel=school.max_parallel,
        closed=tuple(sorted(set(closed))),
        fsm_pct=school.fsm_pct,
    )


def request_of(wish: Wish, need: Mapping[str, int], weight: int, blocked: Iterable[DateRange] = ()) -> instance.Request:
    """A request with what it needs and weighs; `blocked`: more days on which its cohort is not free."""
    request = wish.request
    window, gaps = window_of(request.possible)
    impossible = ((days.first, days.last) for days in request.impossible)
    return instance.Request(
        id=str(request.request_id),
        school=str(request.school_id),
        year=wish.cohort.year,
        pupils=wish.cohort.pupils,
        need=dict(sorted(need.items())),
        weight=weight,
        activities=frozenset(request.activities),
        sectors=dict(sorted(request.sectors.items())),
        window=window,
        unavailable=tuple(sorted({*gaps, *impossible, *blocked})),
        notice_days=request.notice_days,
        max_travel_km=request.max_travel_km,
        send=frozenset(request.send_needs),
        min_group=request.min_group,
        split=request.split,
        max_places=request.max_places,
    )


def window_of(possible: Iterable[schools.Days]) -> tuple[DateRange, list[DateRange]]:
    """From the first to the last possible day, and the gaps in between."""
    merged = sorted((days.first, days.last) for days in possible)
    last = merged[0][1]
    gaps = []
    for first, until in merged[1:]:
        if first > last + ONE_DAY:
            gaps.append((last + ONE_DAY, first - ONE_DAY))
        last = max(last, until)
    return (merged[0][0], last), gaps


def closed_days(school: schools.School, calendar: Calendar) -> Iterator[DateRange]:
    """When nothing can take place: the school's own closures, bank holidays, and the holidays between terms."""
    yield from ((days.first, days.last) for days in school.closures)
    yield from ((day, day) for day in calendar.bank_holidays)
    ordered = sorted((term.first, term.last) for term in calendar.terms)
    for (_, last), (first, _) in pairwise(ordered):
        if first > last + ONE_DAY:
            yield last + ONE_DAY, first - ONE_DAY


def is_over(session: offers.Session, today: date) -> bool:
    """Whether the session's last day has passed."""
    return (session.end_date or session.date) < today
