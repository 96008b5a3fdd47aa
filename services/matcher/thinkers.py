"""The solver's own processes: the event loop of the rounds only waits for them, and keeps its leases meanwhile."""

import asyncio
import contextlib
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from multiprocessing.synchronize import Lock
from typing import Any, TypeAlias

from services.matcher.instance import Instance
from services.matcher.thinking import PLAIN, Limits, Task, Thought, think
from services.matcher.warming import warm_up_everything

Think: TypeAlias = Callable[[Instance, Task], Awaitable[Thought]]
Flags: TypeAlias = Any
"""A byte of shared memory for each thought under way: not 0 once nobody waits for it any more."""

# A round makes some hundred thousand objects and keeps them to its end: looking among them for what can be thrown away
# takes a tenth of a second each time, and finds next to nothing.
OBJECTS_BETWEEN_LOOKS = 200_000


class SolverLost(ConnectionError):
    """A solver process died. Others have been started; trying again is right."""


class Thinkers:
    """Solver processes that compile, or load what was compiled, while they wait for a first round."""

    def __init__(self, count: int, limits: Limits) -> None:
        self._count = count
        self._limits = limits
        self._context = multiprocessing.get_context("spawn")
        self._flags: Flags = self._context.RawArray("b", count)
        self._free: asyncio.Queue[int] = asyncio.Queue()
        for number in range(count):
            self._free.put_nowait(number)
        self._pool = self._new_pool()

    async def start(self) -> None:
        """Start them all, and wait until they are there.

        Where nothing is cached yet, a first round may still wait for compiling.
        """
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(self._pool, _is_there) for _ in range(self._count)))

    async def think(self, instance: Instance, task: Task = PLAIN) -> Thought:
        """Plan `instance`, or repair its plan, in one of the processes. Raises what `think` raises, and SolverLost.

        Cancelled, the process stops thinking about it.
        """
        number = await self._free.get()
        self._flags[number] = 0
        pool, thinking = self._pool, Future[Thought]()
        try:
            thinking = pool.submit(_think, instance, self._limits, task, number)
            return await asyncio.wrap_future(thinking)
        except asyncio.CancelledError:
            self._flags[number] = 1
            raise
        except BrokenProcessPool as error:
            if pool is self._pool:
                self._pool = self._new_pool()
            # Where nothing could be begun any more, nothing will end either.
            thinking.cancel()
            raise SolverLost("a solver process died") from error
        finally:
            thinking.add_done_callback(self._freeing(number))

    def _freeing(self, number: int) -> Callable[[Future[Thought]], object]:
        """The flag is free for another thought once this one has ended, in a thread of the pool's own."""
        loop = asyncio.get_running_loop()

        def done(_: Future[Thought]) -> None:
            with contextlib.suppress(RuntimeError):  # The loop is closed: the process ends.
                loop.call_soon_threadsafe(self._free.put_nowait, number)

        return done

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
        return ProcessPoolExecutor(self._count, self._context, initializer=_prepare, initargs=(compiling, self._flags))


_flags: Flags = None


def _prepare(compiling: Lock, flags: Flags) -> None:
    global _flags  # noqa: PLW0603 — what a process is started with reaches its work in no other way.
    _flags = flags
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
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)


def _think(instance: Instance, limits: Limits, task: Task, number: int) -> Thought:
    return think(instance, limits, task, lambda: bool(_flags[number]))


def _end_with_parent() -> None:
    """A parent that was killed cannot end its children; they see it go."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _is_there() -> bool:
    return True
