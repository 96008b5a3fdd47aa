"""Villages are proven, whichever: cuts of the public instances, and what a run that ends early still says."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet

import pytest

from services.matcher.checker import check
from services.matcher.instance import Instance, Matches
from services.matcher.solver import Plan, proving, solve, solving
from services.matcher.solver.encode import encode
from services.matcher.solver.exact import Exact, exact_program
from services.matcher.solver.pairs import Problem, problem_of, scan_by_rules
from services.matcher.solver.proving import Effort, prove
from tests.matcher.given_cuts import BALANCED, MIDYEAR, PLACEMENTS, SCARCE, cut, public, thinned
from tests.matcher.given_small import a_request, an_instance, an_offer

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


def test_where_branching_ends_early_its_plan_is_searched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "NODES_DEFAULT", 1)
    monkeypatch.setattr(solving, "STEPS_TO_POLISH", 3_000)
    instance = cut(SCARCE, 5, 30, 0)
    told: list[int] = []

    plan = solve(instance, progress=lambda progress: told.append(progress.objective))

    *_, branched, polished = told
    assert branched < polished == judged(instance, plan) <= 3_720_275


def test_offers_of_which_the_dates_matter_are_known_from_one_proof_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    # Four visits on two mornings: only the dates tell that one cohort cannot have them all.
    offers = (an_offer(days=(0, 1), max_groups=2), an_offer("P", days=(0, 1), max_groups=2))
    instance = an_instance(offers, (a_request(need={"gb5": 80}),))
    tables = encode(instance)
    problem = problem_of(tables, scan_by_rules(instance, tables))
    asked: list[set[int]] = []

    def recording(p: Problem, apart: AbstractSet[int]) -> Exact:
        asked.append(set(apart))
        return exact_program(p, apart)

    monkeypatch.setattr(proving, "exact_program", recording)
    apart: set[int] = set()

    bounds = [prove(problem, Effort(100), apart).bound for _ in range(2)]

    assert bounds == [40_000, 40_000]
    assert asked == [set(), {0, 1}, {0, 1}]


def test_a_run_without_limits_ends_when_its_branching_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
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
