"""Delivery, on a real broker and a real database, with processes that are killed, joined and cut off."""

import asyncio
import os
import subprocess
import sys
import time

import pytest

from services.plumbing import assignment
from services.plumbing.processes import Process
from tests.plumbing.installation import Installation, a_fact
from tests.plumbing.running import Running, away, until
from tests.plumbing.specimen import SpecimenSettings
from tests.stack import Stack

pytestmark = pytest.mark.delivery

WRITE_UNREADABLE = """
import asyncio, sys
from aiokafka import AIOKafkaProducer

class NotUtf8(str):
    def encode(self, *_):
        return bytes([255])

async def main(bootstrap, topic):
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        await producer.send_and_wait(topic, b"", key=b"k", headers=[(NotUtf8("x"), b"1")])

asyncio.run(main(*sys.argv[1:]))
"""


async def has_begun(specimen: Installation, times: int = 1) -> bool:
    return int(await specimen.pool.fetchval("SELECT count(*) FROM own.beginnings")) >= times


async def has_effects(specimen: Installation, number: int) -> bool:
    return len(await specimen.effects()) >= number


async def test_a_consumer_killed_in_the_middle_of_a_message_leaves_one_effect(specimen: Installation) -> None:
    slow, next_one = a_fact(does="wait", seconds=1.5), a_fact()
    await specimen.send_record(slow.to_bytes())
    await specimen.send_record(next_one.to_bytes())
    first = specimen.start("consumer")
    await until(lambda: has_begun(specimen))

    first.kill()
    specimen.start("consumer")
    await until(lambda: has_effects(specimen, 2))

    assert await specimen.effects() == [slow.id, next_one.id]
    assert await has_begun(specimen, times=2)


async def test_a_consumer_frozen_in_the_middle_of_a_message_leaves_one_effect(specimen: Installation) -> None:
    slow, next_one = a_fact(does="wait", seconds=1), a_fact()
    await specimen.send_record(slow.to_bytes())
    await specimen.send_record(next_one.to_bytes())
    zombie = specimen.start("consumer", idle_in_transaction_timeout="2")
    await until(lambda: has_begun(specimen))

    zombie.freeze()
    second = specimen.start("consumer")
    await until(lambda: has_effects(specimen, 2))
    zombie.thaw()
    await until(zombie.is_ready)
    await specimen.send(*(a_fact() for _ in range(30)))
    await until(lambda: has_effects(specimen, 32))

    assert (await specimen.effects())[:2] == [slow.id, next_one.id]
    assert len(set(await specimen.effects())) == 32
    assert await specimen.parked() == []
    assert [line for line in zombie.lines() + second.lines() if line["level"] == "critical"] == []


async def test_a_consumer_that_joins_while_a_message_is_under_way_doubles_no_effect(specimen: Installation) -> None:
    facts = [a_fact(does="wait", seconds=15)] + [a_fact() for _ in range(20)]
    await specimen.send(*facts)
    first = specimen.start("consumer")
    await until(lambda: has_begun(specimen))

    second = specimen.start("consumer")
    await until(second.is_ready)
    await specimen.pool.execute("INSERT INTO own.enough DEFAULT VALUES")
    await until(lambda: has_effects(specimen, len(facts)))
    await until(lambda: _met_again([first, second]))

    assert [line for line in first.lines() + second.lines() if line["level"] == "critical"] == []
    assert sorted(await specimen.effects()) == sorted(fact.id for fact in facts)
    assert await specimen.parked() == []


async def test_with_the_database_away_consumer_and_relay_wait_and_nothing_is_parked(
    specimen: Installation, stack: Stack
) -> None:
    running, relay = specimen.start("consumer"), specimen.start("relay")
    await specimen.record(a_fact())
    await until(lambda: has_effects(specimen, 1))
    await until(running.is_ready)

    async with away(stack, "postgres"):
        await specimen.send(*(a_fact() for _ in range(10)))
        await until(lambda: _is_not_ready(running))
        await asyncio.sleep(2)
        attempts = len(running.lines("trouble, trying again"))
    await until(lambda: _returns(specimen, 11))

    assert await specimen.parked() == []
    assert 2 <= attempts <= 12
    await until(running.is_ready)
    await specimen.record(a_fact())
    await until(lambda: has_effects(specimen, 12))
    await until(relay.is_ready)


