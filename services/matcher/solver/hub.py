"""Planning a hub: prices first, then a plan rounded from them, then ruin-and-recreate, with a bound from the start."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import highspy
import numpy as np

from services.matcher.solver.local import Best, Budget, greedy_state, rows_of, search, state_with
from services.matcher.solver.master import Master, enter, master_of, reduced_gains, turn, weights
from services.matcher.solver.pairs import Problem
from services.matcher.solver.rounding import rounded_state
from services.matcher.solver.search import greedy
from services.matcher.solver.state import OBJECTIVE, State, start
from services.matcher.solver.tables import Table

LEAST_USED = (0.3, 0.5, 0.7)
FIRST_RATINGS = 6_000_000  # in the first search; each later one is longer
GROWTH = 1.6
NEARLY_WORTH = 3_000.0
NODES = 300


@dataclass(slots=True)
class Found:
    """What a run has so far."""

    best: Best
    bound: int | None
    steps: int
    method: str


Listener = Callable[[int, int | None], None]


def plan_hub(p: Problem, limits: Budget, seed: int, gap: float | None, tell: Listener) -> Found:
    """The best plan within the limits, and its bound."""
    standing = int(start(p).sums[OBJECTIVE])
    first = greedy_state(p, seed)
    found = Found(Best(int(first.sums[OBJECTIVE]), rows_of(first)), None, 0, "largest gain first")
    tell(found.best.objective, None)
    master = master_of(p)
    while not limits.is_over() and turn(master):
        pass
    if limits.is_over():
        return found
    found.bound = standing + int(master.value + 1e-4 * max(1.0, master.value * 1e-9))
    for state in _roundings(p, master, seed):
        _take(found, Best(int(state.sums[OBJECTIVE]), rows_of(state)), tell)
    found.method = "configuration columns, then ruin and recreate"
    _improve(p, master, found, limits, (seed, gap, tell))
    return found


def _roundings(p: Problem, master: Master, seed: int, used: Table | None = None) -> list[State]:
    states = [rounded_state(master, seed, used, least) for least in LEAST_USED]
    for state in states:
        greedy(p, state, len(p.pairs) - len(p.fixed))
    return states


def _take(found: Found, best: Best, tell: Listener) -> None:
    if best.objective > found.best.objective:
        found.best = best
        tell(best.objective, found.bound)


def is_close(found: Found, gap: float | None) -> bool:
    """Whether the proven gap is as small as was asked for."""
    if found.bound is None or gap is None:
        return found.bound is not None and found.bound <= found.best.objective
    return found.bound - found.best.objective <= gap * max(1, abs(found.best.objective))


def _improve(p: Problem, master: Master, found: Found, limits: Budget, how: tuple[int, float | None, Listener]) -> None:
    """Search in ever longer turns, each from the best plan so far; once, start from a plan by branch and bound."""
    seed, gap, tell = how
    ratings = FIRST_RATINGS
    number = 0
    while not limits.is_over() and not is_close(found, gap):
        left = None if limits.steps is None else limits.steps - found.steps
        if left is not None and left <= 0:
            return
        turn_limits = Budget(left, limits.until, limits.stop, lambda o: tell(o, found.bound), ratings)
        state = state_with(p, found.best.rows, seed * 1009 + number)
        best = search(p, state, turn_limits)
        found.steps += best.steps
        _take(found, best, tell)
        ratings = int(ratings * GROWTH)
        number += 1
