"""The bound by prices: no plan exceeds it, each limit tightens it that is counted in it, and it is worth its name."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings

from services.matcher.instance import Instance, School
from services.matcher.solver import hub, market, master, solve, solving
from services.matcher.solver.eligible import scan, scan_links
from services.matcher.solver.encode import encode
from services.matcher.solver.market import MarketBound, Pricing, links_of, market_of
from services.matcher.solver.pairs import problem_of
from services.matcher.solver.state import OBJECTIVE, start
from services.matcher.solver.tables import Table
from tests.matcher.given_cuts import BALANCED, SCARCE, cut, public
from tests.matcher.given_small import a_request, accepted, an_instance, an_offer, small_instances
from tests.matcher.test_solver_limits import LOOSE, TIGHT, TWO

HUB = "p12_hub_scarce"
ROUNDS = 100
BEST_KNOWN = 20_457_638
COUNTED = ("H3-capacity", "H3-groups", "H4-sessions", "H4-employer", "H5-hogging", "H6-places")


def never() -> bool:
    return False


def bound_of(instance: Instance, rounds: int) -> float:
    tables = encode(instance)
    problem = problem_of(tables, scan(tables))
    pricing = Pricing(market_of(problem, *scan_links(tables, never)))
    for number in range(rounds):
        assert pricing.learn(number / rounds, never)
    return float(start(problem).sums[OBJECTIVE]) + pricing.bound(never)


@settings(max_examples=60)
@given(instance=small_instances())
def test_no_plan_exceeds_the_bound_at_any_prices(instance: Instance):
    optimum = solve(instance).objective

    assert min(bound_of(instance, rounds) for rounds in (0, 3, 60)) >= optimum - 1e-6


@pytest.mark.parametrize("name", ["p01_village", "p02_village_midyear"])
def test_accepted_and_planned_matches_are_counted(name: str):
    optimum = solve(public(name)).objective

    assert optimum <= bound_of(public(name), 100) <= 1.03 * optimum


@pytest.mark.parametrize("rule", COUNTED)
def test_a_limit_that_bites_tightens_it(rule: str):
    (tight, optimum), (loose, more) = TIGHT[rule], LOOSE[rule]

    assert optimum <= bound_of(tight, 200) + 1e-6 <= 1.1 * optimum
    assert more <= bound_of(loose, 200) + 1e-6


WEBINAR = an_offer(mode="virtual", max_groups=10**9, max_pupils=90)
FULL = {
    "a webinar with one group in it": an_instance(
        (WEBINAR,), tuple(a_request(f"R{n}") for n in range(5)), existing=(accepted("O", "O.0", "R0", 20),)
    ),
    "places all taken": an_instance(
        (an_offer(), an_offer("P", days=(1,))),
        (a_request(need={"gb5": 40}, max_places=20),),
        existing=(accepted("O", "O.0", "R", 20),),
    ),
    "a school that may have no more of it": an_instance(
        (an_offer(days=(0, 1), max_groups_per_school=1),), TWO, existing=(accepted("O", "O.0", "R", 20),)
    ),
}


@pytest.mark.parametrize("case", FULL)
def test_what_accepted_matches_use_up_tightens_it(case: str):
    instance = FULL[case]
    optimum = solve(instance).objective

    assert optimum <= bound_of(instance, 200) + 1e-6 <= 1.1 * optimum


def test_groups_beyond_those_that_are_listed_count():
    requests = tuple(a_request(f"R{n}") for n in range(80))
    webinar = an_offer(mode="virtual", max_groups=80, max_pupils=1_600)

    assert bound_of(an_instance((webinar,), requests), 0) >= 1_600_000


def test_it_is_worth_its_name_on_a_hub():
    assert 1 <= bound_of(public(HUB), ROUNDS) / BEST_KNOWN <= 1.02


def test_offers_that_look_at_a_part_of_their_links_at_first_bound_it_as_well(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(market, "LONG", 10)

    assert 1 <= bound_of(public(HUB), ROUNDS) / BEST_KNOWN <= 1.1


@pytest.mark.parametrize("instance", [public("p02_village_midyear"), cut(BALANCED, 30, 150, 1)], ids=["village", "hub"])
def test_links_are_the_pairs(instance: Instance):
    tables = encode(instance)
    pairs = scan(tables).pairs

    links, first = scan_links(tables, never)

    offers = np.repeat(np.arange(len(tables.offers)), np.diff(first))
    found = zip(offers.tolist(), *(links[name].tolist() for name in links.dtype.names or ()), strict=True)
    wanted = (pairs[name].tolist() for name in ("offer", "request", "pupil_cost", "visit_cost"))
    assert sorted(found) == sorted(zip(*wanted, strict=True))


def test_links_reach_no_further_than_schools_travel():
    """Two kilometres north of the offer, one further than the radius; and far south, out of sight."""
    schools = (School("S", 52.018, -1.0, "secondary", 9), School("S2", 50.0, -1.0, "secondary", 9))
    requests = (a_request(), a_request("R2", school="S2"))
    near, far = (encode(an_instance((an_offer(radius_km=km),), requests, schools=schools)) for km in (2.1, 1.9))

    assert len(scan_links(near, never)[0]) == 1
    assert len(scan_links(far, never)[0]) == 0


def test_an_offer_that_reaches_nobody_takes_no_room_from_others():
    offers = (an_offer(mode="virtual"), an_offer("P", radius_km=-113.0))
    requests = tuple(a_request(f"R{n}") for n in range(200))

    assert len(scan_links(encode(an_instance(offers, requests)), never)[0]) == 200


def test_what_goes_wrong_beside_is_said():
    def broken(_: object) -> tuple[Table, Table]:
        raise ValueError("broken")

    tables = encode(public("p01_village"))
    with (
        MarketBound(problem_of(tables, scan(tables)), broken, None, 1) as bounds,
        pytest.raises(ValueError, match="broken"),
    ):
        bounds.bound(never)


def test_who_limits_steps_waits_for_no_clock(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(solving, "NATION_PRODUCT", 0)
    instance = cut(SCARCE, 10, 30, 1)

    plan, unhurried = solve(instance, steps=200, seconds=3_600), solve(instance, steps=200)

    assert plan.ending == "steps"
    assert plan.bound == unhurried.bound


def test_a_nation_is_told_how_far_its_plan_may_be_from_the_best(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(solving, "NATION_PRODUCT", 0)
    instance = cut(SCARCE, 10, 30, 1)

    one, other = (solve(instance, steps=2_000) for _ in range(2))

    assert one.bound is not None
    assert one.objective <= one.bound <= 1.1 * one.objective
    assert (one.matches, one.bound) == (other.matches, other.bound)


@pytest.fixture
def region(monkeypatch: pytest.MonkeyPatch) -> Instance:
    """A hub that is taken for a region: the linear program is given up after a turn."""
    monkeypatch.setattr(master, "LARGE_PAIRS", 1_000)
    monkeypatch.setattr(hub, "LARGE_TURNS", 1)
    monkeypatch.setattr(hub, "FIRST_RATINGS", 50_000)
    monkeypatch.setattr(solving, "STEPS_DEFAULT", 100)
    return public(HUB)


def test_a_region_is_bounded_by_prices_beside(region: Instance):
    by_program, plan = solve(region, steps=100), solve(region)

    assert plan.bound is not None
    assert by_program.bound is not None
    assert plan.objective <= plan.bound < by_program.bound


def test_a_gap_that_the_program_does_not_show_is_shown_by_prices(region: Instance):
    gap = 0.05
    by_program = solve(region, steps=2_000)

    plan = solve(region, gap=gap)

    assert by_program.gap is not None
    assert by_program.gap > gap
    assert plan.ending == "gap"


def test_links_of_a_region_are_its_pairs():
    tables = encode(public(HUB))
    links, first = links_of(problem_of(tables, scan(tables)))

    found, offers = scan_links(tables, never)

    assert offers.tolist() == first.tolist()
    assert sorted(found.tolist()) == sorted(links.tolist())


def test_a_gap_that_is_small_enough_is_said_to_have_been_reached(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(solving, "NATION_PRODUCT", 0)

    assert solve(cut(SCARCE, 10, 30, 1), steps=2_000, gap=0.5).ending == "gap"


def test_by_the_clock_it_is_looked_for_beside_the_search(monkeypatch: pytest.MonkeyPatch):
    """Here it is waited for, however busy the machine is."""
    heard_out = MarketBound.bound
    monkeypatch.setattr(solving, "NATION_PRODUCT", 0)
    monkeypatch.setattr(MarketBound, "bound", lambda beside, _stop: heard_out(beside, never))

    plan = solve(cut(SCARCE, 10, 30, 1), seconds=1)

    assert plan.bound is not None
    assert plan.objective <= plan.bound


def test_a_run_that_is_stopped_ends_it_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(solving, "NATION_PRODUCT", 0)
    before = threading.active_count()

    plan = solve(public(HUB), seconds=600, stop=lambda: True)

    assert plan.ending == "stopped"
    assert threading.active_count() == before