async def test_asked_to_stop_under_load_it_finishes_the_message_and_loses_none(specimen: Installation) -> None:
    facts = [a_fact() for _ in range(300)] + [a_fact(does="wait", seconds=1)] + [a_fact() for _ in range(300)]
    first = specimen.start("consumer")
    sending = asyncio.ensure_future(specimen.send(*facts))
    await until(lambda: has_effects(specimen, 100))

    began = time.monotonic()
    assert await first.stop() == 0
    assert time.monotonic() - began < 10
    done_by_first = len(await specimen.effects())
    specimen.start("consumer")
    await sending
    await until(lambda: has_effects(specimen, len(facts)))

    assert 100 <= done_by_first < len(facts)
    assert sorted(await specimen.effects()) == sorted(fact.id for fact in facts)


async def test_with_kafka_away_consumers_are_not_ready_and_come_back_by_themselves(
    specimen: Installation, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assignment, "_SILENT_SECONDS_MAX", 2)
    async with specimen.consuming() as early:
        await specimen.send(a_fact())
        await until(lambda: has_effects(specimen, 1))

        async with away(stack, "kafka"):
            late = specimen.start("consumer")
            await until(lambda: _has_line(late, "trouble, trying again"))
            assert not await late.is_ready()
            assert (await late.get("/livez"))[0] == 200
            await until(lambda: _troubles(early, "last heard from Kafka"))
            assert len(late.lines()) < 40, "the log fills up while Kafka is away"

        await until(late.is_ready)
        await until(lambda: _troubles(early, ""))
        await specimen.send(*(a_fact() for _ in range(20)))
        await until(lambda: has_effects(specimen, 21))


async def test_a_record_that_the_client_cannot_read_is_no_hot_loop(specimen: Installation) -> None:
    # Only aiokafka without its C extensions can be made to write it.
    environment = {**os.environ, "AIOKAFKA_NO_EXTENSIONS": "1"}
    command = [sys.executable, "-c", WRITE_UNREADABLE, specimen.kafka_bootstrap, specimen.prefix + "things"]
    await asyncio.to_thread(subprocess.run, command, env=environment, check=True, timeout=20)
    running = specimen.start("consumer")

    await until(lambda: _has_line(running, "a record cannot be read"))
    await asyncio.sleep(0.5)

    assert "cannot read a record" in (await running.get("/readyz"))[1]
    assert len(running.lines("a record cannot be read")) == 1
    assert await running.stop() == 0


async def test_the_logs_tell_a_story_by_its_correlation_id(specimen: Installation) -> None:
    fact = a_fact(does="echo")
    consumer, relay = specimen.start("consumer"), specimen.start("relay")
    await specimen.send(fact)
    await until(lambda: has_effects(specimen, 2))

    story = [line for line in consumer.lines() if line.get("correlation_id") == str(fact.correlation_id)]
    assert [(line["event"], line["type"]) for line in story] == [
        ("recorded", "echo.heard.v1"),
        ("handled", "thing.made.v1"),
        ("handled", "echo.heard.v1"),
    ]
    assert {(line["service"], line["process"]) for line in story} == {("specimen", "consumer")}
    assert story[1]["causation_id"] == str(fact.id)
    assert await relay.stop() == 0


async def _troubles(process: Process[SpecimenSettings], beginning: str) -> bool:
    trouble = process.health.troubles().get("kafka", "")
    return trouble.startswith(beginning) if beginning else not trouble


async def _has_line(running: Running, event: str) -> bool:
    return bool(running.lines(event))


async def _met_again(consumers: list[Running]) -> bool:
    """One of them took a message whose effect was there."""
    metrics = [(await running.get("/metrics"))[1] for running in consumers]
    return any('facts_handled_total{outcome="duplicate",topic="things"}' in text for text in metrics)


async def _is_not_ready(running: Running) -> bool:
    return not await running.is_ready()


async def _returns(specimen: Installation, number: int) -> bool:
    try:
        return await has_effects(specimen, number)
    except OSError:
        return False
