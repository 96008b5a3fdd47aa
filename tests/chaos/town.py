"""Where the load takes place: two areas that share employers, three hubs, their schools, everybody's contacts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from tests.chaos.caller import Caller, Thing
from tests.chaos.stage import BEGINS

HERE = {"postcode": "SG1 3BE", "lat": 51.91, "lon": -0.2}
YEARS = (8, 9, 10)
SCHOOLS_PER_HUB = 3
EMPLOYERS = 6
DAYS = tuple(str((BEGINS + timedelta(days=n)).date()) for n in (1, 2, 7, 30, 37))


@dataclass
class Town:
    """Everybody in it, as the API answered."""

    areas: list[Thing] = field(default_factory=list)
    hubs: list[Thing] = field(default_factory=list)
    schools: list[Thing] = field(default_factory=list)
    employers: list[Thing] = field(default_factory=list)
    contacts: list[Thing] = field(default_factory=list)


async def build(operator: Caller, chance: Random) -> Town:
    """Set everything up; nothing is broken yet."""
    town = Town()
    for name in ("North", "South"):
        town.areas.append(await operator.must("/v1/areas", {"name": name}))
    for number, area in enumerate([town.areas[0], town.areas[0], town.areas[1]]):
        town.hubs.append(await operator.must("/v1/hubs", hub(f"Hub {number}", area["area_id"], number)))
    places = [(hub, n) for hub in town.hubs for n in range(SCHOOLS_PER_HUB)]
    town.schools = list(
        await asyncio.gather(*(_school(operator, town, hub, i, chance) for i, (hub, _) in enumerate(places)))
    )
    town.employers = list(await asyncio.gather(*(_employer(operator, town, n) for n in range(EMPLOYERS))))
    return town


def hub(name: str, area_id: str, number: int) -> dict[str, Any]:
    """Letters go out at once. Every other hub keeps its plans to itself for a moment before it tells them."""
    letters = {
        "quiet": False,
        "digest_minutes": 0,
        "emails_per_day": 500,
        "minimum_answer_hours": 0,
        "reminder_working_days": 0,
    }
    policy = {"window_seconds": 20 * number}
    return {"area_id": area_id, "name": name, "policy": policy, "letters": letters}


async def _school(operator: Caller, town: Town, hub: Thing, number: int, chance: Random) -> Thing:
    body = {"urn": 100_001 + number, "name": f"School {number}", "phase": "secondary", "fsm_pct": 20.0, **HERE}
    school = await operator.must("/v1/schools", {**body, "max_parallel": 3})
    path = f"/v1/schools/{school['school_id']}"
    await operator.must(f"{path}/memberships", {"hub_id": hub["hub_id"], "since": "2025-09-01"})
    for order in (1, 2):
        town.contacts.append(await operator.must(f"{path}/contacts", person(f"s{number}", order)))
    cohorts = [await operator.must(f"{path}/cohorts", _cohort(year, chance)) for year in YEARS]
    key = await operator.must("/v1/keys", {"role": "school", "organisation_id": school["school_id"], "label": "load"})
    return {**school, "cohorts": cohorts, "key": key["key"]}


def _cohort(year: int, chance: Random) -> Thing:
    pupils = chance.randrange(40, 90)
    return {
        "kind": "year_group",
        "label": f"Year {year}",
        "year": year,
        "academic_year": "2025/26",
        "pupils": pupils,
        "met_elsewhere": {"gb5": chance.randrange(pupils // 2)},
    }


async def _employer(operator: Caller, town: Town, number: int) -> Thing:
    home = town.areas[number % 2]["area_id"]
    body = {"name": f"Works {number}", "sectors": ["engineering"], "home_area_id": home}
    capped = {"max_sessions": 4} if number % 3 == 0 else {}
    employer = await operator.must("/v1/employers", {**body, **capped})
    contacts = f"/v1/employers/{employer['employer_id']}/contacts"
    for order in (1, 2):
        town.contacts.append(await operator.must(contacts, person(f"e{number}", order)))
    whose = {"role": "employer", "organisation_id": employer["employer_id"], "label": "load"}
    key = await operator.must("/v1/keys", whose)
    return {**employer, "key": key["key"]}


def person(where: str, order: int) -> Thing:
    """An invented adult."""
    return {
        "name": f"Person {order}",
        "email": f"p{order}@{where}.example",
        "roles": ["careers leader"],
        "order": order,
    }
