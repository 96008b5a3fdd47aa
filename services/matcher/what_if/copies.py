"""Copies of offers on other days: what more sessions, or any session one more, are imagined as. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from services.matcher.instance import Existing, Instance, Offer, Part, Session

DAYS_TO_CHOOSE = 5
"""Of fewer sessions than this, each may be on any of so many days."""
DAYS_OF_WORK = 5


def copy_on(offer: Offer, id_: str, days: Iterable[date], most: int = 1) -> Offer:
    """The same offer under another id, `most` times on these days; sessions of several days keep their number."""
    part, length = _pattern(offer)
    sessions = tuple(Session(f"{id_}.{n}", day, part, day + length) for n, day in enumerate(days, start=1))
    return replace(offer, id=id_, sessions=sessions, max_sessions=most)


def _pattern(offer: Offer) -> tuple[Part, timedelta]:
    """The part of the day of the offer's sessions, and from their first day to their last."""
    if not offer.sessions:
        return "day", timedelta(0)
    first = offer.sessions[0]
    return first.part, first.end_date - first.date


def declined_too(instance: Instance, copies: Iterable[Offer], of: Iterable[Offer]) -> list[Existing]:
    """Who declined an offer has declined its copy."""
    copy_of = {offer.id: copy for copy, offer in zip(copies, of, strict=True) if copy.sessions}
    return [
        replace(old, offer=copy_of[old.offer].id, session=copy_of[old.offer].sessions[0].id)
        for old in instance.existing
        if old.status == "declined" and old.offer in copy_of
    ]


def best_days(instance: Instance, offer: Offer, days: Sequence[date], count: int) -> list[date]:
    """Days for so many sessions like the offer's, evenly over these: in one week, and few schools closed."""
    length = _pattern(offer)[1]
    trouble = {day: _trouble(instance, day, day + length) for day in days}
    least = min(trouble.values())
    best = [day for day in days if trouble[day] == least]
    count = max(count, min(len(best), DAYS_TO_CHOOSE))
    return [best[n * len(best) // count] for n in range(count)]


def _trouble(instance: Instance, first: date, last: date) -> tuple[bool, int]:
    """Whether a session of less than a week goes over a week-end, and how many schools are closed on a day of it."""
    days = (last - first).days
    closed = sum(any(a <= last and first <= b for a, b in school.closed) for school in instance.schools)
    return days < DAYS_OF_WORK <= first.weekday() + days, closed


def weekdays(instance: Instance) -> Iterator[date]:
    """Every Monday to Friday from today to the last day that a request is possible."""
    last = max((request.window[1] for request in instance.requests), default=instance.today)
    day = instance.today
    while day <= last:
        if day.weekday() < DAYS_OF_WORK:
            yield day
        day += timedelta(days=1)
