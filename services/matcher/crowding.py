"""What was agreed and fits no longer, because a limit was made smaller afterwards. Pure.

It stands all the same, and a round must find a plan around it. A limit that the matching problem has once for many
days, sessions or schools is not raised for it: everybody else would be promised what one of them has. Where such a
limit is reached it is shown as reached, and what is beyond it is shown where it takes nothing of it.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.offers import Session
from services.matcher.area import AreaMemory
from services.matcher.domain import LiveMatch
from services.matcher.problem import ONE_DAY, session_of

HalfDay = tuple[date, str]
_PARTS = {"am": ("am",), "pm": ("pm",), "day": ("am", "pm")}


@dataclass(frozen=True)
class Crowding:
    """Sessions over their offer's limits, and matches beyond a limit at their school or of their cohort."""

    sessions: frozenset[UUID]
    at_school: frozenset[UUID]
    of_cohort: frozenset[UUID]


def crowding_of(memory: AreaMemory) -> Crowding:
    """All that fits no longer.

    Where several matches share what is too little now, the longest are let in first: whatever finds no room after them
    is at a time that is full.
    """
    slots = {
        (id_, session.session_id): session for id_, offer in memory.plannable.items() for session in offer.sessions
    }
    staying = [match for match in memory.held if match.places and not memory.is_own_plan(match)]
    found = ((match, slots.get((match.offer_id, match.session_id))) for match in staying)
    shown = [(match, _half_days(session)) for match, session in found if session]
    shown.sort(key=lambda pair: len(pair[1]), reverse=True)
    return Crowding(
        frozenset(_overfull(memory, staying)),
        frozenset(_beyond_school(memory, shown)),
        frozenset(_beyond_cohort(memory, shown)),
    )


def _overfull(memory: AreaMemory, staying: Iterable[LiveMatch]) -> Iterator[UUID]:
    groups: Counter[UUID] = Counter()
    places: Counter[UUID] = Counter()
    for match in staying:
        groups[match.session_id] += 1
        places[match.session_id] += match.places
    for offer in memory.plannable.values():
        for session in (session.session_id for session in offer.sessions):
            if groups[session] > offer.max_groups or places[session] > offer.max_pupils:
                yield session


def _beyond_school(memory: AreaMemory, shown: Iterable[tuple[LiveMatch, list[HalfDay]]]) -> Iterator[UUID]:
    """More than the school's rooms, or more groups of one offer than may be of one school."""
    rooms, groups = _Room(), _Room()
    for match, half_days in shown:
        offer, school = memory.offers[match.offer_id], memory.schools.get(match.school_id)
        halls = [] if offer.mode == "at_workplace" else [(match.school_id, half) for half in half_days]
        visit, per_school = [(match.offer_id, match.school_id)], offer.max_groups_per_school
        # Of a school that was not heard of nothing is known but that this takes place there.
        parallel = school.max_parallel if school else 1
        if rooms.has(halls, 1, parallel) and (per_school is None or groups.has(visit, 1, per_school)):
            rooms.take(halls, 1)
            groups.take(visit, 1)
        else:
            yield match.id


def _beyond_cohort(memory: AreaMemory, shown: Iterable[tuple[LiveMatch, list[HalfDay]]]) -> Iterator[UUID]:
    """More pupils than the cohort has, in one half-day."""
    pupils = _Room()
    for match, half_days in shown:
        if wish := memory.wishes.get(match.request_id):
            keys = [(match.cohort_id, half) for half in half_days]
            if pupils.has(keys, match.places, wish.cohort.pupils):
                pupils.take(keys, match.places)
            else:
                yield match.id


class _Room:
    """How much of several things is taken."""

    def __init__(self) -> None:
        self._taken: Counter[Hashable] = Counter()

    def has(self, keys: Iterable[Hashable], wanted: int, limit: int) -> bool:
        return all(self._taken[key] + wanted <= limit for key in keys)

    def take(self, keys: Iterable[Hashable], wanted: int) -> None:
        for key in keys:
            self._taken[key] += wanted


def _half_days(session: Session) -> list[HalfDay]:
    seen = session_of(session)
    days = (seen.end_date - seen.date).days + 1
    return [(seen.date + n * ONE_DAY, half) for n in range(days) for half in _PARTS[seen.part]]
