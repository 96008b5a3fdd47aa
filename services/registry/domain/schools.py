"""Schools: where they are, which hub they are in and when, and their cohorts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from contracts.gatsby import academic_year
from contracts.schools import Cohort, Membership, School
from services.registry import places
from services.registry.domain.mistakes import Conflict, Fault, Unacceptable

SIXTH_FORM = 12


def placed(said: Mapping[str, Any]) -> dict[str, Any]:
    """What was said, with the position of its postcode where none was given.

    Raises Unacceptable for half a position, and for a postcode that nobody knows.
    """
    given = {name for name in ("lat", "lon") if said.get(name) is not None}
    if len(given) == 1:
        missing = {"lat": "lon", "lon": "lat"}[given.pop()]
        fault = Fault(f"#/{missing}", "This is missing.", "Send both, or neither and a postcode.")
        raise Unacceptable("A position is lat and lon.", fault)
    if given or "postcode" not in said:
        return dict(said)
    spot = places.locate(said["postcode"])
    if spot is None:
        fault = Fault("#/postcode", "We do not know where this postcode is.", "Check it, or send lat and lon with it.")
        raise Unacceptable("The school has to be somewhere.", fault)
    return {**said, "lat": spot.lat, "lon": spot.lon}


def joined(school: School, new: Membership) -> School:
    """The school with one more membership. Raises Conflict where it is in a hub at that time."""
    for held in school.memberships:
        if _overlap(held, new):
            raise Conflict(
                "A school is in one hub at a time; end the other membership first.",
                hub_id=str(held.hub_id),
                since=held.since.isoformat(),
                until=held.until and held.until.isoformat(),
            )
    memberships = sorted((*school.memberships, new), key=lambda membership: membership.since)
    return school.model_copy(update={"memberships": tuple(memberships)})


def _overlap(one: Membership, other: Membership) -> bool:
    far = dt.date.max
    return one.since <= (other.until or far) and other.since <= (one.until or far)


def left(school: School, hub_id: UUID, last_day: dt.date) -> School:
    """The school with its membership of the hub ended.

    Raises Conflict where none runs on, Unacceptable for a day before it begins.
    """
    running = [m for m in school.memberships if m.hub_id == hub_id and (m.until is None or m.until > last_day)]
    if not running:
        raise Conflict("The school has no membership of this hub that ends later than that.")
    ending = running[0]
    if last_day < ending.since:
        fault = Fault("#/last_day", f"The membership begins on {ending.since}.", "Use that day or a later one.")
        raise Unacceptable("A membership lasts a day at least.", fault)
    ended = ending.model_copy(update={"until": last_day})
    return school.model_copy(update={"memberships": tuple(ended if m is ending else m for m in school.memberships)})


def with_cohort(school: School, cohort: Cohort) -> School:
    """The school with the cohort added, or in the place of the one with its id.

    Raises Conflict where another one has its label or its year group, Unacceptable for a year that is not the school's.
    """
    if school.phase == "college" and cohort.year < SIXTH_FORM:
        fault = Fault("#/year", "Colleges begin with Year 12.", "Send 12, 13 or 14.")
        raise Unacceptable("The college has no such year.", fault)
    others = tuple(other for other in school.cohorts if other.cohort_id != cohort.cohort_id)
    for other in others:
        if _same_group(other, cohort):
            sentence = f"The school has a cohort {other.label} in {other.academic_year}."
            raise Conflict(sentence, cohort_id=str(other.cohort_id))
    cohorts = sorted((*others, cohort), key=lambda each: each.cohort_id)
    return school.model_copy(update={"cohorts": tuple(cohorts)})


def _same_group(one: Cohort, other: Cohort) -> bool:
    if one.academic_year != other.academic_year:
        return False
    both_year_groups = one.kind == other.kind == "year_group" and one.year == other.year
    return both_year_groups or one.label.casefold() == other.label.casefold()


def is_academic_year(text: str) -> bool:
    """Whether `text` is written like "2026/27", with the next year after the stroke."""
    first = text[:4]
    return first.isdigit() and text == academic_year(dt.date(int(first), 9, 1))
