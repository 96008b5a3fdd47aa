import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced

from services.plumbing import outbox, relay
from services.plumbing.clock import Clock
from services.plumbing.postgres import transaction
from services.plumbing.processes import Process
from services.plumbing.uuids import uuid7
from tests.plumbing.installation import Installation, a_fact
from tests.plumbing.running import Running, away, until
from tests.stack import Stack

pytestmark = pytest.mark.delivery


@asynccontextmanager
async def a_producer(specimen: Installation, **changed: Any) -> AsyncIterator[AIOKafkaProducer]:
    process = Process("specimen", "relay", specimen.settings(**changed), Clock())
    async with relay.open_producer(process) as producer:
        yield producer


async def leader(relays: list[Running]) -> Running:
    async def leads() -> Running | None:
        for running in relays:
            if running.process.poll() is None and "relay_leads 1.0" in (await running.get("/metrics"))[1]:
                return running
        return None

    found = await until(leads)
    assert found
    return found


async def test_a_fact_arrives_as_it_was_recorded(specimen: Installation) -> None:
    fact = a_fact(text="ü" * 250_000)
    await specimen.record(fact)

    async with a_producer(specimen) as producer:
        assert await relay.drain(specimen.pool, producer, specimen.prefix, 10) == 1
        assert await relay.drain(specimen.pool, producer, specimen.prefix, 10) == 0

    (record,) = await specimen.records()
    assert (record.key, record.value) == (fact.key, fact.to_bytes())
    assert {name: value.decode() for name, value in record.headers} == fact.headers


async def test_facts_of_one_entity_arrive_in_order_over_several_turns(specimen: Installation) -> None:
    things = [uuid7() for _ in range(5)]
    versions = [a_fact(version, thing) for version in range(1, 9) for thing in things]
    await specimen.record(*versions)

    async with a_producer(specimen) as producer:
        while await relay.drain(specimen.pool, producer, specimen.prefix, 7):
            pass

    records = await specimen.records()
    for thing in things:
        expected = [fact.to_bytes() for fact in versions if fact.subject == thing]
        assert [record.value for record in records if record.key == str(thing).encode()] == expected


async def test_a_row_that_becomes_visible_after_a_higher_one_is_published(specimen: Installation) -> None:
    early, late = a_fact(), a_fact()

    async with a_producer(specimen) as producer, transaction(specimen.pool) as slow:
        await outbox.record(slow, early)
        await specimen.record(late)
        assert await relay.drain(specimen.pool, producer, specimen.prefix, 10) == 1
        assert {record.value for record in await specimen.records()} == {late.to_bytes()}
    async with a_producer(specimen) as producer:
        assert await relay.drain(specimen.pool, producer, specimen.prefix, 10) == 1

    assert {record.value for record in await specimen.records()} == {late.to_bytes(), early.to_bytes()}


async def test_what_kafka_refuses_stays_in_the_outbox(specimen: Installation) -> None:
    await specimen.record(a_fact())

    async with a_producer(specimen, kafka_request_timeout=1) as producer:
        with pytest.raises(KafkaError):
            await relay.drain(specimen.pool, producer, "a topic name that cannot be: ", 10)

    assert await specimen.unpublished() == 1


async def test_a_relay_that_was_overtaken_cannot_publish_what_it_held(specimen: Installation) -> None:
    thing = uuid7()
    old, new = a_fact(1, thing), a_fact(2, thing)

    async with a_producer(specimen) as frozen:
        # It has read the old version and begun; then nothing, for too long.
        await frozen.begin_transaction()
        await specimen.record(old, new)
        async with a_producer(specimen) as successor:
            assert await relay.drain(specimen.pool, successor, specimen.prefix, 10) == 2
        with pytest.raises(ProducerFenced):
            await frozen.send_and_wait(specimen.prefix + "things", old.to_bytes(), key=old.key)

    assert [record.value for record in await specimen.records()] == [old.to_bytes(), new.to_bytes()]
    # aiokafka keeps the error in futures too, which complain when they go: now, and not at the end of the run.
    del frozen
    gc.collect()


async def test_a_recorded_fact_wakes_the_relay(specimen: Installation) -> None:
    running = specimen.start("relay", relay_poll="30")
    await leader([running])
    await specimen.record(a_fact())

    async def is_published() -> bool:
        return await specimen.unpublished() == 0

    await until(is_published, seconds=3)
    assert await running.is_ready()
    assert await running.stop() == 0


async def test_a_killed_leader_is_succeeded(specimen: Installation) -> None:
    relays = [specimen.start("relay") for _ in range(2)]
    first = await leader(relays)
    first.kill()
    await specimen.record(a_fact())

    second = await leader(relays)
    await until(lambda: _is_drained(specimen))

    assert second is not first


async def test_a_frozen_leader_is_succeeded_and_waits_when_it_wakes_up(specimen: Installation) -> None:
    things = [uuid7() for _ in range(3)]
    relays = [specimen.start("relay", relay_lock_idle_max="2") for _ in range(2)]
    frozen = await leader(relays)
    others = [running for running in relays if running is not frozen]
    recording = asyncio.ensure_future(_record_versions(specimen, things, 40))
    await asyncio.sleep(0.3)

    frozen.freeze()
    await leader(others)
    await recording
    frozen.thaw()
    await until(lambda: _is_drained(specimen))

    async def stands_by() -> bool:
        return "relay_leads 0.0" in (await frozen.get("/metrics"))[1] and await frozen.is_ready()

    await until(stands_by)
    records = await specimen.records()
    for thing in things:
        bodies = [record.value for record in records if record.key == str(thing).encode()]
        assert len(set(bodies)) == 40
        assert b'"aggregate_version":40,' in (bodies[-1] or b"")


async def test_with_kafka_away_facts_wait_and_then_arrive_in_order(specimen: Installation, stack: Stack) -> None:
    things = [uuid7() for _ in range(3)]
    running = specimen.start("relay", kafka_request_timeout="2")
    await leader([running])
    await _record_versions(specimen, things, 3)
    await until(lambda: _is_drained(specimen))

    async with away(stack, "kafka"):
        await _record_versions(specimen, things, 3, first=4)
        await asyncio.sleep(1.5)
        waiting = await specimen.unpublished()
        assert await running.stop() == 0
        running = specimen.start("relay")
    await until(lambda: _is_drained(specimen))

    assert waiting == 9
    records = await specimen.records()
    for thing in things:
        versions = [record.value for record in records if record.key == str(thing).encode()]
        assert [f'"aggregate_version":{n},'.encode() in (body or b"") for n, body in enumerate(versions, 1)] == [
            True
        ] * 6
    await until(running.is_ready)


async def _record_versions(specimen: Installation, things: list[UUID], count: int, first: int = 1) -> None:
    for version in range(first, first + count):
        await specimen.record(*(a_fact(version, thing) for thing in things))
        await asyncio.sleep(0.02)


async def _is_drained(specimen: Installation) -> bool:
    return await specimen.unpublished() == 0
