"""SIGSTOP at the worst moment: in the middle of an email, in the middle of a round; and SIGCONT after the lease."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from random import Random

import asyncpg

from tests.chaos import mailing
from tests.chaos.plan import Fault
from tests.chaos.stage import Stage

_WAIT_SECONDS = 5.0
_IN_AN_EMAIL = "SELECT EXISTS (SELECT FROM own.emails WHERE state = 'sending' AND data_started_at IS NOT NULL)"
_IN_A_ROUND = "SELECT EXISTS (SELECT FROM own.areas WHERE leased_until > clock_timestamp())"


async def in_an_email(stage: Stage, fault: Fault, names: list[str]) -> None:
    """Freeze the senders while the mail server takes its time over a content."""
    await mailing.post_fault(stage.addresses.mail_url, {"kind": "slow", "stage": "content", "seconds": 0.8})
    await _freeze_when(stage, fault, names, ("notifier", _IN_AN_EMAIL))
    await mailing.be_friendly(stage.addresses.mail_url)


async def in_a_round(stage: Stage, fault: Fault, names: list[str]) -> None:
    """Freeze the matchers while one of them holds an area."""
    await _freeze_when(stage, fault, names, ("matcher", _IN_A_ROUND))


async def _freeze_when(stage: Stage, fault: Fault, names: list[str], moment: tuple[str, str]) -> None:
    """Freeze all of them when the moment comes. One wakes up after the lease, the zombie a while after that."""
    await _wait_for(stage.addresses.databases[moment[0]], moment[1])
    pids = [stage.supervisor.pid(name) for name in names if stage.supervisor.is_running(name)]
    Random(fault.seed).shuffle(pids)
    for pid in pids:
        _signal(pid, signal.SIGSTOP)
    await asyncio.sleep(fault.seconds)
    for pid in pids:
        _signal(pid, signal.SIGCONT)
        await asyncio.sleep(1.0)


async def _wait_for(database: str, question: str) -> None:
    """Until the answer is yes; not for long, and not if the database is away."""
    with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        connection = await asyncpg.connect(database, timeout=3)
        try:
            give_up = time.monotonic() + _WAIT_SECONDS
            while time.monotonic() < give_up and not await connection.fetchval(question, timeout=3):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        finally:
            connection.terminate()


def _signal(pid: int, number: signal.Signals) -> None:
    # It may have been killed meanwhile.
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
