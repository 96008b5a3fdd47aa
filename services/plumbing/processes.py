"""A process of a service: settings in, signals and health around, an exit code out."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar

import structlog

from services.plumbing import http, patience, postgres, telemetry, traces
from services.plumbing.clock import Clock
from services.plumbing.health import Health
from services.plumbing.postgres import Pool
from services.plumbing.settings import Settings

S = TypeVar("S", bound=Settings)
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Process(Generic[S]):
    """What `main` of a process is given: who it is, its settings, its clock, and when to stop."""

    service: str
    name: str
    settings: S
    clock: Clock
    health: Health = field(default_factory=lambda: Health(starting=True))
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def pool(self) -> AsyncIterator[Pool]:
        """The database, waited for with patience. Raises Stopped if the process is asked to stop before it answers."""
        opened = await patience.insist(
            "connect to PostgreSQL",
            lambda: postgres.open_pool(self.settings, f"{self.service}-{self.name}"),
            self.stopping,
            self.settings.backoff_max,
        )
        if opened is None:
            raise Stopped
        try:
            yield opened
        finally:
            await _close(opened)

    async def repeat(
        self, turn: Callable[[], Awaitable[object]], pause: timedelta, within: timedelta, name: str | None = None
    ) -> None:
        """Do `turn` until asked to stop, with `pause` after each that returned a false value.

        The process is not ready while the last good turn is more than `within` ago. `name`: of the loop, where a
        process has several.
        """
        beat = self.health.heartbeat(name or self.name, within)

        async def one_turn() -> object:
            with telemetry.caused_by():
                outcome = await turn()
            beat()
            return outcome

        async def rest() -> None:
            await patience.pause(pause.total_seconds(), self.stopping)

        await patience.repeat(name or self.name, one_turn, rest, self.stopping, self.settings.backoff_max)


class Stopped(Exception):
    """The process was asked to stop before it could begin."""


Main = Callable[[Process[S]], Awaitable[None]]


def run(service: str, process: str, main: Main[S], settings: S) -> int:
    """Run `main` until it ends or the process is asked to stop (SIGTERM, SIGINT); the exit code.

    0: ended when asked. 1: `main` raised, ended unasked, or took longer than `graceful_timeout` to stop.
    """
    telemetry.configure_logging(service, process, settings.log_level)
    with traces.exported(service, process, settings.traces_endpoint):
        return asyncio.run(_live(service, process, main, settings))


async def _live(service: str, name: str, main: Main[S], settings: S) -> int:
    process = Process(service, name, settings, Clock.from_setting(settings.clock))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, process.stopping.set)
    async with http.answering_health(process.health, settings.health_host, settings.health_port):
        log.info("started", clock=settings.clock, topic_prefix=settings.topic_prefix)
        code = await _supervise(asyncio.ensure_future(main(process)), process)
        log.info("stopped", exit_code=code)
    return code


async def _supervise(work: asyncio.Future[None], process: Process[S]) -> int:
    asked = asyncio.ensure_future(process.stopping.wait())
    both: list[asyncio.Future[Any]] = [work, asked]
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if not asked.done():
        asked.cancel()
        log.error("ended unasked")
    await asyncio.wait([work], timeout=process.settings.graceful_timeout.total_seconds())
    if not work.done():
        log.error("did not stop in time", graceful_timeout=str(process.settings.graceful_timeout))
        work.cancel()
        await asyncio.wait([work], timeout=1)
        return 1
    return _exit_code(work, asked=process.stopping.is_set())


def _exit_code(work: asyncio.Future[None], *, asked: bool) -> int:
    error = work.exception()
    if error is None or isinstance(error, Stopped):
        return 0 if asked else 1
    log.critical("failed", exc_info=error)
    return 1


async def _close(pool: Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), timeout=3)
    except (TimeoutError, OSError):
        # A connection that does not answer any more would hold the process for ever.
        pool.terminate()
