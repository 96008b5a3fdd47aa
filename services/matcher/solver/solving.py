"""Planning an instance: which method for which size, and when to end."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from services.matcher.instance import Instance, Match
from services.matcher.points import points_of
from services.matcher.solver.answer import chosen_from, matches_of
from services.matcher.solver.conflicts import conflicts_of
from services.matcher.solver.encode import encode
from services.matcher.solver.pairs import Problem, problem_of, scan_by_rules
from services.matcher.solver.plan import Ending, Infeasible, Plan
from services.matcher.solver.program import whole_points
from services.matcher.solver.proving import Effort, prove
from services.matcher.solver.tables import Tables

if TYPE_CHECKING:
    from services.matcher.solver.beside import Beside
    from services.matcher.solver.hub import Found

# Up to so many (offers × requests) the plain rules are quick enough, and what is left is proven by one program.
SMALL_PRODUCT = 4_000
SMALL_CHOICES = 1_000
# Most villages are proven by so little branching; the others are searched first, which needs the compiled code: whoever
# stops the run then has a good plan.
NODES_AT_FIRST = 20
TINY_CHOICES = 64
STEPS_WHEN_SMALL = 4_000
STEPS_TO_POLISH = 20_000
SEARCHING_SHARE = 0.5
# A minute of branching or so ends a run that nothing else does; who limits the steps wants an answer soon.
NODES_DEFAULT = 2_000
NODES_WITH_STEPS = 60
# In less the process beside is hardly there.
SECONDS_FOR_CUTS = 10.0
# From here on there may be too many pairs for one program; a hub of 50 schools has a hundred thousand.
REGION_PRODUCT = 1_000_000
# From here on not all pairs fit into memory: 600 schools have 16 million, England a thousand million.
NATION_PRODUCT = 100_000_000
STEPS_DEFAULT = 100_000
# A gap may be out of reach: then this ends the search.
STEPS_FOR_GAP = 1_000_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: points of the best plan so far, and what no plan can exceed (when known)."""

    objective: int
    bound: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller asked for."""

    seconds: float | None
    steps: int | None
    seed: int
    gap: float | None
    progress: Callable[[Progress], None] | None
    stop: Callable[[], bool] | None
    begun: float

    @property
    def until(self) -> float | None:
        return None if self.seconds is None else self.begun + self.seconds

    @property
    def step_limit(self) -> int | None:
        """The steps asked for; without them and without a clock so many that every run ends."""
        if self.steps is not None or self.seconds is not None:
            return self.steps
        return STEPS_DEFAULT if self.gap is None else STEPS_FOR_GAP

    def is_unlimited(self) -> bool:
        """Whether neither a clock nor a number of steps is to end it."""
        return self.seconds is None and self.steps is None

    def is_over(self) -> bool:
        return self.is_late() or self.is_stopped()

    def is_late(self) -> bool:
        return self.until is not None and time.monotonic() >= self.until

    def is_stopped(self) -> bool:
        return self.stop is not None and self.stop()

    def ending(self, *, is_close: bool) -> Ending:
        """What ended the run."""
        if is_close:
            return "gap"
        if self.is_stopped():
            return "stopped"
        return "seconds" if self.is_late() else "steps"

    def tell(self, objective: int, bound: int | None) -> None:
        if self.progress is not None:
            self.progress(Progress(objective, bound, time.monotonic() - self.begun))


def solve(  # noqa: PLR0913 — each is a limit or a listener, and all have a default.
    instance: Instance,
    *,
    seconds: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    gap: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Plan:
    """The best plan found within the limits given; small instances are solved to the proven optimum.

    Ends after `seconds`, after `steps` of the search, when the proven gap is at most `gap`, or when `stop()` is true;
    without any of them after a fixed number of steps. A nation's gap is judged at its end, and without `seconds` its
    bound takes a hundred rounds of prices, whatever its steps. Unless `seconds` or `stop` ended it, the same instance,
    seed and limits give the same plan on any machine at any load.
    Raises Infeasible when the accepted matches contradict one another.
    """
    conflicts = conflicts_of(instance)
    if conflicts:
        raise Infeasible(conflicts)
    if seconds is not None:
        # Loading compiled code is not solving: seconds are the search's.
        warm_up()
        if steps is None and len(instance.offers) * len(instance.requests) > REGION_PRODUCT:
            _warm_up_market()
    wish = Wish(seconds, steps, seed, gap, progress, stop, time.monotonic())
    tables = encode(instance)
    if _is_nation(instance):
        return _by_places(instance, tables, wish)
    problem = _problem(instance, tables)
    if len(problem.choices) <= SMALL_CHOICES:
        return _settled(instance, problem, wish)
    return _searched(instance, problem, wish)


def _is_nation(instance: Instance) -> bool:
    return len(instance.offers) * len(instance.requests) > NATION_PRODUCT


def _problem(instance: Instance, tables: Tables) -> Problem:
    if len(instance.offers) * len(instance.requests) <= SMALL_PRODUCT:
        return problem_of(tables, scan_by_rules(instance, tables))
    from services.matcher.solver.eligible import scan  # noqa: PLC0415 — compiled code, not needed for a village.

    return problem_of(tables, scan(tables))


def _settled(instance: Instance, problem: Problem, wish: Wish) -> Plan:
    """A small problem: proven if a little branching does, else searched, and branched on from what was found.

    Against the clock it is searched first, unless it is tiny.
    """
    plan: Plan | None = None
    apart: set[int] = set()
    if wish.seconds is None or len(problem.choices) <= TINY_CHOICES:
        plan = _proven(instance, problem, wish, NODES_AT_FIRST, apart)
        if _is_settled(plan):
            return plan
    steps = STEPS_WHEN_SMALL if wish.steps is None else min(wish.steps, STEPS_WHEN_SMALL)
    seconds = None if wish.seconds is None else SEARCHING_SHARE * wish.seconds
    searched = _searched(instance, problem, replace(wish, steps=steps, seconds=seconds))
    plan = _joined(searched, plan, wish)
    if _is_settled(plan) or wish.is_over():
        return plan
    nodes = NODES_DEFAULT if wish.steps is None else NODES_WITH_STEPS
    plan = _joined(_proven(instance, problem, wish, nodes, apart, plan.matches), plan, wish)
    if _is_settled(plan) or wish.is_over() or not wish.is_unlimited():
        return plan
    return _joined(_polished(instance, problem, plan, wish), plan, wish)


def _polished(instance: Instance, problem: Problem, plan: Plan, wish: Wish) -> Plan:
    """The plan after a search from it on: where branching ended early, its dates may have left places over."""
    from services.matcher.solver.local import Budget, chosen_of, chosen_state, search  # noqa: PLC0415 — as above.

    state = chosen_state(problem, chosen_from(instance, problem, plan.matches), wish.seed)
    best = search(problem, state, Budget(STEPS_TO_POLISH, wish.until, wish.stop))
    matches = matches_of(instance, problem, chosen_of(best.rows))
    return replace(plan, matches=matches, objective=_objective(instance, matches), steps=best.steps)


def _is_settled(plan: Plan) -> bool:
    return plan.ending in ("optimal", "gap")


def _joined(new: Plan, old: Plan | None, wish: Wish) -> Plan:
    """The better plan of two, with the smaller bound."""
    both = [new] if old is None else [old, new]
    best = max(both, key=lambda plan: plan.objective)
    bound = min((plan.bound for plan in both if plan.bound is not None), default=None)
    steps = sum(plan.steps for plan in both)
    joined = replace(best, bound=bound, seconds=time.monotonic() - wish.begun, steps=steps)
    wish.tell(joined.objective, joined.bound)
    return replace(joined, ending=_ending(joined, wish))


def _ending(plan: Plan, wish: Wish) -> Ending:
    if plan.bound == plan.objective:
        return "optimal"
    return wish.ending(is_close=plan.gap is not None and wish.gap is not None and plan.gap <= wish.gap)


def plan_by_search(instance: Instance, steps: int) -> Plan:
    """A plan by so many steps of the search, with the bound of its prices: quick, and nothing is branched on."""
    wish = Wish(None, steps, 0, None, None, None, time.monotonic())
    return _searched(instance, _problem(instance, encode(instance)), wish)


def _proven(
    instance: Instance, problem: Problem, wish: Wish, nodes: int, apart: set[int], known: Sequence[Match] = ()
) -> Plan:
    standing = _objective(instance, matches_of(instance, problem, []))
    effort = Effort(nodes, wish.until, wish.stop, wish.gap or 0.0)
    proof = prove(problem, effort, apart, chosen_from(instance, problem, known))
    matches = matches_of(instance, problem, proof.chosen or [])
    objective = _objective(instance, matches)
    bound = standing + whole_points(proof.bound) if math.isfinite(proof.bound) else None
    plan = Plan(matches, objective, bound, time.monotonic() - wish.begun, "mixed-integer program", "steps", proof.nodes)
    return replace(plan, ending=_ending(plan, wish))


def _objective(instance: Instance, matches: tuple[Match, ...]) -> int:
    return points_of(instance, matches).total


def _searched(instance: Instance, problem: Problem, wish: Wish) -> Plan:
    from services.matcher.solver.beside import beside  # noqa: PLC0415 — as above.

    if _asks_beside(problem, wish):
        with beside(problem, wish.until) as bounds:
            found = _tightened(problem, _planned(problem, wish), bounds, wish)
    else:
        found = _planned(problem, wish)
    return _plan_of(instance, problem, found, wish)


def _asks_beside(problem: Problem, wish: Wish) -> bool:
    """Whether a smaller bound is looked for all the while. Who limits the steps wants an answer soon."""
    from services.matcher.solver.master import is_large  # noqa: PLC0415 — as above.

    if wish.steps is not None or wish.gap is not None:
        return False
    return is_large(problem) or (wish.seconds is not None and wish.seconds >= SECONDS_FOR_CUTS)


def _tightened(problem: Problem, found: "Found", bounds: "Beside", wish: Wish) -> "Found":
    from services.matcher.solver.hub import tighten  # noqa: PLC0415 — as above.

    tighten(problem, found, bounds.bound(wish.is_over))
    wish.tell(found.best.objective, found.bound)
    return found


def _plan_of(instance: Instance, problem: Problem, found: "Found", wish: Wish) -> Plan:
    from services.matcher.solver.hub import is_close  # noqa: PLC0415 — as above.
    from services.matcher.solver.local import chosen_of  # noqa: PLC0415 — as above.

    matches = matches_of(instance, problem, chosen_of(found.best.rows))
    seconds = time.monotonic() - wish.begun
    ending = "optimal" if found.bound == found.best.objective else wish.ending(is_close=is_close(found, wish.gap))
    return Plan(matches, found.best.objective, found.bound, seconds, found.method, ending, found.steps)


def _planned(problem: Problem, wish: Wish) -> "Found":
    """Searched. For a gap the bound is tightened after as many steps each time: when it is there, ends the run."""
    from services.matcher.solver.beside import beside  # noqa: PLC0415 — as above.
    from services.matcher.solver.hub import Aim, plan_hub  # noqa: PLC0415 — as above.
    from services.matcher.solver.local import Budget  # noqa: PLC0415 — as above.

    def tighten() -> float:
        with beside(problem, None) as bounds:
            return bounds.bound(wish.is_over)

    aim = Aim(wish.gap, tighten if wish.gap is not None and wish.steps is None else None)
    return plan_hub(problem, Budget(wish.step_limit, wish.until, wish.stop), wish.seed, aim, wish.tell)


def _by_places(instance: Instance, tables: Tables, wish: Wish) -> Plan:
    """Planned by places, while prices beside bound what places together could do."""
    from services.matcher.solver.beside import beside_nation  # noqa: PLC0415 — as above.
    from services.matcher.solver.eligible import scan_places  # noqa: PLC0415 — as above.
    from services.matcher.solver.local import Budget  # noqa: PLC0415 — as above.
    from services.matcher.solver.nation import places_of, plan_nation  # noqa: PLC0415 — as above.

    places = places_of(tables)
    problem = problem_of(tables, scan_places(tables, *places))
    budget = Budget(wish.step_limit, wish.until, wish.stop)
    # The prices end by the clock only where the search does: who limits its steps would wait for them.
    until = wish.until if wish.steps is None else None
    with beside_nation(tables, problem, until) as bounds:
        found = _tightened(problem, plan_nation(problem, places, budget, wish.seed, wish.tell), bounds, wish)
    return _plan_of(instance, problem, found, wish)


@cache
def warm_up() -> None:
    """Compile, or load from the cache, all that is compiled; once done, it is done for the whole process."""
    from services.matcher.solver.warming import tiny_instance  # noqa: PLC0415 — as above.

    instance = tiny_instance()
    tables = encode(instance)
    from services.matcher.solver.eligible import scan  # noqa: PLC0415 — as above.
    from services.matcher.solver.hub import Aim, plan_hub  # noqa: PLC0415 — as above.
    from services.matcher.solver.local import Budget, search, state_with  # noqa: PLC0415 — as above.
    from services.matcher.solver.repairing import repair  # noqa: PLC0415 — as above.

    problem = problem_of(tables, scan(tables))
    found = plan_hub(problem, Budget(steps=1), 0, Aim(), lambda _, __: None)
    search(problem, state_with(problem, found.best.rows), Budget(steps=4))
    repair(instance, [Match("O", "O.1", "R", 30)], offers=["O"])


@cache
def _warm_up_market() -> None:
    """As `warm_up`, for what only regions and nations need."""
    from services.matcher.solver.beside import beside_nation  # noqa: PLC0415 — as above.
    from services.matcher.solver.warming import tiny_instance  # noqa: PLC0415 — as above.

    tables = encode(tiny_instance())
    with beside_nation(tables, problem_of(tables, scan_by_rules(tiny_instance(), tables)), time.monotonic()) as bounds:
        bounds.bound(lambda: False)
