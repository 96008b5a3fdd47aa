"""Letters as the notifier told them: whether somebody was written to."""

from __future__ import annotations

from contracts.letters import Letter
from services.plumbing.postgres import Transaction


async def remember_letter(tx: Transaction, letter: Letter, version: int) -> bool:
    """Keep `letter` unless this or a newer version is here already; say whether it was kept."""
    return bool(
        await tx.fetchval(
            """
            INSERT INTO memory.letters (letter_id, version, match_id, kind, audience, state, at, record)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (letter_id) DO UPDATE
               SET version = excluded.version, state = excluded.state, at = excluded.at, record = excluded.record
             WHERE letters.version < excluded.version
            RETURNING true
            """,
            letter.letter_id,
            version,
            letter.match_id,
            letter.kind,
            letter.audience,
            letter.state,
            letter.at,
            letter.model_dump(mode="json"),
        )
    )
