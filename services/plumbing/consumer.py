"""The consumer: takes messages from Kafka, one at a time, and lets each fact have its effect once.

One FastStream subscriber reads all of the service's topics: one place in the group, so one rebalance when a process
comes or goes, and one message under way. Offsets are committed after the message's own transaction.

What becomes of a message: handled, duplicate, passed over (a type newer than this code) · trouble that passes: a
pause, then it comes again · anything else: parked whole, and the next one flows. After too many parked in a row the
consumer stands still until an operator resumes it: alive, not ready, nothing taken, parked or committed.
"""

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

import structlog
from faststream.exceptions import NackMessage, SkipMessage
from faststream.kafka import KafkaBroker, KafkaMessage

from services.plumbing import errors, parked, patience, poison, telemetry
from services.plumbing.assignment import Assignment
from services.plumbing.handlers import Handlers
from services.plumbing.patience import Backoff, Failure
from services.plumbing.postgres import Pool, transaction
from services.plumbing.processes import Process
from services.plumbing.reading import Message, Record
from services.plumbing.subscriber import new_broker

log = structlog.stdlib.get_logger(__name__)

_HOLD_SECONDS = 20
_WATCH_SECONDS = 2
_HANDLER_SECONDS_MAX = 120


async def consume(process: Process[Any], handlers: Handlers) -> None:
    """Take the service's messages until the process is asked to stop."""
    async with process.pool() as pool:
        consumer = Consumer(process, handlers, pool)
        broker = await patience.insist(
            "connect to Kafka", consumer.connect, process.stopping, process.settings.backoff_max
        )
        if broker is None:
            return
        watching = asyncio.ensure_future(consumer.watch())
        await process.stopping.wait()
        await broker.stop()
        watching.cancel()


class Consumer:
    """One process's reading of the service's topics."""

    def __init__(self, process: Process[Any], handlers: Handlers, pool: Pool) -> None:
        self._process = process
        self._settings = process.settings
        self._handlers = handlers
        self._pool = pool
        self._backoff = Backoff(process.settings.backoff_max)
        self._troubled: dict[str, bool] = {}
        self._changes = 0
        self._taken_since: float | None = None
        self._assignment = Assignment()
        process.health.add("kafka", self._assignment.trouble)
        process.health.add("consumer", self._trouble)

    async def connect(self) -> KafkaBroker:
        """A broker that takes messages. Raises what FastStream raises while Kafka is away."""
        self._troubled = await poison.troubled_topics(self._pool)
        broker = new_broker(self._process, self._handlers, self.receive, self._assignment)
        outcome = await patience.attempt(broker.start())
        if isinstance(outcome, Failure):
            # A start that failed leaves a client behind that would never be closed.
            await broker.stop()
            raise outcome.error
        self._assignment.watch(broker, self._process.stopping)
        return broker

    async def receive(self, kafka_message: KafkaMessage) -> None:
        """Take one message; return only when its offset may be committed."""
        if self._stands_still:
            await self._hold()
        record: Record = kafka_message.raw_message
        message = Message.of(record, self._settings.topic_prefix)
        self._taken_since = time.monotonic()
        try:
            await self._settle(message, await self._take(message))
        except NackMessage:
            self._give_up_if_lost(record)
            raise
        finally:
            self._taken_since = None
        self._give_up_if_lost(record)

    def _give_up_if_lost(self, record: Record) -> None:
        """Neither commit nor seek in a partition that went to another process meanwhile: it has the message now."""
        if not self._assignment.holds(record.topic, record.partition):
            self._backoff.reset()
            raise SkipMessage

    async def _take(self, message: Message) -> str | Failure:
        return await patience.attempt(self._handlers.take_message(self._pool, message, self._process.clock))

    async def _settle(self, message: Message, outcome: str | Failure) -> None:
        if not isinstance(outcome, Failure):
            await self._did_well(message, outcome)
        elif outcome.passes:
            await self._come_again(message, outcome)
        else:
            await self._park(message, outcome)

    async def _did_well(self, message: Message, outcome: str) -> None:
        if message.topic in self._troubled:
            await self._or_again(message, poison.end_row(self._pool, message.topic))
            self._troubled.pop(message.topic, None)
            self._changes += 1
        self._backoff.reset()
        telemetry.FACTS.labels(message.topic, outcome.replace(" ", "_")).inc()

    async def _park(self, message: Message, failure: Failure) -> None:
        if not await self._or_again(message, self._keep(message, failure)):
            return
        telemetry.FACTS.labels(message.topic, "parked").inc()
        telemetry.PARKED.labels(message.topic).inc()
        where = {"topic": message.topic, "partition": message.partition, "offset": message.offset}
        log.error("parked", **where, error=errors.describe(failure.error), exc_info=failure.error)
        if self._troubled[message.topic]:
            log.critical("stands still: too many messages in a row were parked", topic=message.topic)

    async def _keep(self, message: Message, failure: Failure) -> bool:
        """Park the message and count it; False where it was parked before, by a process that could not say so."""
        async with transaction(self._pool) as tx:
            if not await parked.park(tx, self._process.service, message, failure.error):
                return False
            stopped = await poison.count_one(tx, message.topic, self._settings.parked_in_row_max)
        self._troubled[message.topic] = stopped
        self._changes += 1
        return True

    async def _or_again(self, message: Message, work: Awaitable[Any]) -> Any:
        outcome = await patience.attempt(work)
        if isinstance(outcome, Failure):
            await self._come_again(message, outcome)
        return outcome

    async def _come_again(self, message: Message, failure: Failure) -> None:
        telemetry.FACTS.labels(message.topic, "again").inc()
        await patience.come_again(f"take {message.topic}", failure, self._backoff, self._process.stopping)
        raise NackMessage

    @property
    def _stands_still(self) -> bool:
        return any(self._troubled.values())

    async def _hold(self) -> None:
        """Leave the message for later. Shorter than Kafka's patience with a member that polls nothing."""
        deadline = time.monotonic() + _HOLD_SECONDS
        while self._stands_still and time.monotonic() < deadline and not self._process.stopping.is_set():
            await patience.pause(0.2, self._process.stopping)
        raise NackMessage

    def _trouble(self) -> str | None:
        if self._stands_still:
            stopped = ", ".join(sorted(topic for topic, still in self._troubled.items() if still))
            return f"stands still after too many parked messages of {stopped}: resume it when they are dealt with"
        # A message that went to another process does not come back to end the row: then time does.
        if self._backoff.failures and self._backoff.seconds_since() < 3 * self._settings.backoff_max.total_seconds():
            return f"{self._backoff.failures} attempts in a row have failed"
        if self._taken_since and time.monotonic() - self._taken_since > _HANDLER_SECONDS_MAX:
            return "has been busy with one message for too long"
        return None

    async def watch(self) -> None:
        """Look now and then for an operator's word, and at how far behind we are."""
        while not self._process.stopping.is_set():
            before = self._changes
            known = await patience.attempt(poison.troubled_topics(self._pool))
            # What was read while a message was parked or ended a row is older than what we know.
            if not isinstance(known, Failure) and self._changes == before:
                self._troubled = known
            telemetry.STANDS_STILL.set(self._stands_still)
            await patience.attempt(self._assignment.measure_lag(self._settings.topic_prefix))
            await patience.pause(_WATCH_SECONDS, self._process.stopping)
