"""The sender process: composes what is due, sends what may go, and takes up what was lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial

from prometheus_client import Gauge

from services.notifier import sending
from services.notifier.composing import compose_due
from services.notifier.desk import Desk
from services.notifier.settings import SenderSettings
from services.notifier.smtp import Courier
from services.notifier.store import due, erasure, memory
from services.plumbing import patience, telemetry
from services.plumbing.postgres import Pool, transaction
from services.plumbing.processes import Process

UNDER_WAY = Gauge("letters_under_way", "Letters that wait for their time or are being sent, by state", ["state"])
OVERDUE = Gauge("letters_overdue", "Letters due for more than 15 minutes, by what they lack", ["lacks"])
WITHOUT_HUB = Gauge("matches_without_hub", "Matches that wait for their hub to be heard of")
_OVERDUE = timedelta(minutes=15)
_UNKNOWN_KEPT = timedelta(days=30)
_WITHIN = timedelta(seconds=60)


async def run(process: Process[SenderSettings]) -> None:
    """Compose and send until the process is asked to stop."""
    desk = Desk.of(process.settings, process.clock)
    async with process.pool() as pool, asyncio.TaskGroup() as group:
        group.create_task(process.repeat(partial(_keep_up, pool, desk), process.settings.sender_poll, _WITHIN))
        for number in range(process.settings.senders):
            group.create_task(_send(process, pool, desk, number))


async def _keep_up(pool: Pool, desk: Desk) -> int:
    done = await sending.recover(pool, desk) + await compose_due(pool, desk)
    if not done:
        await measure(pool, desk)
    return done


async def _send(process: Process[SenderSettings], pool: Pool, desk: Desk, number: int) -> None:
    """Send one email after the other; the connection rests closed while there is none."""
    courier = Courier(process.settings)
    # An email may take as long as its lease: a mail server that hangs is no reason to be restarted.
    beat = process.health.heartbeat(f"sender {number}", desk.lease * 2)

    async def turn() -> bool:
        with telemetry.caused_by():
            outcome = await sending.send_one(pool, desk, courier, process.stopping)
        beat()
        return outcome is not None

    async def rest() -> None:
        courier.close()
        await patience.pause(process.settings.sender_poll.total_seconds(), process.stopping)

    await patience.repeat(f"sender {number}", turn, rest, process.stopping, process.settings.backoff_max)
    courier.close()


async def measure(pool: Pool, desk: Desk) -> None:
    """Tell the metrics what has waited too long, and forget what was kept long enough."""
    async with transaction(pool) as tx:
        await erasure.forget_old(tx, desk.clock.now() - _UNKNOWN_KEPT)
        counts = await due.waiting_counts(tx, desk.clock.now() - _OVERDUE)
        by_state = await due.under_way(tx)
        WITHOUT_HUB.set(await memory.matches_without_hub(tx))
    for state, letters in by_state.items():
        UNDER_WAY.labels(state).set(letters)
    for lacks, letters in counts.items():
        OVERDUE.labels(lacks).set(letters)
