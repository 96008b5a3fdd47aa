"""One rule at a time made to give way: the instance in which pairs that only this rule kept apart may meet. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from services.matcher.explain.conditions import condition, days_ahead, days_of, pair_now
from services.matcher.explain.screening import Apart
from services.matcher.instance import DateRange, Instance
from services.matcher.rules import distance_km

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Relaxation:
    """A rule that gives way: in words ("if ..."), for which pairs, and the instance with it."""

    code: str
    condition: str
    pairs: tuple[tuple[str, str], ...]
    instance: Instance


def relaxations(instance: Instance, misses: Iterable[Apart]) -> list[Relaxation]:
    """Every way in which one thing more would let some of these pairs meet, each of which lacks one rule only."""
    grouped: dict[tuple[str, str], list[Apart]] = defaultdict(list)
    for miss in misses:
        if len(miss.codes) == 1 and miss.first in _CHANGES:
            grouped[miss.first, condition(instance, miss)].append(miss)
    found = []
    for (code, words), group in sorted(grouped.items(), key=lambda one: one[0]):
        changed = instance
        for miss in group:
            changed = _CHANGES[code](changed, miss)
        pairs = tuple((miss.offer.id, miss.request.id) for miss in group)
        found.append(Relaxation(code, words, pairs, changed))
    return found


def with_request(instance: Instance, request: str, **said: object) -> Instance:
    """The instance in which this request says something else."""
    changed = [replace(r, **said) if r.id == request else r for r in instance.requests]  # type: ignore[arg-type]
    return replace(instance, requests=tuple(changed))


def with_offer(instance: Instance, offer: str, **said: object) -> Instance:
    """The instance in which this offer says something else."""
    changed = [replace(o, **said) if o.id == offer else o for o in instance.offers]  # type: ignore[arg-type]
    return replace(instance, offers=tuple(changed))


def with_school(instance: Instance, school: str, **said: object) -> Instance:
    """The instance in which this school says something else."""
    changed = [replace(s, **said) if s.id == school else s for s in instance.schools]  # type: ignore[arg-type]
    return replace(instance, schools=tuple(changed))


def _year(instance: Instance, miss: Apart) -> Instance:
    return with_offer(instance, miss.offer.id, years=pair_now(instance, miss)[0].years | {miss.request.year})


def _phase(instance: Instance, miss: Apart) -> Instance:
    offer, _, school = pair_now(instance, miss)
    return with_offer(instance, offer.id, phases=offer.phases | {school.phase})


def _activity(instance: Instance, miss: Apart) -> Instance:
    _, request, _ = pair_now(instance, miss)
    return with_request(instance, request.id, activities=request.activities | {miss.offer.activity})


def _send(instance: Instance, miss: Apart) -> Instance:
    offer, request, _ = pair_now(instance, miss)
    return with_offer(instance, offer.id, send_support=offer.send_support | request.send)


def _further(instance: Instance, miss: Apart) -> Instance:
    offer, request, school = pair_now(instance, miss)
    km = distance_km(offer.lat, offer.lon, school.lat, school.lon)
    if offer.radius_km is not None and offer.radius_km < km:
        instance = with_offer(instance, offer.id, radius_km=km)
    if offer.mode == "at_workplace" and request.max_travel_km is not None and request.max_travel_km < km:
        instance = with_request(instance, request.id, max_travel_km=km)
    return instance


def _sooner(instance: Instance, miss: Apart) -> Instance:
    days = days_ahead(instance, miss)
    changed = with_offer(instance, miss.offer.id, notice_days=min(miss.offer.notice_days, days))
    return with_request(changed, miss.request.id, notice_days=min(pair_now(changed, miss)[1].notice_days, days))


def _wider(instance: Instance, miss: Apart) -> Instance:
    first, last = pair_now(instance, miss)[1].window
    starts, ends = days_of(miss)
    return with_request(instance, miss.request.id, window=(min(first, starts), max(last, ends)))


def _available(instance: Instance, miss: Apart) -> Instance:
    _, request, school = pair_now(instance, miss)
    cleared = _cleared(request.unavailable, days_of(miss))
    changed = with_request(instance, request.id, unavailable=cleared)
    return with_school(changed, school.id, closed=_cleared(school.closed, days_of(miss)))


def _smaller(instance: Instance, miss: Apart) -> Instance:
    _, request, _ = pair_now(instance, miss)
    most = min(request.pupils, miss.offer.max_pupils, request.max_places)
    changed = with_request(instance, request.id, min_group=min(request.min_group, most))
    return with_offer(changed, miss.offer.id, min_pupils=min(pair_now(changed, miss)[0].min_pupils, most))


def _split(instance: Instance, miss: Apart) -> Instance:
    return _smaller(with_request(instance, miss.request.id, split=True), miss)


def _again(instance: Instance, miss: Apart) -> Instance:
    pair = (miss.offer.id, miss.request.id)
    left = tuple(e for e in instance.existing if e.status != "declined" or (e.offer, e.request) != pair)
    return replace(instance, existing=left)


def _one_group_more(instance: Instance, miss: Apart) -> Instance:
    offer, request, _ = pair_now(instance, miss)
    room = max(1, miss.request.min_group, offer.min_pupils if request.split else request.pupils)
    more = room if offer.max_groups > 1 and miss.first == "H3-capacity" else 0
    return with_offer(
        instance,
        offer.id,
        max_groups=miss.offer.max_groups + 1,
        max_pupils=max(offer.max_pupils, miss.offer.max_pupils + more),
    )


def _one_session_more(instance: Instance, miss: Apart) -> Instance:
    changed = with_offer(instance, miss.offer.id, max_sessions=miss.offer.max_sessions + 1)
    return _one_day_more(changed, miss)


def _one_day_more(instance: Instance, miss: Apart) -> Instance:
    caps = tuple(
        replace(e, max_sessions=None if e.max_sessions is None else e.max_sessions + 1)
        if e.id == miss.offer.employer and miss.first == "H4-employer"
        else e
        for e in instance.employers
    )
    return replace(instance, employers=caps)


def _once_more(instance: Instance, miss: Apart) -> Instance:
    most = miss.offer.max_groups_per_school
    return with_offer(instance, miss.offer.id, max_groups_per_school=None if most is None else most + 1)


def _more_places(instance: Instance, miss: Apart) -> Instance:
    return with_request(instance, miss.request.id, max_places=miss.request.max_places + miss.request.pupils)


def _larger_hall(instance: Instance, miss: Apart) -> Instance:
    school = next(s for s in instance.schools if s.id == miss.request.school)
    return with_school(instance, school.id, max_parallel=school.max_parallel + 1)


def _cleared(blocked: Sequence[DateRange], days: DateRange) -> tuple[DateRange, ...]:
    """The blocked days without these."""
    left: list[DateRange] = []
    for first, last in blocked:
        if days[1] < first or last < days[0]:
            left.append((first, last))
            continue
        if first < days[0]:
            left.append((first, days[0] - ONE_DAY))
        if days[1] < last:
            left.append((days[1] + ONE_DAY, last))
    return tuple(left)


_CHANGES: Mapping[str, Callable[[Instance, Apart], Instance]] = {
    "H1-year": _year,
    "H1-phase": _phase,
    "H1-activity": _activity,
    "H1-send": _send,
    "H1-distance": _further,
    "H1-notice": _sooner,
    "H1-window": _wider,
    "H1-unavailable": _available,
    "H1-declined": _again,
    "H2-min": _smaller,
    "H2-split": _split,
    "H3-groups": _one_group_more,
    "H3-capacity": _one_group_more,
    "H4-sessions": _one_session_more,
    "H4-employer": _one_day_more,
    "H5-hogging": _once_more,
    "H6-places": _more_places,
    "H8-hall": _larger_hall,
}
