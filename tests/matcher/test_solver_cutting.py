"""A smaller bound for a hub, found beside the search or before a gap is judged."""

import pytest

from services.matcher.solver import solve, solving
from services.matcher.solver.cutting import Cuts
from services.matcher.solver.eligible import scan
from services.matcher.solver.encode import encode
from services.matcher.solver.pairs import problem_of
from tests.matcher.given_cuts import BALANCED, SCARCE, cut

HUB = cut(SCARCE, 10, 30, 1)
"""A little above what is proven by branching."""
GAP = 0.012
"""Less than the bound of the prices can show, and more than cutting planes leave."""


def test_cutting_planes_find_a_smaller_bound_than_prices_do():
    plan = solve(HUB, steps=8_000)
    tables = encode(HUB)

    with Cuts(problem_of(tables, scan(tables))) as cuts:
        bound = cuts.bound(lambda: False)

    assert plan.bound is not None
    assert plan.objective <= bound < plan.bound


def test_a_gap_that_prices_cannot_show_is_reached_with_the_same_plan_each_time():
    one, other = (solve(HUB, gap=GAP) for _ in range(2))

    assert one.ending == "gap"
    assert one.gap is not None
    assert one.gap <= GAP
    assert (one.matches, one.bound) == (other.matches, other.bound)


def test_by_the_clock_the_bound_is_looked_for_beside_the_search(monkeypatch: pytest.MonkeyPatch):
    """Here it is waited for, however busy the machine is."""
    heard_out = Cuts.bound
    monkeypatch.setattr(solving, "SECONDS_FOR_CUTS", 1.0)
    monkeypatch.setattr(Cuts, "bound", lambda cuts, _stop: heard_out(cuts, lambda: False))

    plan, by_prices = solve(HUB, seconds=2), solve(HUB, steps=100)

    assert plan.bound is not None
    assert by_prices.bound is not None
    assert plan.objective <= plan.bound < by_prices.bound


def test_who_asks_for_steps_waits_for_no_cutting_planes(monkeypatch: pytest.MonkeyPatch):
    """Live rounds do."""
    monkeypatch.setattr("services.matcher.solver.cutting.Cuts.__init__", None)

    assert solve(cut(BALANCED, 8, 40, 1), steps=100, seconds=60).ending == "steps"


def test_a_run_that_is_stopped_does_not_wait_for_cutting_planes():
    plan = solve(HUB, seconds=600, stop=lambda: True)

    assert plan.ending == "stopped"
