"""The safeguarding facts that apply to a match, and no more, the same in emails and on pages: `safeguarding.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from contracts.activities import ACTIVITIES
from contracts.matches import Terms

Situation = Literal["visitor", "visit", "placement", "mentoring", "virtual"]
_TEXTS = Path(__file__).with_suffix(".toml")
_SIXTEEN_FROM_YEAR = 12


def safeguarding_facts(terms: Terms, audience: Literal["school", "employer"]) -> list[str]:
    """What this audience needs to know about safeguarding for this match."""
    situation, texts = _situation_of(terms), _texts()[audience]
    supervisors = _about_supervisors(terms.cohort_label) if (audience, situation) == ("school", "placement") else ()
    return [fact for name in (situation, *supervisors) for fact in texts[name]]


def _situation_of(terms: Terms) -> Situation:
    """Which facts apply: by the type of activity, and where one type can be held here or there, by where it is."""
    activity = ACTIVITIES.get(terms.activity)
    if activity and activity.safeguarding in {"placement", "mentoring"}:
        return activity.safeguarding
    by_mode: dict[str, Situation] = {"at_school": "visitor", "at_workplace": "visit", "virtual": "virtual"}
    return by_mode.get(terms.mode, activity.safeguarding if activity else "visitor")


def _about_supervisors(cohort_label: str) -> tuple[str, ...]:
    year = re.search(r"\bYear (\d{1,2})\b", cohort_label)
    if year is None:
        return ("placement_under_16", "placement_from_16")
    return ("placement_from_16",) if int(year.group(1)) >= _SIXTEEN_FROM_YEAR else ("placement_under_16",)


@cache
def _texts() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(_TEXTS.read_text())
