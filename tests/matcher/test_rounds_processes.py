"""The matcher's processes on a real broker and database, and what becomes of them when they are hurt."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import SecretStr

from contracts.answers import Answer
from deploy.topics import create_topics
from services.matcher.settings import MatcherSettings
from services.plumbing.postgres import open_pool, transaction
from tests.matcher.given_live import (
    Matcher,
    a_hub,
    a_request,
    a_school,
    a_small_hub,
    an_employer,
    an_offer,
    said,
)
from tests.matcher.running import Installation, kill_solvers, next_fact, solvers_of
from tests.plumbing.running import until

TOPICS = (
    *("hubs", "schools", "employers", "offers", "requests", "answers", "letters"),
    "matches",
    "outlooks",
    "rounds",
)


@pytest.fixture
async def installation(fresh_database: Callable[[str], Awaitable[str]], tmp_path: Path) -> AsyncIterator[Installation]:
    url = await fresh_database("matcher")
    pool = await open_pool(MatcherSettings(database_url=SecretStr(url)), "matcher-tests")
    running = Installation(url, Matcher(pool), tmp_path)
    try:
        yield running
    finally:
        await running.end()
        await pool.close()


@pytest.mark.delivery
async def test_facts_from_kafka_become_matches_on_kafka(
    installation: Installation, kafka_bootstrap: str, topic_prefix: str
) -> None:
    installation.kafka_bootstrap, installation.prefix = kafka_bootstrap, topic_prefix
    await create_topics(kafka_bootstrap, topic_prefix, partitions=2, names=TOPICS)
    await asyncio.gather(*(installation.start(process) for process in ("consumer", "rounds", "relay")))
    reader = AIOKafkaConsumer(
        f"{topic_prefix}matches",
        bootstrap_servers=kafka_bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap) as registry, reader:
        await installation.send(registry, a_request(), a_school(), an_offer(), an_employer(), a_hub())
        first = await next_fact(reader)
        await installation.send(registry, a_school("school B"), a_request("request B", school="school B"))
        no = Answer(match_id=first["subject"], school=said("declined", "travel"))
        await installation.send(registry, no)
        ended, second = await next_fact(reader), await next_fact(reader)

    assert [fact["type"] for fact in (first, ended, second)] == [
        "match.proposed.v1",
        "match.ended.v1",
        "match.proposed.v1",
    ]
    assert ended["subject"] == first["subject"]
    assert second["data"]["school_id"] != first["data"]["school_id"]
    assert [await one.stop() for one in installation.running] == [0, 0, 0]


async def test_a_matcher_that_slept_through_its_lease_writes_nothing(installation: Installation) -> None:
    """SIGSTOP in the middle of a round, for longer than its lease; another plans the area; SIGCONT."""
    await a_small_hub(installation.matcher)
    async with reading_blocked(installation):
        zombie = installation.launch("rounds", lease="1")
        await until(lambda: is_leased(installation), seconds=60)
        zombie.freeze()
    try:
        await installation.start("rounds", lease="1")
        await until(lambda: installation.pool.fetchval("SELECT count(*) FROM own.rounds"))
        written = await installation.matcher.told()
    finally:
        zombie.thaw()
    await until(lambda: refused(zombie.log))

    assert await installation.pool.fetchval("SELECT count(*) FROM own.rounds") == 1
    assert await installation.matcher.told() == written
    assert written


async def test_a_solver_that_dies_is_replaced_and_the_round_comes_again(installation: Installation) -> None:
    rounds = await installation.start("rounds", lease="1")
    kill_solvers(rounds.process.pid)
    await a_small_hub(installation.matcher)

    await until(lambda: installation.pool.fetchval("SELECT count(*) FROM own.rounds"), seconds=60)

    assert (await installation.matcher.states()) == ["proposed"]


async def test_solvers_end_with_a_process_that_was_killed(installation: Installation) -> None:
    rounds = await installation.start("rounds")
    children = psutil.Process(rounds.process.pid).children(recursive=True)
    assert solvers_of(rounds.process.pid)

    rounds.kill()

    _, alive = await asyncio.to_thread(psutil.wait_procs, children, 15)
    assert alive == []


async def test_a_rounds_process_ends_when_asked_after_the_round_it_is_in(installation: Installation) -> None:
    await a_small_hub(installation.matcher)
    async with reading_blocked(installation):
        rounds = installation.launch("rounds")
        await until(lambda: is_leased(installation), seconds=60)
        rounds.process.send_signal(signal.SIGTERM)

    assert await asyncio.to_thread(rounds.process.wait, 30) == 0
    assert await installation.matcher.states() == ["proposed"]


@asynccontextmanager
async def reading_blocked(installation: Installation) -> AsyncIterator[None]:
    """A round can begin meanwhile, but not read its area."""
    async with transaction(installation.pool) as tx:
        await tx.execute("LOCK TABLE memory.employers IN ACCESS EXCLUSIVE MODE")
        yield


async def is_leased(installation: Installation) -> bool:
    return bool(await installation.pool.fetchval("SELECT bool_or(leased_until IS NOT NULL) FROM own.areas"))


async def refused(log: Path) -> bool:
    return "Fenced" in await asyncio.to_thread(log.read_text)
