"""Benchmark progress, from credits: per cohort and benchmark, and per year group of a hub. Pure.

A credit is one encounter (benchmarks 5 and 7) or one day at a workplace (benchmark 6). We hold no pupils, only numbers
of them, so how many pupils have met a target is the most that the credits can have served.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.gatsby import BENCHMARKS, Rules, institution_of

SMALL_COHORT = 10
"""Smaller cohorts are left out of what a hub sees: a figure about so few pupils is almost about one of them."""

PerPupil = Annotated[int, Field(description="Credits each pupil should have by the end of the year.")]


@dataclass(frozen=True)
class CohortCredits:
    """One cohort, and its credits per benchmark by where they come from."""

    school_id: UUID
    school_name: str
    phase: str
    cohort_id: UUID
    label: str
    year: int
    pupils: int
    met_elsewhere: dict[str, int]
    delivered: dict[str, int]
    booked: dict[str, int]


class Figures(BaseModel):
    """Where pupils stand in one benchmark; credits are sums over all of them."""

    benchmark: str
    year: int
    pupils: int
    target: int = Field(description="Credits that all pupils together should have.")
    before: int = Field(description="Credits from elsewhere.")
    delivered: int = Field(description="Credits from encounters that took place.")
    credits: int = Field(description="before + delivered.")
    booked: int = Field(description="Credits from confirmed matches that are still to come.")
    pupils_met: int = Field(description="Most pupils who can have reached the target with these credits.")
    percent: int = Field(
        description="Of the target, at most 100, rounded down. A surplus here makes up for no lack there."
    )
    percent_with_booked: int


class CohortProgress(Figures):
    """One cohort's progress in one benchmark."""

    school_id: UUID
    school_name: str
    cohort_id: UUID
    label: str
    per_pupil: PerPupil


class YearProgress(Figures):
    """All cohorts of one year group in a hub, but for those too small to be shown."""

    cohorts: int


class SmallCohort(BaseModel):
    """A cohort left out of a hub's figures."""

    school_id: UUID
    cohort_id: UUID
    label: str


class SchoolProgress(BaseModel):
    """One school in one academic year; a row for each cohort and each benchmark that asks something of its year."""

    academic_year: str
    rules: str = Field(description="The wording of the benchmarks that the targets follow.")
    items: list[CohortProgress]


class HubProgress(SchoolProgress):
    """A hub's schools in one academic year."""

    years: list[YearProgress]
    suppressed: list[SmallCohort] = Field(description="Cohorts of fewer than ten pupils: neither shown nor in any sum.")


def school_progress(cohorts: Iterable[CohortCredits], rules: Rules, academic_year: str) -> SchoolProgress:
    """A school as it sees itself: with every figure."""
    items = [_of_cohort(cohort, benchmark, rules) for cohort in cohorts for benchmark in BENCHMARKS]
    asked = [row for row in items if row.target]
    return SchoolProgress(academic_year=academic_year, rules=rules.version, items=asked)


def hub_progress(cohorts: Sequence[CohortCredits], rules: Rules, academic_year: str) -> HubProgress:
    """A hub's view: small cohorts are not in any sum either, or they could be worked out from it."""
    shown = [cohort for cohort in cohorts if cohort.pupils >= SMALL_COHORT]
    small = [cohort for cohort in cohorts if cohort.pupils < SMALL_COHORT]
    of_schools = school_progress(shown, rules, academic_year)
    return HubProgress(
        **dict(of_schools),
        years=[_of_year(rows) for rows in _by_year(of_schools.items)],
        suppressed=[SmallCohort(school_id=c.school_id, cohort_id=c.cohort_id, label=c.label) for c in small],
    )


def _of_cohort(cohort: CohortCredits, benchmark: str, rules: Rules) -> CohortProgress:
    per_pupil = rules.target(institution_of(cohort.phase), benchmark, cohort.year)
    before, delivered, booked = (
        credits_of.get(benchmark, 0) for credits_of in (cohort.met_elsewhere, cohort.delivered, cohort.booked)
    )
    target, earned = per_pupil * cohort.pupils, before + delivered
    return CohortProgress(
        school_id=cohort.school_id,
        school_name=cohort.school_name,
        cohort_id=cohort.cohort_id,
        label=cohort.label,
        benchmark=benchmark,
        year=cohort.year,
        pupils=cohort.pupils,
        per_pupil=per_pupil,
        target=target,
        before=before,
        delivered=delivered,
        credits=earned,
        booked=booked,
        pupils_met=min(cohort.pupils, earned // per_pupil) if per_pupil else 0,
        percent=_percent(earned, target),
        percent_with_booked=_percent(earned + booked, target),
    )


def _by_year(rows: Sequence[CohortProgress]) -> Iterable[list[CohortProgress]]:
    for year, benchmark in sorted({(row.year, row.benchmark) for row in rows}):
        yield [row for row in rows if (row.year, row.benchmark) == (year, benchmark)]


def _of_year(rows: list[CohortProgress]) -> YearProgress:
    def total(field: str) -> int:
        return sum(getattr(row, field) for row in rows)

    target = total("target")
    return YearProgress(
        benchmark=rows[0].benchmark,
        year=rows[0].year,
        cohorts=len(rows),
        pupils=total("pupils"),
        target=target,
        before=total("before"),
        delivered=total("delivered"),
        credits=total("credits"),
        booked=total("booked"),
        pupils_met=total("pupils_met"),
        percent=_percent(sum(min(row.credits, row.target) for row in rows), target),
        percent_with_booked=_percent(sum(min(row.credits + row.booked, row.target) for row in rows), target),
    )


def _percent(part: int, whole: int) -> int:
    return min(100, 100 * part // whole) if whole else 100
