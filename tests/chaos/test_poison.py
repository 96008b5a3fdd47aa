"""Poison on every topic of every service: it has no effect and would be parked, and what is good flows on."""

import asyncio
import importlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from contracts.asyncapi import newest_example
from contracts.topics import TOPICS
from services.plumbing import parked, poison, postgres
from services.plumbing.clock import Clock
from services.plumbing.handlers import Handlers
from services.plumbing.patience import Failure, attempt
from services.plumbing.postgres import Pool, transaction
from services.plumbing.reading import Message, Unreadable
from services.plumbing.settings import Settings

SERVICES = ("registry", "matcher", "notifier")
CLOCK = Clock.stopped(datetime(2026, 11, 24, 9, tzinfo=UTC))
FreshDatabase = Callable[[str], Awaitable[str]]


def handlers_of(service: str) -> Handlers:
    found: Handlers = importlib.import_module(f"services.{service}.consumer").handlers
    return found


def example_of(topic: str) -> dict[str, Any]:
    """The newest example of what happens first on the topic, by the alphabet."""
    types = next(each.entity.types for each in TOPICS if each.name == topic)
    return newest_example(min(type_ for type_ in types if "restated" not in type_))


def message(topic: str, body: bytes | None, **more: Any) -> Message:
    key = str(example_of(topic)["subject"]).encode()
    return Message(topic, 0, 7, datetime(2026, 11, 24, tzinfo=UTC), key, body=body, **more)


def poisons(topic: str) -> dict[str, Message]:
    good = example_of(topic)
    body = json.dumps(good).encode()
    return {
        "bad JSON": message(topic, body[:-1]),
        "bad schema": message(topic, json.dumps({**good, "data": {"of": "another kind"}}).encode()),
        "null body": message(topic, None),
        "5 MB": message(topic, body[:-1] + b" " * (5 * 1024 * 1024) + b"}"),
        "null header": message(topic, body, headers=[("ce_id", None)]),
        "undecodable header": message(topic, body, headers=[("reply_to", b"\xff")]),
        "no version": message(topic, json.dumps({**good, "aggregate_version": 0}).encode()),
    }


@asynccontextmanager
async def pool_of(database_url: str) -> AsyncIterator[Pool]:
    pool = await postgres.open_pool(Settings.model_validate({"database_url": database_url}), "poison")
    try:
        yield pool
    finally:
        await pool.close()


READ = [(service, topic) for service in SERVICES for topic in handlers_of(service).topics]


@pytest.mark.parametrize("service", SERVICES)
async def test_poison_has_no_effect_and_would_be_parked_and_the_good_flows(
    service: str, fresh_database: FreshDatabase
) -> None:
    handlers = handlers_of(service)
    async with pool_of(await fresh_database(service)) as pool:
        for topic in handlers.topics:
            for what, bad in poisons(topic).items():
                outcome = await attempt(handlers.take_message(pool, bad, CLOCK))
                assert isinstance(outcome, Failure), f"{what} on {topic}: {outcome}"
                assert not outcome.passes, f"{what} on {topic} would come again for ever: {outcome.error}"
            assert await pool.fetchval("SELECT count(*) FROM memory.inbox WHERE topic = $1", topic) == 0
            good = message(topic, json.dumps(example_of(topic)).encode())
            assert await handlers.take_message(pool, good, CLOCK) == "handled", topic
            assert await handlers.take_message(pool, good, CLOCK) == "duplicate", topic


@pytest.mark.parametrize("service, topic", READ)
async def test_what_the_database_cannot_hold_is_parked_and_not_tried_for_ever(
    service: str, topic: str, fresh_database: FreshDatabase
) -> None:
    """Texts with a NUL in them are good JSON; PostgreSQL has no place for them."""
    spoilt = json.dumps(_with_nul(example_of(topic)["data"]))
    body = json.dumps({**example_of(topic), "data": json.loads(spoilt)}).encode()
    async with pool_of(await fresh_database(service)) as pool:
        outcome = await attempt(handlers_of(service).take_message(pool, message(topic, body), CLOCK))

        assert not isinstance(outcome, Failure) or not outcome.passes, outcome
        if isinstance(outcome, Failure):
            async with transaction(pool) as tx:
                assert await parked.park(tx, service, message(topic, body), outcome.error)


def _with_nul(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_nul(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_nul(each) for each in value]
    return f"{value}\0" if isinstance(value, str) and " " in value else value


@pytest.mark.parametrize("service", ["matcher", "notifier"])
async def test_what_speaks_of_an_unknown_hub_waits_and_is_not_parked(
    service: str, fresh_database: FreshDatabase
) -> None:
    topic = {"matcher": "schools", "notifier": "matches"}[service]
    async with pool_of(await fresh_database(service)) as pool:
        good = message(topic, json.dumps(example_of(topic)).encode())
        assert await handlers_of(service).take_message(pool, good, CLOCK) == "handled"

        assert await pool.fetchval(f"SELECT count(*) FROM memory.{topic}") == 1  # noqa: S608 - a name of our own
        assert await parked.count_waiting(pool) == 0


async def test_an_operator_deals_with_a_service_that_stands_still(fresh_database: FreshDatabase) -> None:
    """Listed, replayed under the version guard, resumed; and what came of it is recorded."""
    database_url = await fresh_database("matcher")
    first = example_of("offers")
    newer = {**first, "id": str(UUID(int=7, version=4)), "aggregate_version": first["aggregate_version"] + 1}
    async with pool_of(database_url) as pool:
        handlers = handlers_of("matcher")
        assert await handlers.take_message(pool, message("offers", json.dumps(newer).encode()), CLOCK) == "handled"
        async with transaction(pool) as tx:
            await parked.park(tx, "matcher", message("offers", json.dumps(first).encode()), Unreadable("once"))
            await parked.park(tx, "matcher", Message("offers", 1, 8, CLOCK.now(), b"k", body=b"{"), Unreadable("ever"))
            await poison.count_one(tx, "offers", 1)
        old, bad = [row["id"] for row in await pool.fetch("SELECT id FROM own.parked ORDER BY id")]

        assert [line.split()[0] for line in await command(database_url, "list")] == [str(old), str(bad)]
        assert await command(database_url, "replay", str(old)) == [f"{old}: handled"]
        await command(database_url, "resume")

        kept = await pool.fetchval("SELECT version FROM memory.offers WHERE id = $1", UUID(first["subject"]))
        assert kept == newer["aggregate_version"]
        assert await poison.troubled_topics(pool) == {}
        acts = await pool.fetch("SELECT action, outcome FROM own.parked_actions ORDER BY id")
        assert [tuple(act) for act in acts] == [("replay", "handled")]


async def command(database_url: str, *words: str) -> list[str]:
    """What `python -m services.matcher parked …` prints, besides its log."""
    argv = [sys.executable, "-m", "services.matcher", "parked", *words]
    environment = {**os.environ, "ENCOUNTERS_DATABASE_URL": database_url}
    done = await asyncio.to_thread(subprocess.run, argv, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_service_that_reads_is_tried():
    assert {service for service, _ in READ} == set(SERVICES)
    assert {topic for _, topic in READ} == {topic.name for topic in TOPICS}
