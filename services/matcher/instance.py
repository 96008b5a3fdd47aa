"""The values of the matching problem: what `encounters-instance/1` and `encounters-matches/1` say.

Plain frozen values, shared by the solver, the checker and the live rounds. Reading and writing them: `files`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Mode = Literal["at_school", "at_workplace", "virtual"]
Part = Literal["am", "pm", "day"]
Status = Literal["accepted", "proposed", "declined"]
DateRange = tuple[date, date]
# A field called `date` hides the type's own name from the fields below it.
Day = date

NO_NOTES: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class Policy:
    """What is worth how many points. `bands`: per benchmark (percent of the need, points per credit), cumulative."""

    bands: Mapping[str, tuple[tuple[int, int], ...]]
    fit_points: int
    travel_pupil_km: int
    travel_visit_km: int
    session_points: int
    employer_points: int
    change_points: int


@dataclass(frozen=True, slots=True)
class School:
    id: str
    lat: float
    lon: float
    phase: str
    max_parallel: int
    closed: tuple[DateRange, ...] = ()
    fsm_pct: float | None = None


@dataclass(frozen=True, slots=True)
class Employer:
    id: str
    max_sessions: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One dated slot. `end_date` is the last day: the same as `date` unless several days were given."""

    id: str
    date: Day
    part: Part
    end_date: Day


@dataclass(frozen=True, slots=True)
class Offer:
    id: str
    employer: str
    activity: str
    counts_to: Mapping[str, int]
    sectors: tuple[str, ...]
    mode: Mode
    lat: float
    lon: float
    radius_km: float | None
    years: frozenset[int]
    phases: frozenset[str]
    send_support: frozenset[str]
    individual: bool
    min_pupils: int
    max_pupils: int
    max_groups: int
    max_groups_per_school: int | None
    max_sessions: int
    notice_days: int
    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What a cohort lacks, wants and can do. `window` is the file's `from` and `to`."""

    id: str
    school: str
    year: int
    pupils: int
    need: Mapping[str, int]
    weight: int
    activities: frozenset[str]
    sectors: Mapping[str, int]
    window: DateRange
    unavailable: tuple[DateRange, ...]
    notice_days: int
    max_travel_km: float | None
    send: frozenset[str]
    min_group: int
    split: bool
    max_places: int


@dataclass(frozen=True, slots=True)
class Existing:
    offer: str
    session: str
    request: str
    pupils: int
    status: Status


@dataclass(frozen=True, slots=True)
class Instance:
    """One matching problem; every id that one part names exists in another (`files` checks it on reading)."""

    id: str
    today: date
    policy: Policy
    schools: tuple[School, ...]
    employers: tuple[Employer, ...]
    offers: tuple[Offer, ...]
    requests: tuple[Request, ...]
    existing: tuple[Existing, ...] = ()
    meta: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Match:
    """Some pupils of one request go to one session. `pupils` is as written in the file: the checker judges it."""

    offer: str
    session: str
    request: str
    pupils: int


@dataclass(frozen=True, slots=True)
class Matches:
    instance: str
    matches: tuple[Match, ...]
    meta: Mapping[str, object] = field(default_factory=dict)
