"""API keys: stored as hashes, found by their public prefix."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.plumbing.postgres import Transaction
from services.registry.domain.key_life import Key
from services.registry.domain.keys import Caller, StoredKey
from services.registry.domain.mistakes import NotFound


async def find_stored_key(tx: Transaction, prefix: str) -> StoredKey | None:
    """What it takes to check a key that somebody shows."""
    row = await tx.fetchrow(
        """
        SELECT key_id, role, organisation_id, secret_hash, expires_at, revoked_at, last_used_at
          FROM own.keys
         WHERE prefix = $1
        """,
        prefix,
    )
    if row is None:
        return None
    caller = Caller(row["key_id"], row["role"], row["organisation_id"])
    return StoredKey(caller, row["secret_hash"], row["expires_at"], row["revoked_at"], row["last_used_at"])


async def mark_key_used(tx: Transaction, key_id: UUID, now: datetime) -> None:
    """Remember the use. Where another request is just doing so, that is enough: nobody waits for it."""
    await tx.execute(
        """
        UPDATE own.keys SET last_used_at = $2
         WHERE key_id = (SELECT key_id FROM own.keys WHERE key_id = $1 FOR UPDATE SKIP LOCKED)
        """,
        key_id,
        now,
    )


async def add_key(tx: Transaction, key: Key, secret_hash: bytes) -> None:
    await tx.execute(
        """
        INSERT INTO own.keys
               (key_id, prefix, secret_hash, role, organisation_id, label, created_at, expires_at, rotated_from)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        key.key_id,
        key.prefix,
        secret_hash,
        key.role,
        key.organisation_id,
        key.label,
        key.created_at,
        key.expires_at,
        key.rotated_from,
    )


async def get_key(tx: Transaction, key_id: UUID) -> Key:
    """The key. Raises NotFound."""
    row = await tx.fetchrow(
        """
        SELECT key_id, prefix, role, organisation_id, label,
               created_at, expires_at, revoked_at, last_used_at, rotated_from
          FROM own.keys
         WHERE key_id = $1
        """,
        key_id,
    )
    if row is None:
        raise NotFound("There is no key with this id, or not for this key.")
    return Key(**row)


async def lock_key(tx: Transaction, key_id: UUID) -> Key:
    """The key, and nobody else changes it until the transaction ends. Raises NotFound."""
    await tx.execute("SELECT FROM own.keys WHERE key_id = $1 FOR UPDATE", key_id)
    return await get_key(tx, key_id)


async def find_successor(tx: Transaction, key_id: UUID) -> UUID | None:
    """The key that this one was rotated into."""
    found: UUID | None = await tx.fetchval("SELECT key_id FROM own.keys WHERE rotated_from = $1", key_id)
    return found


async def end_key(tx: Transaction, key_id: UUID, expires_at: datetime) -> None:
    """Let the key hold until then and no longer."""
    await tx.execute("UPDATE own.keys SET expires_at = $2 WHERE key_id = $1", key_id, expires_at)


async def revoke_key(tx: Transaction, key_id: UUID, now: datetime) -> None:
    await tx.execute("UPDATE own.keys SET revoked_at = $2 WHERE key_id = $1 AND revoked_at IS NULL", key_id, now)


async def keys(tx: Transaction, organisation_id: UUID | None, after: UUID | None, limit: int) -> list[Key]:
    """The keys, of one organisation or of all, in the order they were made."""
    rows = await tx.fetch(
        """
        SELECT key_id, prefix, role, organisation_id, label,
               created_at, expires_at, revoked_at, last_used_at, rotated_from
          FROM own.keys
         WHERE ($1::uuid IS NULL OR organisation_id = $1) AND ($2::uuid IS NULL OR key_id > $2)
         ORDER BY key_id
         LIMIT $3
        """,
        organisation_id,
        after,
        limit,
    )
    return [Key(**row) for row in rows]
