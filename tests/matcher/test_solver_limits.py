"""Every limit that matches share: it bites, and it lets pass what just fits; by the program and by the search."""

from dataclasses import replace

import pytest

from services.matcher.checker import check
from services.matcher.instance import Employer, Instance, Matches, School
from services.matcher.solver import solve, solving
from services.matcher.solver.eligible import scan
from services.matcher.solver.encode import encode
from services.matcher.solver.exact import exact_program
from services.matcher.solver.hub import Aim, plan_hub
from services.matcher.solver.local import Budget
from services.matcher.solver.pairs import problem_of
from services.matcher.solver.program import solve_program
from tests.matcher.given_small import a_request, an_instance, an_offer

TWO = (a_request(), a_request("R2"))
HALL = (School("S", 52.0, -1.0, "secondary", 1),)
TIGHT = {
    "H3-capacity": (an_instance((an_offer(max_groups=2),), TWO), 30_000),
    "H3-groups": (an_instance((an_offer(max_pupils=50),), TWO), 20_000),
    "H4-sessions": (an_instance((an_offer(days=(0, 1), max_sessions=1),), TWO), 20_000),
    "H4-employer": (an_instance((an_offer(), an_offer("P", days=(1,))), TWO, employers=(Employer("E", 1),)), 20_000),
    "H5-hogging": (an_instance((an_offer(days=(0, 1), max_groups_per_school=1),), TWO), 20_000),
    "H6-places": (an_instance((an_offer(days=(0, 1), max_pupils=10),), (a_request(max_places=15),)), 15_000),
    "H7-clash": (an_instance((an_offer(max_pupils=15), an_offer("P")), (a_request(need={"gb5": 40}),)), 20_000),
    "H8-hall": (an_instance((an_offer(), an_offer("P")), TWO, schools=HALL), 20_000),
}
LOOSE = {
    "H3-capacity": (an_instance((an_offer(max_groups=2, max_pupils=40),), TWO), 40_000),
    "H3-groups": (an_instance((an_offer(max_pupils=50, max_groups=2),), TWO), 40_000),
    "H4-sessions": (an_instance((an_offer(days=(0, 1), max_sessions=2),), TWO), 40_000),
    "H4-employer": (an_instance((an_offer(), an_offer("P", days=(1,))), TWO, employers=(Employer("E", 2),)), 40_000),
    "H5-hogging": (an_instance((an_offer(days=(0, 1), max_groups_per_school=2),), TWO), 40_000),
    "H6-places": (an_instance((an_offer(days=(0, 1), max_pupils=10),), (a_request(max_places=20),)), 20_000),
    "H7-clash": (an_instance((an_offer(), an_offer("P", days=(1,))), (a_request(need={"gb5": 40}),)), 40_000),
    "H8-hall": (an_instance((an_offer(), an_offer("P", days=(1,))), TWO, schools=HALL), 40_000),
}


def by_program(instance: Instance) -> int:
    plan = solve(instance)
    assert check(instance, Matches(instance.id, plan.matches, {})).feasible
    return plan.objective


def by_search(instance: Instance) -> int:
    tables = encode(instance)
    problem = problem_of(tables, scan(tables))
    return plan_hub(problem, Budget(steps=50), 0, Aim(), lambda _, __: None).best.objective


@pytest.mark.parametrize("rule", TIGHT)
def test_a_limit_bites(rule: str) -> None:
    instance, optimum = TIGHT[rule]

    assert by_program(instance) == optimum
    assert by_search(instance) == optimum


@pytest.mark.parametrize("rule", LOOSE)
def test_a_limit_lets_pass_what_just_fits(rule: str) -> None:
    instance, optimum = LOOSE[rule]

    assert by_program(instance) == optimum
    assert by_search(instance) == optimum


@pytest.mark.parametrize("mode,points", [("virtual", 20_000), ("at_workplace", 40_000)])
def test_the_hall_bounds_what_one_session_holds_before_its_date_is_known(mode: str, points: int) -> None:
    offer = an_offer(mode=mode, days=(0, 1), max_sessions=1, max_groups=3, max_pupils=90)
    instance = an_instance((offer,), TWO, schools=HALL)
    tables = encode(instance)

    solved = solve_program(exact_program(problem_of(tables, scan(tables))).program, {})

    assert solved.bound == points == by_program(instance)


def test_a_day_of_visits_takes_both_halves() -> None:
    day = an_offer("P")
    day = replace(day, sessions=tuple(replace(s, part="day") for s in day.sessions))

    assert by_program(an_instance((an_offer(), day), (a_request(need={"gb5": 40}),))) == 20_000


def test_a_workplace_visit_needs_no_hall() -> None:
    visit = an_offer("P", mode="at_workplace")

    assert by_program(an_instance((an_offer(), visit), TWO, schools=HALL)) == 40_000


def test_a_nation_ends_by_itself_where_nothing_limits_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "NATION_PRODUCT", 0)
    monkeypatch.setattr(solving, "STEPS_DEFAULT", 2_000)
    instance, points = LOOSE["H3-capacity"]

    plan = solve(instance)

    assert (plan.objective, plan.ending) == (points, "optimal")
    assert plan.method.startswith("places")
