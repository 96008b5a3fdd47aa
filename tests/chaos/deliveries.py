"""Events delivered twice, old ones once more, and a consumer group that begins at the beginning."""

from __future__ import annotations

import asyncio
from random import Random

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from contracts.topics import PARTITIONS, TOPICS
from tests.chaos.plan import Fault

MARK = ("chaos", b"again")
"""On records that we put there: they come too late by intention, and are no fault of any relay."""
_REPLAYED_MAX = 40
_PATIENCE_SECONDS = 20.0


async def everything_twice(database: str) -> None:
    """Have the relay carry every fact that it ever carried once more."""
    try:
        connection = await asyncpg.connect(database, timeout=3)
        try:
            await connection.execute("UPDATE own.outbox SET published_at = NULL", timeout=10)
        finally:
            connection.terminate()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return  # The database is away just now: then it is not twice this time.


async def old_events_again(bootstrap: str, fault: Fault) -> None:
    """Put some records of a topic at its end again, in any order."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await _copy_some(bootstrap, fault.target, Random(fault.seed))
    except (TimeoutError, KafkaError):
        return  # Kafka is away just now.


async def _copy_some(bootstrap: str, topic: str, chance: Random) -> None:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    try:
        await consumer.start()
        await producer.start()
        found = [record for records in (await consumer.getmany(timeout_ms=2000)).values() for record in records]
        for record in chance.sample(found, min(len(found), _REPLAYED_MAX)):
            await producer.send_and_wait(topic, record.value, key=record.key, headers=[*record.headers, MARK])
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
