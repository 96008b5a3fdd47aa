"""A smaller bound for a hub: the whole program, tightened by cutting planes and not branched on, in a process beside.

The bound of prices is there within a second, and one or two per cent above the best plan; this one takes ten seconds to
two minutes and halves that.
"""

import math
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

from services.matcher.solver.exact import exact_program
from services.matcher.solver.pairs import Problem
from services.matcher.solver.program import solve_program

_MARGIN_SECONDS = 1.0
_POLL_SECONDS = 0.05
# HiGHS works with floats: its bound may be this share too small.
_TOLERANCE = 1e-7
_OPTIONS = {
    # The root alone: branching on a hub takes off little more in minutes. Plans are not its business.
    "mip_max_nodes": 1,
    "mip_heuristic_effort": 0.0,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_root_reduced_cost": False,
}


class Cuts:
    """The process, from its start to the end of the block. Without `until` equal problems give equal bounds."""

    def __init__(self, problem: Problem, until: float | None = None) -> None:
        context = get_context("spawn")
        self._bounds, there = context.Pipe(duplex=False)
        self._process = context.Process(target=_cut, args=(there, problem, until), daemon=True)
        self._process.start()
        there.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.join()
        self._bounds.close()

    def bound(self, stop: Callable[[], bool]) -> float:
        """What no plan can add to the accepted matches; infinite where `stop` said so before it was found."""
        while not self._bounds.poll(_POLL_SECONDS):
            if stop():
                return math.inf
        with suppress(EOFError):
            return float(self._bounds.recv())
        return math.inf  # The process died, of too little memory perhaps: the bound of the prices is there.


def _cut(bounds: Connection, problem: Problem, until: float | None) -> None:
    # Ctrl-C goes to the whole group; who started this ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    options = dict(_OPTIONS)
    exact = exact_program(problem)
    if until is not None:
        options["time_limit"] = max(0.0, until - _MARGIN_SECONDS - time.monotonic())
    found = solve_program(exact.program, options).bound
    bounds.send(found + abs(found) * _TOLERANCE)
