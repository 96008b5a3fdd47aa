"""The registry's timers: deadlines that lapse, and answers to API calls that have been kept long enough."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

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

    async def turn() -> int:
        nonlocal purge_at
        if time.monotonic() >= purge_at:
            await purge(pool, process.clock)
            purge_at = time.monotonic() + PURGE_EVERY_SECONDS
        return await fire_due(pool, process.clock)

    async with process.pool() as pool, asyncio.TaskGroup() as loops:
        loops.create_task(process.repeat(turn, pause=PAUSE, within=STALE_AFTER))
        counting = partial(measure, pool, process.clock)
        loops.create_task(process.repeat(counting, pause=MEASURE_PAUSE, within=MEASURED_AFTER, name="measuring"))


async def fire_due(pool: Pool, clock: Clock, limit: int = TURN_MAX) -> int:
    """Let every deadline that has passed lapse, up to `limit` of them; say how many did.

    Each in a transaction of its own, which looks again under the match's lock: an answer that came first wins.
    """
    async with transaction(pool) as tx:
        due = await matches_past_deadline(tx, clock.now(), limit)
    lapsed = 0
    for match_id in due:
        async with transaction(pool) as tx:
            lapsed += await answering.lapse(tx, match_id, clock)
    if lapsed:
        log.info("deadlines passed", matches=lapsed)
    return lapsed


async def purge(pool: Pool, clock: Clock) -> int:
    """Forget answers kept for repeated requests once their time is over; say how many."""
    async with transaction(pool) as tx:
        return await purge_replies(tx, clock.now() - KEPT)
