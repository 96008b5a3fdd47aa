"""Until when a school may answer and an employer confirm: school days of the hub's calendar, London time. Pure.

A deadline is computed once and stored. It is an instant in UTC made from a London wall-clock time, so the hour
stays five in the afternoon on both sides of a clock change.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice

from contracts.hubs import Calendar, Hub, MatchingPolicy
from services.plumbing.clock import LONDON

DAY_ENDS = time(17, 0)
_LEAST = timedelta(minutes=1)
_USUAL = MatchingPolicy()


def next_sending(now: datetime, hub: Hub) -> datetime:
    """The earliest instant, from `now` on, at which the hub's letters may go out."""
    policy = hub.letters
    if not policy.quiet or policy.urgent:
        return now
    local = now.astimezone(LONDON)
    for day in _days_from(local.date()):
        if policy.school_days_only and not hub.calendar.is_school_day(day):
            continue
        opens, closes = _at(day, policy.send_from), _at(day, policy.send_until)
        if now < closes:
            return max(now, opens)
    raise AssertionError("days do not end")


def answer_by(now: datetime, starts: datetime, last_notice_day: date, hub: Hub) -> datetime:
    """Until when the school may answer a match that is proposed `now`.

    The hub's working days after the next sending time, at five; not later than the last day of notice, as long as
    that leaves a school day and the hub's least time to answer; never later than the start, never in the past.
    """
    sent = next_sending(now, hub)
    wanted = _end_of_school_day(sent, hub.policy.answer_working_days, hub.calendar)
    decent = max(_at(last_notice_day, DAY_ENDS), _shortest(sent, hub))
    return max(min(wanted, decent, starts), now + _LEAST)


def confirm_by(now: datetime, starts: datetime, hub: Hub | None) -> datetime:
    """Until when the employer may confirm a match that was accepted `now`; never later than the start.

    While the hub is not known (its topic is being read again) the usual three weekdays hold.
    """
    if hub is None:
        return max(min(_end_of_school_day(now, _USUAL.confirm_working_days, Calendar()), starts), now + _LEAST)
    sent = next_sending(now, hub)
    wanted = _end_of_school_day(sent, hub.policy.confirm_working_days, hub.calendar)
    return max(min(wanted, starts), now + _LEAST)


def starts_at(day: date, starts: time) -> datetime:
    """The instant at which a session starts: its times are London's."""
    return _at(day, starts)


def _shortest(sent: datetime, hub: Hub) -> datetime:
    least = sent + timedelta(hours=hub.letters.minimum_answer_hours)
    return next(end for n in count(1) if (end := _end_of_school_day(sent, n, hub.calendar)) >= least)


def _end_of_school_day(sent: datetime, number: int, calendar: Calendar) -> datetime:
    after = sent.astimezone(LONDON).date() + timedelta(days=1)
    days = (day for day in _days_from(after) if calendar.is_school_day(day))
    return _at(next(islice(days, number - 1, None)), DAY_ENDS)


def _days_from(day: date) -> Iterator[date]:
    while True:
        yield day
        day += timedelta(days=1)


def _at(day: date, at: time) -> datetime:
    return datetime.combine(day, at, LONDON).astimezone(UTC)
