"""What must hold when the world does not: everything comes twice, or Kafka is away."""

import asyncio

import asyncpg
import pytest

from deploy.demo.stage import until
from deploy.embedded.system import PROCESSES
from tests.journeys.town import Town
from tests.stack import Stack

pytestmark = pytest.mark.delivery


async def test_everything_delivered_twice_changes_nothing(town: Town) -> None:
    school, employer = await town.add_school("Hill School"), await town.add_employer()
    request = await town.request(school)
    await town.offer(employer)
    match = await town.match_of(request, "proposed")
    await town.press(await town.link(match, "school"), "accept")
    before = await town.match_of(request, "confirmed")
    await town.email_to("Hill School", "confirmed")
    await town.email_to("Works", "confirmed")
    emails = len(await town.mails.all())

    for service in PROCESSES:
        await publish_again(town.system.databases[service])
    another = await town.add_school("Later School")
    await town.offer(employer, days=("2025-12-11",))
    await town.link(await town.match_of(await town.request(another), "proposed"), "school")

    assert await town.match_of(request, "confirmed") == before
    assert len(await town.mails.all()) == emails + 1


async def publish_again(database: str) -> None:
    """Have the relay carry every fact it ever carried once more, and wait until it has."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("UPDATE own.outbox SET published_at = NULL")

        async def carried() -> bool | None:
            return await connection.fetchval("SELECT count(*) = 0 FROM own.outbox WHERE published_at IS NULL") or None

        await until("an empty outbox", carried)
    finally:
        await connection.close()


async def test_employers_do_not_notice_that_kafka_is_away(town: Town, stack: Stack) -> None:
    school, employer = await town.add_school("Hill School"), await town.add_employer()
    request = await town.request(school)

    await asyncio.to_thread(stack.kill, "kafka")
    offer = await town.offer(employer)
    assert offer["state"] == "open"
    await asyncio.to_thread(stack.restart, "kafka")

    match = await town.match_of(request, "proposed")
    await town.link(match, "school")
