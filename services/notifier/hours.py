"""When letters may go out: London hours, school days, working days. Pure; right across both changes of the clocks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from contracts.hubs import Calendar, LetterPolicy
from services.plumbing.clock import LONDON

IsDay = Callable[[date], bool]
_LOOKED_AHEAD_DAYS = 120


def days_for(audience: str, policy: LetterPolicy, calendar: Calendar) -> IsDay:
    """The days on which this audience is written to: schools on school days, employers on working days."""
    if not policy.school_days_only:
        return lambda _day: True
    return calendar.is_school_day if audience == "school" else _working_days(calendar)


def next_allowed(moment: datetime, policy: LetterPolicy, is_day: IsDay) -> datetime:
    """The first instant from `moment` on at which the policy lets an email go."""
    if not policy.quiet:
        return moment
    local = moment.astimezone(LONDON)
    for ahead in range(_LOOKED_AHEAD_DAYS):
        day = local.date() + timedelta(days=ahead)
        if is_day(day) and moment <= _at(day, policy.send_until):
            return max(moment, _at(day, policy.send_from))
    # A calendar without a single day in four months is a mistake; a late letter beats none.
    return moment


def start_of_tomorrow(moment: datetime) -> datetime:
    """Midnight in London after `moment`."""
    return _at(moment.astimezone(LONDON).date() + timedelta(days=1), dt.time(0))


def start_of_today(moment: datetime) -> datetime:
    """Midnight in London before `moment`."""
    return _at(moment.astimezone(LONDON).date(), dt.time(0))


def days_before(deadline: datetime, days: int, policy: LetterPolicy, is_day: IsDay) -> datetime:
    """When letters begin on the day that lies `days` of these days before the deadline's."""
    day = deadline.astimezone(LONDON).date()
    left = days
    for _ in range(_LOOKED_AHEAD_DAYS):
        if left == 0:
            break
        day -= timedelta(days=1)
        left -= is_day(day)
    return _at(day, policy.send_from)


def in_london(day: date, time: dt.time) -> datetime:
    """A London wall-clock time as an instant in UTC."""
    return _at(day, time)


def _at(day: date, time: dt.time) -> datetime:
    return datetime.combine(day, time, LONDON).astimezone(UTC)


def _working_days(calendar: Calendar) -> IsDay:
    return lambda day: day.weekday() < 5 and day not in calendar.bank_holidays  # noqa: PLR2004 - Saturday
