"""The inbox: a fact has its effect once, however often Kafka delivers it."""

from datetime import timedelta
from uuid import UUID

from services.plumbing.postgres import Pool, Transaction

_ROWS_PER_TURN = 5000


async def is_first_delivery(tx: Transaction, event_id: UUID, topic: str) -> bool:
    """Say whether `tx` is the first to take this fact, and remember it if `tx` commits.

    Where another transaction is taking it just now, waits for how that ends.
    """
    return bool(
        await tx.fetchval(
            """
            INSERT INTO memory.inbox (event_id, topic) VALUES ($1, $2)
            ON CONFLICT (event_id) DO NOTHING
            RETURNING true
            """,
            event_id,
            topic,
        )
    )


async def purge(pool: Pool, kept: timedelta) -> int:
    """Forget what was handled longer ago than `kept`, a few thousand rows a call; say how many."""
    gone = await pool.fetch(
        """
        DELETE FROM memory.inbox
         WHERE event_id IN (SELECT event_id FROM memory.inbox WHERE handled_at < now() - $1::interval LIMIT $2)
        RETURNING event_id
        """,
        kept,
        _ROWS_PER_TURN,
    )
    return len(gone)
