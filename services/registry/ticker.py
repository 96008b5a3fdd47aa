"""The registry's timers: deadlines that lapse, and answers to API calls that have been kept long enough."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from services.plumbing import patience
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool, transaction
from services.plumbing.processes import Process
from services.registry import answering
from services.registry.api.idempotency import KEPT
from services.registry.measuring import measure
from services.registry.store.deadlines import matches_past_deadline
from services.registry.store.replies import purge_replies

TURN_MAX = 100
PAUSE = timedelta(seconds=1)
PURGE_EVERY_SECONDS = 600
STALE_AFTER = timedelta(seconds=30)
MEASURE_PAUSE = timedelta(seconds=10)
MEASURED_AFTER = timedelta(minutes=2)
log = structlog.stdlib.get_logger(__name__)


async def run(process: Process[Any]) -> None:
    """Fire what is due until asked to stop."""
    purge_at = time.monotonic()
    failed: set[UUID] = set()

    async def turn() -> int:
        nonlocal purge_at
        if time.monotonic() >= purge_at:
            await purge(pool, process.clock)
            # Perhaps somebody has mended them.
            failed.clear()
            purge_at = time.monotonic() + PURGE_EVERY_SECONDS
        return await fire_due(pool, process.clock, failed)

    async with process.pool() as pool, asyncio.TaskGroup() as loops:
        loops.create_task(process.repeat(turn, pause=PAUSE, within=STALE_AFTER))
        counting = partial(measure, pool, process.clock)
        loops.create_task(process.repeat(counting, pause=MEASURE_PAUSE, within=MEASURED_AFTER, name="measuring"))


async def fire_due(pool: Pool, clock: Clock, failed: set[UUID], limit: int = TURN_MAX) -> int:
    """Let every deadline that has passed lapse, up to `limit` of them; say how many did.

    Each in a transaction of its own, which looks again under the match's lock: an answer that came first wins.
    A match that cannot be judged joins `failed`, which are passed over: it must not hold up the deadlines behind it.
    """
    async with transaction(pool) as tx:
        due = await matches_past_deadline(tx, clock.now(), limit, failed)
    lapsed = 0
    for match_id in due:
        outcome = await patience.attempt(_lapse(pool, match_id, clock))
        if not isinstance(outcome, patience.Failure):
            lapsed += outcome
        elif outcome.passes:
            raise outcome.error
        else:
            failed.add(match_id)
            log.error("a deadline cannot be judged", match_id=str(match_id), exc_info=outcome.error)
    if lapsed:
        log.info("deadlines passed", matches=lapsed)
    return lapsed


async def _lapse(pool: Pool, match_id: UUID, clock: Clock) -> bool:
    async with transaction(pool) as tx:
        return await answering.lapse(tx, match_id, clock)


async def purge(pool: Pool, clock: Clock) -> int:
    """Forget answers kept for repeated requests once their time is over; say how many."""
    async with transaction(pool) as tx:
        return await purge_replies(tx, clock.now() - KEPT)
