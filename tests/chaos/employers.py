"""What employers do: publish, amend, withdraw offers, and change how much they can take on."""

from __future__ import annotations

import uuid
from datetime import timedelta
from random import Random
from typing import Any

from services.plumbing.clock import LONDON
from tests.chaos.caller import Answered, Caller, Thing
from tests.chaos.load import World
from tests.chaos.town import DAYS, HERE

OFFERS_MAX = 60


async def publish(world: World, operator: Caller, chance: Random) -> None:
    """A talk or a visit, today or later, for one area or both."""
    if len(world.offers) >= OFFERS_MAX:
        return
    employer = chance.choice(world.town.employers)
    areas = [area["area_id"] for area in world.town.areas]
    both = {"areas": areas} if chance.random() < 0.4 else {}
    body = {**_offer(world, chance), **both, "reference": str(uuid.UUID(int=chance.getrandbits(128), version=4))}
    answered = await operator.with_key(employer["key"]).write("POST", "/v1/offers", body)
    if _noted(world, "publish offer", "offers", answered, answered.body.get("offer_id", "")):
        world.offers.append((answered.body["offer_id"], employer["key"]))


def _offer(world: World, chance: Random) -> Thing:
    sessions = _sessions(world, chance)
    activity, mode = chance.choice([("talk", "at_school"), ("talk", "at_school"), ("workplace_visit", "at_workplace")])
    return {
        "activity": activity,
        "mode": mode,
        "title": f"How people start out, {chance.randrange(1000)}",
        "purpose": "Pupils hear how people got into their work.",
        "what_pupils_do": "They prepare questions and ask them.",
        "place": HERE,
        "radius_km": 30,
        "sessions": sessions,
        "min_pupils": 5,
        "max_pupils": chance.choice((30, 60, 120)),
        "max_groups": chance.choice((1, 2, 3)),
        "max_sessions": chance.randint(1, len(sessions)),
        "years": [8, 9, 10],
        "phases": ["secondary"],
        "notice_days": 0,
        "employer_confirms": chance.random() < 0.4,
    }


def _sessions(world: World, chance: Random) -> list[Thing]:
    found = {(s["date"], s["starts"]): s for s in (_session(world, chance) for _ in range(chance.randint(1, 3)))}
    return list(found.values())


def _session(world: World, chance: Random) -> Thing:
    local = world.clock.now().astimezone(LONDON)
    starts = local + timedelta(minutes=chance.randrange(10, 150))
    if chance.random() < 0.6 and starts.hour < 19 and starts.date() == local.date():
        return _at(str(local.date()), starts.hour, starts.minute)
    return _at(chance.choice(DAYS), chance.randrange(9, 16), 0)


def _at(day: str, hour: int, minute: int) -> Thing:
    return {"date": day, "part": "day", "starts": f"{hour:02}:{minute:02}", "ends": f"{hour + 1:02}:{minute:02}"}


async def amend(world: World, operator: Caller, chance: Random) -> None:
    """Fewer or more places, other words, another day."""
    if found := await _one(world, operator, chance):
        offer_id, caller, seen = found
        answered = await caller.write("PATCH", f"/v1/offers/{offer_id}", _change(world, seen, chance), seen.version)
        _noted(world, "amend offer", "offers", answered, offer_id)


def _change(world: World, seen: Answered, chance: Random) -> dict[str, Any]:
    kind = chance.choice(("places", "places", "words", "groups", "sessions"))
    if kind == "places":
        return {"max_pupils": chance.choice((10, 30, 60, 120))}
    if kind == "words":
        return {"title": f"How people went on, {chance.randrange(1000)}"}
    if kind == "groups":
        return {"max_groups": chance.choice((1, 2, 3))}
    return {"sessions": _sessions(world, chance), "max_sessions": None}


async def withdraw(world: World, operator: Caller, chance: Random) -> None:
    """For good."""
    if found := await _one(world, operator, chance):
        offer_id, caller, seen = found
        why = {"reason": "staff_unavailable"}
        answered = await caller.write("POST", f"/v1/offers/{offer_id}/withdraw", why, seen.version)
        if _noted(world, "withdraw offer", "offers", answered, offer_id):
            world.offers = [offer for offer in world.offers if offer[0] != offer_id]


async def _one(world: World, operator: Caller, chance: Random) -> tuple[str, Caller, Answered] | None:
    if not world.offers:
        return None
    offer_id, key = chance.choice(world.offers)
    caller = operator.with_key(key)
    seen = await caller.read(f"/v1/offers/{offer_id}")
    return (offer_id, caller, seen) if seen.is_good and seen.body["state"] == "open" else None


async def change_cap(world: World, operator: Caller, chance: Random) -> None:
    """How many sessions over all its offers."""
    employer = chance.choice(world.town.employers)
    path = f"/v1/employers/{employer['employer_id']}"
    seen = await operator.read(path)
    cap = {"max_sessions": chance.choice((2, 4, 6, None))}
    answered = await operator.write("PATCH", path, cap, seen.version)
    _noted(world, "change cap", "employers", answered, employer["employer_id"])


def _noted(world: World, act: str, topic: str, answered: Answered, entity_id: str) -> bool:
    """Note what was answered; whether it was done."""
    if not answered.is_good:
        world.journal.refused[f"{act} {answered.status}"] += 1
        return False
    claims = {name: answered.body[name] for name in CLAIMED if name in answered.body}
    world.journal.kept(world.now(), act, topic, entity_id, answered.version, **claims)
    return True


CLAIMED = ("state", "title", "max_pupils", "max_groups", "max_sessions", "max_places", "email", "max_parallel")
noted = _noted
