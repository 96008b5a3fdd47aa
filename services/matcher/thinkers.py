"""The solver's own processes: the event loop of the rounds only waits for them, and keeps its leases meanwhile."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from multiprocessing.synchronize import Lock
from typing import TypeAlias

from services.matcher.instance import Instance
from services.matcher.thinking import PLAIN, Limits, Task, Thought, think
from services.matcher.warming import warm_up_everything

Think: TypeAlias = Callable[[Instance, Task], Awaitable[Thought]]


class SolverLost(ConnectionError):
    """A solver process died. Others have been started; trying again is right."""


class Thinkers:
    """Solver processes that compile, or load what was compiled, while they wait for a first round."""

    def __init__(self, count: int, limits: Limits) -> None:
        self._count = count
        self._limits = limits
        self._context = multiprocessing.get_context("spawn")
        self._pool = self._new_pool()

    async def start(self) -> None:
        """Start them all, and wait until they are there.

        Where nothing is cached yet, a first round may still wait for compiling.
        """
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(self._pool, _is_there) for _ in range(self._count)))

    async def think(self, instance: Instance, task: Task = PLAIN) -> Thought:
        """Plan `instance`, or repair its plan, in one of the processes. Raises what `think` raises, and SolverLost."""
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, think, instance, self._limits, task)
        except BrokenProcessPool as error:
            if pool is self._pool:
                self._pool = self._new_pool()
            raise SolverLost("a solver process died") from error

    def close(self) -> None:
        """End the processes; what they are thinking about is planned again later."""
        workers = list((getattr(self._pool, "_processes", None) or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.terminate()

    def _new_pool(self) -> ProcessPoolExecutor:
        # Spawned, not forked: a fork would inherit connections and the event loop. The lock lets one of them compile,
        # where nothing is cached yet; the others then only read what it left.
        compiling = self._context.Lock()
        return ProcessPoolExecutor(self._count, self._context, initializer=_prepare, initargs=(compiling,))


def _prepare(compiling: Lock) -> None:
    # Ctrl-C goes to the whole group; the rounds process decides when its solvers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Beside, not before: on a new machine it takes a while, and nobody may ask for a round so soon. Who does, waits:
    # rounds are limited in seconds, and the solver compiles before those count.
    threading.Thread(target=_warm_up, args=(compiling,), daemon=True).start()


def _warm_up(compiling: Lock) -> None:
    with compiling:
        warm_up_everything()


def _end_with_parent() -> None:
    """A parent that was killed cannot end its children; they see it go."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _is_there() -> bool:
    return True
