"""The calendar entry that goes with a confirmation. Pure.

Its method is PUBLISH, not REQUEST: a REQUEST makes mail programs ask for an answer of their own, which would reach
nobody and look like a refusal. The id stays for the match's life and the sequence rises with its version, so a changed
entry replaces the earlier one and a CANCEL removes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vText

from contracts.activities import activity_name
from contracts.matches import Match, Terms
from services.notifier import hours
from services.notifier.wording import clean, one_line
from services.plumbing.clock import LONDON

Method = Literal["PUBLISH", "CANCEL"]


@dataclass(frozen=True)
class Invitation:
    """An entry for a calendar, as a file."""

    method: Method
    content: bytes
    name: str = "encounter.ics"


@dataclass(frozen=True)
class Origin:
    """Who sends the entry: an address and a name to ask."""

    address: str
    name: str


def invitation(match: Match, version: int, method: Method, origin: Origin, now: datetime) -> Invitation:
    """The match as a calendar entry, or its removal."""
    calendar = Calendar()
    calendar.add("prodid", "-//Encounters//Encounters//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(match, version, method, origin, now))
    around = timedelta(days=366)
    calendar.add_missing_timezones(match.terms.date - around, (match.terms.end_date or match.terms.date) + around)
    return Invitation(method, calendar.to_ical())


def _event(match: Match, version: int, method: Method, origin: Origin, now: datetime) -> Event:
    terms, event = match.terms, Event()
    event.add("uid", match.calendar_uid)
    event.add("sequence", version)
    event.add("dtstamp", now)
    event.add("dtstart", datetime.combine(terms.date, terms.starts, LONDON))
    event.add("dtend", datetime.combine(terms.date, terms.ends, LONDON))
    if terms.end_date and terms.end_date > terms.date:
        event.add("rrule", _each_weekday(terms))
    event.add("summary", one_line(f"{activity_name(terms.activity)}: {terms.employer_name} and {terms.school_name}"))
    event.add("location", place(terms))
    event.add("description", _description(terms))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("transp", "OPAQUE")
    organiser = vCalAddress(f"mailto:{origin.address}")
    organiser.params["CN"] = vText(one_line(origin.name))
    event["organizer"] = organiser
    return event


def place(terms: Terms) -> str:
    """Where it is, on one line."""
    if terms.mode == "virtual":
        return "Online"
    if terms.mode == "at_school":
        return one_line(f"{terms.school_name}, {terms.school_postcode}")
    address = terms.address if terms.postcode in terms.address else f"{terms.address}, {terms.postcode}"
    return one_line(f"{terms.employer_name}, {address}".replace(", ,", ","))


def _description(terms: Terms) -> str:
    lines = [f"{terms.pupils} pupils in {terms.cohort_label}", terms.what_pupils_do]
    if terms.requirements:
        lines.append(f"To prepare: {terms.requirements}")
    return clean("\n\n".join(lines))


def _each_weekday(terms: Terms) -> dict[str, object]:
    last = hours.in_london(terms.end_date or terms.date, terms.starts)
    return {"freq": "weekly", "byday": ["MO", "TU", "WE", "TH", "FR"], "until": last + timedelta(seconds=1)}
