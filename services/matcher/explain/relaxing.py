"""One rule at a time made to give way: the instance in which pairs that only this rule kept apart may meet. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil

from services.matcher.explain.screening import Apart
from services.matcher.instance import DateRange, Instance, Offer, Request, School
from services.matcher.rules import distance_km

KM_STEP = 5
WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
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
            grouped[miss.first, _condition(instance, miss)].append(miss)
    found = []
    for (code, condition), group in sorted(grouped.items(), key=lambda one: one[0]):
        changed = instance
        for miss in group:
            changed = _CHANGES[code](changed, miss)
        pairs = tuple((miss.offer.id, miss.request.id) for miss in group)
        found.append(Relaxation(code, condition, pairs, changed))
    return found


def _condition(instance: Instance, miss: Apart) -> str:
    return _CONDITIONS[miss.first](instance, miss)


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


def _now(instance: Instance, miss: Apart) -> tuple[Offer, Request, School]:
    """The pair as it is after changes made for others."""
    offer = next(o for o in instance.offers if o.id == miss.offer.id)
    request = next(r for r in instance.requests if r.id == miss.request.id)
    return offer, request, next(s for s in instance.schools if s.id == request.school)


def _year(instance: Instance, miss: Apart) -> Instance:
    return with_offer(instance, miss.offer.id, years=_now(instance, miss)[0].years | {miss.request.year})


def _phase(instance: Instance, miss: Apart) -> Instance:
    offer, _, school = _now(instance, miss)
    return with_offer(instance, offer.id, phases=offer.phases | {school.phase})


def _activity(instance: Instance, miss: Apart) -> Instance:
    _, request, _ = _now(instance, miss)
    return with_request(instance, request.id, activities=request.activities | {miss.offer.activity})


def _send(instance: Instance, miss: Apart) -> Instance:
    offer, request, _ = _now(instance, miss)
    return with_offer(instance, offer.id, send_support=offer.send_support | request.send)


def _further(instance: Instance, miss: Apart) -> Instance:
    offer, request, school = _now(instance, miss)
    km = distance_km(offer.lat, offer.lon, school.lat, school.lon)
    if offer.radius_km is not None and offer.radius_km < km:
        instance = with_offer(instance, offer.id, radius_km=km)
    if offer.mode == "at_workplace" and request.max_travel_km is not None and request.max_travel_km < km:
        instance = with_request(instance, request.id, max_travel_km=km)
    return instance


def _sooner(instance: Instance, miss: Apart) -> Instance:
    days = _days_ahead(instance, miss)
    changed = with_offer(instance, miss.offer.id, notice_days=min(miss.offer.notice_days, days))
    return with_request(changed, miss.request.id, notice_days=min(_now(changed, miss)[1].notice_days, days))


def _wider(instance: Instance, miss: Apart) -> Instance:
    first, last = _now(instance, miss)[1].window
    starts, ends = _days_of(miss)
    return with_request(instance, miss.request.id, window=(min(first, starts), max(last, ends)))


def _available(instance: Instance, miss: Apart) -> Instance:
    _, request, school = _now(instance, miss)
    cleared = _cleared(request.unavailable, _days_of(miss))
    changed = with_request(instance, request.id, unavailable=cleared)
    return with_school(changed, school.id, closed=_cleared(school.closed, _days_of(miss)))


def _smaller(instance: Instance, miss: Apart) -> Instance:
    _, request, _ = _now(instance, miss)
    most = min(request.pupils, miss.offer.max_pupils, request.max_places)
    changed = with_request(instance, request.id, min_group=min(request.min_group, most))
    return with_offer(changed, miss.offer.id, min_pupils=min(_now(changed, miss)[0].min_pupils, most))


def _split(instance: Instance, miss: Apart) -> Instance:
    return _smaller(with_request(instance, miss.request.id, split=True), miss)


def _again(instance: Instance, miss: Apart) -> Instance:
    pair = (miss.offer.id, miss.request.id)
    left = tuple(e for e in instance.existing if e.status != "declined" or (e.offer, e.request) != pair)
    return replace(instance, existing=left)


def _one_group_more(instance: Instance, miss: Apart) -> Instance:
    offer, request, _ = _now(instance, miss)
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


def _days_of(miss: Apart) -> DateRange:
    if miss.session is None:
        raise ValueError(f"{miss.offer.id} has no session")
    return miss.session.date, miss.session.end_date


def _days_ahead(instance: Instance, miss: Apart) -> int:
    return max(0, (_days_of(miss)[0] - instance.today).days)


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


def _distance_condition(instance: Instance, miss: Apart) -> str:
    offer, request, school = _now(instance, miss)
    km = distance_km(offer.lat, offer.lon, school.lat, school.lon)
    travels = offer.mode == "at_workplace" and request.max_travel_km is not None
    limits = [offer.radius_km, request.max_travel_km if travels else None]
    more = KM_STEP * ceil((km - min(limit for limit in limits if limit is not None)) / KM_STEP)
    if travels and (offer.radius_km is None or offer.radius_km >= km):
        return f"pupils of {request.id} could travel {more} km further"
    return f"{offer.id} served schools {more} km further away"


def _day_condition(instance: Instance, miss: Apart) -> str:
    first, last = _days_of(miss)
    school = next(s for s in instance.schools if s.id == miss.request.school)
    if any(start <= last and first <= end for start, end in school.closed):
        return f"school {school.id} were open on {_shown(first, last)}"
    if first == last:
        return f"{WEEKDAYS[first.weekday()]} were possible for {miss.request.id}"
    return f"{_shown(first, last)} were possible for {miss.request.id}"


def _shown(first: date, last: date) -> str:
    return str(first) if first == last else f"{first} to {last}"


def _window_condition(_: Instance, miss: Apart) -> str:
    first, last = _days_of(miss)
    if first < miss.request.window[0]:
        return f"the dates of {miss.request.id} began in {first:%B %Y}"
    return f"the dates of {miss.request.id} ran until {last:%B %Y}"


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
_CONDITIONS: Mapping[str, Callable[[Instance, Apart], str]] = {
    "H1-year": lambda _, m: f"{m.offer.id} also took year {m.request.year}",
    "H1-phase": lambda _, m: f"{m.offer.id} also served schools like {m.request.school}",
    "H1-activity": lambda _, m: f"{m.request.id} also wanted {m.offer.activity}",
    "H1-send": lambda _, m: f"{m.offer.id} could support {', '.join(sorted(m.request.send - m.offer.send_support))}",
    "H1-distance": _distance_condition,
    "H1-notice": lambda i, m: f"{m.offer.id} and {m.request.id} agreed to {_days_ahead(i, m)} days' notice",
    "H1-window": _window_condition,
    "H1-unavailable": _day_condition,
    "H1-declined": lambda _, m: f"{m.offer.id} had not been declined for {m.request.id}",
    "H2-min": lambda _, m: f"{m.offer.id} and {m.request.id} agreed to a smaller group",
    "H2-split": lambda _, m: f"the cohort of {m.request.id} could be split",
    "H3-groups": lambda _, m: f"{m.offer.id} took one more group a session",
    "H3-capacity": lambda _, m: f"{m.offer.id} had room for one more group",
    "H4-sessions": lambda _, m: f"{m.offer.id} held one more session",
    "H4-employer": lambda _, m: f"employer {m.offer.employer} held one more session",
    "H5-hogging": lambda _, m: f"{m.offer.id} came once more to school {m.request.school}",
    "H6-places": lambda _, m: f"{m.request.id} had room for {m.request.pupils} pupil places more",
    "H8-hall": lambda _, m: f"school {m.request.school} could host one more at a time",
}
