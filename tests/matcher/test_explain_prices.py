"""Prices: a bound on every plan, and what one more of a scarce thing is worth."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.matcher.explain.prices import PAIRS_MAX, Prices, prices_of
from services.matcher.files import read_instance
from services.matcher.instance import Instance
from services.matcher.solver import solve

EXAMPLES = Path(__file__).parents[2] / "bench" / "instances"
INSTANCES = Path(__file__).parents[2] / "bench" / "instances"


def _prices(instance: Instance) -> Prices:
    prices = prices_of(instance)
    assert prices is not None
    return prices


@pytest.mark.parametrize("name", ["example-1-does-it-pay", "example-2-two-days", "example-3-move-or-stay"])
def test_the_prices_bound_the_optimum(name: str) -> None:
    instance = read_instance(EXAMPLES / f"{name}.json")

    assert _prices(instance).bound >= solve(instance).objective - 1e-4


def test_a_real_instance_is_bounded_near_its_known_optimum() -> None:
    bound = _prices(read_instance(INSTANCES / "p01_village.json.gz")).bound

    assert 1_417_946 <= bound <= 1_417_946 * 1.05


def test_an_employers_day_is_priced_and_one_more_raises_the_bound_by_no_more() -> None:
    instance = read_instance(EXAMPLES / "example-2-two-days.json")
    [employer] = instance.employers
    assert employer.max_sessions is not None

    prices = _prices(instance)
    more = _prices(replace(instance, employers=(replace(employer, max_sessions=employer.max_sessions + 1),)))

    assert prices.days[employer.id] > 0
    assert 0 < more.bound - prices.bound <= prices.days[employer.id] + 1e-4


def test_ample_places_have_no_price() -> None:
    instance = read_instance(EXAMPLES / "example-2-two-days.json")
    [employer] = instance.employers

    ample = _prices(replace(instance, employers=(replace(employer, max_sessions=None),)))

    assert not ample.days


def test_a_nation_is_not_priced() -> None:
    instance = read_instance(EXAMPLES / "example-2-two-days.json")
    offer = instance.offers[0]
    nation = replace(instance, offers=(offer,) * (PAIRS_MAX // len(instance.requests) + 1))

    assert prices_of(nation) is None
