"""What a round leaves to a process of its own: solving, checking, looking. Pure, from values to values."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

from services.matcher.checker import check
from services.matcher.files import instance_to_bytes, matches_to_bytes
from services.matcher.instance import Instance, Matches
from services.matcher.look_ahead.holding import VERSION, Ahead, Foreseen, Held, held_back, settled
from services.matcher.looking import Comparison, Look, View
from services.matcher.solver import Plan, repair, solve


@dataclass(frozen=True)
class Limits:
    """When the solver ends, and its seed. Noted with the round, so that it can be run again.

    It ends by steps or proof; `seconds` is far beyond what they take, and for emergencies.
    """

    seed: int
    steps: int
    seconds: float


@dataclass(frozen=True)
class Thought:
    """A plan that passed the checker, what there is to say about it, and both files as they are kept."""

    plan: Plan
    looks: Mapping[str, Look]
    comparisons: Mapping[tuple[str, str], Comparison]
    instance_gz: bytes
    matches_gz: bytes
    held: Mapping[tuple[str, str], Held] = field(default_factory=dict)
    """What of the plan is held back, by session and request."""
    foreseen: Foreseen | None = None
    """What the scenarios said; None where none were asked."""


class Unwanted(Exception):
    """Nobody waits for the plan any more: the round that asked for it was overtaken."""


class PlanBroken(Exception):
    """The checker found a plan of ours to break the rules: nothing of it is written."""


@dataclass(frozen=True)
class Touched:
    """What one event concerns: only that is planned anew."""

    offers: list[str]
    requests: list[str]


@dataclass(frozen=True)
class Task:
    """What a round asks for: the repair of what one event touched; or a plan, looking ahead if there is a past."""

    touched: Touched | None = None
    ahead: Ahead | None = None


PLAIN = Task()
Stop = Callable[[], bool]


def think(instance: Instance, limits: Limits, task: Task = PLAIN, stop: Stop | None = None) -> Thought:
    """Plan the instance, or repair its plan. Raises Infeasible, and PlanBroken if the checker finds a fault.

    With former years, what their scenarios agree on is decided first; the plan is made around it, and what else is in
    it may be held back. Raises Unwanted soon after `stop` says so.
    """
    settling = settle(instance, limits, task, stop)
    if stop and stop():
        raise Unwanted
    plan = settling.plan
    answer = answer_of(instance, plan)
    verdict = check(instance, answer)
    if not verdict.feasible or verdict.objective != plan.objective:
        claimed = f"{plan.objective} points claimed, {verdict.objective} counted"
        raise PlanBroken(f"{claimed}; {'; '.join(map(str, verdict.broken[:5]))}")
    view = View(instance, plan.matches)
    looks = {} if task.touched else view.looks()
    files = _packed(instance_to_bytes(settling.problem)), pack(answer)
    return Thought(plan, looks, view.comparisons(), *files, settling.held, settling.foreseen)


@dataclass(frozen=True)
class Settling:
    """A plan, the problem it solves (what the scenarios agreed on is fixed in it), and what of it is held back."""

    plan: Plan
    problem: Instance
    held: Mapping[tuple[str, str], Held]
    foreseen: Foreseen | None


def settle(instance: Instance, limits: Limits, task: Task = PLAIN, stop: Stop | None = None) -> Settling:
    """What the round decides, without what is said about it. Live rounds and the simulator decide here."""
    is_idle = not instance.offers or not instance.requests
    if is_idle or task.ahead is None or not task.ahead.years:
        return Settling(solve_within(instance, limits, task.touched, stop), instance, {}, None)
    try:
        foreseen = _foresee(instance, task.ahead, stop)
    except Exception as fault:  # noqa: BLE001 — looking ahead is advice: the area is planned all the same.
        foreseen = Foreseen((), (), {"version": VERSION, "failed": repr(fault)})
        return Settling(solve_within(instance, limits, stop=stop), instance, {}, foreseen)
    problem = settled(instance, foreseen)
    plan = solve_within(problem, limits, stop=stop)
    return Settling(plan, problem, held_back(instance, plan.matches, foreseen, task.ahead), foreseen)


def _foresee(instance: Instance, ahead: Ahead, stop: Stop | None) -> Foreseen:
    from services.matcher.look_ahead.foreseeing import foresee  # noqa: PLC0415 — compiled code.

    return foresee(instance, ahead, stop)


def solve_within(instance: Instance, limits: Limits, touched: Touched | None = None, stop: Stop | None = None) -> Plan:
    """The solver within a round's limits; a repair has limits of its own."""
    if touched:
        return repair(instance, offers=touched.offers, requests=touched.requests, seed=limits.seed)
    return solve(instance, seed=limits.seed, steps=limits.steps, seconds=limits.seconds, stop=stop)


def answer_of(instance: Instance, plan: Plan) -> Matches:
    """The plan as a file says it, without what differs from run to run."""
    meta: dict[str, object] = {"objective": plan.objective, "bound": plan.bound, "method": plan.method}
    return Matches(instance.id, tuple(sorted(plan.matches)), meta)


def pack(answer: Matches) -> bytes:
    """The answer's file, packed: equal answers give equal bytes."""
    return _packed(matches_to_bytes(answer))


@cache
def solver_version() -> str:
    """Which solver this is: a hash over its code, the rules and the points."""
    here = Path(__file__).parent
    sources = sorted([*(here / "solver").glob("*.py"), here / "rules.py", here / "points.py", here / "instance.py"])
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=6, mtime=0)
