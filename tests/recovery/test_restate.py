"""A topic that lost its records is told again by whoever owns them, and others remember the same from it as before."""

import asyncio

import pytest

from tests.journeys.town import Town
from tests.recovery.installation import OF_THE_TELLING, Installation

pytestmark = pytest.mark.delivery


async def test_a_lost_topic_is_told_again_and_heard_as_before(town: Town, installation: Installation) -> None:
    await installation.quiet()
    emails, matches = len(await town.mails.all()), await ended_and_open(installation)
    owners = {"registry": ("offers", "requests", "contacts", "answers"), "matcher": ("matches", "rounds")}
    listeners = ("registry", "matcher", "notifier")
    before = {service: await installation.memory(service, OF_THE_TELLING) for service in listeners}

    # Left running, a consumer would stand somewhere in the middle of what comes anew.
    for service in listeners:
        await asyncio.to_thread(town.system.supervisor.stop, f"{service}-consumer")
    await installation.lose_topics(*(topic for topics in owners.values() for topic in topics))
    refused = await installation.order("matcher", "rebuild")
    assert (refused.code, "restate" in refused.text) == (1, True)
    for owner, topics in owners.items():
        for topic in topics:
            told = await installation.order(owner, "restate", "--topic", topic)
            assert told.code == 0, told.text
    await installation.carried()
    for service in listeners:
        assert (await installation.order(service, "rebuild")).code == 0
        after = await installation.memory(service, OF_THE_TELLING)
        assert after == before[service]
        await asyncio.to_thread(town.system.supervisor.restart, f"{service}-consumer")

    await installation.quiet()
    assert len(await town.mails.all()) == emails
    assert await ended_and_open(installation) == matches


async def ended_and_open(installation: Installation) -> list[tuple[str, str, int]]:
    """Each match as people know it."""
    return await installation.ask("matcher", "SELECT id, state, terms_version FROM own.matches ORDER BY id")


async def test_no_service_tells_what_it_does_not_own(installation: Installation) -> None:
    said = await installation.order("matcher", "restate", "--topic", "offers")

    assert said.code == 2
    assert "matcher owns matches, outlooks, rounds" in said.text
