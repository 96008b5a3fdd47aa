"""A smaller bound for a hub: the whole program, tightened by cutting planes and not branched on, in a process beside.

The bound of prices is there within a second, and one or two per cent above the best plan; this one takes ten seconds to
two minutes and halves that, at least.
"""

import io
import math
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np

from services.matcher.solver.exact import exact_program
from services.matcher.solver.pairs import Problem
from services.matcher.solver.program import Program

_POLL_SECONDS = 0.05
# HiGHS works with floats: its bound may be this share too small.
_TOLERANCE = 1e-7
_OPTIONS = {
    # The root alone: branching on a hub takes off little more in minutes. Plans are not its business.
    "mip_max_nodes": 1,
    "mip_heuristic_effort": 0.0,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_rins": False,
    "mip_detect_symmetry": False,
    "mip_heuristic_run_feasibility_jump": False,
    "mip_heuristic_run_root_reduced_cost": False,
}


class Cuts:
    """The process, from its start to the end of the block. Heard to its end, equal problems give equal bounds.

    A program of its own: `multiprocessing` would load again all that the caller's main module loads.
    """

    def __init__(self, problem: Problem) -> None:
        root = str(Path(__file__).parents[3])
        self._process = subprocess.Popen(  # noqa: S603 — our own program.
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))},
            # Ctrl-C is for whoever started this, and ends it.
            start_new_session=True,
        )
        self._latest = math.inf
        self._is_done = threading.Event()
        # It takes a moment until it reads, and long until it is done.
        self._talking = [
            threading.Thread(target=_tell, args=(self._process.stdin, problem), daemon=True),
            threading.Thread(target=self._hear, daemon=True),
        ]
        for thread in self._talking:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for thread in self._talking:
            thread.join()

    def bound(self, stop: Callable[[], bool]) -> float:
        """What no plan can add to the accepted matches, as far as it is known once all is done or `stop` says so."""
        while not self._is_done.wait(_POLL_SECONDS):
            if stop():
                break
        return self._latest

    def _hear(self) -> None:
        answers = self._process.stdout
        if answers:
            with answers:
                for line in answers:
                    self._latest = min(self._latest, float(line))
        # Also where the process died, of too little memory perhaps: the bound of the prices is there.
        self._is_done.set()


def _tell(there: IO[bytes], problem: Problem) -> None:
    try:
        with there:
            np.savez(there, **problem._asdict())
    except OSError:
        return  # It was ended before it had read everything.


def main() -> None:
    """Read a problem, and write ever smaller bounds, a line each."""
    with np.load(io.BytesIO(sys.stdin.buffer.read())) as told:
        program = _program(told)
    highs = program.solver(_OPTIONS)
    # HiGHS has it now, and needs the memory.
    del program
    told_last = math.inf

    def tell(bound: float) -> None:
        nonlocal told_last
        if bound < told_last:
            told_last = bound
            sys.stdout.write(f"{bound + abs(bound) * _TOLERANCE!r}\n")
            sys.stdout.flush()

    highs.cbMipInterrupt.subscribe(lambda event: tell(event.data_out.mip_dual_bound))
    highs.run()
    tell(float(highs.getInfo().mip_dual_bound))


def _program(told: Mapping[str, Any]) -> Program:
    fields: dict[str, Any] = {name: told[name] if told[name].ndim else int(told[name]) for name in told}
    return exact_program(Problem(**fields)).program


if __name__ == "__main__":
    main()
