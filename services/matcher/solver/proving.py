"""Proving the optimum of a small problem: branch and bound over the whole program, with dates told apart as needed."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.matcher.solver.dating import columns_for, dated
from services.matcher.solver.exact import Exact, Visit, exact_program, visits_by_slot
from services.matcher.solver.pairs import Problem
from services.matcher.solver.program import solve_program
from services.matcher.solver.tables import EMPLOYER_USED, SESSION_USED, Chosen, Table

HALF = 0.5
# The points are whole: what is less than one point better is not better.
NEARLY_ONE = 0.9


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to branch: `nodes` in all, and no longer than `until` (monotonic) or `stop`."""

    nodes: int
    until: float | None = None
    stop: Callable[[], bool] | None = None
    gap: float = 0.0

    def is_over(self) -> bool:
        return (self.until is not None and time.monotonic() >= self.until) or (self.stop is not None and self.stop())


@dataclass(frozen=True, slots=True)
class Proof:
    """The best plan of the program, and what no plan can add to the accepted matches (infinite where unknown)."""

    chosen: list[Chosen] | None
    bound: float
    nodes: int


def prove(p: Problem, effort: Effort, apart: set[int], known: Sequence[Chosen] = ()) -> Proof:
    """Branch until it is proven or the effort is spent. Without a clock and a stop, equal calls give equal answers.

    `apart`: the offers whose dates are known to need telling apart; those that turn out to are added.
    """
    exact, bound, nodes = exact_program(p, apart), math.inf, 0
    chosen: list[Chosen] | None = None
    while True:
        options: dict[str, float | int | str] = {
            "mip_rel_gap": effort.gap,
            "mip_abs_gap": NEARLY_ONE,
            # The program is small, and its rows are as tight as they are written.
            "presolve": "off",
            # Beginning anew pays off where presolve has more to do.
            "mip_allow_restart": False,
            "mip_max_nodes": max(0, effort.nodes - nodes),
        }
        if effort.until is not None:
            options["time_limit"] = max(0.01, effort.until - time.monotonic())
        start = columns_for(exact, chosen or known) if chosen or known else None
        solved = solve_program(exact.program, options, effort.stop, start)
        nodes += solved.nodes
        bound = min(bound, solved.bound)
        if solved.values is None:
            return Proof(chosen, bound, nodes)
        filled = _fill(exact, solved.values)
        chosen, more = dated(exact, solved.values, apart)
        is_over = nodes >= effort.nodes or effort.is_over()
        if is_over or not (filled or more):
            return Proof(chosen, bound, nodes)
        if more:
            apart |= more
            exact = exact_program(p, apart)


def _fill(exact: Exact, values: Table) -> bool:
    """Ask for a visit in every slot that these values open for its employer's sake; whether there is one.

    Rows against that slow the program down and are rarely needed, so they are added where it happens: without them the
    bound holds all the same.
    """
    p = exact.problem
    if p.policy[EMPLOYER_USED] <= p.policy[SESSION_USED]:
        return False
    visits = visits_by_slot(exact)
    visited = {_employer(exact, v.slot) for v in exact.visits if _is_used(v, values)}
    empty = [n for n, c in exact.opened.items() if values[c] > HALF and _employer(exact, n) not in visited]
    for number in empty:
        terms = [(v.column if v.column >= 0 else v.pupils, -1.0) for v in visits[number]]
        exact.program.row([(exact.opened[number], 1), *terms], high=0)
    return bool(empty)


def _employer(exact: Exact, slot: int) -> int:
    return int(exact.problem.offers["employer"][exact.slots[slot].offer])


def _is_used(visit: Visit, values: Table) -> bool:
    return bool(values[visit.column if visit.column >= 0 else visit.pupils] > HALF)
