"""Topics read whole: from their beginning to where they end just now, outside of any group, so that nobody is moved."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError

from contracts.event import Entity, Fact
from services.plumbing import kafka
from services.plumbing.reading import Message, Unreadable, read_fact
from services.plumbing.settings import Settings

BATCH_MAX = 500
_SILENT_SECONDS_MAX = 60
Consumer: TypeAlias = Any


class CannotReread(Exception):
    """A topic is not there, or Kafka does not give its records up to the end."""


async def reread(settings: Settings, topics: Collection[str]) -> AsyncIterator[list[Message]]:
    """The committed records of these topics in batches; those of one key in their order. Raises CannotReread."""
    consumer = AIOKafkaConsumer(
        *[settings.topic_prefix + topic for topic in topics],
        **kafka.client_options(settings),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    try:
        ends = await _ends(consumer)
        async for batch in _until(consumer, ends):
            yield [Message.of(record, settings.topic_prefix) for record in batch]
    finally:
        await consumer.stop()


async def newest_facts(
    settings: Settings, entities: Collection[type[Entity]]
) -> tuple[dict[str, dict[bytes, Fact[Any]]], int]:
    """The newest fact of every entity on these topics, by topic and key; and how many records hold no fact."""
    by_topic = {entity.topic: entity for entity in entities}
    newest: dict[str, dict[bytes, Fact[Any]]] = {topic: {} for topic in by_topic}
    unreadable = 0
    async for batch in reread(settings, by_topic):
        facts, refused = facts_in(batch, by_topic)
        unreadable += refused
        for fact in facts:
            known = newest[fact.topic].get(fact.key)
            if known is None or known.aggregate_version <= fact.aggregate_version:
                newest[fact.topic][fact.key] = fact
    return newest, unreadable


def facts_in(batch: Iterable[Message], entities: Mapping[str, type[Entity]]) -> tuple[list[Fact[Any]], int]:
    """The facts in a batch, of each entity the newest alone; and how many records hold none."""
    newest: dict[tuple[str, bytes], Fact[Any]] = {}
    refused = 0
    for message in batch:
        try:
            fact = read_fact(message, entities[message.topic])
        except Unreadable:
            # It was parked when it first came.
            refused += 1
            continue
        known = newest.get((fact.topic, fact.key)) if fact else None
        if fact and (known is None or known.aggregate_version <= fact.aggregate_version):
            newest[fact.topic, fact.key] = fact
    return list(newest.values()), refused


async def _ends(consumer: Consumer) -> dict[TopicPartition, int]:
    try:
        await consumer.start()
    except UnknownTopicOrPartitionError as error:
        raise CannotReread(f"a topic is not there: python -m deploy.topics makes it ({error})") from error
    ends: dict[TopicPartition, int] = await consumer.end_offsets(list(consumer.assignment()))
    return ends


async def _until(consumer: Consumer, ends: Mapping[TopicPartition, int]) -> AsyncIterator[list[Any]]:
    heard_at, left = time.monotonic(), {partition for partition, end in ends.items() if end}
    while left:
        found = await consumer.getmany(timeout_ms=500, max_records=BATCH_MAX)
        if batch := [record for records in found.values() for record in records]:
            heard_at = time.monotonic()
            yield batch
        # A transaction's own marker is a place without a record: positions tell, not the records.
        left = {partition for partition in left if await consumer.position(partition) < ends[partition]}
        if time.monotonic() - heard_at > _SILENT_SECONDS_MAX:
            raise CannotReread(f"Kafka gave nothing more of {', '.join(sorted({p.topic for p in left}))}")
