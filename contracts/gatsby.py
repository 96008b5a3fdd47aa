"""The Gatsby benchmarks as versioned data: how many credits a pupil should have, since when, in which institution.

A credit is one encounter (benchmarks 5 and 7) or one day (benchmark 6). Sources: "Good Career Guidance" (2014) and
"Good Career Guidance: The Next Ten Years" (2024), the latter in force in statutory guidance from 1 September 2025. The
wording of benchmark 6 since then is "experiences" by 16; the yardstick of ten days over Years 7-11 is the government's
aim. Where the wording gives no figure for a single year group, the steps are planning values and marked so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Benchmark = Literal["gb5", "gb6", "gb7"]
Institution = Literal["school", "college", "special"]

BENCHMARKS: dict[str, str] = {
    "gb5": "Encounters with employers and employees",
    "gb6": "Experiences of workplaces",
    "gb7": "Encounters with further and higher education",
}
UNITS: dict[str, str] = {"gb5": "encounter", "gb6": "day", "gb7": "encounter"}


@dataclass(frozen=True)
class Target:
    """Credits per pupil by the end of each year group; `counts` says since when they add up."""

    per_pupil: dict[int, int]
    counts: Literal["this year", "since Year 7", "since Year 12", "in the programme"]
    planning_value: bool = False
    """True where the wording leaves the single year open and the figure is ours."""


@dataclass(frozen=True)
class Rules:
    """One wording of the benchmarks, valid from `effective_from` up to and including `effective_to`."""

    version: str
    effective_from: date
    effective_to: date | None
    targets: dict[Institution, dict[Benchmark, Target]]

    def target(self, institution: str, benchmark: str, year: int) -> int:
        """Credits per pupil that a cohort of this year group should have; 0 where nothing is asked."""
        by_benchmark = self.targets.get(institution, {})  # type: ignore[call-overload]
        found: Target | None = by_benchmark.get(benchmark)
        return found.per_pupil.get(year, 0) if found else 0


def _years(*per_pupil: int, first: int = 7) -> dict[int, int]:
    return dict(enumerate(per_pupil, start=first))


_EVERY_YEAR = Target(_years(1, 1, 1, 1, 1, 1, 1), "this year")
_PROVIDERS = Target(_years(0, 1, 2, 3, 4, 1, 2), "since Year 7", planning_value=True)
_COLLEGE_ENCOUNTERS = Target(_years(2, 2, 2, first=12), "this year")
_COLLEGE_WORKPLACE = Target(_years(1, 1, 1, first=12), "in the programme")
_COLLEGE_PROVIDERS = Target(_years(1, 1, 1, first=12), "in the programme")
_COLLEGE: dict[Benchmark, Target] = {
    "gb5": _COLLEGE_ENCOUNTERS,
    "gb6": _COLLEGE_WORKPLACE,
    "gb7": _COLLEGE_PROVIDERS,
}
_SCHOOL_2014: dict[Benchmark, Target] = {
    "gb5": _EVERY_YEAR,
    "gb6": Target(_years(1, 1, 1, 1, 1, 1, 1), "since Year 7"),
    "gb7": _PROVIDERS,
}
_SCHOOL_2025: dict[Benchmark, Target] = {
    "gb5": _EVERY_YEAR,
    "gb6": Target(_years(1, 3, 5, 10, 10, 1, 1), "since Year 7", planning_value=True),
    "gb7": _PROVIDERS,
}

RULES: tuple[Rules, ...] = (
    Rules(
        "gatsby-2014",
        date(2014, 9, 1),
        date(2025, 8, 31),
        {"school": _SCHOOL_2014, "special": _SCHOOL_2014, "college": _COLLEGE},
    ),
    Rules(
        "gatsby-2025",
        date(2025, 9, 1),
        None,
        {"school": _SCHOOL_2025, "special": _SCHOOL_2025, "college": _COLLEGE},
    ),
)


def rules_on(day: date) -> Rules:
    """The wording in force on `day`. Raises ValueError before the first one."""
    for rules in RULES:
        if rules.effective_from <= day and (rules.effective_to is None or day <= rules.effective_to):
            return rules
    raise ValueError(f"no wording of the benchmarks was in force on {day}")


def institution_of(phase: str) -> Institution:
    """Which variant of the benchmarks a school's phase falls under."""
    if phase == "college":
        return "college"
    return "special" if phase == "special" else "school"


_SEPTEMBER = 9


def academic_year(day: date) -> str:
    """The academic year (1 September to 31 August) as people write it, "2026/27"."""
    first = day.year if day.month >= _SEPTEMBER else day.year - 1
    return f"{first}/{(first + 1) % 100:02d}"
