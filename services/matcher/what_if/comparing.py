"""Two plans side by side: who gains what, by school and year group, in coverage and equity, and what moves. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.matcher.checker import check
from services.matcher.equity_report import Covered, figures
from services.matcher.explain.prices import prices_of
from services.matcher.explain.resolving import Found, best_around
from services.matcher.instance import Instance, Match, Matches, Request
from services.matcher.points import points_of
from services.matcher.solver.program import whole_points

STEPS = 3_000
QUARTERS = ("disadvantaged_quarter", "other_three_quarters")


@dataclass(frozen=True)
class Outcome:
    """What a change brings. Points are counted by each instance's own policy; gains in pupil places and credits.

    `at_hand`: points of the plan at hand, which is improved before anything is compared. `before_by_new_policy`: what
    is left of the plan before, by the changed policy. `bound`: what no plan with the changes exceeds; None if unknown.
    """

    at_hand: int
    objective_before: int
    objective_after: int
    before_by_new_policy: int
    proven: bool
    bound: int | None
    by_school: Mapping[str, Mapping[str, int]]
    by_year: Mapping[str, Mapping[str, int]]
    equity_before: Mapping[str, Any]
    equity_after: Mapping[str, Any]
    kept: int
    resized: int
    dropped: int
    added: int
    sessions_added: int
    """Sessions that offers which are new may give, and how many of them take place."""
    sessions_taken: int


def compare(instance: Instance, changed: Instance, plan: tuple[Match, ...], steps: int = STEPS) -> Outcome:
    """What the change brings to whom, from this plan on; `plan` is improved before, so that luck is not counted."""
    before = _planned(instance, plan, steps)
    after = _planned(changed, _possible(changed, before.matches), steps)
    if not before.proven:
        before = _better(before, _planned(instance, _possible(instance, after.matches), steps))
        after = _better(after, _planned(changed, _possible(changed, before.matches), 1))
    after = _undisturbed(changed, before, after)
    return Outcome(
        at_hand=points_of(instance, plan).total,
        objective_before=before.objective,
        objective_after=after.objective,
        before_by_new_policy=points_of(changed, _possible(changed, before.matches)).total,
        proven=before.proven and after.proven,
        bound=_bound(changed, after),
        by_school=_gains(instance, changed, before, after, lambda request: request.school),
        by_year=_gains(instance, changed, before, after, lambda request: f"year {request.year}"),
        equity_before=equity(instance, before.matches),
        equity_after=equity(changed, after.matches),
        **_moves(before.matches, after.matches),
        **_sessions_of_new(instance, changed, after),
    )


def _planned(instance: Instance, plan: tuple[Match, ...], steps: int) -> Found:
    offers, requests = [o.id for o in instance.offers], [r.id for r in instance.requests]
    found = best_around(instance, plan, offers, requests, steps)
    if found is None:
        raise ValueError("no allowed plan was found")
    return found


def _undisturbed(changed: Instance, before: Found, after: Found) -> Found:
    """The plan before where none that was found is better: what only moves among equals is not the change's doing."""
    left = _possible(changed, before.matches)
    points = points_of(changed, left).total
    if points < after.objective or not check(changed, Matches(changed.id, left)).feasible:
        return after
    return replace(after, matches=left, objective=points)


def _bound(changed: Instance, after: Found) -> int | None:
    """What no plan of the changed instance exceeds."""
    if after.proven or after.bound is not None:
        return after.objective if after.proven else after.bound
    prices = prices_of(changed)
    return None if prices is None else whole_points(prices.bound)


def _sessions_of_new(instance: Instance, changed: Instance, after: Found) -> dict[str, int]:
    new = {offer.id: offer for offer in changed.offers} | {offer.id: None for offer in instance.offers}
    given = sum(min(offer.max_sessions, len(offer.sessions)) for offer in new.values() if offer is not None)
    taken = {match.session for match in after.matches if new[match.offer] is not None}
    return {"sessions_added": given, "sessions_taken": len(taken)}


def _better(one: Found, other: Found) -> Found:
    return other if other.objective > one.objective else one


def _possible(instance: Instance, plan: Iterable[Match]) -> tuple[Match, ...]:
    """The matches whose sides are still there."""
    offers, requests = {o.id for o in instance.offers}, {r.id for r in instance.requests}
    return tuple(m for m in plan if m.offer in offers and m.request in requests)


def _moves(before: Iterable[Match], after: Iterable[Match]) -> dict[str, int]:
    """Churn: matches kept as they are, kept with another number of pupils, dropped, added."""
    old = {(m.session, m.request): m.pupils for m in before}
    new = {(m.session, m.request): m.pupils for m in after}
    both = old.keys() & new.keys()
    kept = sum(old[pair] == new[pair] for pair in both)
    return {
        "kept": kept,
        "resized": len(both) - kept,
        "dropped": len(old) - len(both),
        "added": len(new) - len(both),
    }


Whose = Callable[[Request], str]


def _gains(
    instance: Instance, changed: Instance, before: Found, after: Found, whose: Whose
) -> dict[str, dict[str, int]]:
    """What each group of requests has more or less: pupil places, and credits that are still needed, by benchmark."""
    gained: dict[str, Counter[str]] = {}
    for sign, side, plan in ((-1, instance, before.matches), (1, changed, after.matches)):
        requests = {request.id: request for request in side.requests}
        reached = _reached(side, plan)
        for request_id, counts in reached.items():
            group = gained.setdefault(whose(requests[request_id]), Counter())
            for what, count in counts.items():
                group[what] += sign * count
    told = {name: {what: n for what, n in sorted(counts.items()) if n} for name, counts in sorted(gained.items())}
    return {name: counts for name, counts in told.items() if counts}


def _reached(instance: Instance, plan: Iterable[Match]) -> dict[str, Counter[str]]:
    """Per request its pupil places, and its credits up to the need."""
    counts_to = {offer.id: offer.counts_to for offer in instance.offers}
    needs = {request.id: request.need for request in instance.requests}
    reached: dict[str, Counter[str]] = {}
    for match in plan:
        counts = reached.setdefault(match.request, Counter())
        counts["pupils"] += match.pupils
        for benchmark, credit in counts_to[match.offer].items():
            counts[benchmark] += credit * match.pupils
    for request_id, counts in reached.items():
        for benchmark in counts.keys() - {"pupils"}:
            counts[benchmark] = min(counts[benchmark], needs[request_id].get(benchmark, 0))
    return reached


def equity(instance: Instance, plan: Iterable[Match]) -> dict[str, Any]:
    """The equity figures of a plan: shares of what the requests need now.

    Which quarter is disadvantaged is left out where no school says how many pupils have free meals.
    """
    reached = _reached(instance, plan)
    schools = {school.id: school for school in instance.schools}
    told = figures(
        Covered(r.id, r.school, r.year, schools[r.school].fsm_pct or 0.0, _share(r, reached.get(r.id, Counter())))
        for r in instance.requests
        if sum(r.need.values())
    )
    is_known = any(school.fsm_pct is not None for school in instance.schools)
    return {name: value for name, value in told.items() if is_known or name not in QUARTERS}


def _share(request: Request, counts: Mapping[str, int]) -> float:
    return sum(counts.get(benchmark, 0) for benchmark in request.need) / sum(request.need.values())
