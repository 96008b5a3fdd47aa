"""The specimen in one installation: its database, its topics, and the processes of it that a test may hurt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from contracts.event import Fact, new_fact
from services.plumbing import outbox
from services.plumbing.clock import Clock
from services.plumbing.consumer import consume
from services.plumbing.postgres import Pool, transaction
from services.plumbing.processes import Process
from services.plumbing.uuids import uuid7
from tests.plumbing.running import Running, start_specimen
from tests.plumbing.specimen import SpecimenSettings, Thing, handlers


def a_fact(version: int = 1, thing_id: UUID | None = None, **of_thing: Any) -> Fact[Thing]:
    """A fact about a thing, with an id of its own."""
    return new_fact(
        Thing(thing_id=thing_id or uuid7(), **of_thing),
        "thing.made.v1",
        id=uuid7(),
        version=version,
        source="test",
        time=Clock().now(),
        correlation_id=uuid7(),
    )


@dataclass
class Installation:
    """One database, one topic prefix, and what runs on them."""

    database_url: str
    kafka_bootstrap: str
    prefix: str
    pool: Pool
    producer: AIOKafkaProducer
    folder: Path
    running: list[Running] = field(default_factory=list)

    def settings(self, **changed: Any) -> SpecimenSettings:
        given = {
            "database_url": self.database_url,
            "kafka_bootstrap": self.kafka_bootstrap,
            "topic_prefix": self.prefix,
            "kafka_session_timeout": "3",
            "relay_poll": "0.2",
            "backoff_max": "1",
        }
        return SpecimenSettings.model_validate({**given, **changed})

    def start(self, process: str, *arguments: str, **changed: str) -> Running:
        """Start a process of its own; it dies with the test run at the latest."""
        given = self.settings(**changed)
        values = {name: getattr(given, name) for name in given.model_fields_set} | {"database_url": self.database_url}
        log = self.folder / f"{len(self.running)}-{process}.log"
        self.running.append(start_specimen(process, *arguments, log=log, **values))
        return self.running[-1]

    @asynccontextmanager
    async def consuming(self, **changed: Any) -> AsyncIterator[Process[SpecimenSettings]]:
        """A consumer in the test's own process, for as long as the block."""
        process = Process("specimen", "consumer", self.settings(**changed), Clock())
        task = asyncio.ensure_future(consume(process, handlers))
        try:
            yield process
        finally:
            process.stopping.set()
            await task

    async def send(self, *facts: Fact[Any]) -> None:
        """Put facts on their topics as a relay would."""
        for fact in facts:
            await self.send_record(fact.to_bytes(), topic=fact.topic, key=fact.key)

    async def send_record(
        self, body: bytes | None, *, topic: str = "things", key: bytes = b"k", headers: Any = (), **of_record: Any
    ) -> None:
        """Put any bytes on a topic."""
        await self.producer.send_and_wait(self.prefix + topic, body, key=key, headers=list(headers), **of_record)

    async def record(self, *facts: Fact[Any]) -> None:
        """Record facts in the outbox, in one transaction."""
        async with transaction(self.pool) as tx:
            for fact in facts:
                await outbox.record(tx, fact)

    async def effects(self) -> list[UUID]:
        """The events that the handler took effect of, as often as it did."""
        return [row["event_id"] for row in await self.pool.fetch("SELECT event_id FROM own.effects ORDER BY done_at")]

    async def parked(self) -> list[Any]:
        return list(await self.pool.fetch("SELECT * FROM own.parked ORDER BY id"))

    async def unpublished(self) -> int:
        return int(await self.pool.fetchval("SELECT count(*) FROM own.outbox WHERE published_at IS NULL"))

    async def offsets(self) -> dict[TopicPartition, int]:
        """What the consumers' group has committed."""
        async with self._admin() as admin:
            offsets = await admin.list_consumer_group_offsets(self.group)
        return {partition: found.offset for partition, found in offsets.items()}

    async def rewind(self) -> None:
        """Set the group, which must be empty, back to the beginning of everything."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.kafka_bootstrap, group_id=self.group, enable_auto_commit=False
        )
        await consumer.start()
        beginnings = dict.fromkeys(await self.offsets(), 0)
        consumer.assign(list(beginnings))
        await consumer.commit(beginnings)
        await consumer.stop()

    @property
    def group(self) -> str:
        return f"{self.prefix}specimen"

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka_bootstrap)
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()

    async def records(self, topic: str = "things") -> list[ConsumerRecord[bytes, bytes]]:
        """Everything that committed readers find on a topic now, in partition and offset order."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.kafka_bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
        )
        consumer.subscribe([self.prefix + topic])
        await consumer.start()
        try:
            found: list[ConsumerRecord[bytes, bytes]] = []
            while batch := await consumer.getmany(timeout_ms=700):
                found += [record for records in batch.values() for record in records]
            return found
        finally:
            await consumer.stop()


async def make_topics(bootstrap: str, prefix: str, partitions: int) -> None:
    """The specimen's topics. Things may be large: what readers make of that is what a test wants to see."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    large = {"max.message.bytes": str(8 * 1024 * 1024)}
    topics = [NewTopic(prefix + name, partitions, 1, topic_configs=large) for name in ("things", "echoes", "answers")]
    answer = await admin.create_topics(topics)
    await admin.close()
    assert [code for _, code, *_ in answer.topic_errors] == [0, 0, 0]
