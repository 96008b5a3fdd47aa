"""Running the compiled search: how long, how hot, and what the best plan so far is."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from services.matcher.solver.pairs import Problem
from services.matcher.solver.search import RATINGS, STEP, Desk, anneal, empty_desk, greedy
from services.matcher.solver.seating import reseat
from services.matcher.solver.state import ACTIVE, OBJECTIVE, State, hold, start
from services.matcher.solver.tables import Chosen, Table, Tables

HOT, COLD, NOISE = 300.0, 50.0, 0.2
CHUNK_RATINGS = 60_000
RATINGS_PER_SECOND = 5_000_000
ENDLESS = 1 << 40


@dataclass(slots=True)
class Budget:
    """When a search ends: after so many steps or ratings, at a time of the monotonic clock, or when `stop` says so."""

    steps: int | None = None
    until: float | None = None
    stop: Callable[[], bool] | None = None
    found: Callable[[int], None] | None = None
    ratings: int | None = None

    def is_over(self) -> bool:
        return (self.until is not None and time.monotonic() >= self.until) or (self.stop is not None and self.stop())


@dataclass(slots=True)
class Best:
    """The best plan that a search has seen: rows (pair, session, pupils, bonus) of the matches that may be moved."""

    objective: int
    rows: Table
    steps: int = 0


def rows_of(state: State) -> Table:
    """The movable matches of a state."""
    visits = state.visits[state.active[: state.sums[ACTIVE]]]
    return np.stack([visits["pair"], visits["session"], visits["pupils"], visits["bonus"]], axis=1)


def chosen_of(rows: Table) -> list[Chosen]:
    """The same as values."""
    return [Chosen(pair, session, pupils) for pair, session, pupils, _ in rows.tolist()]


def state_with(problem: Problem, rows: Table, seed: int = 0) -> State:
    """A state that holds the accepted matches and these."""
    state = start(problem, seed)
    for pair, session, pupils, bonus in rows.tolist():
        hold(problem, state, pair, session, pupils, bonus, True)  # noqa: FBT003 — compiled code takes no keywords.
    return state


def standing_state(problem: Problem, tables: Tables, seed: int = 0) -> State:
    """What was planned before, as far as it is still possible."""
    state = start(problem, seed)
    for session, request, pupils in tables.proposed.tolist():
        reseat(problem, state, session, request, pupils)
    return state


def chosen_state(problem: Problem, chosen: Iterable[Chosen], seed: int = 0) -> State:
    """The matches of a plan that was found otherwise."""
    state = start(problem, seed)
    for pair, session, pupils in chosen:
        reseat(problem, state, session, int(problem.pairs["request"][pair]), pupils)
    return state


def greedy_state(problem: Problem, seed: int = 0) -> State:
    """Largest gain first."""
    state = start(problem, seed)
    greedy(problem, state, len(problem.pairs) - len(problem.fixed))
    return state


def search(problem: Problem, state: State, budget: Budget) -> Best:
    """Improve the state until the budget is spent and return the best plan seen. The same steps give the same plan.

    The heat falls with the steps taken: how many there will be is told from the ratings of the first ones, which a busy
    machine makes more slowly but not otherwise. Only when the clock runs ahead of the steps does the clock count.
    """
    desk = empty_desk(problem)
    best = Best(int(state.sums[OBJECTIVE]), rows_of(state))
    begun = time.monotonic()
    total, chunk, share = min(budget.steps or ENDLESS, 64), 64, 0.0
    while best.steps < total and not budget.is_over():
        chunk = min(chunk, total - best.steps)
        planned = _planned(desk, budget, begun)
        following = _share(best.steps + chunk, planned, begun, budget)
        anneal(problem, state, desk, chunk, _heat(share), _heat(following), NOISE)
        share = following
        best.steps += chunk
        _keep(best, state, budget)
        total = _planned(desk, budget, begun)
        chunk = max(1, CHUNK_RATINGS // _ratings_each(desk))
    return best


def _heat(share: float) -> float:
    return HOT * (COLD / HOT) ** share


def _ratings_each(desk: Desk) -> int:
    return max(1, int(desk.counts[RATINGS]) // max(1, int(desk.counts[STEP])))


def _planned(desk: Desk, budget: Budget, begun: float) -> int:
    """How many steps there will be, as far as steps and ratings limit them."""
    limits = [budget.steps or ENDLESS]
    if budget.ratings is not None:
        limits.append(budget.ratings // _ratings_each(desk))
    elif budget.until is not None and budget.steps is None:
        limits.append(int((budget.until - begun) * RATINGS_PER_SECOND) // _ratings_each(desk))
    return max(1, min(limits))


def _share(steps: int, planned: int, begun: float, budget: Budget) -> float:
    """How much of the budget is spent: by the steps, unless the clock is ahead of them."""
    if budget.until is None:
        return min(1.0, steps / planned)
    elapsed = (time.monotonic() - begun) / max(1e-9, budget.until - begun)
    return min(1.0, max(steps / planned, elapsed))


def _keep(best: Best, state: State, budget: Budget) -> None:
    objective = int(state.sums[OBJECTIVE])
    if objective > best.objective:
        best.objective, best.rows = objective, rows_of(state)
        if budget.found is not None:
            budget.found(objective)
