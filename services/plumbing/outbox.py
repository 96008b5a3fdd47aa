"""The outbox: a fact is published if, and only if, the transaction that recorded it commits.

A service changes an entity, with its row locked, and in the same transaction says so:

    async with transaction(pool) as tx:
        await store.withdraw_offer(tx, offer)
        await outbox.say(tx, offer, "offer.withdrawn.v1", version=offer_version, clock=clock, source="registry")

The relay carries it to Kafka later. Nothing here speaks to Kafka.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from contracts.event import EntityT, Fact, new_fact
from services.plumbing import telemetry
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool, Transaction
from services.plumbing.uuids import uuid7

log = structlog.stdlib.get_logger(__name__)

BODY_BYTES_MAX = 512 * 1024
_ROWS_PURGED_MAX = 5000


class TooLarge(Exception):
    """A fact of more than 512 KB: one such row would stop the relay for everyone."""

    def __init__(self, type_: str, size_bytes: int) -> None:
        super().__init__(f"{type_} takes {size_bytes} bytes, more than {BODY_BYTES_MAX}")


async def record(tx: Transaction, fact: Fact[Any]) -> None:
    """Promise to publish `fact` if, and only if, `tx` commits.

    The caller holds the lock on the entity's row, so that versions and outbox ids rise together.
    Raises TooLarge above 512 KB.
    """
    body = fact.to_bytes()
    if len(body) > BODY_BYTES_MAX:
        raise TooLarge(fact.type, len(body))
    await tx.execute(
        """
        WITH recorded AS (
            INSERT INTO own.outbox (topic, key, headers, body, type, correlation_id)
            VALUES ($1, $2, $3, $4, $5, $6)
        )
        SELECT pg_notify('outbox', '')
        """,
        fact.topic,
        fact.key,
        fact.headers,
        body,
        fact.type,
        fact.correlation_id,
    )
    log.info("recorded", type=fact.type, subject=str(fact.subject), version=fact.aggregate_version)


async def say(
    tx: Transaction, entity: EntityT, type_: str, *, version: int, clock: Clock, source: str
) -> Fact[EntityT]:
    """Make a fact of `entity`, record it, and hand it back: new id, now, and the cause of what is being done.

    Raises ValueError for a type that the entity's topic does not know, and TooLarge above 512 KB.
    """
    correlation_id, causation_id = telemetry.causes()
    fact = new_fact(
        entity,
        type_,
        id=uuid7(),
        version=version,
        source=source,
        time=clock.now(),
        correlation_id=correlation_id,
        causation_id=causation_id,
    )
    await record(tx, fact)
    return fact


async def forget(tx: Transaction, topic: str, entity_id: UUID) -> None:
    """Remove what was recorded of an entity so far, because it tells of a person who is to be forgotten.

    Readers accept the gap: the caller says the entity's new state after it.
    """
    await tx.execute("DELETE FROM own.outbox WHERE topic = $1 AND key = $2", topic, str(entity_id).encode())


async def forget_all(tx: Transaction) -> None:
    """Remove everything that was recorded, published or not: after a restore the whole state is told again."""
    await tx.execute("DELETE FROM own.outbox")


async def unpublished(pool: Pool, limit: int) -> list[asyncpg.Record]:
    """The oldest facts that wait for the relay."""
    return await pool.fetch(
        "SELECT id, topic, key, headers, body FROM own.outbox WHERE published_at IS NULL ORDER BY id LIMIT $1", limit
    )


async def mark_published(pool: Pool, ids: list[int]) -> None:
    """Note that Kafka has acknowledged these."""
    await pool.execute("UPDATE own.outbox SET published_at = now() WHERE id = ANY($1::bigint[])", ids)


async def measure(pool: Pool) -> tuple[int, float]:
    """How many facts wait for the relay, and the seconds since the oldest was recorded."""
    (row,) = await pool.fetch(
        """
        SELECT count(*) AS unpublished, coalesce(extract(epoch FROM now() - min(recorded_at)), 0)::float AS age_seconds
          FROM own.outbox
         WHERE published_at IS NULL
        """
    )
    return row["unpublished"], row["age_seconds"]


async def purge(pool: Pool, kept: timedelta) -> int:
    """Forget what was published longer ago than `kept`, a few thousand rows a call; say how many."""
    gone = await pool.fetch(
        """
        DELETE FROM own.outbox
         WHERE id IN (SELECT id FROM own.outbox WHERE published_at < now() - $1::interval LIMIT $2)
        RETURNING id
        """,
        kept,
        _ROWS_PURGED_MAX,
    )
    return len(gone)
