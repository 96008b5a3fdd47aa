"""A scarce place kept for the needier, from fact to fact: the matcher's processes on real Kafka and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import SecretStr

from deploy.topics import create_topics
from services.matcher.settings import MatcherSettings
from services.plumbing.postgres import open_pool
from tests.matcher.given_live import TUESDAY, Matcher, a_hub, a_request, a_school, an_employer, an_offer, id_
from tests.matcher.given_past import LOOKING, remember_past
from tests.matcher.running import Installation, next_fact
from tests.matcher.test_rounds_processes import TOPICS
from tests.plumbing.running import until

FEW, MANY = 8, 30
SOON = LOOKING.model_copy(update={"window_seconds": 1, "hold_days": 300, "guarantee_days": 300})
"""A hub that tells a second after the plan, and holds back until the session is near."""


@pytest.fixture
async def installation(
    fresh_database: Callable[[str], Awaitable[str]], kafka_bootstrap: str, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Installation]:
    url = await fresh_database("matcher")
    pool = await open_pool(MatcherSettings(database_url=SecretStr(url)), "matcher-tests")
    running = Installation(url, Matcher(pool), tmp_path, kafka_bootstrap, topic_prefix)
    await create_topics(kafka_bootstrap, topic_prefix, partitions=2, names=TOPICS)
    try:
        yield running
    finally:
        await running.end()
        await pool.close()


def reader_of(installation: Installation, topic: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        installation.prefix + topic,
        bootstrap_servers=installation.kafka_bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )


def ticking(installation: Installation, days: int) -> str:
    return f"from:{(TUESDAY + timedelta(days=days)).isoformat()}@{installation.folder.stat().st_mtime}"


async def has_heard(installation: Installation) -> bool:
    """Whether everybody is known: topics are read side by side."""
    return bool(
        await installation.pool.fetchval(
            """
            SELECT (SELECT count(*) FROM memory.schools) = 2 AND EXISTS (SELECT FROM memory.hubs)
               AND EXISTS (SELECT FROM memory.employers) AND EXISTS (SELECT FROM memory.offers)
            """
        )
    )


async def is_held(installation: Installation) -> bool:
    return bool(await installation.pool.fetchval("SELECT count(*) FROM own.matches WHERE held = 'needier_expected'"))


@pytest.mark.parametrize("winner, pupils", [("request B", MANY), ("request A", FEW)])
async def test_a_place_waits_for_the_needier_and_goes_to_whoever_is_there_when_its_day_is_near(
    installation: Installation, winner: str, pupils: int
) -> None:
    """Planned, held back and explained; then the needier asks and is told, or three weeks before the day the first."""
    await remember_past(installation.pool)
    async with (
        AIOKafkaProducer(bootstrap_servers=installation.kafka_bootstrap) as registry,
        reader_of(installation, "matches") as matches,
        reader_of(installation, "outlooks") as outlooks,
    ):
        early = ticking(installation, 0)
        first = await asyncio.gather(*(installation.start(one, clock=early) for one in ("consumer", "rounds", "relay")))
        await installation.send(registry, a_hub(policy=SOON), an_employer(), an_offer())
        await installation.send(registry, a_school(pupils=FEW), a_school("school B"))
        await until(lambda: has_heard(installation), seconds=120)
        await installation.send(registry, a_request())
        await until(lambda: is_held(installation), seconds=120)
        while not (told := await next_fact(outlooks))["data"]["held_back"]:
            pass
        if winner == "request B":
            await installation.send(registry, a_request("request B", school="school B"))
        else:
            assert await first[1].stop() == 0
            await installation.start("rounds", clock=ticking(installation, 42))
        proposed = await asyncio.wait_for(next_fact(matches), 120)

    assert told["data"]["held_back"][0]["code"] == "needier_expected"
    assert proposed["type"] == "match.proposed.v1"
    assert (proposed["data"]["request_id"], proposed["data"]["pupils"]) == (str(id_(winner)), pupils)
