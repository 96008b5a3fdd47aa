"""What would be best if one thing were otherwise: the plan made anew around it, and who gains or loses. Pure.

Small instances are solved to the proven optimum. Up to a small hub they are searched anew, and around what is touched,
from the plan at hand: what is found can be had at least, and the changed instance's prices say what at most. Larger
ones are planned anew around what is touched only. The same work without the change is done for comparison.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from services.matcher.checker import check
from services.matcher.instance import Instance, Match, Matches
from services.matcher.points import points_of
from services.matcher.solver import repair, solve
from services.matcher.solver.repairing import CALM
from services.matcher.solver.solving import plan_by_search

PROVEN_PRODUCT = 600
"""Up to so many offers × requests every answer is proven, unless branching takes too long."""
SEARCHED_PRODUCT = 10_000
"""Up to so many the whole instance is searched anew for each answer."""
SEARCHING_STEPS = 1_500
STEPS = 240
SEEDS = (0,)


@dataclass(frozen=True)
class Found:
    """The best plan found for an instance. `proven`: none is better; `bound`: what none can exceed, where known."""

    matches: tuple[Match, ...]
    objective: int
    proven: bool
    bound: int | None = None


@dataclass(frozen=True)
class Shift:
    """What one request gains or loses: credits by benchmark, and pupils by offer."""

    request: str
    credits: Mapping[str, int]
    pupils: Mapping[str, int]


@dataclass(frozen=True)
class Change:
    """What one change brings: points, proven or found, what it can bring at most where that is known, and for whom."""

    points: int
    proven: bool
    shifts: tuple[Shift, ...]
    at_most: int | None = None


def best_around(
    instance: Instance, plan: tuple[Match, ...], offers: Iterable[str], requests: Iterable[str], steps: int = STEPS
) -> Found | None:
    """The best plan from `plan` on, where what concerns these may move; None if none of what was found is allowed."""
    whole = _anew(instance, steps)
    if whole is not None and whole.proven:
        return whole
    around = _around(instance, plan, offers, requests, steps)
    if whole is None or around is None:
        return whole or around
    return _better(around, whole)


def _anew(instance: Instance, steps: int) -> Found | None:
    """The best plan of the whole instance, where there is time for that."""
    product = len(instance.offers) * len(instance.requests)
    if product > SEARCHED_PRODUCT:
        return None
    steps = max(steps, SEARCHING_STEPS)
    solved = solve(instance, steps=steps) if product <= PROVEN_PRODUCT else plan_by_search(instance, steps)
    return Found(solved.matches, solved.objective, solved.status == "optimal", solved.bound)


def _around(
    instance: Instance, plan: tuple[Match, ...], offers: Iterable[str], requests: Iterable[str], steps: int
) -> Found | None:
    touched = {"offers": frozenset(offers), "requests": frozenset(requests)}
    found = [
        repair(_moving_for(instance, points), plan, **touched, steps=steps, seed=seed).matches
        for points in _fares(instance)
        for seed in SEEDS
    ]
    allowed = [(points_of(instance, matches).total, matches) for matches in found if _is_allowed(instance, matches)]
    if not allowed:
        return None
    objective, matches = max(allowed)
    return Found(matches, objective, proven=False)


def _is_allowed(instance: Instance, matches: tuple[Match, ...]) -> bool:
    return check(instance, Matches(instance.id, matches)).feasible


def _fares(instance: Instance) -> list[int]:
    """Points for moving a match of the plan: none, and, where some are proposed already, what the policy asks."""
    has_proposed = any(old.status == "proposed" for old in instance.existing)
    return [0, instance.policy.change_points // CALM] if has_proposed else [0]


def _moving_for(instance: Instance, points: int) -> Instance:
    return replace(instance, policy=replace(instance.policy, change_points=points))


def shifts(instance: Instance, before: Iterable[Match], after: Iterable[Match]) -> tuple[Shift, ...]:
    """Who gains and who loses between two plans; a group that only moves to another day is no change."""
    moved: dict[tuple[str, str], int] = Counter()
    for sign, plan in ((-1, before), (1, after)):
        for match in plan:
            moved[match.request, match.offer] += sign * match.pupils
    counts = {offer.id: offer.counts_to for offer in instance.offers}
    found = []
    for request in sorted({request for (request, _), pupils in moved.items() if pupils}):
        pupils = {offer: n for (r, offer), n in sorted(moved.items()) if r == request and n}
        gained: Counter[str] = Counter()
        for offer, n in pupils.items():
            for benchmark, credit in counts[offer].items():
                gained[benchmark] += credit * n
        found.append(Shift(request, {b: n for b, n in sorted(gained.items()) if n}, pupils))
    return tuple(found)


class Scales:
    """A plan at hand, against which changes are weighed."""

    def __init__(self, instance: Instance, plan: tuple[Match, ...]) -> None:
        self.instance = instance
        self.plan = plan
        self.objective = points_of(instance, plan).total
        self._still: dict[tuple[frozenset[str], frozenset[str]], Found] = {}

    def still(self, offers: Iterable[str], requests: Iterable[str]) -> Found:
        """The best plan with nothing changed, where what concerns these may move."""
        key = (frozenset(offers), frozenset(requests))
        if key not in self._still:
            found = best_around(self.instance, self.plan, *key)
            self._still[key] = _better(found, self._at_hand(proven=found is not None and found.proven))
        return self._still[key]

    def _at_hand(self, *, proven: bool) -> Found:
        return Found(self.plan, self.objective, proven)

    def weigh(self, changed: Instance, offers: Iterable[str], requests: Iterable[str]) -> Change:
        """What the change brings, or costs, beyond what could be had without it."""
        key = (frozenset(offers), frozenset(requests))
        before = self.still(*key)
        after = _better(best_around(changed, before.matches, *key), _kept(changed, before))
        if not after.proven:
            before = self._still[key] = self._taken_back(before, after, key)
            after = _better(after, _kept(changed, before))
        proven = before.proven and after.proven
        at_most = None if after.bound is None else max(after.bound, after.objective) - before.objective
        points = after.objective - before.objective
        return Change(points, proven, shifts(changed, before.matches, after.matches), at_most)

    def _taken_back(self, before: Found, after: Found, key: tuple[frozenset[str], frozenset[str]]) -> Found:
        """What is left of a better plan when the change is taken back: luck of the search is not the change's doing."""
        moved = set(after.matches) ^ set(before.matches)
        offers, requests = key[0].union(m.offer for m in moved), key[1].union(m.request for m in moved)
        back = best_around(self.instance, after.matches, offers, requests)
        return _better(_better(_kept(self.instance, after), back), before)


def _kept(changed: Instance, plan: Found) -> Found | None:
    """The same plan where things are otherwise, but for pairs that may not meet, if it is still allowed."""
    apart = {(old.offer, old.request) for old in changed.existing if old.status == "declined"}
    fixed = {(old.session, old.request) for old in changed.existing if old.status == "accepted"}
    left = tuple(m for m in plan.matches if (m.offer, m.request) not in apart or (m.session, m.request) in fixed)
    return Found(left, points_of(changed, left).total, proven=False) if _is_allowed(changed, left) else None


def _better(one: Found | None, other: Found | None) -> Found:
    """The better of two plans; of equals the second, with what is proven of either."""
    if one is None or other is None:
        found = one or other
        if found is None:
            raise ValueError("neither plan is allowed")
        return found
    proven = one.proven or other.proven
    bound = min((found.bound for found in (one, other) if found.bound is not None), default=None)
    return replace(one if one.objective > other.objective else other, proven=proven, bound=bound)
