"""Topic `hubs`: Careers Hubs, their area, and the rules they set for matching and for letters.

Written by registry. Read by matcher and notifier. Each record is the whole hub.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar
from uuid import UUID

from pydantic import Field, model_validator

from contracts.event import Entity, Value


class Cluster(Value):
    """A sub-group of a hub's schools, usually by district."""

    cluster_id: UUID
    name: str
    since: dt.date


class MatchingPolicy(Value):
    """How the hub weighs matches, in whole points, and how long things take. Data with a version."""

    version: int = Field(1, ge=1)
    bands: dict[str, tuple[tuple[int, int], ...]] = Field(
        default={
            "gb5": ((50, 1100), (100, 1000), (200, 120)),
            "gb6": ((50, 1100), (100, 1000), (200, 120)),
            "gb7": ((50, 700), (100, 600), (200, 60)),
        },
        description="Per benchmark: [percent of the need, points per credit], percents rising, points not rising.",
    )
    fit_points: int = Field(150, ge=0, description="Lost per pupil at a sector preference of 0.")
    travel_pupil_km: int = Field(3, ge=0, description="Lost per pupil and km where pupils travel.")
    travel_visit_km: int = Field(20, ge=0, description="Lost per match and km where the employer travels.")
    session_points: int = Field(2500, ge=0, description="Lost per session used.")
    employer_points: int = Field(1000, ge=0, description="Gained once per employer with a match.")
    change_points: int = Field(3000, ge=0, description="Lost per planned match that is not kept.")
    equity_rule: str = Field("equity-1", description="Which rule makes the weights of requests.")
    window_seconds: int = Field(86_400, ge=0, description="How long a planned match may wait for a better plan.")
    urgent_days: int = Field(21, ge=0, description="Sessions nearer than this are released at once.")
    answer_working_days: int = Field(5, ge=1)
    confirm_working_days: int = Field(3, ge=1)
    guarantee_days: int = Field(
        60, ge=1, description="Waiting longer than this gains weight until served, and nothing is held back from it."
    )
    look_ahead: bool = Field(default=True, description="Hold places back where former years let expect a better use.")
    hold_days: int = Field(
        60, ge=1, description="No place is held back longer than this from when offer and request were both there."
    )

    @property
    def holds_back(self) -> bool:
        """Whether anything may wait for a better use; without a window everything is told at once."""
        return self.look_ahead and self.window_seconds > 0

    @model_validator(mode="after")
    def _bands_are_ordered(self) -> MatchingPolicy:
        for benchmark, bands in self.bands.items():
            percents = [percent for percent, _ in bands]
            points = [worth for _, worth in bands]
            if not bands or percents != sorted(set(percents)) or percents[0] <= 0:
                raise ValueError(f"bands of {benchmark}: percents must rise from above 0")
            if points != sorted(points, reverse=True) or points[-1] < 0:
                raise ValueError(f"bands of {benchmark}: points must not rise, nor fall below 0")
        return self


class LetterPolicy(Value):
    """When and how often the hub's letters may go out."""

    version: int = Field(1, ge=1)
    send_from: dt.time = Field(dt.time(7, 30), description="London time; nothing is sent earlier in the day.")
    send_until: dt.time = Field(dt.time(17, 30), description="London time; nothing is sent later in the day.")
    school_days_only: bool = Field(
        default=True, description="Hold letters at weekends, on bank holidays and in holidays."
    )
    quiet: bool = Field(default=True, description="False: send at any time (demonstrations, tests).")
    digest_minutes: int = Field(20, ge=0, description="Letters due to one person within this go out together.")
    emails_per_day: int = Field(3, ge=1, description="Cap per person and day; reminders and changes included.")
    minimum_answer_hours: int = Field(24, ge=0, description="A proposal with less time left is not sent.")
    reminder_working_days: int = Field(2, ge=0, description="Before the deadline; 0: no reminder.")
    urgent: bool = Field(default=False, description="True: proposals skip quiet hours and caps.")
    reply_to: str | None = Field(None, description="The hub's monitored, non-personal mailbox.")


class Term(Value):
    """One stretch of school days, both days included."""

    name: str
    first: dt.date
    last: dt.date


_SATURDAY = 5
_SUMMER = ((7, 21), (8, 31))
"""The usual summer holiday, as month and day, where a calendar says nothing."""


class Calendar(Value):
    """Term dates and bank holidays of the hub's area."""

    terms: tuple[Term, ...] = ()
    bank_holidays: tuple[dt.date, ...] = ()

    def is_school_day(self, day: dt.date) -> bool:
        """A weekday in term that is no bank holiday.

        Before the first term that was entered and after the last nothing is known: there it is every weekday outside
        the usual summer holiday, so that a calendar somebody forgot to continue stops no letter for ever.
        """
        return day.weekday() < _SATURDAY and day not in self.bank_holidays and self._is_in_term(day)

    def _is_in_term(self, day: dt.date) -> bool:
        if not self.terms:
            return True
        if day < min(term.first for term in self.terms) or day > max(term.last for term in self.terms):
            return not _SUMMER[0] <= (day.month, day.day) <= _SUMMER[1]
        return any(term.first <= day <= term.last for term in self.terms)


class Hub(Entity):
    """A Careers Hub: schools, colleges, employers and their host body."""

    topic: ClassVar[str] = "hubs"
    types: ClassVar[frozenset[str]] = frozenset({"hub.added.v1", "hub.amended.v1", "hub.restated.v1"})

    hub_id: UUID
    area_id: UUID
    area_name: str
    name: str
    kind: str = Field("school", description="school, college or send.")
    host: str = ""
    clusters: tuple[Cluster, ...] = ()
    policy: MatchingPolicy = MatchingPolicy()
    letters: LetterPolicy = LetterPolicy()
    calendar: Calendar = Calendar()

    @property
    def entity_id(self) -> UUID:
        """The hub's id."""
        return self.hub_id
