"""Messages set aside for a human, whole; and what the human then does about them."""

import base64
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from services.plumbing import errors, patience
from services.plumbing.clock import Clock
from services.plumbing.handlers import Handlers
from services.plumbing.postgres import Pool, Transaction, transaction
from services.plumbing.reading import Message, storable


class NotParked(Exception):
    """No message with this number waits."""


@dataclass(frozen=True)
class Parked:
    """One parked message: where it came from, all of it, why it was parked, and whether it still waits."""

    id: int
    service: str
    message: Message
    error: str
    error_class: str
    state: str
    parked_at: datetime


async def park(tx: Transaction, service: str, message: Message, error: Exception) -> bool:
    """Keep `message` whole; say whether it was not here already."""
    return bool(
        await tx.fetchval(
            """
            INSERT INTO own.parked
                   (service, topic, partition, "offset", sent_at, key, headers, body, error, error_class)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (topic, partition, "offset", sent_at) DO NOTHING
            RETURNING true
            """,
            service,
            message.topic,
            message.partition,
            message.offset,
            message.sent_at,
            message.key,
            message.headers_as_json(),
            message.body,
            storable(errors.sentence(error))[:2000],
            type(error).__name__,
        )
    )


async def waiting_ids(tx: Transaction) -> list[int]:
    """The messages that nobody has dealt with, oldest first."""
    return [row["id"] for row in await tx.fetch("SELECT id FROM own.parked WHERE state = 'parked' ORDER BY id")]


async def count_waiting(pool: Pool) -> int:
    """How many messages nobody has dealt with."""
    return int(await pool.fetchval("SELECT count(*) FROM own.parked WHERE state = 'parked'"))


async def get_parked(tx: Transaction, parked_id: int) -> Parked:
    """One parked message, whatever became of it. Raises NotParked."""
    row = await tx.fetchrow(
        """
        SELECT id, service, topic, partition, "offset", sent_at, key, headers, body,
               error, error_class, state, parked_at
          FROM own.parked
         WHERE id = $1
        """,
        parked_id,
    )
    if row is None:
        raise NotParked(f"nothing is parked under {parked_id}")
    return _parked(row)


async def actions_on(tx: Transaction, parked_id: int) -> list[dict[str, str]]:
    """What operators did about the message, and what came of it, in order."""
    rows = await tx.fetch(
        "SELECT action, outcome, acted_at FROM own.parked_actions WHERE parked_id = $1 ORDER BY id", parked_id
    )
    return [{"action": row["action"], "outcome": row["outcome"], "at": row["acted_at"].isoformat()} for row in rows]


async def discard(tx: Transaction, parked_id: int, why: str) -> None:
    """Decide that a waiting message is not to have any effect. Raises NotParked."""
    await _settle(tx, parked_id, "discarded")
    await _note(tx, parked_id, "discard", why)


async def replay(pool: Pool, handlers: Handlers, parked_id: int, clock: Clock) -> str:
    """Let a waiting message have its effect now, as if it had just come, and say what came of it.

    The handler's own version guard decides whether it still matters. A failure leaves it parked; either way the
    attempt is recorded. Raises NotParked.
    """
    async with transaction(pool) as tx:
        parked = await get_parked(tx, parked_id)
    if parked.state != "parked":
        raise NotParked(f"{parked_id} is {parked.state} already")
    outcome = await patience.attempt(handlers.take_message(pool, parked.message, clock))
    said = f"failed: {errors.describe(outcome.error)}" if isinstance(outcome, patience.Failure) else outcome
    async with transaction(pool) as tx:
        if not isinstance(outcome, patience.Failure):
            await _settle(tx, parked_id, "replayed")
        await _note(tx, parked_id, "replay", storable(said)[:2000])
    return said


async def erase(tx: Transaction, topic: str, key: bytes) -> int:
    """Remove the bodies parked under `key`, because the person they speak of is to be forgotten; say how many."""
    rows = await tx.fetch(
        "UPDATE own.parked SET body = NULL, headers = '[]', error = '(erased)', state = 'erased'"
        " WHERE topic = $1 AND key = $2 AND state <> 'erased' RETURNING id",
        topic,
        key,
    )
    for row in rows:
        await _note(tx, row["id"], "erase", "erased")
    return len(rows)


async def erase_all(tx: Transaction) -> int:
    """Remove every parked body: after a restore everything is told again, less what was forgotten since."""
    rows = await tx.fetch(
        "UPDATE own.parked SET body = NULL, headers = '[]', error = '(erased)', state = 'erased'"
        " WHERE state <> 'erased' RETURNING id"
    )
    for row in rows:
        await _note(tx, row["id"], "erase", "superseded: everything was told again after a restore")
    return len(rows)


async def _settle(tx: Transaction, parked_id: int, state: str) -> None:
    settled = await tx.fetchval(
        "UPDATE own.parked SET state = $2 WHERE id = $1 AND state = 'parked' RETURNING true", parked_id, state
    )
    if not settled:
        raise NotParked(f"{parked_id} does not wait")


async def _note(tx: Transaction, parked_id: int, action: str, outcome: str) -> None:
    await tx.execute(
        "INSERT INTO own.parked_actions (parked_id, action, outcome) VALUES ($1, $2, $3)", parked_id, action, outcome
    )


def _parked(row: asyncpg.Record) -> Parked:
    headers = [(name, None if value is None else base64.b64decode(value)) for name, value in row["headers"]]
    message = Message(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        sent_at=row["sent_at"],
        key=row["key"],
        headers=headers,
        body=row["body"],
    )
    return Parked(row["id"], row["service"], message, row["error"], row["error_class"], row["state"], row["parked_at"])
