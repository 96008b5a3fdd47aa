"""Answers given to requests with an Idempotency-Key, kept so that a repeat gets the same one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.plumbing.postgres import Transaction


@dataclass(frozen=True)
class Ask:
    """What makes two requests the same: who, what, where, and the key that the caller chose."""

    organisation_id: UUID
    method: str
    path: str
    key: str


@dataclass(frozen=True)
class Reply:
    """An answer that was given. `body` is None where it is not kept: a secret, or about a person since erased."""

    body_hash: bytes | None
    status: int
    headers: dict[str, str]
    body: bytes | None


async def limit_waiting(tx: Transaction, longest: timedelta) -> None:
    """From now on no lock is waited for longer: asyncpg.LockNotAvailableError is raised instead."""
    milliseconds = str(int(longest.total_seconds() * 1000))
    await tx.execute("SELECT set_config('lock_timeout', $1, true)", milliseconds)


async def claim_ask(tx: Transaction, ask: Ask, body_hash: bytes, now: datetime, kept_since: datetime) -> bool:
    """Say whether this request is the first of its kind, and so the one to be carried out.

    Waits while another transaction holds the same claim. A claim older than `kept_since` has run out and is taken over.
    """
    claimed = await tx.fetchval(
        """
        INSERT INTO own.replies (organisation_id, method, path, key, body_hash, asked_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (organisation_id, method, path, key) DO UPDATE
           SET body_hash = excluded.body_hash, asked_at = excluded.asked_at,
               status = NULL, headers = NULL, body = NULL, contact_id = NULL
         WHERE replies.asked_at < $7
        RETURNING true
        """,
        ask.organisation_id,
        ask.method,
        ask.path,
        ask.key,
        body_hash,
        now,
        kept_since,
    )
    return bool(claimed)


async def get_reply(tx: Transaction, ask: Ask) -> Reply:
    row = await tx.fetchrow(
        """
        SELECT body_hash, status, headers, body
          FROM own.replies
         WHERE organisation_id = $1 AND method = $2 AND path = $3 AND key = $4
        """,
        ask.organisation_id,
        ask.method,
        ask.path,
        ask.key,
    )
    if row is None:
        raise LookupError("a claimed request has a row")
    return Reply(row["body_hash"], row["status"], row["headers"], row["body"])


async def keep_reply(tx: Transaction, ask: Ask, reply: Reply, contact_id: UUID | None) -> None:
    await tx.execute(
        """
        UPDATE own.replies
           SET body_hash = $5, status = $6, headers = $7, body = $8, contact_id = $9
         WHERE organisation_id = $1 AND method = $2 AND path = $3 AND key = $4
        """,
        ask.organisation_id,
        ask.method,
        ask.path,
        ask.key,
        reply.body_hash,
        reply.status,
        reply.headers,
        reply.body,
        contact_id,
    )


async def redact_replies(tx: Transaction, contact_id: UUID) -> None:
    """Forget what answers said about a person; the hash of the request goes too, for it could be guessed at."""
    await tx.execute("UPDATE own.replies SET body = NULL, body_hash = NULL WHERE contact_id = $1", contact_id)


async def purge_replies(tx: Transaction, asked_before: datetime) -> int:
    """Delete what has run out, and say how many."""
    deleted = await tx.fetchval(
        "WITH gone AS (DELETE FROM own.replies WHERE asked_at < $1 RETURNING 1) SELECT count(*) FROM gone",
        asked_before,
    )
    return int(deleted)
