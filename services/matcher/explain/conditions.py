"""In words, what would have to be otherwise for a pair that one rule alone keeps apart: "if ...". Pure."""

from collections.abc import Callable, Mapping
from datetime import date
from math import ceil

from services.matcher.explain.screening import Apart
from services.matcher.instance import DateRange, Instance, Offer, Request, School
from services.matcher.rules import distance_km

KM_STEP = 5
WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def condition(instance: Instance, miss: Apart) -> str:
    """The condition under which the rule gives way; the same words for all pairs that it then lets meet."""
    return _CONDITIONS[miss.first](instance, miss)


def pair_now(instance: Instance, miss: Apart) -> tuple[Offer, Request, School]:
    """The pair as it is after changes made for others."""
    offer = next(o for o in instance.offers if o.id == miss.offer.id)
    request = next(r for r in instance.requests if r.id == miss.request.id)
    return offer, request, next(s for s in instance.schools if s.id == request.school)


def days_of(miss: Apart) -> DateRange:
    if miss.session is None:
        raise ValueError(f"{miss.offer.id} has no session")
    return miss.session.date, miss.session.end_date


def days_ahead(instance: Instance, miss: Apart) -> int:
    return max(0, (days_of(miss)[0] - instance.today).days)


def _distance_condition(instance: Instance, miss: Apart) -> str:
    offer, request, school = pair_now(instance, miss)
    km = distance_km(offer.lat, offer.lon, school.lat, school.lon)
    travels = offer.mode == "at_workplace" and request.max_travel_km is not None
    limits = [offer.radius_km, request.max_travel_km if travels else None]
    more = KM_STEP * ceil((km - min(limit for limit in limits if limit is not None)) / KM_STEP)
    if travels and (offer.radius_km is None or offer.radius_km >= km):
        return f"pupils of {request.id} could travel {more} km further"
    return f"{offer.id} served schools {more} km further away"


def _day_condition(instance: Instance, miss: Apart) -> str:
    first, last = days_of(miss)
    school = next(s for s in instance.schools if s.id == miss.request.school)
    if any(start <= last and first <= end for start, end in school.closed):
        return f"school {school.id} were open on {_shown(first, last)}"
    if first == last:
        return f"{WEEKDAYS[first.weekday()]} were possible for {miss.request.id}"
    return f"{_shown(first, last)} were possible for {miss.request.id}"


def _shown(first: date, last: date) -> str:
    return str(first) if first == last else f"{first} to {last}"


def _window_condition(_: Instance, miss: Apart) -> str:
    first, last = days_of(miss)
    if first < miss.request.window[0]:
        return f"the dates of {miss.request.id} began in {first:%B %Y}"
    return f"the dates of {miss.request.id} ran until {last:%B %Y}"


_CONDITIONS: Mapping[str, Callable[[Instance, Apart], str]] = {
    "H1-year": lambda _, m: f"{m.offer.id} also took year {m.request.year}",
    "H1-phase": lambda _, m: f"{m.offer.id} also served schools like {m.request.school}",
    "H1-activity": lambda _, m: f"{m.request.id} also wanted {m.offer.activity}",
    "H1-send": lambda _, m: f"{m.offer.id} could support {', '.join(sorted(m.request.send - m.offer.send_support))}",
    "H1-distance": _distance_condition,
    "H1-notice": lambda i, m: f"{m.offer.id} and {m.request.id} agreed to {days_ahead(i, m)} days' notice",
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
