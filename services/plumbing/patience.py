"""The two kinds of failure. The world's trouble passes: try again later, slower each time. The rest never will.

The only place that catches every exception, because the only place that decides what one means.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import structlog

from services.plumbing import telemetry
from services.plumbing.errors import describe, passes

T = TypeVar("T")
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Failure:
    """What an attempt ended with instead of its value."""

    error: Exception

    @property
    def passes(self) -> bool:
        """Whether the same attempt may succeed later."""
        return passes(self.error)


async def attempt(work: Awaitable[T]) -> T | Failure:
    """The value of `work`, or how it failed. Cancellation goes through."""
    try:
        return await work
    except Exception as error:  # noqa: BLE001 - the one place
        return Failure(error)


@dataclass
class Backoff:
    """Pauses that double from `first` to `longest`, half of each at random so that processes do not march in step."""

    longest: timedelta = timedelta(seconds=30)
    first: timedelta = timedelta(seconds=0.2)
    failures: int = 0
    failed_at: float = 0.0

    def next(self) -> float:
        """Seconds to wait after one more failure."""
        self.failures += 1
        self.failed_at = time.monotonic()
        # The exponent stops growing long before the number would overflow.
        seconds = min(self.longest.total_seconds(), self.first.total_seconds() * 2.0 ** min(self.failures - 1, 20))
        return seconds * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing

    def seconds_since(self) -> float:
        """How long ago the last failure was."""
        return time.monotonic() - self.failed_at

    def reset(self) -> None:
        """Start anew after a success."""
        self.failures = 0


async def pause(seconds: float, *events: asyncio.Event) -> None:
    """Wait, or less if one of `events` comes first: mostly, that the process is asked to stop."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for event in waiting:
        event.cancel()


async def insist(what: str, work: Callable[[], Awaitable[T]], stopping: asyncio.Event, longest: timedelta) -> T | None:
    """The value of `work`, tried until the world lets it succeed; None if asked to stop before.

    Raises what will never work.
    """
    backoff = Backoff(longest)
    while not stopping.is_set():
        outcome = await attempt(work())
        if not isinstance(outcome, Failure):
            return outcome
        if not outcome.passes:
            raise outcome.error
        await come_again(what, outcome, backoff, stopping)
    return None


async def repeat(
    what: str,
    turn: Callable[[], Awaitable[object]],
    rest: Callable[[], Awaitable[object]],
    stopping: asyncio.Event,
    longest: timedelta,
) -> None:
    """Do `turn` until asked to stop, and `rest` after a turn that found nothing to do (a false value).

    A turn that fails, for whatever reason, is told to the log and tried again, slower each time: a loop has no
    message that it could park.
    """
    backoff = Backoff(longest)
    while not stopping.is_set():
        outcome = await attempt(turn())
        if isinstance(outcome, Failure):
            await come_again(what, outcome, backoff, stopping)
            continue
        backoff.reset()
        if not outcome:
            await rest()


async def come_again(what: str, failure: Failure, backoff: Backoff, stopping: asyncio.Event) -> None:
    """Say what failed, count it, and wait before it is tried again."""
    seconds = backoff.next()
    telemetry.TROUBLES.labels(what=what).inc()
    log.warning(
        "trouble, trying again",
        what=what,
        failures=backoff.failures,
        pause_seconds=round(seconds, 2),
        error=describe(failure.error),
        # A passing trouble is the world's: where in our code it struck says nothing.
        exc_info=None if failure.passes else failure.error,
    )
    await pause(seconds, stopping)
