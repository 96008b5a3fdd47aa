"""A hub: what the compiled search counts is what the plain objective says, and equal runs give equal plans."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from services.matcher.checker import check
from services.matcher.files import read_instance
from services.matcher.instance import Existing, Instance, Match, Matches
from services.matcher.points import points_of
from services.matcher.solver import Plan, repair, solve
from services.matcher.solver.answer import matches_of
from services.matcher.solver.eligible import scan
from services.matcher.solver.encode import encode
from services.matcher.solver.local import chosen_of, greedy_state, rows_of
from services.matcher.solver.pairs import Problem, problem_of
from services.matcher.solver.search import anneal, empty_desk
from services.matcher.solver.state import OBJECTIVE

INSTANCES = Path(__file__).parents[2] / "bench" / "instances"


@cache
def scarce_hub() -> Instance:
    return read_instance(INSTANCES / "p12_hub_scarce.json.gz")


@cache
def planned() -> Plan:
    return solve(scarce_hub(), steps=600)


def judged(instance: Instance, matches: tuple[Match, ...]) -> int:
    verdict = check(instance, Matches(instance.id, matches, {}))
    assert verdict.broken == ()
    return verdict.objective


def test_the_running_sum_is_the_plain_objective_after_hundreds_of_steps() -> None:
    hub = read_instance(INSTANCES / "p02_village_midyear.json.gz")
    tables = encode(hub)
    problem: Problem = problem_of(tables, scan(tables))
    state, desk = greedy_state(problem, 5), empty_desk(problem)

    for _ in range(20):
        anneal(problem, state, desk, 25, 5000.0, 5000.0, 0.3)

        matches = matches_of(hub, problem, chosen_of(rows_of(state)))
        assert points_of(hub, matches).total == state.sums[OBJECTIVE] == judged(hub, matches)


def test_a_hub_s_plan_is_allowed_good_and_below_its_bound() -> None:
    plan = planned()

    assert judged(scarce_hub(), plan.matches) == plan.objective
    assert plan.objective >= 0.98 * 20_241_059
    assert plan.bound is not None
    assert 20_241_059 <= plan.bound <= 1.01 * 20_609_648


def test_equal_runs_give_equal_plans() -> None:
    again = solve(scarce_hub(), steps=600)

    assert again.matches == planned().matches
    assert (again.objective, again.bound, again.steps) == (planned().objective, planned().bound, planned().steps)


def test_a_run_ends_when_its_gap_is_reached() -> None:
    plan = solve(scarce_hub(), gap=0.05)

    assert plan.ending == "gap"
    assert plan.gap is not None
    assert plan.gap <= 0.05


def test_after_a_decline_the_rest_of_the_plan_stays() -> None:
    gone = planned().matches[40]
    left = [m for m in planned().matches if (m.offer, m.request) != (gone.offer, gone.request)]
    existing: tuple[Existing, ...] = (Existing(gone.offer, gone.session, gone.request, gone.pupils, "declined"),)
    existing += tuple(Existing(m.offer, m.session, m.request, m.pupils, "proposed") for m in left)
    hub = replace(scarce_hub(), existing=existing)

    plan = repair(hub, offers=[gone.offer], requests=[gone.request])

    kept = {(m.session, m.request) for m in plan.matches}
    assert judged(hub, plan.matches) == plan.objective >= points_of(hub, left).total
    assert sum((m.session, m.request) not in kept for m in left) <= 2
    assert not any((m.offer, m.request) == (gone.offer, gone.request) for m in plan.matches)
