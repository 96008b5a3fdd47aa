"""Letters to be told again: the next ones by id, each a version up. Nobody changes them until the transaction ends."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from contracts.event import Entity
from contracts.letters import Letter
from services.plumbing.postgres import Transaction


async def raise_letters(tx: Transaction, after: UUID, limit: int) -> Sequence[tuple[Entity, int]]:
    """Those that have ended: nobody outside hears of one before that."""
    rows = await tx.fetch(
        """
        WITH raised AS (
            UPDATE own.letters SET version = version + 1
             WHERE letter_id IN (SELECT letter_id FROM own.letters
                                  WHERE letter_id > $1 AND state NOT IN ('waiting', 'sending')
                                  ORDER BY letter_id LIMIT $2 FOR UPDATE)
            RETURNING letter_id, version, match_id, kind, audience, contact_id, terms_version, state, ended_at, detail
        )
        SELECT * FROM raised ORDER BY letter_id
        """,
        after,
        limit,
    )
    return [(_letter(row), row["version"]) for row in rows]


def _letter(row: asyncpg.Record) -> Letter:
    return Letter(
        letter_id=row["letter_id"],
        match_id=row["match_id"],
        kind=row["kind"],
        audience=row["audience"],
        contact_id=row["contact_id"],
        terms_version=row["terms_version"],
        state=row["state"],
        at=row["ended_at"],
        detail=row["detail"],
    )
