"""What schools do: ask, ask for something else, ask no more; and what becomes of the people there."""

from __future__ import annotations

from random import Random

from tests.chaos.caller import Caller
from tests.chaos.employers import noted
from tests.chaos.load import World
from tests.chaos.town import person


async def post(world: World, operator: Caller, chance: Random) -> None:
    """For a cohort that has no open request."""
    school = chance.choice(world.town.schools)
    cohort = chance.choice(school["cohorts"])
    body = {
        "school_id": school["school_id"],
        "cohort_id": cohort["cohort_id"],
        "benchmarks": ["gb5", "gb6"] if cohort["year"] >= 8 else ["gb5"],
        "activities": ["talk", "workplace_visit"],
        "possible": [{"first": "2025-11-04", "last": "2026-03-27"}],
        "notice_days": 0,
        "max_travel_km": 20,
        "min_group": 5,
        "max_places": chance.choice((30, 60, 200)),
    }
    answered = await operator.with_key(school["key"]).write("POST", "/v1/requests", body)
    if noted(world, "post request", "requests", answered, answered.body.get("request_id", "")):
        world.requests[cohort["cohort_id"]] = (answered.body["request_id"], school["key"])


async def amend(world: World, operator: Caller, chance: Random) -> None:
    """Fewer or more places, or only talks."""
    if not world.requests:
        return
    request_id, key = chance.choice(list(world.requests.values()))
    caller = operator.with_key(key)
    seen = await caller.read(f"/v1/requests/{request_id}")
    if seen.is_good and seen.body["state"] == "open":
        talks = {"activities": ["talk"]}
        change = chance.choice(({"max_places": 30}, {"max_places": 90}, {"max_places": 200}, talks))
        answered = await caller.write("PATCH", f"/v1/requests/{request_id}", change, seen.version)
        noted(world, "amend request", "requests", answered, request_id)


async def withdraw(world: World, operator: Caller, chance: Random) -> None:
    """For good; the cohort may ask anew."""
    if not world.requests:
        return
    cohort_id, (request_id, key) = chance.choice(list(world.requests.items()))
    caller = operator.with_key(key)
    seen = await caller.read(f"/v1/requests/{request_id}")
    if seen.is_good and seen.body["state"] == "open":
        why = {"reason": "no_longer_needed"}
        answered = await caller.write("POST", f"/v1/requests/{request_id}/withdraw", why, seen.version)
        noted(world, "withdraw request", "requests", answered, request_id)
    world.requests.pop(cohort_id, None)


async def change_parallel(world: World, operator: Caller, chance: Random) -> None:
    """How many events at a time."""
    school = chance.choice(world.town.schools)
    path = f"/v1/schools/{school['school_id']}"
    seen = await operator.read(path)
    answered = await operator.write("PATCH", path, {"max_parallel": chance.choice((2, 3, 4))}, seen.version)
    noted(world, "change school", "schools", answered, school["school_id"])


async def change_address(world: World, operator: Caller, chance: Random) -> None:
    """A contact reads mail elsewhere from now on."""
    if found := _contact(world, chance):
        seen = await operator.read(f"/v1/contacts/{found}")
        address = {"email": f"x{chance.randrange(10**6)}@moved.example"}
        answered = await operator.write("PATCH", f"/v1/contacts/{found}", address, seen.version)
        noted(world, "change contact", "contacts", answered, found)


async def erase(world: World, operator: Caller, chance: Random) -> None:
    """A person is erased, and somebody new takes over."""
    if not (found := _contact(world, chance)):
        return
    seen = await operator.read(f"/v1/contacts/{found}")
    gone = await operator.write("DELETE", f"/v1/contacts/{found}")
    noted(world, "erase contact", "contacts", gone, found)
    if not gone.is_good or not seen.is_good:
        return
    world.town.contacts = [one for one in world.town.contacts if one["contact_id"] != found]
    organisation = f"/v1/{seen.body['organisation']}s/{seen.body['organisation_id']}/contacts"
    newcomer = person(f"n{chance.randrange(10**6)}", chance.choice((1, 2)))
    answered = await operator.write("POST", organisation, newcomer)
    if noted(world, "add contact", "contacts", answered, answered.body.get("contact_id", "")):
        world.town.contacts.append(answered.body)


def _contact(world: World, chance: Random) -> str | None:
    found: str | None = chance.choice(world.town.contacts)["contact_id"] if world.town.contacts else None
    return found
