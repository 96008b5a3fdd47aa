"""`encounters-changes/1`: what a hub asks "what if" of, one change after another.

    {"format": "encounters-changes/1", "changes": [
      {"do": "add_sessions", "activity": "visit", "count": 10, "month": "2027-03", "district": "51.9,-0.2"},
      {"do": "add_places", "activity": "visit", "count": 5, "month": "2027-03", "district": "51.9,-0.2"},
      {"do": "add_groups", "offer": "O1", "count": 2},
      {"do": "more_travel", "km": 5, "school": "S1"},
      {"do": "policy", "session_points": 1000, "bands": {"gb5": [[100, 1000]]}},
      {"do": "add_employer", "employer": {"id": "E9", "max_sessions": 3}},
      {"do": "add_offer", "offer": {...as in encounters-instance/1...}},
      {"do": "drop_school", "id": "S1"}, {"do": "drop_employer", "id": "E1"}, {"do": "drop_offer", "id": "O1"}]}

In `add_sessions`, `add_places` and `add_groups` an offer may be named in the place of an activity. Month and district
may be left out, in `more_travel` the school: then it is for all.
A district is the name that the instance's `meta.districts` gives the employer; without one, the offer's latitude and
longitude to a tenth of a degree; "online" for virtual offers. The month is that of a session's first day.

Added sessions are shared out among the offers of that activity there, in the file's order. Each of those offers gets a
copy, `what-if-1` and so on, with its share of the sessions on days of the month after its notice, when the fewest
schools are closed; its employer gives so many more. Who declined an offer has declined its copy; a limit of groups per
school counts for the copy by itself. Places and groups are added to every session of the offers that have one there and
then, also in other months; a group more comes with as many places as one has now.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from itertools import count as numbers
from typing import Any

from services.matcher.fields import COUNT_MAX, BadFile, Fields, shown, step
from services.matcher.files import instance_from, instance_to_bytes
from services.matcher.instance import Instance, Offer, Policy
from services.matcher.what_if.copies import best_days, copy_on, declined_too, weekdays
from services.matcher.what_if.districts import district_of

FORMAT = "encounters-changes/1"
WHAT_IF = "what-if-"
MORE_MAX = 1_000
"""Sessions, or groups, in one change: a hub gives some thousand in a year."""


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
        make, known = _CHANGES[change.one_of("do", tuple(_CHANGES))]
        _check_fields(change, known)
        instance = make(instance, change)
        said.append(_sentence(change))
    return Asked(instance, tuple(said))


def _check_fields(change: Fields, known: Sequence[str]) -> None:
    """Raises BadFile for a field that no such change has: left unread, the answer would be to another question."""
    for name in change.source:
        if name not in ("do", *known):
            problem = f"{change.source['do']} has no such field"
            raise BadFile(f"{change.at}/{step(name)}", problem, f"Leave it out; there are {', '.join(known)}.")


def _sentence(change: Fields) -> str:
    rest = ", ".join(f"{key} {_in_words(value)}" for key, value in change.source.items() if key != "do")
    return f"{str(change.source['do']).replace('_', ' ')}: {rest}"


def _in_words(value: object) -> str:
    """What is added by its id, all else as it is written."""
    named = value.get("id", value) if isinstance(value, dict) else value
    return named if isinstance(named, str) else json.dumps(named, ensure_ascii=False)


def _concerned(instance: Instance, change: Fields) -> list[Offer]:
    """Offers of the activity in the district, or the one that is named."""
    if "offer" in change.source:
        return [_named(instance, change)]
    activity = change.text("activity")
    same = [offer for offer in instance.offers if offer.activity == activity]
    if not same:
        known = ", ".join(sorted({offer.activity for offer in instance.offers}))
        raise BadFile(f"{change.at}/activity", f"no offer is of activity {shown(activity)}", f"Name one of {known}.")
    if "district" not in change.source:
        return same
    district = change.text("district")
    there = [offer for offer in same if district_of(instance, offer) == district]
    if not there:
        known = ", ".join(sorted({district_of(instance, offer) for offer in same}))
        raise BadFile(f"{change.at}/district", f"no {activity} is in {shown(district)}", f"Name one of {known}.")
    return there


def _named(instance: Instance, change: Fields) -> Offer:
    id_ = _known(change, {offer.id for offer in instance.offers}, "offer")
    for other in ("activity", "district"):
        if other in change.source:
            raise BadFile(f"{change.at}/{other}", "an offer is named already", f"Leave out the offer or the {other}.")
    return next(offer for offer in instance.offers if offer.id == id_)


def _month(change: Fields) -> tuple[int, int] | None:
    if "month" not in change.source:
        return None
    text = change.text("month")
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise BadFile(f"{change.at}/month", f"{shown(text)} is not a month", "Write it as 2027-03.") from None
    return first.year, first.month


def _add_sessions(instance: Instance, change: Fields) -> Instance:
    count = change.whole("count", 1, MORE_MAX)
    able = _after_notice(instance, _concerned(instance, change), change)[:count]
    patterns = [offer for offer, _ in able]
    shares = [len(range(n, count, len(able))) for n in range(len(able))]
    copies = tuple(
        copy_on(offer, id_, best_days(instance, offer, days, share), share)
        for id_, (offer, days), share in zip(_fresh_ids(instance), able, shares, strict=False)
    )
    more = dict[str, int]()
    for copy in copies:
        more[copy.employer] = more.get(copy.employer, 0) + copy.max_sessions
    employers = tuple(
        replace(e, max_sessions=None if e.max_sessions is None else e.max_sessions + more.get(e.id, 0))
        for e in instance.employers
    )
    existing = (*instance.existing, *declined_too(instance, copies, patterns))
    return replace(instance, offers=(*instance.offers, *copies), employers=employers, existing=existing)


def _fresh_ids(instance: Instance) -> Iterator[str]:
    known = {offer.id for offer in instance.offers}
    return (id_ for id_ in (f"{WHAT_IF}{n}" for n in numbers(1)) if id_ not in known)


def _after_notice(instance: Instance, offers: list[Offer], change: Fields) -> list[tuple[Offer, list[date]]]:
    """The offers that can be had in the month after their notice, and the weekdays on which they can."""
    month = _month(change)
    within = [day for day in weekdays(instance) if month is None or (day.year, day.month) == month]
    if not within:
        raise BadFile(f"{change.at}/month", "no request is possible in that month", "Name a month within their dates.")
    soonest = {offer.id: instance.today + timedelta(days=offer.notice_days) for offer in offers}
    able = [(offer, [day for day in within if day >= soonest[offer.id]]) for offer in offers]
    able = [(offer, days) for offer, days in able if days]
    if not able:
        first = min(offers, key=lambda offer: offer.notice_days)
        problem = f"{first.id} asks for {first.notice_days} days of notice, so it cannot be before {soonest[first.id]}"
        raise BadFile(f"{change.at}/month", problem, "Name a later month.")
    return able


def _add_places(instance: Instance, change: Fields) -> Instance:
    count, ids = change.whole("count", 1), _offering(instance, change)
    return _with_room(
        instance, {o.id: replace(o, max_pupils=o.max_pupils + count) for o in instance.offers if o.id in ids}
    )


def _add_groups(instance: Instance, change: Fields) -> Instance:
    count, ids = change.whole("count", 1, MORE_MAX), _offering(instance, change)
    roomier = {
        o.id: replace(
            o,
            max_groups=o.max_groups + count,
            max_pupils=o.max_pupils + count * (o.max_pupils // max(1, o.max_groups)),
        )
        for o in instance.offers
        if o.id in ids
    }
    return _with_room(instance, roomier)


def _with_room(instance: Instance, roomier: Mapping[str, Offer]) -> Instance:
    """The instance with these offers, of which none has more places than can be counted."""
    found = (roomier.get(offer.id, offer) for offer in instance.offers)
    return replace(instance, offers=tuple(replace(o, max_pupils=min(COUNT_MAX, o.max_pupils)) for o in found))


def _offering(instance: Instance, change: Fields) -> set[str]:
    """Who of those concerned has a session then."""
    month, concerned = _month(change), _concerned(instance, change)
    ids = {o.id for o in concerned if month is None or month in {(s.date.year, s.date.month) for s in o.sessions}}
    if not ids:
        known = ", ".join(sorted({f"{s.date:%Y-%m}" for offer in concerned for s in offer.sessions}))
        raise BadFile(f"{change.at}/month", "no such session is in that month", f"Name one of {known or 'none'}.")
    return ids


def _more_travel(instance: Instance, change: Fields) -> Instance:
    km, school = change.number("km"), change.text("school") if "school" in change.source else None
    if school is not None and school not in {one.id for one in instance.schools}:
        raise BadFile(f"{change.at}/school", f"there is no school {shown(school)}", "Name a school of the instance.")
    requests = tuple(
        replace(r, max_travel_km=r.max_travel_km + km)
        if r.max_travel_km is not None and school in (None, r.school)
        else r
        for r in instance.requests
    )
    return replace(instance, requests=requests)


def _policy(instance: Instance, change: Fields) -> Instance:
    return _reread(instance, change, "/policy", "", lambda values: values["policy"].update(_without_do(change)))


def _add_employer(instance: Instance, change: Fields) -> Instance:
    return _added(instance, change, "employer")


def _add_offer(instance: Instance, change: Fields) -> Instance:
    return _added(instance, change, "offer")


def _added(instance: Instance, change: Fields, kind: str) -> Instance:
    told, there = change.get(kind), f"{kind}s"
    place = f"/{there}/{len(getattr(instance, there))}"
    return _reread(instance, change, place, f"/{kind}", lambda values: values[there].append(told))


def _without_do(change: Fields) -> dict[str, object]:
    return {key: value for key, value in change.source.items() if key != "do"}


def _reread(
    instance: Instance, change: Fields, there: str, here: str, alter: Callable[[dict[str, Any]], object]
) -> Instance:
    """The instance as a file, altered and read again, so that what is added is checked like any file.

    What is wrong `there` in it is told by its place `here` in the change.
    """
    values = json.loads(instance_to_bytes(instance))
    alter(values)
    try:
        return instance_from(values)
    except BadFile as wrong:
        if wrong.pointer == there or wrong.pointer.startswith(f"{there}/"):
            pointer = change.at + here + wrong.pointer.removeprefix(there)
            raise BadFile(pointer, wrong.problem, wrong.remedy) from wrong
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


def _known(change: Fields, ids: set[str], key: str = "id") -> str:
    id_ = change.text(key)
    if id_ not in ids:
        raise BadFile(f"{change.at}/{key}", f"there is no {shown(id_)}", f"Name one like {', '.join(sorted(ids)[:3])}.")
    return id_


_WHERE = ("activity", "count", "month", "district", "offer")
_CHANGES: Mapping[str, tuple[Callable[[Instance, Fields], Instance], tuple[str, ...]]] = {
    "add_sessions": (_add_sessions, _WHERE),
    "add_places": (_add_places, _WHERE),
    "add_groups": (_add_groups, _WHERE),
    "more_travel": (_more_travel, ("km", "school")),
    "policy": (_policy, tuple(field.name for field in fields(Policy))),
    "add_employer": (_add_employer, ("employer",)),
    "add_offer": (_add_offer, ("offer",)),
    "drop_school": (_drop_school, ("id",)),
    "drop_employer": (_drop_employer, ("id",)),
    "drop_offer": (_drop_offer, ("id",)),
}
"""What can be asked: how it is made, and the fields it has."""
