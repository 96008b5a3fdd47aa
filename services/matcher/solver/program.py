"""Writing a mixed-integer program row by row, and having HiGHS solve it."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np

from services.matcher.solver.tables import Table

INFINITE = highspy.kHighsInf


@dataclass(slots=True)
class Program:
    """A program to maximise. Columns and rows are numbered as they are added."""

    gains: list[float] = field(default_factory=list)
    lows: list[float] = field(default_factory=list)
    highs: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    row_lows: list[float] = field(default_factory=list)
    row_highs: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    columns: list[int] = field(default_factory=list)
    factors: list[float] = field(default_factory=list)

    def column(self, gain: float, low: float = 0, high: float = 1, *, whole: bool = True) -> int:
        """Add a variable and return its number."""
        self.gains.append(gain)
        self.lows.append(low)
        self.highs.append(high)
        self.whole.append(whole)
        return len(self.gains) - 1

    def row(self, terms: Iterable[tuple[int, float]], low: float = -INFINITE, high: float = INFINITE) -> None:
        """Add a row: low ≤ Σ factor × column ≤ high."""
        for column, factor in terms:
            self.columns.append(column)
            self.factors.append(factor)
        self.starts.append(len(self.columns))
        self.row_lows.append(low)
        self.row_highs.append(high)

    def solver(self, options: dict[str, Any]) -> highspy.Highs:
        """HiGHS with this program in it and these options set."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.gains), len(self.row_lows)
        lp.col_cost_ = np.array(self.gains, float)
        lp.col_lower_, lp.col_upper_ = np.array(self.lows, float), np.array(self.highs, float)
        lp.row_lower_, lp.row_upper_ = np.array(self.row_lows, float), np.array(self.row_highs, float)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array(self.starts, np.int32)
        lp.a_matrix_.index_ = np.array(self.columns, np.int32)
        lp.a_matrix_.value_ = np.array(self.factors, float)
        lp.sense_ = highspy.ObjSense.kMaximize
        if any(self.whole):
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            lp.integrality_ = [kinds[whole] for whole in self.whole]
        highs = highspy.Highs()
        for name, value in {"output_flag": False, "threads": 1, **options}.items():
            highs.setOptionValue(name, value)
        highs.passModel(lp)
        return highs


def whole_points(bound: float) -> int:
    """Points are whole: a float near a whole number of them means that number."""
    return math.floor(bound + 1e-3)


@dataclass(frozen=True, slots=True)
class Solved:
    """Values of the columns (none when nothing was found), and what the program's optimum cannot exceed."""

    values: Table | None
    bound: float
    nodes: int = 0


def solve_program(
    program: Program,
    options: dict[str, Any],
    stop: Callable[[], bool] | None = None,
    start: Mapping[int, float] | None = None,
) -> Solved:
    """Run branch and bound until it is proven, a limit among the options is met, or `stop` says so.

    `start`: values of the whole-number columns of an answer that is known already.
    """
    highs = program.solver(options)
    if start:
        known = np.array(sorted(start), np.int32)
        highs.setSolution(len(known), known, np.array([start[int(column)] for column in known], float))
    if stop is not None:
        interrupt = highs.cbMipInterrupt
        interrupt.subscribe(lambda event: event.interrupt(stop()))
    highs.run()
    info = highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.array(highs.getSolution().col_value) if found else None
    return Solved(values, float(info.mip_dual_bound), max(0, int(info.mip_node_count)))
