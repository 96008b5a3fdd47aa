"""How many messages of a topic were parked one after the other, and whether the consumer stands still for it.

Kept in the database: a restart does not resume what only a human may, and all consumers of a service stop together.
"""

from services.plumbing.postgres import Pool, Transaction


async def count_one(tx: Transaction, topic: str, in_row_max: int) -> bool:
    """Count one more message parked; say whether that was too many, and the service stands still now."""
    return bool(
        await tx.fetchval(
            """
            INSERT INTO own.poison AS known (topic, parked_in_row, stopped_at)
            VALUES ($1, 1, CASE WHEN $2 <= 1 THEN now() END)
            ON CONFLICT (topic) DO UPDATE
               SET parked_in_row = known.parked_in_row + 1,
                   stopped_at = CASE WHEN known.parked_in_row + 1 >= $2 THEN now() END
            RETURNING stopped_at IS NOT NULL
            """,
            topic,
            in_row_max,
        )
    )


async def end_row(pool: Pool, topic: str) -> None:
    """A message of the topic did well: the row of parked ones has ended. Never ends a standstill."""
    await pool.execute("DELETE FROM own.poison WHERE topic = $1 AND stopped_at IS NULL", topic)


async def troubled_topics(pool: Pool) -> dict[str, bool]:
    """The topics with a row of parked messages, and whether it was long enough to stop."""
    rows = await pool.fetch("SELECT topic, stopped_at IS NOT NULL AS stopped FROM own.poison")
    return {row["topic"]: row["stopped"] for row in rows}


async def resume(tx: Transaction) -> list[str]:
    """End the standstill, and count anew; name the topics that had caused it."""
    rows = await tx.fetch("DELETE FROM own.poison RETURNING topic, stopped_at")
    return sorted(row["topic"] for row in rows if row["stopped_at"])
