"""What a service heard from others can be dropped and heard again, while everything runs."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from contracts.event import Fact
from contracts.offers import Offer
from services.matcher.recovery import recovery as of_matcher
from services.plumbing.postgres import Transaction
from services.plumbing.rebuilding import rebuild
from services.registry.recovery import recovery as of_registry
from tests.journeys.town import Town
from tests.recovery.history import ask
from tests.recovery.installation import Installation

pytestmark = pytest.mark.delivery


async def test_a_rebuilt_memory_is_the_same_and_nothing_is_sent_or_told(town: Town, installation: Installation) -> None:
    await installation.quiet()
    emails, rounds = len(await town.mails.all()), await installation.rounds()

    for service in ("registry", "matcher", "notifier"):
        before, told = await installation.memory(service), await installation.told(service)
        assert all(before.values()), "an empty table would prove nothing"
        said = await installation.order(service, "rebuild")
        assert said.code == 0, said.text
        assert await installation.memory(service) == before
        assert await installation.told(service) == told

    await installation.quiet()
    assert len(await town.mails.all()) == emails
    assert await installation.rounds() == rounds


async def test_a_damaged_memory_is_whole_again(town: Town, installation: Installation) -> None:
    await installation.quiet()
    before = await installation.memory("registry")

    await installation.tell("registry", "DELETE FROM memory.letters; UPDATE memory.matches SET state = 'lapsed'")
    async with installation.patient_pool("registry", "rebuild") as pool:
        await rebuild(pool, of_registry, installation.settings("registry"))

    assert await installation.memory("registry") == before


async def test_nobody_sees_half_a_memory_and_nothing_said_meanwhile_is_lost(
    town: Town, installation: Installation
) -> None:
    asked, more = await ask(town, "Marsh"), await town.add_employer("Late Works")
    await installation.quiet()
    before = await installation.memory("matcher")
    half_way, go_on = asyncio.Event(), asyncio.Event()

    async def remember_slowly(tx: Transaction, fact: Fact[Offer]) -> object:
        half_way.set()
        await go_on.wait()
        return await offers.remember(tx, fact)

    (offers,) = [heard for heard in of_matcher.heard if heard.entity is Offer]
    slow = tuple(replace(heard, remember=remember_slowly) if heard is offers else heard for heard in of_matcher.heard)
    async with installation.patient_pool("matcher", "rebuild") as pool:
        slowly, settings = replace(of_matcher, heard=slow), installation.settings("matcher")
        rebuilding = asyncio.ensure_future(rebuild(pool, slowly, settings))
        await asyncio.wait_for(half_way.wait(), 60)
        assert await installation.memory("matcher") == before
        offer = await town.offer(more, days=("2026-02-03",))
        await town.press(asked.page, "accept")
        go_on.set()
        await rebuilding

    await installation.quiet()
    known = await installation.ask("matcher", "SELECT id::text FROM memory.offers")
    assert (offer["offer_id"],) in known
    match = await town.api.get(f"/v1/matches/{asked.match['match_id']}")
    assert [step["state"] for step in match["history"]].count("accepted") == 1


async def test_what_was_heard_first_on_the_way_has_its_effect_afterwards_and_once(
    town: Town, installation: Installation
) -> None:
    asked, supervisor = await ask(town, "Moor"), town.system.supervisor
    await installation.quiet()
    await asyncio.to_thread(supervisor.stop, "matcher-consumer")
    await town.press(asked.page, "accept")
    await installation.carried()

    async with installation.patient_pool("matcher", "rebuild") as pool:
        rebuilt = await rebuild(pool, of_matcher, installation.settings("matcher"))
    assert rebuilt.remembered["answers"] > 0
    assert await state_of(installation, asked.match) == "confirmed"

    await asyncio.to_thread(supervisor.restart, "matcher-consumer")
    await installation.quiet()
    match = await town.api.get(f"/v1/matches/{asked.match['match_id']}")
    assert [step["state"] for step in match["history"]] == ["proposed", "accepted", "confirmed"]


async def state_of(installation: Installation, match: dict[str, Any]) -> str:
    ((state,),) = await installation.ask(
        "matcher", "SELECT state FROM own.matches WHERE id::text = $1", match["match_id"]
    )
    return str(state)
