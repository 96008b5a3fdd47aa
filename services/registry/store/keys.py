"""API keys: stored as hashes, found by their public prefix."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.plumbing.postgres import Transaction
from services.registry.domain.keys import Caller, NewKey, StoredKey


async def find_stored_key(tx: Transaction, prefix: str) -> StoredKey | None:
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


async def add_key(tx: Transaction, holder: Caller, made: NewKey, label: str, now: datetime) -> None:
    await tx.execute(
        """
        INSERT INTO own.keys (key_id, prefix, secret_hash, role, organisation_id, label, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        holder.key_id,
        made.prefix,
        made.hash,
        holder.role,
        holder.organisation_id,
        label,
        now,
    )
