"""`encounters-changes/1`: what a hub asks "what if" of, and the instance with it. Pure.

    {"format": "encounters-changes/1", "changes": [
      {"do": "add_sessions", "activity": "visit", "count": 10, "month": "2027-03", "district": "51.9,-0.2"},
      {"do": "add_places", "activity": "visit", "count": 5, "month": "2027-03", "district": "51.9,-0.2"},
      {"do": "more_travel", "km": 5, "school": "S1"},
      {"do": "policy", "session_points": 1000, "bands": {"gb5": [[100, 1000]]}},
      {"do": "add_employer", "employer": {"id": "E9", "max_sessions": 3}},
      {"do": "add_offer", "offer": {...as in encounters-instance/1...}},
      {"do": "drop_school", "id": "S1"}, {"do": "drop_employer", "id": "E1"}, {"do": "drop_offer", "id": "O1"}]}

In `add_sessions` and `add_places` month and district may be left out, in `more_travel` the school: then it is for all.
Districts are as in `districts`. Sessions are added as offers `what-if-1` ..., each a copy of an offer of that activity
with one session, whose employer gives one more; places are added to every session of offers with one then and there.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import cycle, islice
from typing import Any

from services.matcher.fields import BadFile, Fields
from services.matcher.files import instance_from, instance_to_bytes
from services.matcher.instance import Instance, Offer, Session
from services.matcher.what_if.districts import district_of

FORMAT = "encounters-changes/1"
WHAT_IF = "what-if-"


@dataclass(frozen=True)
class Asked:
    """The instance with the changes, and in words what they are."""

    instance: Instance
    sentences: tuple[str, ...]


def changed(instance: Instance, source: object) -> Asked:
    """The instance with these changes, made one after another. Raises BadFile with the JSON pointer and the remedy."""
    fields = Fields(source, "")
    if fields.get("format") != FORMAT:
        raise fields.wrong("format", f'"{FORMAT}"')
    said = []
    for n, item in enumerate(fields.items("changes")):
        change = Fields(item, f"/changes/{n}")
        instance = _CHANGES[change.one_of("do", tuple(_CHANGES))](instance, change)
        said.append(_sentence(change))
    return Asked(instance, tuple(said))


def _sentence(change: Fields) -> str:
    rest = {key: value for key, value in change.source.items() if key != "do"}
    shown = ", ".join(
        f"{key} {value['id'] if isinstance(value, dict) and 'id' in value else value}" for key, value in rest.items()
    )
    return f"{str(change.source['do']).replace('_', ' ')}: {shown}"


def _concerned(instance: Instance, change: Fields) -> list[Offer]:
    """Offers of the activity in the district."""
    activity = change.text("activity")
    same = [offer for offer in instance.offers if offer.activity == activity]
    if not same:
        known = ", ".join(sorted({offer.activity for offer in instance.offers}))
        raise BadFile(f"{change.at}/activity", f"no offer is of activity {activity}", f"Name one of {known}.")
    if "district" not in change.source:
        return same
    district = change.text("district")
    there = [offer for offer in same if district_of(instance, offer) == district]
    if not there:
        known = ", ".join(sorted({district_of(instance, offer) for offer in same}))
        raise BadFile(f"{change.at}/district", f"no {activity} is in {district}", f"Name one of {known}.")
    return there


def _month(change: Fields) -> tuple[int, int] | None:
    if "month" not in change.source:
        return None
    text = change.text("month")
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise BadFile(f"{change.at}/month", f"{text} is not a month", "Write it as 2027-03.") from None
    return first.year, first.month


def _add_sessions(instance: Instance, change: Fields) -> Instance:
    concerned, count = _concerned(instance, change), change.whole("count", 1)
    days = _best_days(instance, _month(change), change)
    used = sum(offer.id.startswith(WHAT_IF) for offer in instance.offers)
    added, more = [], dict[str, int]()
    for n, offer, day in islice(zip(range(used + 1, used + count + 1), cycle(concerned), cycle(days)), count):
        added.append(copy_on(offer, f"{WHAT_IF}{n}", [day]))
        more[offer.employer] = more.get(offer.employer, 0) + 1
    employers = tuple(
        replace(e, max_sessions=None if e.max_sessions is None else e.max_sessions + more.get(e.id, 0))
        for e in instance.employers
    )
    return replace(instance, offers=(*instance.offers, *added), employers=employers)


def copy_on(offer: Offer, id_: str, days: list[date]) -> Offer:
    """The same offer under another id, once, on one of these days; of several days it keeps their number."""
    pattern = offer.sessions[0] if offer.sessions else None
    length = pattern.end_date - pattern.date if pattern else timedelta(0)
    part = pattern.part if pattern else "day"
    sessions = tuple(Session(f"{id_}.{n}", day, part, day + length) for n, day in enumerate(days, start=1))
    return replace(offer, id=id_, sessions=sessions, max_sessions=1)


def _best_days(instance: Instance, month: tuple[int, int] | None, change: Fields) -> list[date]:
    """The weekdays on which the fewest schools are closed, in turn."""
    days = [day for day in weekdays(instance) if month is None or (day.year, day.month) == month]
    if not days:
        raise BadFile(f"{change.at}/month", "no request is possible in that month", "Name a month within their dates.")
    shut = {day: sum(a <= day <= b for school in instance.schools for a, b in school.closed) for day in days}
    fewest = min(shut.values())
    return [day for day in days if shut[day] == fewest]


def weekdays(instance: Instance) -> Iterator[date]:
    """Every Monday to Friday from today to the last day that a request is possible."""
    last = max((request.window[1] for request in instance.requests), default=instance.today)
    day = instance.today
    while day <= last:
        if day.weekday() < 5:  # noqa: PLR2004 - Saturday is 5.
            yield day
        day += timedelta(days=1)


def _add_places(instance: Instance, change: Fields) -> Instance:
    count, month = change.whole("count", 1), _month(change)
    ids = {
        offer.id
        for offer in _concerned(instance, change)
        if month is None or any((s.date.year, s.date.month) == month for s in offer.sessions)
    }
    offers = [replace(o, max_pupils=o.max_pupils + count) if o.id in ids else o for o in instance.offers]
    return replace(instance, offers=tuple(offers))


def _more_travel(instance: Instance, change: Fields) -> Instance:
    km, school = change.number("km"), change.source.get("school")
    if school is not None and school not in {one.id for one in instance.schools}:
        raise BadFile(f"{change.at}/school", f"there is no school {school}", "Name a school of the instance.")
    requests = tuple(
        replace(r, max_travel_km=r.max_travel_km + km)
        if r.max_travel_km is not None and school in (None, r.school)
        else r
        for r in instance.requests
    )
    return replace(instance, requests=requests)


def _policy(instance: Instance, change: Fields) -> Instance:
    return _reread(instance, change, lambda values: values["policy"].update(_without_do(change)))


def _add_employer(instance: Instance, change: Fields) -> Instance:
    return _reread(instance, change, lambda values: values["employers"].append(change.get("employer")))


def _add_offer(instance: Instance, change: Fields) -> Instance:
    return _reread(instance, change, lambda values: values["offers"].append(change.get("offer")))


def _without_do(change: Fields) -> dict[str, object]:
    return {key: value for key, value in change.source.items() if key != "do"}


def _reread(instance: Instance, change: Fields, alter: Callable[[dict[str, Any]], object]) -> Instance:
    """The instance as a file, altered and read again, so that what is added is checked like any file."""
    values = json.loads(instance_to_bytes(instance))
    alter(values)
    try:
        return instance_from(values)
    except BadFile as wrong:
        raise BadFile(change.at, f"with this change {wrong.pointer} is wrong: {wrong.problem}", wrong.remedy) from wrong


def _drop_school(instance: Instance, change: Fields) -> Instance:
    school = _known(change, {one.id for one in instance.schools})
    gone = {request.id for request in instance.requests if request.school == school}
    return replace(
        instance,
        schools=tuple(one for one in instance.schools if one.id != school),
        requests=tuple(request for request in instance.requests if request.id not in gone),
        existing=tuple(old for old in instance.existing if old.request not in gone),
    )


def _drop_employer(instance: Instance, change: Fields) -> Instance:
    employer = _known(change, {one.id for one in instance.employers})
    left = _without_offers(instance, {offer.id for offer in instance.offers if offer.employer == employer})
    return replace(left, employers=tuple(one for one in instance.employers if one.id != employer))


def _drop_offer(instance: Instance, change: Fields) -> Instance:
    return _without_offers(instance, {_known(change, {one.id for one in instance.offers})})


def _without_offers(instance: Instance, gone: set[str]) -> Instance:
    return replace(
        instance,
        offers=tuple(offer for offer in instance.offers if offer.id not in gone),
        existing=tuple(old for old in instance.existing if old.offer not in gone),
    )


def _known(change: Fields, ids: set[str]) -> str:
    id_ = change.text("id")
    if id_ not in ids:
        raise BadFile(f"{change.at}/id", f"there is no {id_}", f"Name one like {', '.join(sorted(ids)[:3])}.")
    return id_


_CHANGES: Mapping[str, Callable[[Instance, Fields], Instance]] = {
    "add_sessions": _add_sessions,
    "add_places": _add_places,
    "more_travel": _more_travel,
    "policy": _policy,
    "add_employer": _add_employer,
    "add_offer": _add_offer,
    "drop_school": _drop_school,
    "drop_employer": _drop_employer,
    "drop_offer": _drop_offer,
}
