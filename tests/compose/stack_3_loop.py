"""The main job over HTTP through the containers: posted, matched, told, declined, accepted, confirmed, delivered."""

import random

from deploy.demo import hub, play
from deploy.demo.stage import Stage


async def test_offers_and_requests_become_emails(stage: Stage):
    await play.set_up(stage)
    chance = random.Random(hub.SEED + 1)
    asks = hub.asks(hub.read("schools"), chance)
    await play.post_everything(stage, asks, hub.promises(hub.read("employers"), chance))

    first = await play.first_email(stage)
    found = await play.last_round(stage)
    proposed = await play.everybody_written_to(stage)

    assert first.links
    assert found["counts"]["offers"] == len(stage.offers)
    assert len(proposed) > 10


async def test_a_declined_place_goes_to_another_school(stage: Stage):
    declined, again, _ = await play.decline_and_rematch(stage)

    assert again["offer_id"] == declined["offer_id"]
    assert again["school_id"] != declined["school_id"]


async def test_a_school_accepts_and_an_employer_confirms(stage: Stage):
    confirmed = await play.accept_and_confirm(stage)

    assert confirmed["state"] == "confirmed"


async def test_a_delivered_encounter_moves_the_progress(stage: Stage):
    delivered, before, after = await play.deliver(stage)

    assert delivered["state"] == "delivered"
    assert after["percent"] > before["percent"]
