"""What people do with the mails they get: say yes, no, nothing; press twice; call off; record what took place."""

from __future__ import annotations

import asyncio
from random import Random

from tests.chaos.caller import Caller, Thing, press
from tests.chaos.letterbox import Invitation
from tests.chaos.load import World

DECLINES = {"school": "date_unsuitable", "employer": "staff_unavailable"}


async def read_mails(world: World, _operator: Caller, chance: Random) -> None:
    """Open what has come, and act on it."""
    for invitation in world.letterbox.fresh():
        audience = invitation.link.audience
        (act,) = chance.choices(("accept", "decline", "later", "ignore"), (60, 12, 15, 13))
        if act in {"accept", "decline"}:
            await _say(world, invitation, act, chance)
            if act == "accept" and audience == "school" and chance.random() < 0.5:
                await _afterwards(world, invitation, chance)
        elif act == "later":
            await _afterwards(world, invitation, chance)


async def _say(world: World, invitation: Invitation, act: str, chance: Random) -> None:
    audience = invitation.link.audience
    fields: Thing = {"reason": DECLINES[audience], "comment": "In my own words."} if act == "decline" else {}
    times = 2 if chance.random() < 0.2 else 1
    await asyncio.gather(*(_press(world, invitation, act, fields) for _ in range(times)))


async def _afterwards(world: World, invitation: Invitation, chance: Random) -> None:
    """Call it off, or say how many took part."""
    if chance.random() < 0.3:
        await _press(world, invitation, "cancel", {"reason": "illness", "comment": ""})
        return
    held = chance.random() < 0.85
    fields = {"held": "yes", "pupils": str(chance.randrange(5, 30))} if held else {"held": "no", "reason": "weather"}
    await _press(world, invitation, "delivery", fields)


async def _press(world: World, invitation: Invitation, act: str, fields: Thing) -> None:
    link, journal = invitation.link, world.journal
    status = await press(world.pages, invitation.url, act, fields, journal.lost)
    if status != 200:
        journal.refused[f"page {act} {status}"] += 1
        return
    claims: Thing = {"audience": link.audience, "said": act}
    if act == "delivery":
        claims |= {"held": fields["held"], "pupils": fields.get("pupils", "0")}
    journal.kept(world.now(), f"page {act}", "answers", str(link.match_id), **claims)


async def use_the_api(world: World, operator: Caller, chance: Random) -> None:
    """A school's or an employer's own program answers, calls off, records."""
    side = chance.choice(("school", "school", "employer"))
    party = chance.choice(world.town.schools if side == "school" else world.town.employers)
    caller = operator.with_key(party["key"])
    state = chance.choice(("proposed", "accepted", "confirmed"))
    found = await caller.read(f"/v1/matches?state={state}&limit=50")
    matches = found.body.get("items", [])
    if not matches:
        return
    match = chance.choice(matches)
    act, body = _word(state, match, chance)
    answered = await caller.write("POST", f"/v1/matches/{match['match_id']}/{act}", body)
    if not answered.is_good:
        world.journal.refused[f"api {act} {answered.status}"] += 1
        return
    claims: Thing = {"audience": side, "said": _said(act, body)}
    if act == "delivery":
        claims |= {"held": "yes" if body["held"] else "no", "pupils": str(body.get("pupils", 0))}
    world.journal.kept(world.now(), f"api {act}", "answers", match["match_id"], **claims)


def _said(act: str, body: Thing) -> str:
    if act == "answer":
        return "accept" if body["verdict"] == "accepted" else "decline"
    return act


def _word(state: str, match: Thing, chance: Random) -> tuple[str, Thing]:
    if state in {"proposed", "accepted"} and chance.random() < 0.8:
        verdict = chance.choice(("accepted", "accepted", "declined"))
        reason = {"reason": "date_unsuitable"} if verdict == "declined" else {}
        return "answer", {"verdict": verdict, "terms_version": match["terms_version"], **reason}
    if chance.random() < 0.4:
        return "cancel", {"reason": "transport"}
    held = chance.random() < 0.8
    return "delivery", {"held": held, "pupils": chance.randrange(5, 30)} if held else {
        "held": held,
        "reason": "weather",
    }
