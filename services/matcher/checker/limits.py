"""H3 to H9: what the matches must be together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date

from services.matcher.checker.case import Case, Known
from services.matcher.checker.eligibility import Broken


def broken_together(case: Case) -> Iterator[Broken]:
    """Every limit over several matches that is not kept."""
    for rule in (_sessions_of_offers, _sessions_of_employers, _rooms, _hogging, _places, _clashes, _halls, _accepted):
        yield from rule(case)


def _total(
    known: Iterable[Known], key: Callable[[Known], Hashable], amount: Callable[[Known], int]
) -> dict[Hashable, int]:
    totals: dict[Hashable, int] = defaultdict(int)
    for one in known:
        totals[key(one)] += amount(one)
    return totals


def _over(code: str, where: object, used: int, limit: int | None) -> Iterator[Broken]:
    if limit is not None and used > limit:
        yield Broken(code, str(where), f"{used} of at most {limit}")


def _rooms(case: Case) -> Iterator[Broken]:
    pupils = _total(case.known, lambda k: k.session.id, lambda k: k.pupils)
    groups = _total(case.known, lambda k: k.session.id, lambda _: 1)
    for session, used in pupils.items():
        offer = case.sessions[str(session)][0]
        yield from _over("H3-capacity", session, used, offer.max_pupils)
        yield from _over("H3-groups", session, groups[session], offer.max_groups)


def _sessions_of_offers(case: Case) -> Iterator[Broken]:
    used = Counter(offer for offer, _ in {(k.offer.id, k.session.id) for k in case.known})
    for offer, sessions in used.items():
        yield from _over("H4-sessions", offer, sessions, case.offers[offer].max_sessions)


def _sessions_of_employers(case: Case) -> Iterator[Broken]:
    used = Counter(employer for employer, _ in {(k.offer.employer, k.session.id) for k in case.known})
    for employer, sessions in used.items():
        yield from _over("H4-employer", employer, sessions, case.employers[employer].max_sessions)


def _hogging(case: Case) -> Iterator[Broken]:
    for (offer, school), matches in Counter((k.offer.id, k.school.id) for k in case.known).items():
        yield from _over("H5-hogging", f"{offer}/{school}", matches, case.offers[offer].max_groups_per_school)


def _places(case: Case) -> Iterator[Broken]:
    for request, pupils in _total(case.known, lambda k: k.request.id, lambda k: k.pupils).items():
        yield from _over("H6-places", request, pupils, case.requests[str(request)].max_places)


def _clashes(case: Case) -> Iterator[Broken]:
    busy: dict[tuple[str, date, str], int] = defaultdict(int)
    for known in case.known:
        for day, part in known.half_days:
            busy[known.request.id, day, part] += known.pupils
    for (request, day, part), pupils in sorted(busy.items()):
        yield from _over("H7-clash", f"{request} {day} {part}", pupils, case.requests[request].pupils)


def _halls(case: Case) -> Iterator[Broken]:
    busy: Counter[tuple[str, date, str]] = Counter()
    for known in case.known:
        if known.offer.mode != "at_workplace":
            busy.update((known.school.id, day, part) for day, part in known.half_days)
    for (school, day, part), matches in sorted(busy.items()):
        yield from _over("H8-hall", f"{school} {day} {part}", matches, case.schools[school].max_parallel)


def _accepted(case: Case) -> Iterator[Broken]:
    there = Counter((m.offer, m.session, m.request, m.pupils) for m in case.matches)
    for one in case.accepted:
        if (one.offer, one.session, one.request, one.pupils) not in there:
            yield Broken("H9-accepted", f"{one.session}/{one.request}", f"accepted with {one.pupils} pupils, not kept")
