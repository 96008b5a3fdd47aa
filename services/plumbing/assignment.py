"""Which partitions this process holds, when Kafka last answered for them, and how far behind it is."""

import asyncio
import time
from collections import Counter
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from faststream.kafka import KafkaBroker

from services.plumbing import telemetry

_SILENT_SECONDS_MAX = 20


class Assignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """Hears from the group what is assigned, and asks the client when it last heard from Kafka."""

    def __init__(self) -> None:
        self._consumer: Any = None
        self._member = False
        self._assigned_at = 0.0

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:  # noqa: ARG002
        """The group is being dealt out anew."""
        self._member = False

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:  # noqa: ARG002
        """We are a member, even of nothing where there are more members than partitions."""
        self._member = True
        self._assigned_at = time.time()

    def watch(self, broker: KafkaBroker) -> None:
        """Watch the broker's one consumer from now on."""
        (subscriber,) = broker.subscribers
        self._consumer = subscriber.consumer  # type: ignore[attr-defined]

    def trouble(self) -> str | None:
        """What is wrong between us and Kafka, or None."""
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
