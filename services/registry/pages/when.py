"""Days and times as people in England write them."""

from __future__ import annotations

import datetime as dt

from contracts.matches import Terms
from services.plumbing.clock import LONDON


def day(date: dt.date) -> str:
    """Tuesday 9 March 2027."""
    return f"{date:%A} {date.day} {date:%B %Y}"


def hour(time: dt.time) -> str:
    """9:30am, 11am, midday."""
    if (time.hour, time.minute) == (12, 0):
        return "midday"
    minutes = f":{time.minute:02d}" if time.minute else ""
    return f"{(time.hour - 1) % 12 + 1}{minutes}{f'{time:%p}'.lower()}"


def moment(instant: dt.datetime) -> str:
    """5pm on Friday 12 March 2027, in London."""
    local = instant.astimezone(LONDON)
    return f"{hour(local.time())} on {day(local.date())}"


def date_of(instant: dt.datetime) -> str:
    """12 March 2027, in London."""
    local = instant.astimezone(LONDON)
    return f"{local.day} {local:%B %Y}"


def session(terms: Terms) -> str:
    """The days and hours of a match's session, in one line."""
    return ", ".join(session_lines(terms))


def session_lines(terms: Terms) -> tuple[str, str]:
    """The days; the hours."""
    hours = f"{hour(terms.starts)} to {hour(terms.ends)}"
    if terms.end_date is None or terms.end_date == terms.date:
        return day(terms.date), hours
    return f"{day(terms.date)} to {day(terms.end_date)}", f"{hours} each day"
