"""Villages are proven, whichever: cuts of the public instances, and what a run that ends early still says."""

from collections.abc import Callable

import pytest

from services.matcher.checker import check
from services.matcher.instance import Instance, Matches
from services.matcher.solver import Plan, solve, solving
from tests.matcher.given_cuts import BALANCED, MIDYEAR, PLACEMENTS, SCARCE, cut, public, thinned

CUTS: dict[str, tuple[Callable[[], Instance], int]] = {
    "mid-year without every 7th request": (lambda: thinned(MIDYEAR, 1), 2_504_435),
    "mid-year without others": (lambda: thinned(MIDYEAR, 6), 2_440_049),
    "8 schools where offers are scarce": (lambda: cut(SCARCE, 8, 20, 2), 3_120_940),
    "6 schools, balanced": (lambda: cut(BALANCED, 6, 14, 1), 1_246_266),
    "6 schools with placements": (lambda: cut(PLACEMENTS, 6, 20, 2), 459_776),
}


def judged(instance: Instance, plan: Plan) -> int:
    verdict = check(instance, Matches(instance.id, plan.matches, {}))
    assert verdict.broken == ()
    return verdict.objective


@pytest.mark.parametrize("name", CUTS)
def test_a_small_instance_is_proven(name: str) -> None:
    make, optimum = CUTS[name]

    plan = solve(make())

    assert judged(make(), plan) == plan.objective == plan.bound == optimum


def test_dates_that_look_alike_but_are_promised_are_told_apart() -> None:
    # Two sessions were proposed to one cohort: the program may count both, and there is room on one only.
    instance = thinned(MIDYEAR, 4)

    plan = solve(instance)

    assert judged(instance, plan) == plan.objective == plan.bound == 2_481_956


def test_a_run_without_limits_ends_when_its_branching_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "NODES_AT_FIRST", 1)
    monkeypatch.setattr(solving, "NODES_DEFAULT", 1)
    monkeypatch.setattr(solving, "STEPS_WHEN_SMALL", 300)
    instance = cut(SCARCE, 4, 30, 0)

    first, second = solve(instance), solve(instance)

    assert judged(instance, first) == first.objective
    assert first.bound is not None
    assert 0.99 * 2_791_199 <= first.objective <= 2_791_199 <= first.bound <= 1.02 * 2_791_199
    assert (first.matches, first.bound, first.steps) == (second.matches, second.bound, second.steps)


@pytest.mark.parametrize("name,best", [(MIDYEAR, 2_569_723), (SCARCE, 20_609_648)])
def test_a_run_that_ends_at_once_has_a_fair_plan_and_a_bound(name: str, best: int) -> None:
    plan = solve(public(name), seconds=1e-9)

    assert judged(public(name), plan) == plan.objective >= 0.9 * best
    assert plan.bound is not None
    assert plan.ending == "seconds"
    assert best <= plan.bound <= 1.5 * best
