"""The relay: carries the outbox to Kafka, oldest first. One per service leads; others wait to take over.

Leading is an advisory lock of a database session. A relay that freezes loses it, after `relay_lock_idle_max`, and its
successor's producer, under the same transactional id, makes Kafka refuse whatever the frozen one sends when it wakes
up. So no older version of an entity can come after a newer one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer

from services.plumbing import inbox, kafka, outbox, parked, patience, postgres, telemetry
from services.plumbing.postgres import Connection, Pool
from services.plumbing.processes import Process

log = structlog.stdlib.get_logger(__name__)

_STANDBY_SECONDS = 1
_STOP_SECONDS_MAX = 2
_CHORES_SECONDS = 5


async def run(process: Process[Any]) -> None:
    """Lead when the lock is free, wait while it is not, until the process is asked to stop."""
    beat = process.health.heartbeat("relay", within=timedelta(seconds=30))

    async def turn() -> bool:
        async with _own_session(process) as session:
            while not process.stopping.is_set() and not await _try_to_lead(session):
                beat()
                await patience.pause(_STANDBY_SECONDS, process.stopping)
            await _lead(process, pool, session, beat)
        return True

    async with process.pool() as pool:
        relaying = patience.repeat("relay", turn, asyncio.Event().wait, process.stopping, process.settings.backoff_max)
        tasks = [asyncio.ensure_future(relaying), asyncio.ensure_future(_do_chores(process, pool))]
        await process.stopping.wait()
        # Whatever is cut short, with Kafka away, is in the outbox and goes out next time.
        await asyncio.wait(tasks, timeout=_STOP_SECONDS_MAX)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def drain(pool: Pool, producer: AIOKafkaProducer, prefix: str, limit: int) -> int:
    """Publish the `limit` oldest facts and mark them, in one turn; say how many there were.

    Rows are found by being unpublished, never by an id above the last: an id may become visible after a higher one.
    Published and not yet marked when we are killed, a fact is published again: readers know it by its id.
    After whatever this raises, the producer is of no more use; the next one aborts what it had begun. (To abort it here
    would wait for Kafka, which may be away.)
    """
    rows = await outbox.unpublished(pool, limit)
    if not rows:
        return 0
    await producer.begin_transaction()
    acknowledgements = [
        await producer.send(prefix + row["topic"], value=row["body"], key=row["key"], headers=_headers(row))
        for row in rows
    ]
    await asyncio.gather(*acknowledgements)
    await producer.commit_transaction()
    await outbox.mark_published(pool, [row["id"] for row in rows])
    for row in rows:
        telemetry.PUBLISHED.labels(row["topic"]).inc()
    return len(rows)


@asynccontextmanager
async def open_producer(process: Process[Any]) -> AsyncIterator[AIOKafkaProducer]:
    """The service's one transactional producer: opening it makes Kafka refuse every earlier one."""
    settings = process.settings
    producer = AIOKafkaProducer(
        **kafka.client_options(settings),
        client_id=f"{settings.topic_prefix}{process.service}-relay",
        transactional_id=f"{settings.topic_prefix}{process.service}-relay",
        transaction_timeout_ms=30_000,
        acks="all",
        enable_idempotence=True,
    )
    try:
        await producer.start()
        yield producer
    finally:
        await _close(producer)


async def _lead(process: Process[Any], pool: Pool, session: Connection, beat: Callable[[], None]) -> None:
    recorded = asyncio.Event()
    await session.add_listener("outbox", lambda *_: recorded.set())
    log.info("leads")
    telemetry.RELAY_LEADS.set(1)
    try:
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(_keep_lead(session, process.settings.relay_lock_idle_max / 5))
            await _carry(process, pool, recorded, beat)
            keeping.cancel()
    finally:
        telemetry.RELAY_LEADS.set(0)


async def _carry(process: Process[Any], pool: Pool, recorded: asyncio.Event, beat: Callable[[], None]) -> None:
    settings = process.settings
    # Ending a transaction waits for Kafka without a limit of its own.
    longest = 3 * settings.kafka_request_timeout.total_seconds()
    async with open_producer(process) as producer:
        while not process.stopping.is_set():
            recorded.clear()
            async with asyncio.timeout(longest):
                carried = await drain(pool, producer, settings.topic_prefix, settings.relay_batch_max)
            beat()
            if not carried:
                await patience.pause(settings.relay_poll.total_seconds(), recorded, process.stopping)


async def _keep_lead(session: Connection, pause: timedelta) -> None:
    """Keep the session from being idle; raises when it is gone, and the lock with it."""
    while True:
        await asyncio.sleep(pause.total_seconds())
        await session.fetchval("SELECT 1")


async def _try_to_lead(session: Connection) -> bool:
    return bool(await session.fetchval("SELECT pg_try_advisory_lock(hashtextextended('relay', 0))"))


@asynccontextmanager
async def _own_session(process: Process[Any]) -> AsyncIterator[Connection]:
    session = await postgres.connect(
        process.settings,
        f"{process.service}-relay-lock",
        idle_session_timeout=postgres.milliseconds(process.settings.relay_lock_idle_max),
    )
    try:
        yield session
    finally:
        session.terminate()


async def _do_chores(process: Process[Any], pool: Pool) -> None:
    """Measure the outbox and what is parked, and forget what was published or handled long ago."""

    async def turn() -> bool:
        count, age = await outbox.measure(pool)
        telemetry.OUTBOX_UNPUBLISHED.set(count)
        telemetry.OUTBOX_AGE.set(age)
        telemetry.PARKED_WAITING.set(await parked.count_waiting(pool))
        gone = await outbox.purge(pool, process.settings.outbox_kept)
        return gone + await inbox.purge(pool, process.settings.inbox_kept) > 0

    async def rest() -> None:
        await patience.pause(_CHORES_SECONDS, process.stopping)

    await patience.repeat("relay chores", turn, rest, process.stopping, process.settings.backoff_max)


async def _close(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(2):
            await producer.stop()
    except TimeoutError:
        # What it still waits for is in the outbox.
        await _end_sender(producer._sender.sender_task)  # noqa: SLF001 - the public way waits for Kafka
        await producer.client.close()


async def _end_sender(sender: asyncio.Task[None]) -> None:
    """Cancel aiokafka's own task until it is gone: each time it first waits for a request of its own."""
    while not sender.done():
        sender.cancel()
        await asyncio.wait([sender], timeout=0.1)


def _headers(row: asyncpg.Record) -> list[tuple[str, bytes]]:
    return [(name, value.encode()) for name, value in row["headers"].items()]
