"""The calendar entry of a confirmed match."""

from __future__ import annotations

import datetime as dt

from icalendar import Calendar, Event, vRecur

from contracts.matches import Terms
from services.plumbing.clock import LONDON
from services.registry.pages import facts
from services.registry.pages.sights import Sight
from services.registry.pages.words import pupils


def invitation(sight: Sight, now: dt.datetime) -> bytes:
    """An iCalendar file with one event. Its UID and SEQUENCE are the letters' too: a calendar keeps one entry."""
    calendar = Calendar()
    calendar.add("prodid", "-//Encounters//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_event(sight, now))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(sight: Sight, now: dt.datetime) -> Event:
    terms = sight.match.terms
    other = terms.employer_name if sight.audience == "school" else terms.school_name
    event = Event()
    event.add("uid", sight.match.calendar_uid)
    event.add("dtstamp", now)
    event.add("sequence", sight.match_version)
    event.add("dtstart", dt.datetime.combine(terms.date, terms.starts, LONDON))
    event.add("dtend", dt.datetime.combine(terms.date, terms.ends, LONDON))
    if terms.end_date and terms.end_date > terms.date:
        event.add("rrule", _every_weekday_until(terms, terms.end_date))
    event.add("summary", f"{terms.title} ({other})")
    event.add("location", _where(terms))
    event.add("description", _description(terms))
    event.add("status", "CONFIRMED")
    return event


def _every_weekday_until(terms: Terms, last: dt.date) -> vRecur:
    until = dt.datetime.combine(last, terms.ends, LONDON).astimezone(dt.UTC)
    return vRecur({"freq": "daily", "byday": ["MO", "TU", "WE", "TH", "FR"], "until": until})


def _where(terms: Terms) -> str:
    places = {"virtual": "Online", "at_school": f"{terms.school_name}, {terms.school_postcode}"}
    return places.get(terms.mode) or ", ".join(filter(None, (terms.address, terms.postcode)))


def _description(terms: Terms) -> str:
    lines = [f"{facts.kind(terms)} by {terms.employer_name} for {terms.school_name}, {terms.cohort_label}"]
    lines += [pupils(terms.pupils), terms.requirements]
    return "\n".join(filter(None, lines))
