"""Activity types: what an employer can offer, and how each counts.

Which benchmark an activity counts for follows the Gatsby criteria in force since September 2025: visiting speakers,
mentoring and enterprise schemes are encounters (benchmark 5), visits, shadowing and work experience are experiences of
workplaces (benchmark 6), encounters with providers of further and higher education are benchmark 7. One event may
count for 5 and 6 at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["at_school", "at_workplace", "virtual"]
Safeguarding = Literal["visitor", "visit", "placement", "mentoring", "virtual"]


@dataclass(frozen=True)
class Activity:
    """One type of activity; `credits` are per pupil, and per day for benchmark 6."""

    code: str
    name: str
    credits: dict[str, int]
    modes: frozenset[Mode]
    individual: bool
    """Booked pupil by pupil (placements)."""
    youngest_year: int
    """Placements as work are lawful only from the start of Year 10 (Education Act 1996, s.560)."""
    safeguarding: Safeguarding
    """Which paragraph of safeguarding facts applies."""

    def counts_to(self, days: int) -> dict[str, int]:
        """Credits per pupil of one session of `days` school days: encounters once, workplace days each."""
        return {b: c * days if b == "gb6" else c for b, c in self.credits.items()}


def _activity(  # noqa: PLR0913 - the table below reads best with one call a row
    code: str,
    name: str,
    counts: str,
    modes: str,
    safeguarding: Safeguarding,
    *,
    youngest_year: int = 7,
    individual: bool = False,
) -> Activity:
    return Activity(
        code=code,
        name=name,
        credits=dict.fromkeys(counts.split(), 1),
        modes=frozenset(modes.split()),  # type: ignore[arg-type]
        individual=individual,
        youngest_year=youngest_year,
        safeguarding=safeguarding,
    )


ACTIVITIES: dict[str, Activity] = {
    a.code: a
    for a in (
        _activity("talk", "Careers talk", "gb5", "at_school", "visitor"),
        _activity("virtual_talk", "Virtual talk", "gb5", "virtual", "virtual"),
        _activity("carousel", "Careers carousel", "gb5", "at_school", "visitor"),
        _activity("fair", "Careers fair", "gb5 gb7", "at_school at_workplace", "visitor"),
        _activity("mock_interview", "Mock interviews", "gb5", "at_school virtual", "visitor", youngest_year=10),
        _activity(
            "mock_assessment", "Mock assessment centre", "gb5 gb6", "at_school at_workplace", "visit", youngest_year=10
        ),
        _activity("cv_workshop", "CV and application workshop", "gb5", "at_school virtual", "visitor", youngest_year=9),
        _activity("project", "Employer-set project", "gb5", "at_school virtual", "visitor"),
        _activity("lesson", "Curriculum lesson with an employer", "gb5", "at_school", "visitor"),
        _activity("enterprise_day", "Enterprise day", "gb5", "at_school", "visitor"),
        _activity("mentoring", "Mentoring", "gb5", "at_school virtual", "mentoring", youngest_year=8, individual=True),
        _activity("workplace_visit", "Workplace visit", "gb5 gb6", "at_workplace", "visit"),
        _activity(
            "job_shadowing", "Job shadowing", "gb5 gb6", "at_workplace", "placement", youngest_year=10, individual=True
        ),
        _activity(
            "work_experience",
            "Work experience placement",
            "gb5 gb6",
            "at_workplace",
            "placement",
            youngest_year=10,
            individual=True,
        ),
        _activity(
            "virtual_work_experience", "Virtual work experience", "gb5 gb6", "virtual", "virtual", youngest_year=8
        ),
        _activity("provider_taster", "Provider taster or campus visit", "gb7", "at_workplace", "visit"),
        _activity("provider_talk", "Provider talk", "gb7", "at_school virtual", "visitor"),
    )
}


def activity_name(code: str) -> str:
    """The activity's name for people; an unknown code, from a newer writer, is shown as it is."""
    known = ACTIVITIES.get(code)
    return known.name if known else code.replace("_", " ")


SECTORS: dict[str, str] = {
    "agriculture": "Agriculture, environmental and animal care",
    "business": "Business and administration",
    "care": "Care services",
    "catering": "Catering and hospitality",
    "construction": "Construction and the built environment",
    "creative": "Creative and design",
    "digital": "Digital",
    "education": "Education and early years",
    "engineering": "Engineering and manufacturing",
    "hair_beauty": "Hair and beauty",
    "health": "Health and science",
    "legal_finance": "Legal, finance and accounting",
    "protective": "Protective services",
    "sales": "Sales, marketing and procurement",
    "transport": "Transport and logistics",
}
"""The fifteen technical routes, as schools and T Levels use them."""

SEND_SUPPORT: dict[str, str] = {
    "step_free": "Step-free access",
    "quiet_room": "A quiet room",
    "small_group": "Small groups",
    "pre_visit": "A visit beforehand",
    "easy_read": "Easy-read materials",
    "hearing_loop": "Hearing support",
    "sight": "Support for sight loss",
    "job_coach": "Room for a job coach",
}
"""Kinds of support an offer can give; a request names kinds, never a pupil."""
