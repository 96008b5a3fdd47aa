"""Each rule for one pair: it bites, and it lets pass."""

from datetime import date
from typing import Any

import pytest

from services.matcher.instance import Request, School, Session
from services.matcher.rules import (
    broken_by_pair,
    broken_by_session,
    broken_by_size,
    distance_km,
    group_sizes,
    travel_km,
)
from tests.matcher.given_small import MONDAY, a_request, an_instance, an_offer

SCHOOL = School("S", 52.0, -1.0, "secondary", 1)
FAR = {"lat": 52.1}  # 11.1 km away


@pytest.mark.parametrize(
    "rule,biting,passing",
    [
        ("H1-year", {"years": frozenset({7})}, {"years": frozenset({7, 9})}),
        ("H1-phase", {"phases": frozenset({"college"})}, {"phases": frozenset({"college", "secondary"})}),
        ("H1-activity", {"activity": "visit"}, {"activity": "talk"}),
        ("H1-need", {"counts_to": {"gb6": 1}}, {"counts_to": {"gb5": 1, "gb6": 1}}),
        ("H1-need", {"counts_to": {"gb5": 0}}, {"counts_to": {"gb5": 2}}),
        ("H1-distance", {**FAR, "radius_km": 11.0}, {**FAR, "radius_km": 12.0}),
        ("H1-distance", {**FAR, "radius_km": 11.0, "mode": "virtual"}, {**FAR, "radius_km": None, "mode": "virtual"}),
        ("H1-distance", {"lat": 52.3, "mode": "at_workplace"}, {"lat": 52.3, "mode": "at_school"}),
    ],
)
def test_an_offer_is_for_some_and_not_for_others(rule: str, biting: dict[str, Any], passing: dict[str, Any]) -> None:
    assert broken_by_pair(an_offer(**biting), a_request(), SCHOOL) == [rule]
    assert broken_by_pair(an_offer(**passing), a_request(), SCHOOL) == []


def test_every_special_need_has_to_be_supported() -> None:
    request = a_request(send=frozenset({"bsl", "step_free"}))

    assert broken_by_pair(an_offer(send_support=frozenset({"bsl"})), request, SCHOOL) == ["H1-send"]
    assert broken_by_pair(an_offer(send_support=frozenset({"bsl", "step_free", "quiet"})), request, SCHOOL) == []


def codes_on(session: Session, request: Request, school: School = SCHOOL) -> list[str]:
    instance = an_instance((), (), today=date(2026, 10, 26))
    return broken_by_session(an_offer(), session, request, instance, school)


def test_notice_counts_from_the_day_of_the_plan() -> None:
    on_time = Session("s", MONDAY, "am", MONDAY)

    assert codes_on(on_time, a_request(notice_days=14)) == []
    assert codes_on(on_time, a_request(notice_days=15)) == ["H1-notice"]


def test_every_day_of_a_session_lies_in_the_window() -> None:
    week = Session("s", MONDAY, "day", date(2026, 11, 13))

    assert codes_on(week, a_request(window=(MONDAY, date(2026, 11, 13)))) == []
    assert codes_on(week, a_request(window=(MONDAY, date(2026, 11, 12)))) == ["H1-window"]
    assert codes_on(week, a_request(window=(date(2026, 11, 10), date(2026, 11, 13)))) == ["H1-window"]


def test_no_day_of_a_session_is_blocked() -> None:
    week = Session("s", MONDAY, "day", date(2026, 11, 13))
    friday = ((date(2026, 11, 13), date(2026, 11, 20)),)
    saturday = ((date(2026, 11, 14), date(2026, 11, 20)),)

    assert codes_on(week, a_request(unavailable=friday)) == ["H1-unavailable"]
    assert codes_on(week, a_request(), School("S", 52.0, -1.0, "secondary", 1, friday)) == ["H1-unavailable"]
    assert codes_on(week, a_request(unavailable=saturday)) == []


@pytest.mark.parametrize(
    "offer,request_,pupils,codes",
    [
        ({}, {}, 20, []),
        ({}, {}, 21, ["H2-cohort"]),
        ({"min_pupils": 5}, {"min_group": 8}, 8, []),
        ({"min_pupils": 5}, {"min_group": 8}, 7, ["H2-min"]),
        ({"min_pupils": 9}, {"min_group": 8}, 8, ["H2-min"]),
        ({}, {"split": False}, 20, []),
        ({}, {"split": False}, 19, ["H2-split"]),
        ({"min_pupils": 21}, {"split": False}, 20, ["H2-min"]),
        ({"individual": True, "min_pupils": 9}, {"split": False, "min_group": 9}, 1, []),
    ],
)
def test_groups_have_their_size(offer: dict[str, Any], request_: dict[str, Any], pupils: int, codes: list[str]) -> None:
    low, high = group_sizes(an_offer(**offer), a_request(**request_))

    assert broken_by_size(an_offer(**offer), a_request(**request_), pupils) == codes
    assert (low <= pupils <= high) == (codes == [])


def test_distances_are_those_of_the_sphere() -> None:
    assert distance_km(52.0, -1.0, 53.0, -1.0) == pytest.approx(111.19508, abs=1e-4)
    assert travel_km(an_offer(lat=52.1), SCHOOL) == 11
    assert travel_km(an_offer(lat=52.1, mode="virtual"), SCHOOL) == 0
