"""Events delivered twice, old ones once more, and a consumer group that begins at the beginning."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from contracts.topics import PARTITIONS, TOPICS
from tests.chaos.plan import Fault

MARK = ("chaos", b"again")
"""On records that we put there: they come too late by intention, and are no fault of any relay."""
_REPLAYED_MAX = 40
_PATIENCE_SECONDS = 20.0


async def everything_twice(bootstrap: str, service: str) -> None:
    """Put every record of the service's topics at their ends again, in order."""
    for topic in (topic.name for topic in TOPICS if topic.writer == service):
        await _again(bootstrap, topic, lambda found: found)


async def old_events_again(bootstrap: str, fault: Fault) -> None:
    """Put some records of a topic at its end again, in any order."""
    chance = Random(fault.seed)
    await _again(bootstrap, fault.target, lambda found: chance.sample(found, min(len(found), _REPLAYED_MAX)))


async def _again(bootstrap: str, topic: str, choose: Callable[[list[Any]], list[Any]]) -> None:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await _copy(bootstrap, topic, choose)
    except (TimeoutError, KafkaError):
        return  # Kafka is away just now.


async def _copy(bootstrap: str, topic: str, choose: Callable[[list[Any]], list[Any]]) -> None:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    try:
        await consumer.start()
        await producer.start()
        found = [record for records in (await consumer.getmany(timeout_ms=1000)).values() for record in records]
        originals = [record for record in found if MARK not in record.headers]
        sent = [
            await producer.send(topic, record.value, key=record.key, headers=[*record.headers, MARK])
            for record in choose(originals)
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
        await consumer.stop()


async def reset_group(bootstrap: str, service: str) -> None:
    """Let the service's consumers, all of them stopped, begin at the beginning of every topic."""
    topics = [topic.name for topic in TOPICS if service in topic.readers]
    partitions = [TopicPartition(topic, n) for topic in topics for n in range(PARTITIONS)]
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await _commit_zero(bootstrap, service, partitions)
    except (TimeoutError, KafkaError):
        return  # Kafka is away just now.


async def _commit_zero(bootstrap: str, group: str, partitions: list[TopicPartition]) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    try:
        await consumer.start()
        consumer.assign(partitions)
        await consumer.commit(dict.fromkeys(partitions, 0))
    finally:
        await consumer.stop()
