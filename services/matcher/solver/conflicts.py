"""Where accepted matches contradict one another, said with the fewest matches that do.

Accepted matches only take: every rule they can break (H0-duplicate, H3 to H8) limits what several of them take
together, so the smallest conflict is the smallest set that exceeds one limit.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta

from services.matcher.instance import Existing, Instance, Match, Offer, Session
from services.matcher.solver.plan import Conflict

Load = tuple[int, Existing]


def conflicts_of(instance: Instance) -> tuple[Conflict, ...]:
    """Every limit that the accepted matches exceed, the one with the fewest matches first; empty when there is none."""
    accepted = list(dict.fromkeys(e for e in instance.existing if e.status == "accepted"))
    found = set(_all_conflicts(instance, accepted)) if accepted else set()
    return tuple(sorted(found, key=lambda c: (len(c.matches), c.rule, c.what, c.matches)))


def _all_conflicts(instance: Instance, accepted: list[Existing]) -> Iterator[Conflict]:
    offers = {o.id: o for o in instance.offers}
    sessions = {s.id: s for o in instance.offers for s in o.sessions}
    yield from _duplicates(accepted)
    yield from _by_session(accepted, offers)
    yield from _by_offer(instance, accepted, offers)
    yield from _by_request(instance, accepted)
    yield from _by_half_day(instance, accepted, offers, sessions)


def _grouped(accepted: Iterable[Existing], key: object) -> dict[object, list[Existing]]:
    groups: dict[object, list[Existing]] = defaultdict(list)
    for old in accepted:
        groups[key(old)].append(old)  # type: ignore[operator]
    return groups


def _excess(rule: str, what: str, loads: list[Load], limit: int | None) -> Iterator[Conflict]:
    """The fewest loads whose sum exceeds the limit: the heaviest ones."""
    if limit is None or sum(load for load, _ in loads) <= limit:
        return
    chosen: list[Existing] = []
    total = 0
    for load, old in sorted(loads, key=lambda one: (-one[0], _match(one[1]))):
        chosen.append(old)
        total += load
        if total > limit:
            break
    yield Conflict(rule, what, tuple(sorted(_match(old) for old in chosen)))


def _match(old: Existing) -> Match:
    return Match(old.offer, old.session, old.request, old.pupils)


def _duplicates(accepted: list[Existing]) -> Iterator[Conflict]:
    for twice in _grouped(accepted, lambda e: (e.session, e.request)).values():
        if len(twice) > 1:
            what = "a request goes to a session at most once"
            yield Conflict("H0-duplicate", what, tuple(_match(old) for old in twice[:2]))


def _by_session(accepted: list[Existing], offers: dict[str, Offer]) -> Iterator[Conflict]:
    for name, mine in _grouped(accepted, lambda e: e.session).items():
        offer = offers[mine[0].offer]
        what = f"session {name} takes {offer.max_pupils} pupils"
        yield from _excess("H3-capacity", what, [(e.pupils, e) for e in mine], offer.max_pupils)
        yield from _excess(
            "H3-groups", f"session {name} takes {offer.max_groups} groups", _ones(mine), offer.max_groups
        )


def _ones(mine: Iterable[Existing]) -> list[Load]:
    return [(1, e) for e in mine]


def _one_per_session(mine: Iterable[Existing]) -> list[Load]:
    return _ones({e.session: e for e in sorted(mine, key=_match, reverse=True)}.values())


def _by_offer(instance: Instance, accepted: list[Existing], offers: dict[str, Offer]) -> Iterator[Conflict]:
    school_of = {r.id: r.school for r in instance.requests}
    caps = {e.id: e.max_sessions for e in instance.employers}
    for name, mine in _grouped(accepted, lambda e: e.offer).items():
        limit = offers[str(name)].max_sessions
        yield from _excess("H4-sessions", f"offer {name} holds {limit} sessions", _one_per_session(mine), limit)
    for name, mine in _grouped(accepted, lambda e: offers[e.offer].employer).items():
        cap = caps[str(name)]
        yield from _excess("H4-employer", f"employer {name} holds {cap} sessions", _one_per_session(mine), cap)
    for mine in _grouped(accepted, lambda e: (e.offer, school_of[e.request])).values():
        offer = offers[mine[0].offer]
        what = f"offer {offer.id} goes {offer.max_groups_per_school} times to school {school_of[mine[0].request]}"
        yield from _excess("H5-hogging", what, _ones(mine), offer.max_groups_per_school)


def _by_request(instance: Instance, accepted: list[Existing]) -> Iterator[Conflict]:
    places = {r.id: r.max_places for r in instance.requests}
    for name, mine in _grouped(accepted, lambda e: e.request).items():
        limit = places[str(name)]
        yield from _excess("H6-places", f"request {name} has {limit} places", [(e.pupils, e) for e in mine], limit)


def _by_half_day(
    instance: Instance, accepted: list[Existing], offers: dict[str, Offer], sessions: dict[str, Session]
) -> Iterator[Conflict]:
    cohorts = {r.id: (r.pupils, r.school) for r in instance.requests}
    halls = {s.id: s.max_parallel for s in instance.schools}
    diary: dict[tuple[str, str], list[Load]] = defaultdict(list)
    hall: dict[tuple[str, str], list[Load]] = defaultdict(list)
    for old in accepted:
        for half_day in _half_days(sessions[old.session]):
            diary[old.request, half_day].append((old.pupils, old))
            if offers[old.offer].mode != "at_workplace":
                hall[cohorts[old.request][1], half_day].append((1, old))
    for (request, half_day), loads in diary.items():
        limit = cohorts[request][0]
        yield from _excess("H7-clash", f"{limit} pupils of {request} are there on {half_day}", loads, limit)
    for (school, half_day), loads in hall.items():
        limit = halls[school]
        yield from _excess("H8-hall", f"school {school} takes {limit} at once on {half_day}", loads, limit)


def _half_days(session: Session) -> Iterator[str]:
    halves = ("am", "pm") if session.part == "day" else (session.part,)
    for i in range((session.end_date - session.date).days + 1):
        for half in halves:
            yield f"{session.date + timedelta(days=i)} {half}"
