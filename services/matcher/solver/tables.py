"""The instance as tables of numbers: what the compiled loops and the mixed-integer programs read.

Rows stand in the order of the instance; ids are looked up in `Names` only when an answer is written.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matcher.instance import Instance

Table = NDArray[Any]

# Larger than any count in an instance, small enough to add to one.
UNLIMITED = 1 << 30

AT_SCHOOL, AT_WORKPLACE, VIRTUAL = 0, 1, 2
MODES = {"at_school": AT_SCHOOL, "at_workplace": AT_WORKPLACE, "virtual": VIRTUAL}

OFFER = np.dtype(
    [
        ("employer", "i4"),
        ("mode", "i4"),
        ("individual", "i4"),
        ("min_pupils", "i4"),
        ("max_pupils", "i4"),
        ("max_groups", "i4"),
        ("max_per_school", "i4"),
        ("max_sessions", "i4"),
        ("first", "i4"),
        ("last", "i4"),
        ("notice", "i4"),
        ("activity", "i4"),
        ("radius", "f8"),
        ("lat", "f8"),
        ("lon", "f8"),
    ]
)
SESSION = np.dtype([("offer", "i4"), ("day", "i4"), ("end", "i4"), ("slot", "i4"), ("slot_end", "i4"), ("ahead", "i4")])
REQUEST = np.dtype(
    [
        ("school", "i4"),
        ("pupils", "i4"),
        ("min_group", "i4"),
        ("split", "i4"),
        ("max_places", "i4"),
        ("notice", "i4"),
        ("year", "i4"),
        ("phase", "i4"),
        ("max_travel", "f8"),
        ("lat", "f8"),
        ("lon", "f8"),
    ]
)
FIXED = np.dtype([("session", "i4"), ("request", "i4"), ("pupils", "i4")])


# `group`: the row that counts the matches of one offer in one school. `first` and `last`: the pair's choices.
PAIR = np.dtype(
    [
        ("offer", "i4"),
        ("request", "i4"),
        ("group", "i4"),
        ("pupil_cost", "i4"),
        ("visit_cost", "i4"),
        ("low", "i4"),
        ("high", "i4"),
        ("first", "i4"),
        ("last", "i4"),
    ]
)
# A pair where only what it costs is needed: a nation has fifty million.
LINK = np.dtype([("request", "i4"), ("pupil_cost", "i4"), ("visit_cost", "i4")])
# `bonus`: points for keeping a match that was planned before on this session.
CHOICE = np.dtype([("session", "i4"), ("bonus", "i4")])


class Pairs(NamedTuple):
    pairs: Table
    choices: Table
    groups: int


class Tables(NamedTuple):
    """Everything about the instance but which pairs fit. `end` columns are exclusive, days and slots are compressed."""

    policy: Table  # fit, travel_pupil, travel_visit, session, employer, change
    offers: Table
    credits: Table  # offer × benchmark
    years: Table  # offer × year: served
    phases: Table  # offer × phase: served
    support: Table  # offer × tag
    sectors: Table  # offer × (at most so many sectors), -1 padded
    sessions: Table
    caps: Table  # sessions per employer
    requests: Table
    needs: Table  # request × benchmark: 1 where something is lacking
    wants: Table  # request × activity
    send: Table  # request × tag
    tastes: Table  # request × sector; the last column is for all others
    blocked: Table  # request × (days + 1): blocked days before this one
    ends: Table  # request × benchmark × band: credits at its end
    worth: Table  # request × benchmark × band: points per credit
    halls: Table  # matches in parallel per school
    fixed: Table  # accepted matches
    proposed: Table  # tentative matches
    declined: Table  # offer, request


@dataclass(frozen=True, slots=True)
class Names:
    """The ids behind the row numbers."""

    instance: str
    offers: tuple[str, ...]
    sessions: tuple[str, ...]
    requests: tuple[str, ...]


POLICY_ROW = ("fit_points", "travel_pupil_km", "travel_visit_km", "session_points", "employer_points", "change_points")
FIT, TRAVEL_PUPIL, TRAVEL_VISIT, SESSION_USED, EMPLOYER_USED, CHANGED = range(6)


def names_of(instance: Instance) -> Names:
    """The ids of offers, sessions and requests in row order."""
    return Names(
        instance=instance.id,
        offers=tuple(o.id for o in instance.offers),
        sessions=tuple(s.id for o in instance.offers for s in o.sessions),
        requests=tuple(r.id for r in instance.requests),
    )


class Chosen(NamedTuple):
    """One match of a plan, in row numbers."""

    pair: int
    session: int
    pupils: int
