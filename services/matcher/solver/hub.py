"""Planning a hub: prices first, then a plan rounded from them, then ruin-and-recreate, with a bound from the start."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.matcher.solver.local import Best, Budget, greedy_state, rows_of, search, state_with
from services.matcher.solver.master import LARGE_PAIRS, Master, bound_of, is_large, master_of, reduced_gains, turn
from services.matcher.solver.pairs import Problem
from services.matcher.solver.program import whole_points
from services.matcher.solver.rounding import rounded_state
from services.matcher.solver.search import greedy
from services.matcher.solver.state import OBJECTIVE, State, start

LEAST_USED = (0.3, 0.5, 0.7)
FIRST_RATINGS = 6_000_000  # in the first search; each later one is longer
GROWTH = 1.6
LARGE_TURNS = 4
SHARES = (0.0, 0.5, 1.0)
PRICING_SHARE = 0.6
TURNS_BEFORE_CUTS = 2


@dataclass(slots=True)
class Found:
    """What a run has so far."""

    best: Best
    bound: int | None
    steps: int
    method: str


Listener = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Aim:
    """When a plan is good enough: at this proven gap.

    `tighten`: finds a smaller bound, of what any plan adds to accepted matches; asked once, where the first turns of
    the search do not get there. The first turn on a large plan is the longest: it is asked before.
    """

    gap: float | None = None
    tighten: Callable[[], float] | None = None


def plan_hub(p: Problem, limits: Budget, seed: int, aim: Aim, tell: Listener) -> Found:
    """The best plan within the limits, and its bound."""
    standing = int(start(p).sums[OBJECTIVE])
    first = greedy_state(p, seed)
    found = Found(Best(int(first.sums[OBJECTIVE]), rows_of(first)), None, 0, "largest gain first")
    tell(found.best.objective, None)
    master = master_of(p)
    found.bound = standing + whole_points(_priced(master, limits))
    tell(found.best.objective, found.bound)
    if master.is_solved:
        _round(p, found, master, (seed, tell))
    _improve(p, found, limits, (seed, aim, tell))
    return found


def _round(p: Problem, found: Found, master: Master, how: tuple[int, Listener]) -> None:
    seed, tell = how
    for state in _roundings(p, master, seed):
        _take(found, Best(int(state.sums[OBJECTIVE]), rows_of(state)), tell)
    found.method = "configuration columns, then ruin and recreate"


def _priced(master: Master, limits: Budget) -> float:
    """Find the prices and return the bound by them; on a large problem, or in a hurry, they need not be exact."""
    begun = time.monotonic()
    bound = _bound_at_a_glance(master)
    for _ in range(LARGE_TURNS if is_large(master.problem) else 1000):
        if limits.until is not None:
            left = begun + PRICING_SHARE * (limits.until - begun) - time.monotonic()
            if left <= 0:
                break
            master.highs.setOptionValue("time_limit", master.highs.getRunTime() + left)
        if limits.is_over() or not turn(master):
            break
        if limits.until is not None:
            # The clock may end it anywhere, and prices under way jump.
            bound = min(bound, bound_of(master))
    return min(bound, bound_of(master))


def _bound_at_a_glance(master: Master) -> float:
    """A bound before anything is solved: every credit at the same share of its points, places at what they bring."""
    prices, bounds, at, columns = master.dual.copy(), [], master.layout, master.columns
    for share in SHARES:
        master.dual[:] = 0.0
        master.dual[at.prefixes :] = share * columns.prefix_fall
        best = np.zeros(len(columns.rooms.single))
        np.maximum.at(best, columns.offer, reduced_gains(master) / columns.size)
        master.dual[at.pupils : at.days] = np.where(columns.rooms.single, 0.0, best)
        bounds.append(bound_of(master))
    master.dual = prices
    return min(bounds)


def _roundings(p: Problem, master: Master, seed: int) -> list[State]:
    states = [rounded_state(master, seed, least) for least in LEAST_USED]
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


def _improve(p: Problem, found: Found, limits: Budget, how: tuple[int, Aim, Listener]) -> None:
    """Search in ever longer turns, each from the best plan so far."""
    seed, aim, tell = how
    # A large plan is cooled once, slowly.
    ratings = FIRST_RATINGS * (1 + len(p.pairs) // LARGE_PAIRS * 20)
    asked_before, number = 0 if is_large(p) else TURNS_BEFORE_CUTS, 0
    while not limits.is_over() and not is_close(found, aim.gap):
        if number == asked_before and aim.tighten is not None:
            tighten(p, found, aim.tighten())
            tell(found.best.objective, found.bound)
            aim = Aim(aim.gap)
            continue
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


def tighten(p: Problem, found: Found, more: float) -> None:
    """Take the bound of what any plan adds to the accepted matches, if it is smaller."""
    if math.isfinite(more):
        bound = int(start(p).sums[OBJECTIVE]) + whole_points(more)
        found.bound = bound if found.bound is None else min(found.bound, bound)
