"""What the demonstration posts: Hertfordshire's schools and employers from open data, invented offers and requests.

Everything is drawn with one seed, so every run posts the same.
"""

from __future__ import annotations

import csv
import random
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
TODAY = date(2025, 11, 4)
"""A Tuesday in term, two days after half-term; the demonstration's clock starts here at five past nine."""
SEED = 2025
SCHOOLS_ASKING = 34
CLUSTERS = {
    "herts_1": "Stevenage, North Herts, Welwyn Hatfield",
    "herts_2": "Hertsmere, Watford, Three Rivers",
}
Row = dict[str, str]


@dataclass(frozen=True)
class Ask:
    """A request to post, and for which school and year group."""

    urn: str
    year: int
    body: dict[str, Any]


@dataclass(frozen=True)
class Promise:
    """An offer to post, and whose."""

    employer: str
    body: dict[str, Any]


def read(name: str) -> list[Row]:
    """One of the files in `data`."""
    with (DATA / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@cache
def texts() -> dict[str, Any]:
    """The invented texts of offers, by kind, and how sectors are called in them."""
    return tomllib.loads((DATA / "kinds.toml").read_text())


def calendar() -> dict[str, Any]:
    """Hertfordshire's terms and the bank holidays, as the hub's record has them."""
    return {
        "terms": read("terms"),
        "bank_holidays": [row["date"] for row in read("bank_holidays")],
    }


def school_days(first: date, last: date) -> list[date]:
    """Every school day from `first` to `last`."""
    terms = [(date.fromisoformat(t["first"]), date.fromisoformat(t["last"])) for t in read("terms")]
    holidays = {date.fromisoformat(row["date"]) for row in read("bank_holidays")}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        day for day in days if day.weekday() < SATURDAY and day not in holidays and any(a <= day <= b for a, b in terms)
    ]


SATURDAY = 5


def cohorts(school: Row, chance: random.Random) -> list[dict[str, Any]]:
    """The school's year groups, and what their pupils have had elsewhere."""
    found = []
    for year in range(7, 14):
        pupils = int(school[f"y{year}"])
        if pupils:
            share = chance.uniform(0.1, 0.7)
            met = {"gb5": int(pupils * share), "gb6": int(pupils * share * max(0, year - 8))}
            found.append(
                {
                    "kind": "year_group",
                    "label": f"Year {year}",
                    "year": year,
                    "academic_year": "2025/26",
                    "pupils": pupils,
                    "met_elsewhere": met,
                }
            )
    return found


def asks(schools: list[Row], chance: random.Random, asking: int = SCHOOLS_ASKING, years: int = 3) -> list[Ask]:
    """Requests of so many of the schools, each for up to so many year groups."""
    return [
        Ask(school["urn"], year, _request(school, year, chance))
        for school in chance.sample(schools, asking)
        for year in chance.sample(_years(school), min(years, len(_years(school))))
    ]


def _years(school: Row) -> list[int]:
    return [year for year in range(7, 14) if int(school[f"y{year}"]) >= SMALLEST_COHORT]


SMALLEST_COHORT = 5
WISHES = (
    "digital",
    "engineering",
    "construction",
    "health",
    "sales",
    "business",
    "creative",
    "catering",
    "legal_finance",
)


def _request(school: Row, year: int, chance: random.Random) -> dict[str, Any]:
    small = school["phase"] in ("special", "alternative_provision")
    activities = ["talk", "virtual_talk", "project", "workplace_visit"]
    if year >= YEAR_10:
        activities += ["mock_interview", "work_experience", "job_shadowing"]
    mocks = date(2026, 1, 12) if year in (11, 13) else date(2026, 3, 2)
    return {
        "benchmarks": ["gb5", "gb6"],
        "activities": activities,
        "sectors": {sector: chance.choice((70, 85, 100)) for sector in chance.sample(WISHES, 3)} | {"*": 40},
        "possible": [{"first": "2025-11-24", "last": "2026-03-27"}],
        "impossible": [{"first": str(mocks), "last": str(mocks + timedelta(days=11))}],
        "notice_days": 14,
        "max_travel_km": chance.choice((10, 15, 20, 30)),
        "min_group": 2 if small else 10,
        "send_needs": ["quiet_room"] if small and chance.random() < HALF else [],
        "split": True,
    }


YEAR_10 = 10
HALF = 0.5


def promises(employers: list[Row], chance: random.Random, already: int = 0) -> list[Promise]:
    """One offer of every employer, a second one of the cornerstone employers; `already` names are taken."""
    kinds = list(texts()["kinds"])
    found: list[Promise] = []
    for employer in employers:
        times = 2 if employer["cornerstone"] else 1
        for kind in chance.sample(kinds, times):
            found.append(Promise(employer["employer_id"], _offer(employer, kind, already + len(found), chance)))
    return found


def _offer(employer: Row, kind: str, number: int, chance: random.Random) -> dict[str, Any]:
    told = dict(texts()["kinds"][kind])
    sector = texts()["sectors"][employer["sector"]]
    sessions = [_session(day, told) for day in _days(kind, chance)]
    for field in ("starts", "ends", "part"):
        del told[field]
    return {
        **told,
        "activity": kind,
        "title": told["title"].format(sector=sector),
        "learning_outcomes": [text.format(sector=sector) for text in told["learning_outcomes"]],
        "reference": f"HERTS-{number + 1:03}",
        "sectors": [employer["sector"]],
        "place": {"postcode": employer["postcode"], "lat": float(employer["lat"]), "lon": float(employer["lon"])},
        "radius_km": None if told["mode"] == "virtual" else chance.choice((15, 20, 30)),
        "sessions": sessions,
        "max_sessions": min(2, len(sessions)),
        "phases": ["secondary", "special", "alternative_provision", "college"],
        "send_support": chance.choice(([], ["step_free"], ["step_free", "quiet_room"])),
        "employer_confirms": kind in ("workplace_visit", "work_experience"),
    }


def _days(kind: str, chance: random.Random) -> list[date]:
    if kind == "work_experience":
        return [date(2026, 2, 2), date(2026, 3, 16)]
    return sorted(chance.sample(school_days(date(2025, 12, 8), date(2026, 3, 20)), 3))


def _session(day: date, told: dict[str, Any]) -> dict[str, Any]:
    session = {"date": str(day), "part": told["part"], "starts": told["starts"], "ends": told["ends"]}
    if told["part"] == "day":
        session["end_date"] = str(day + timedelta(days=4))
    return session


def this_afternoon(employer: Row) -> Promise:
    """An online talk a few hours from now: everything about it can be seen in one sitting, its delivery included."""
    offer = _offer(employer, "virtual_talk", 998, random.Random(SEED))
    slot = {"date": str(TODAY), "part": "pm", "starts": "13:30", "ends": "14:15"}
    more = {
        "sessions": [slot],
        "max_sessions": 1,
        "max_groups": 1,
        "notice_days": 0,
        "title": "Live online talk this afternoon",
    }
    return Promise(employer["employer_id"], {**offer, **more})


def asks_for_this_afternoon(school: Row, year: int) -> Ask:
    """The one request that can take it."""
    body = _request(school, year, random.Random(SEED))
    today = [{"first": str(TODAY), "last": "2026-03-27"}]
    return Ask(school["urn"], year, {**body, "possible": today, "notice_days": 0, "activities": ["virtual_talk"]})
