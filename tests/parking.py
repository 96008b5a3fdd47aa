"""Answers that were parked, with what somebody wrote in them."""

from datetime import UTC, datetime
from uuid import UUID

from services.plumbing import parked
from services.plumbing.postgres import Pool, transaction
from services.plumbing.reading import Message, Unreadable


async def parked_answer(pool: Pool, match_id: UUID) -> None:
    """Park an answer about the match that nobody could read."""
    message = Message(
        topic="answers",
        partition=0,
        offset=match_id.int % 2**60,
        sent_at=datetime(2026, 9, 8, tzinfo=UTC),
        key=str(match_id).encode(),
        body=b'{"comment": "my own words"}',
    )
    async with transaction(pool) as tx:
        await parked.park(tx, "tests", message, Unreadable("why not"))


async def parked_comments(pool: Pool) -> int:
    """In how many parked messages those words still are."""
    return int(await pool.fetchval("SELECT count(*) FROM own.parked WHERE convert_from(body, 'UTF8') LIKE '%words%'"))
