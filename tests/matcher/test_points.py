"""The plain objective, by the numbers of the worked examples and at the edges of the bands."""

import pytest

from services.matcher.files import read_instance
from services.matcher.instance import Existing, Match, Policy
from services.matcher.points import coverage_points, points_of, preference
from tests.matcher.given_small import EXAMPLES, a_request, an_instance, an_offer


def test_the_first_example_adds_up_as_by_hand() -> None:
    instance = read_instance(EXAMPLES / "example-1-does-it-pay.json")
    offer = instance.offers[0]
    first, second = (s.id for s in offer.sessions[:2])

    points = points_of(instance, [Match(offer.id, first, "R1", 21), Match(offer.id, second, "R2", 6)])

    assert (points.coverage, points.fit, points.travel) == (22_115 + 8_190, -945, -198)
    assert (points.sessions, points.employers, points.total) == (-5_000, 1_000, 25_162)


@pytest.mark.parametrize("gained,worth", [(0, 0), (10, 11_060), (11, 12_065), (21, 22_115), (22, 22_115)])
def test_credits_fill_the_bands_in_order(gained: int, worth: int) -> None:
    policy = Policy({"gb5": ((50, 1100), (100, 1000))}, 0, 0, 0, 0, 0, 0)

    assert coverage_points(policy, a_request(need={"gb5": 21}, weight=1005), "gb5", gained) == worth


def test_credits_without_need_are_worth_nothing() -> None:
    policy = Policy({"gb5": ((100, 1000),)}, 0, 0, 0, 0, 0, 0)

    assert coverage_points(policy, a_request(need={"gb6": 5}), "gb5", 5) == 0


def test_the_best_sector_counts_and_the_star_for_all_others() -> None:
    request = a_request(sectors={"digital": 30, "*": 50})

    assert preference(an_offer(sectors=("digital",)), request) == 30
    assert preference(an_offer(sectors=("digital", "care")), request) == 50
    assert preference(an_offer(sectors=()), request) == 50
    assert preference(an_offer(sectors=()), a_request(sectors={"digital": 30})) == 0


def test_a_planned_match_is_kept_at_any_size_and_lost_on_another_day() -> None:
    planned = Existing("O", "O.0", "R", 20, "proposed")
    policy = Policy({"gb5": ((100, 1000),)}, 0, 0, 0, 0, 0, 300)
    instance = an_instance((an_offer(days=(0, 1)),), (a_request(),), existing=(planned,), policy=policy)

    assert points_of(instance, [Match("O", "O.0", "R", 7)]).changes == 0
    assert points_of(instance, [Match("O", "O.1", "R", 20)]).changes == -300
