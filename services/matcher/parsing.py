"""From JSON to the values of the matching problem; raises BadFile where the format is not followed."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import cast

from services.matcher.fields import BadFile, Fields, range_of_days, shown, step, whole
from services.matcher.instance import (
    DateRange,
    Employer,
    Existing,
    Instance,
    Match,
    Matches,
    Mode,
    Offer,
    Part,
    Policy,
    Request,
    School,
    Session,
    Status,
)

# What is above these is a slip of the pen; below them no sum of points leaves 64 bits, and no price of a pupil 32.
PUPILS_MAX, NEED_MAX, CREDITS_MAX, WEIGHT_MAX = 1_000_000, 10_000_000, 10_000, 100_000
POINTS_MAX, POINTS_A_KM_MAX, PERCENT_MAX, DAYS_MAX = 1_000_000, 100_000, 10_000, 36_500
LATITUDE_MAX, LONGITUDE_MAX = 90, 180

__all__ = ["BadFile", "instance_from", "matches_from", "offer_from", "request_from"]


def instance_from(value: object) -> Instance:
    """The instance that this JSON value describes. Raises BadFile."""
    told = _headed(value, "encounters-instance/1")
    instance = Instance(
        id=told.text("id"),
        today=told.day("today"),
        policy=_policy(told.get("policy")),
        schools=told.list_of("schools", _school),
        employers=told.list_of("employers", _employer),
        offers=told.list_of("offers", _offer),
        requests=told.list_of("requests", _request),
        existing=_once(told.list_of("existing", _existing)) if "existing" in told.source else (),
        meta=_meta(told),
    )
    _check_references(instance)
    return instance


def matches_from(value: object) -> Matches:
    """The answer that this JSON value describes. Raises BadFile."""
    told = _headed(value, "encounters-matches/1")
    return Matches(told.text("instance"), told.list_of("matches", _match), _meta(told))


def offer_from(value: object) -> Offer:
    """One offer as an instance has it. Raises BadFile."""
    return _offer(value, "")


def request_from(value: object) -> Request:
    """One request as an instance has it. Raises BadFile."""
    return _request(value, "")


def _headed(value: object, name: str) -> Fields:
    told = Fields(value, "")
    if told.get("format") != name:
        problem = f"{shown(told.source['format'])} is not the format asked for here"
        raise BadFile("/format", problem, f'Hand in a file of format "{name}".')
    return told


def _meta(told: Fields) -> Mapping[str, object]:
    return Fields(told.source.get("meta") or {}, "/meta").source


def _match(value: object, at: str) -> Match:
    told = Fields(value, at)
    # A wrong number of pupils is a broken rule (H0-pupils), not a broken file: the checker says so.
    return Match(told.text("offer"), told.text("session"), told.text("request"), cast("int", told.get("pupils")))


def _policy(value: object) -> Policy:
    told = Fields(value, "/policy")
    bands = Fields(told.get("bands"), "/policy/bands")
    return Policy(
        bands={name: _bands(bands, name) for name in bands.source},
        fit_points=_points(told, "fit_points"),
        travel_pupil_km=_points(told, "travel_pupil_km", POINTS_A_KM_MAX),
        travel_visit_km=_points(told, "travel_visit_km", POINTS_A_KM_MAX),
        session_points=_points(told, "session_points"),
        employer_points=_points(told, "employer_points"),
        change_points=_points(told, "change_points"),
    )


def _points(told: Fields, key: str, most: int = POINTS_MAX) -> int:
    return told.whole(key, high=most)


def _bands(told: Fields, name: str) -> tuple[tuple[int, int], ...]:
    bands = told.list_of(name, _band)
    rising = all(a[0] <= b[0] and a[1] >= b[1] for a, b in pairwise(bands))
    for i, (percent, points) in enumerate(bands):
        if percent > PERCENT_MAX or points > POINTS_MAX:
            limits = f"{PERCENT_MAX:,} percent and {POINTS_MAX:,} points"
            raise BadFile(f"{told.at}/{step(name)}/{i}", f"the band is above {limits}", f"Write at most {limits}.")
    if rising and all(percent >= 0 and points >= 0 for percent, points in bands):
        return bands
    problem = "the bands do not rise in percent and fall in points"
    raise BadFile(f"{told.at}/{step(name)}", problem, "Order them: percents rising, points falling, none negative.")


def _band(value: object, at: str) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != len(("percent", "points")):
        raise BadFile(at, f"{shown(value)} is not a band", "Write [percent, points].")
    return whole(value[0], f"{at}/0"), whole(value[1], f"{at}/1")


def _school(value: object, at: str) -> School:
    told = Fields(value, at)
    return School(
        id=told.text("id"),
        lat=told.number("lat", LATITUDE_MAX),
        lon=told.number("lon", LONGITUDE_MAX),
        phase=told.text("phase"),
        max_parallel=told.whole("max_parallel"),
        closed=_ranges(told, "closed"),
        fsm_pct=told.number_or_none("fsm_pct"),
    )


def _ranges(told: Fields, key: str) -> tuple[DateRange, ...]:
    return told.list_of(key, range_of_days) if key in told.source else ()


def _employer(value: object, at: str) -> Employer:
    told = Fields(value, at)
    return Employer(told.text("id"), told.whole_or_none("max_sessions"))


def _offer(value: object, at: str) -> Offer:
    told = Fields(value, at)
    return Offer(
        id=told.text("id"),
        employer=told.text("employer"),
        activity=told.text("activity"),
        counts_to=told.wholes("counts_to", CREDITS_MAX),
        sectors=told.texts("sectors"),
        mode=cast("Mode", told.one_of("mode", ("at_school", "at_workplace", "virtual"))),
        lat=told.number("lat", LATITUDE_MAX),
        lon=told.number("lon", LONGITUDE_MAX),
        radius_km=told.number_or_none("radius_km"),
        years=frozenset(told.list_of("years", whole)),
        phases=frozenset(told.texts("phases")),
        send_support=frozenset(told.texts("send_support")),
        individual=told.flag("individual"),
        min_pupils=told.whole("min_pupils"),
        max_pupils=told.whole("max_pupils"),
        max_groups=told.whole("max_groups"),
        max_groups_per_school=told.whole_or_none("max_groups_per_school"),
        max_sessions=told.whole("max_sessions"),
        notice_days=told.whole("notice_days", high=DAYS_MAX),
        sessions=told.list_of("sessions", _session),
    )


def _session(value: object, at: str) -> Session:
    told = Fields(value, at)
    first = told.day("date")
    part = cast("Part", told.one_of("part", ("am", "pm", "day")))
    if told.source.get("end_date") is None:
        return Session(told.text("id"), first, part, first)
    last = told.day("end_date")
    if part != "day" and last != first:
        raise BadFile(f"{at}/end_date", f"a session of several days cannot be {part}", 'Write "part": "day".')
    if last < first:
        raise BadFile(f"{at}/end_date", f"{last} is before {first}", "Write the last day of the session.")
    return Session(told.text("id"), first, part, last)


def _request(value: object, at: str) -> Request:
    told = Fields(value, at)
    first, last = told.day("from"), told.day("to")
    return Request(
        id=told.text("id"),
        school=told.text("school"),
        year=told.whole("year"),
        pupils=told.whole("pupils", high=PUPILS_MAX),
        need=told.wholes("need", NEED_MAX),
        weight=told.whole("weight", high=WEIGHT_MAX),
        activities=frozenset(told.texts("activities")),
        sectors=_preferences(told),
        window=(first, last),
        unavailable=_ranges(told, "unavailable"),
        notice_days=told.whole("notice_days", high=DAYS_MAX),
        max_travel_km=told.number_or_none("max_travel_km"),
        send=frozenset(told.texts("send")),
        min_group=told.whole("min_group"),
        split=told.flag("split"),
        max_places=told.whole("max_places"),
    )


def _preferences(told: Fields) -> Mapping[str, int]:
    sectors = told.wholes("sectors")
    for name, preference in sectors.items():
        if preference > 100:  # noqa: PLR2004 — a preference is a percentage.
            raise BadFile(f"{told.at}/sectors/{step(name)}", f"{preference} is above 100", "Write 0 to 100.")
    return sectors


def _once(existing: tuple[Existing, ...]) -> tuple[Existing, ...]:
    """What is accepted twice in the same words is accepted once."""
    accepted = {e: i for i, e in reversed(list(enumerate(existing))) if e.status == "accepted"}
    return tuple(e for i, e in enumerate(existing) if accepted.get(e, i) == i)


def _existing(value: object, at: str) -> Existing:
    told = Fields(value, at)
    return Existing(
        offer=told.text("offer"),
        session=told.text("session"),
        request=told.text("request"),
        pupils=told.whole("pupils", 1, PUPILS_MAX),
        status=cast("Status", told.one_of("status", ("accepted", "proposed", "declined"))),
    )


def _check_references(instance: Instance) -> None:
    schools = _unique("schools", (s.id for s in instance.schools))
    employers = _unique("employers", (e.id for e in instance.employers))
    offers = _unique("offers", (o.id for o in instance.offers))
    requests = _unique("requests", (r.id for r in instance.requests))
    sessions = _sessions(instance.offers)
    for i, offer in enumerate(instance.offers):
        _known(offer.employer, employers, f"/offers/{i}/employer", "employer")
    for i, request in enumerate(instance.requests):
        _known(request.school, schools, f"/requests/{i}/school", "school")
    for i, old in enumerate(instance.existing):
        _known(old.offer, offers, f"/existing/{i}/offer", "offer")
        _known(old.request, requests, f"/existing/{i}/request", "request")
        if sessions.get(old.session) != old.offer:
            problem = f'"{old.session}" is no session of offer "{old.offer}"'
            raise BadFile(f"/existing/{i}/session", problem, "Name a session listed in that offer.")


def _unique(kind: str, ids: Iterable[str]) -> frozenset[str]:
    seen: set[str] = set()
    for i, name in enumerate(ids):
        if name in seen:
            raise BadFile(f"/{kind}/{i}/id", f'the id "{name}" is used twice', "Give each its own id.")
        seen.add(name)
    return frozenset(seen)


def _sessions(offers: tuple[Offer, ...]) -> dict[str, str]:
    owners: dict[str, str] = {}
    for i, offer in enumerate(offers):
        for j, session in enumerate(offer.sessions):
            if session.id in owners:
                problem = f'the id "{session.id}" is used twice'
                raise BadFile(f"/offers/{i}/sessions/{j}/id", problem, "Give each session its own id.")
            owners[session.id] = offer.id
    return owners


def _known(name: str, known: frozenset[str], at: str, kind: str) -> None:
    if name not in known:
        raise BadFile(at, f'there is no {kind} "{name}"', f"Add that {kind}, or name one that exists.")
