"""Which partitions this process holds, when Kafka last answered for them, and how far behind it is."""

import asyncio
import time
from collections import Counter
from typing import Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import ConsumerStoppedError, KafkaError
from faststream.kafka import KafkaBroker

from services.plumbing import errors, patience, telemetry
from services.plumbing.patience import Failure

log = structlog.stdlib.get_logger(__name__)

_SILENT_SECONDS_MAX = 20
_UNREADABLE_PAUSE_SECONDS = 5


class Assignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """Hears from the group what is assigned, and asks the client when it last heard from Kafka."""

    def __init__(self) -> None:
        self._consumer: Any = None
        self._member = False
        self._assigned_at = 0.0
        self._unreadable: str | None = None

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:  # noqa: ARG002
        """The group is being dealt out anew."""
        self._member = False

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:  # noqa: ARG002
        """We are a member, even of nothing where there are more members than partitions."""
        self._member = True
        self._assigned_at = time.time()

    def watch(self, broker: KafkaBroker, stopping: asyncio.Event) -> None:
        """Watch the broker's one consumer from now on."""
        (subscriber,) = broker.subscribers
        self._consumer = subscriber.consumer  # type: ignore[attr-defined]
        self._slow_down(self._consumer, stopping)

    def holds(self, topic: str, partition: int) -> bool:
        """Say whether the partition is still ours: a rebalance waits for no message that is under way."""
        return self._consumer is None or TopicPartition(topic, partition) in self._consumer.assignment()

    def _slow_down(self, consumer: Any, stopping: asyncio.Event) -> None:
        """Pause after a record that the client itself cannot take apart, such as a header whose name is not UTF-8.

        FastStream would ask for it again at once, for ever. It cannot be parked, since nobody can read it: with the
        consumers stopped, an operator moves the group's offset past it. Kafka lets only our own relays write.
        """
        take = consumer.getone

        async def take_or_pause(*partitions: TopicPartition) -> Any:
            outcome = await patience.attempt(take(*partitions))
            if not isinstance(outcome, Failure):
                self._unreadable = None
                return outcome
            if not isinstance(outcome.error, KafkaError | ConsumerStoppedError):
                self._unreadable = errors.describe(outcome.error)
                log.error("a record cannot be read", error=self._unreadable)
                await patience.pause(_UNREADABLE_PAUSE_SECONDS, stopping)
            raise outcome.error

        consumer.getone = take_or_pause

    def trouble(self) -> str | None:
        """What is wrong between us and Kafka, or None."""
        if self._unreadable:
            return f"cannot read a record: {self._unreadable}"
        if self._consumer is None or not self._member:
            return "is no member of the group"
        now = time.time()
        polls = [self._consumer.last_poll_timestamp(partition) for partition in self._consumer.assignment()]
        oldest = min([(at or 0) / 1000 for at in polls], default=now)
        silent = now - max(oldest, self._assigned_at)
        return f"last heard from Kafka {silent:.0f} s ago" if silent > _SILENT_SECONDS_MAX else None

    async def measure_lag(self, prefix: str) -> None:
        """Tell the metrics how many records per topic wait for this process."""
        lag: Counter[str] = Counter()
        if self._consumer is None:
            return
        for partition in self._consumer.assignment():
            end = self._consumer.last_stable_offset(partition)
            if end is not None:
                async with asyncio.timeout(1):
                    lag[partition.topic] += max(end - await self._consumer.position(partition), 0)
        for topic, records in lag.items():
            telemetry.LAG.labels(topic.removeprefix(prefix)).set(records)
