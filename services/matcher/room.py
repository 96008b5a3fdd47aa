"""Room for what stands: agreed matches are never contradicted by limits that shrank afterwards. Pure.

A school may close a room, a cohort may lose pupils, a rule may be tightened: what was agreed stands all the same, and
the round must still find a plan around it. So limits that the accepted matches already exceed are raised to what they
take, and no further. (Not those of a session, which hold for all sessions of the offer: `reading` shows such a session
as full.)
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from services.matcher.instance import Existing, Instance, Offer, Request, School, Session

KeyT = TypeVar("KeyT")
_PARTS = {"am": ("am",), "pm": ("pm",), "day": ("am", "pm")}


def with_room(problem: Instance) -> Instance:
    """The same problem with every limit at least as high as what its accepted matches take."""
    standing = [e for e in problem.existing if e.status == "accepted"]
    if not standing:
        return problem
    taken = _Taken(problem, standing)
    return replace(
        problem,
        schools=tuple(_school(school, taken) for school in problem.schools),
        employers=tuple(
            replace(e, max_sessions=None if e.max_sessions is None else max(e.max_sessions, taken.by_employer[e.id]))
            for e in problem.employers
        ),
        offers=tuple(_offer(offer, taken) for offer in problem.offers),
        requests=tuple(_request(request, taken) for request in problem.requests),
    )


class _Taken:
    """What accepted matches take: per offer, employer, request, school and half-day."""

    def __init__(self, problem: Instance, standing: list[Existing]) -> None:
        offers = {offer.id: offer for offer in problem.offers}
        sessions = {session.id: session for offer in problem.offers for session in offer.sessions}
        requests = {request.id: request for request in problem.requests}
        self.places: Counter[str] = Counter()
        self.by_school: Counter[tuple[str, str]] = Counter()
        cohorts: Counter[tuple[str, str]] = Counter()
        halls: Counter[tuple[str, str]] = Counter()
        for match in standing:
            school = requests[match.request].school
            self.places[match.request] += match.pupils
            self.by_school[match.offer, school] += 1
            for half in _halves(sessions[match.session]):
                cohorts[match.request, half] += match.pupils
                halls[school, half] += offers[match.offer].mode != "at_workplace"
        self.cohort = _peaks(cohorts)
        self.hall = _peaks(halls)
        self.hogging = _peaks({(offer, school): n for (offer, school), n in self.by_school.items()})
        used = {(match.offer, match.session) for match in standing}
        self.by_offer = Counter(offer for offer, _ in used)
        self.by_employer = Counter(offers[offer].employer for offer, _ in used)


def _peaks(counts: Mapping[tuple[str, str], int]) -> dict[str, int]:
    peaks: dict[str, int] = {}
    for (id_, _), count in counts.items():
        peaks[id_] = max(peaks.get(id_, 0), count)
    return peaks


def _halves(session: Session) -> Iterator[str]:
    day: date = session.date
    while day <= session.end_date:
        for part in _PARTS[session.part]:
            yield f"{day} {part}"
        day += timedelta(days=1)


def _school(school: School, taken: _Taken) -> School:
    return replace(school, max_parallel=max(school.max_parallel, taken.hall.get(school.id, 0)))


def _request(request: Request, taken: _Taken) -> Request:
    return replace(
        request,
        pupils=max(request.pupils, taken.cohort.get(request.id, 0)),
        max_places=max(request.max_places, taken.places[request.id]),
    )


def _offer(offer: Offer, taken: _Taken) -> Offer:
    per_school = offer.max_groups_per_school
    return replace(
        offer,
        max_sessions=max(offer.max_sessions, taken.by_offer[offer.id]),
        max_groups_per_school=None if per_school is None else max(per_school, taken.hogging.get(offer.id, 0)),
    )
