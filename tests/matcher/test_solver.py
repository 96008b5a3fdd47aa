"""The solver against exhaustive search, worked examples, contradictions, and itself under change."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings

from services.matcher.checker import check
from services.matcher.files import read_instance
from services.matcher.instance import Instance, Match, Matches
from services.matcher.solver import Infeasible, solve
from services.matcher.solver.answer import matches_of
from services.matcher.solver.eligible import scan
from services.matcher.solver.encode import encode
from services.matcher.solver.hub import Aim, plan_hub
from services.matcher.solver.local import Budget, chosen_of
from services.matcher.solver.pairs import problem_of, scan_by_rules
from tests.matcher.given_small import EXAMPLES, a_request, accepted, an_instance, an_offer, small_instances


def best_by_trying_all(instance: Instance) -> int:
    """The optimum: every number of pupils for every session and request, judged by the independent checker."""
    visits = [(o.id, s.id, r) for o in instance.offers for s in o.sessions for r in instance.requests]
    options = [
        [None, *(m for n in range(1, r.pupils + 1) if judge(instance, [m := Match(o, s, r.id, n)]) is not None)]
        for o, s, r in visits
    ]
    plans = ([m for m in plan if m is not None] for plan in product(*options))
    return max(value for plan in plans if (value := judge(instance, plan)) is not None)


def judge(instance: Instance, plan: list[Match]) -> int | None:
    verdict = check(instance, Matches(instance.id, tuple(plan), {}))
    return verdict.objective if verdict.feasible else None


def few_plans(instance: Instance) -> bool:
    visits = sum(len(o.sessions) for o in instance.offers)
    count = 1
    for request in instance.requests:
        count *= (request.pupils + 1) ** visits
    return count <= 3000


@settings(max_examples=60)
@given(instance=small_instances().filter(few_plans))
def test_no_plan_beats_the_solver(instance: Instance) -> None:
    plan = solve(instance)

    assert judge(instance, list(plan.matches)) == plan.objective
    assert plan.objective == plan.bound == best_by_trying_all(instance)


@settings(max_examples=60)
@given(instance=small_instances())
def test_the_search_keeps_all_rules_and_its_bound_holds(instance: Instance) -> None:
    tables = encode(instance)
    problem = problem_of(tables, scan(tables))

    found = plan_hub(problem, Budget(steps=40), 3, Aim(0.0), lambda _, __: None)
    matches = matches_of(instance, problem, chosen_of(found.best.rows))

    assert judge(instance, list(matches)) == found.best.objective
    assert found.bound is not None
    assert found.best.objective <= solve(instance).objective <= found.bound


@settings(max_examples=60)
@given(instance=small_instances())
def test_compiled_rules_find_the_pairs_that_the_plain_rules_find(instance: Instance) -> None:
    tables = encode(instance)

    by_rules, by_scan = scan_by_rules(instance, tables), scan(tables)

    assert by_rules.pairs.tolist() == by_scan.pairs.tolist()
    assert by_rules.choices.tolist() == by_scan.choices.tolist()
    assert by_rules.groups == by_scan.groups


@settings(max_examples=30)
@given(instance=small_instances())
def test_more_room_never_lowers_the_optimum(instance: Instance) -> None:
    roomier = tuple(replace(o, max_pupils=o.max_pupils + 1, max_groups=o.max_groups + 1) for o in instance.offers)

    assert solve(replace(instance, offers=roomier)).objective >= solve(instance).objective


@settings(max_examples=30)
@given(instance=small_instances())
def test_other_names_and_another_order_change_nothing_in_value(instance: Instance) -> None:
    offers = tuple(
        replace(o, id=f"x{o.id}", sessions=tuple(replace(s, id=f"y{s.id}") for s in o.sessions))
        for o in reversed(instance.offers)
    )
    requests = tuple(replace(r, id=f"z{r.id}") for r in reversed(instance.requests))
    existing = tuple(
        replace(e, offer=f"x{e.offer}", session=f"y{e.session}", request=f"z{e.request}") for e in instance.existing
    )
    renamed = replace(instance, offers=offers, requests=requests, existing=existing)

    assert solve(renamed).objective == solve(instance).objective


@pytest.mark.parametrize(
    "name,optimum",
    [("example-1-does-it-pay", 25_162), ("example-2-two-days", 75_000), ("example-3-move-or-stay", 68_700)],
)
def test_the_worked_examples_have_their_optimum(name: str, optimum: int) -> None:
    plan = solve(read_instance(EXAMPLES / f"{name}.json"))

    assert (plan.objective, plan.bound, plan.status) == (optimum, optimum, "optimal")


def test_an_employer_is_not_paid_for_a_session_that_nobody_visits() -> None:
    asked = an_instance((an_offer(max_groups=3),), (a_request(sectors={}),))
    points = replace(asked.policy, bands={"gb5": ((100, 0),)}, fit_points=100, employer_points=500)

    plan = solve(replace(asked, policy=points))

    # One pupil loses 100 for the sector; without a visit the employer counts for nothing.
    assert [m.pupils for m in plan.matches] == [1]
    assert plan.objective == plan.bound == 400


def test_a_session_without_groups_does_not_take_place() -> None:
    instance = an_instance((an_offer(max_groups=0),), (a_request(),))
    tables = encode(instance)
    problem = problem_of(tables, scan(tables))

    found = plan_hub(problem, Budget(steps=40), 0, Aim(0.0), lambda _, __: None)

    assert matches_of(instance, problem, chosen_of(found.best.rows)) == ()
    assert solve(instance).matches == ()


def test_nothing_to_match_is_an_empty_plan() -> None:
    assert solve(an_instance((), ())).matches == ()
    assert solve(an_instance((an_offer(),), ())).matches == ()
    assert solve(an_instance((), (a_request(),))).matches == ()


CONTRADICTIONS: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[str, str, int]]]] = {
    "H3-capacity": ({"max_pupils": 30, "max_groups": 3}, {}, [("O.0", "R", 20), ("O.0", "R2", 11)]),
    "H3-groups": ({"max_groups": 1}, {}, [("O.0", "R", 5), ("O.0", "R2", 5)]),
    "H4-sessions": ({"max_sessions": 1}, {}, [("O.0", "R", 5), ("O.1", "R2", 5)]),
    "H5-hogging": ({"max_groups_per_school": 1}, {}, [("O.0", "R", 5), ("O.1", "R2", 5)]),
    "H6-places": ({}, {"max_places": 9}, [("O.0", "R", 5), ("O.1", "R", 5)]),
    "H7-clash": ({"max_pupils": 50}, {}, [("O.0", "R", 21)]),
    "H0-duplicate": ({"max_groups": 3}, {}, [("O.0", "R", 5), ("O.0", "R", 6)]),
}


@pytest.mark.parametrize("rule", CONTRADICTIONS)
def test_accepted_matches_that_contradict_are_named_with_their_rule(rule: str) -> None:
    offer, request, held = CONTRADICTIONS[rule]
    other = accepted("P", "P.0", "R2", 1)
    existing = (other, *(accepted("O", session, r, pupils) for session, r, pupils in held))
    offers = (an_offer(days=(0, 1), **offer), an_offer("P", days=(5,)))
    instance = an_instance(offers, (a_request(**request), a_request("R2", **request)), existing=existing)

    with pytest.raises(Infeasible) as caught:
        solve(instance)

    assert caught.value.smallest.rule == rule
    assert {(m.session, m.request, m.pupils) for m in caught.value.smallest.matches} == set(held)


def test_what_is_accepted_twice_in_the_same_words_is_one_match() -> None:
    held = accepted("O", "O.0", "R", 20)
    instance = an_instance((an_offer(),), (a_request(),), existing=(held, held))

    plan = solve(instance)

    assert plan.matches == (Match("O", "O.0", "R", 20),)
    assert judge(instance, list(plan.matches)) == plan.objective == plan.bound == 20_000


def test_accepted_matches_that_just_fit_stay_though_not_eligible_today() -> None:
    held = accepted("O", "O.0", "R", 20)
    instance = an_instance((an_offer(years=frozenset({11}), notice_days=400),), (a_request(),), existing=(held,))

    plan = solve(instance)

    assert plan.matches == (Match("O", "O.0", "R", 20),)
    assert plan.objective == 20_000
