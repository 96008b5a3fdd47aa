"""A topic that lost its records is told again by whoever owns them, and others remember the same from it as before."""

import asyncio

import pytest

from services.matcher.recovery import recovery as of_matcher
from services.notifier.recovery import recovery as of_notifier
from services.plumbing import restating
from services.plumbing.clock import Clock
from services.plumbing.rebuilding import rebuild
from services.registry.recovery import recovery as of_registry
from tests.journeys.town import Town
from tests.recovery.installation import OF_THE_TELLING, Installation

pytestmark = pytest.mark.delivery
RECOVERIES = {"registry": of_registry, "matcher": of_matcher, "notifier": of_notifier}


async def test_a_lost_topic_is_told_again_and_heard_as_before(town: Town, installation: Installation) -> None:
    await installation.quiet()
    emails, matches = len(await town.mails.all()), await ended_and_open(installation)
    owners = {"registry": ("offers", "requests", "contacts", "answers"), "matcher": ("matches", "rounds")}
    before = {service: await installation.memory(service, OF_THE_TELLING) for service in RECOVERIES}

    # Left running, a consumer would stand somewhere in the middle of what comes anew.
    consumers = [f"{service}-consumer" for service in RECOVERIES]
    await asyncio.gather(*(asyncio.to_thread(town.system.supervisor.stop, name) for name in consumers))
    await installation.lose_topics(*(topic for topics in owners.values() for topic in topics))
    refused = await installation.order("matcher", "rebuild")
    assert (refused.code, "restate" in refused.text) == (1, True)
    told = await installation.order("registry", "restate", "--topic", "offers")
    assert (told.code, "offers: " in told.text) == (0, True)
    for owner, topics in owners.items():
        await tell_again(installation, owner, *(topic for topic in topics if topic != "offers"))
    await installation.carried()
    for service, recovery in RECOVERIES.items():
        async with installation.patient_pool(service, "rebuild") as pool:
            await rebuild(pool, recovery, installation.settings(service))
        assert await installation.memory(service, OF_THE_TELLING) == before[service]
    await asyncio.gather(*(asyncio.to_thread(town.system.supervisor.restart, name) for name in consumers))

    await installation.quiet()
    assert len(await town.mails.all()) == emails
    assert await ended_and_open(installation) == matches


async def tell_again(installation: Installation, service: str, *topics: str) -> None:
    clock = Clock.from_setting(installation.system.wanted.clock)
    async with installation.patient_pool(service, "restate") as pool:
        told = await restating.restate(pool, RECOVERIES[service], topics, clock)
    assert all(told[topic] for topic in topics)


async def ended_and_open(installation: Installation) -> list[tuple[str, str, int]]:
    """Each match as people know it."""
    return await installation.ask("matcher", "SELECT id, state, terms_version FROM own.matches ORDER BY id")


async def test_no_service_tells_what_it_does_not_own(installation: Installation) -> None:
    said = await installation.order("matcher", "restate", "--topic", "offers")

    assert said.code == 2
    assert "matcher owns matches, outlooks, rounds" in said.text
