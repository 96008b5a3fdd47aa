"""Repairs where what was touched is not there any more: declined in one moment, withdrawn in the next."""

import pytest

from services.matcher.instance import Existing, Match
from services.matcher.solver import repair
from tests.matcher.given_small import a_request, an_instance, an_offer

KEPT = Existing("O", "O.0", "R", 20, "proposed")


@pytest.mark.parametrize("offers", [["gone"], ["gone", "O"], []])
@pytest.mark.parametrize("requests", [["gone"], ["gone", "R2"], []])
def test_what_is_gone_is_passed_over_and_the_rest_stays(offers: list[str], requests: list[str]) -> None:
    both = (a_request(), a_request("R2", school="S2"))
    area = an_instance((an_offer(), an_offer("O2", days=(7,))), both, existing=(KEPT,))

    plan = repair(area, offers=offers, requests=requests)

    assert Match("O", "O.0", "R", 20) in plan.matches
    assert {match.offer for match in plan.matches} <= {"O", "O2"}


def test_an_area_where_nothing_is_left_is_repaired_too() -> None:
    plan = repair(an_instance((), ()), offers=["gone"], requests=["gone"])

    assert plan.matches == ()


def test_an_area_where_nothing_fits_what_was_touched_is_repaired_too() -> None:
    standing = Existing("O", "O.0", "R", 20, "accepted")
    others = (a_request(), a_request("R2", school="S2", year=12))
    area = an_instance((an_offer(), an_offer("O2", years=frozenset({7}))), others, existing=(standing,))

    plan = repair(area, offers=["O2"], requests=["R2"])

    assert plan.matches == (Match("O", "O.0", "R", 20),)
