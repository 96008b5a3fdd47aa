"""What a hub may set: how matches are weighed, when letters go out, which days are school days.

The fields are the contract's own; here they are refused where they are unknown, or larger than anybody can mean.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from contracts.gatsby import BENCHMARKS
from contracts.hubs import Calendar, LetterPolicy, MatchingPolicy, Term
from services.registry.api.bodies import Email, Line
from services.registry.domain.said import Day, Time

_REFUSING = ConfigDict(extra="forbid", frozen=True)
_NUMBER_MAX = 10_000_000
_BANDS_MAX = 20
_MOST = {
    **dict.fromkeys(("answer_working_days", "confirm_working_days", "reminder_working_days"), 60),
    **dict.fromkeys(("guarantee_days", "hold_days", "urgent_days"), 366),
    "window_seconds": 60 * 24 * 3600,
    "digest_minutes": 24 * 60,
    "emails_per_day": 1000,
    "minimum_answer_hours": 30 * 24,
}
"""Times that are looked ahead: what is longer than anybody can mean would leave the calendar."""


def _counted_here(_: object) -> int:
    raise ValueError("versions are counted here; leave this away")


def _sensible(value: Any, field: ValidationInfo) -> Any:
    most = _MOST.get(field.field_name or "", _NUMBER_MAX)
    if isinstance(value, int) and value > most:
        raise ValueError(f"this number is too large; send at most {most}")
    return value


Counted = Annotated[int, BeforeValidator(_counted_here)]


class MatchingTerms(MatchingPolicy):
    """How the hub weighs matches. What is left out stays as it is."""

    model_config = _REFUSING

    version: Counted = Field(1, exclude=True)
    equity_rule: Literal["equity-1"] = "equity-1"

    _numbers = field_validator("*", mode="after")(_sensible)

    @field_validator("bands", mode="after")
    @classmethod
    def _bands_are_of_benchmarks(cls, bands: dict[str, Any]) -> dict[str, Any]:
        if bands.keys() != BENCHMARKS.keys() or any(len(steps) > _BANDS_MAX for steps in bands.values()):
            raise ValueError(f"these are not the benchmarks; send up to {_BANDS_MAX} bands for each: gb5, gb6, gb7")
        return bands


class LetterTerms(LetterPolicy):
    """When and how often letters go out. What is left out stays as it is."""

    model_config = _REFUSING

    version: Counted = Field(1, exclude=True)
    send_from: Time = dt.time(7, 30)
    send_until: Time = dt.time(17, 30)
    reply_to: Email | None = None

    _numbers = field_validator("*", mode="after")(_sensible)


class TermDates(Term):
    """One stretch of school days."""

    model_config = _REFUSING

    name: Line
    first: Day
    last: Day

    @model_validator(mode="after")
    def _runs_forward(self) -> TermDates:
        if self.last < self.first:
            raise ValueError("the last day is before the first; swap them")
        return self


class CalendarDays(Calendar):
    """Terms and bank holidays, all of them: they replace what was there."""

    model_config = _REFUSING

    terms: Annotated[tuple[TermDates, ...], Field(max_length=100)] = ()
    bank_holidays: Annotated[tuple[Day, ...], Field(max_length=400)] = ()
