"""The judge: each rule bites and lets pass, and the points are those worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.matcher.checker import Verdict, check
from services.matcher.files import read_instance
from services.matcher.instance import (
    Employer,
    Existing,
    Instance,
    Match,
    Matches,
    Offer,
    Policy,
    Request,
    School,
    Session,
)

EXAMPLES = Path(__file__).parents[2] / "bench" / "instances"
POLICY = Policy({"gb5": ((50, 1100), (100, 1000))}, 150, 3, 20, 2500, 1000, 3000)
SCHOOL = School("S", 51.9, -0.2, "secondary", 1)
SESSIONS = tuple(
    Session(f"O.{n}", date(2026, 11, 9 + n), "am" if n < 3 else "day", date(2026, 11, 9 + n)) for n in range(4)
)
OFFER = Offer(
    id="O",
    employer="E",
    activity="talk",
    counts_to={"gb5": 1},
    sectors=("digital",),
    mode="at_school",
    lat=51.9,
    lon=-0.2,
    radius_km=10,
    years=frozenset({9, 10}),
    phases=frozenset({"secondary"}),
    send_support=frozenset({"step_free"}),
    individual=False,
    min_pupils=5,
    max_pupils=40,
    max_groups=2,
    max_groups_per_school=3,
    max_sessions=2,
    notice_days=14,
    sessions=SESSIONS,
)
REQUEST = Request(
    id="R",
    school="S",
    year=9,
    pupils=30,
    need={"gb5": 30},
    weight=1000,
    activities=frozenset({"talk"}),
    sectors={"*": 100},
    window=(date(2026, 9, 7), date(2027, 3, 31)),
    unavailable=(),
    notice_days=0,
    max_travel_km=20,
    send=frozenset(),
    min_group=10,
    split=True,
    max_places=60,
)
HUB = Instance(
    "hub",
    date(2026, 9, 7),
    POLICY,
    (SCHOOL,),
    (Employer("E", 2),),
    (OFFER,),
    (REQUEST, replace(REQUEST, id="R2", year=10)),
)


def matches(*rows: tuple[str, str, Any]) -> Matches:
    return Matches("hub", tuple(Match("O", session, request, pupils) for session, request, pupils in rows))


def codes(verdict: Verdict) -> set[str]:
    return {broken.code for broken in verdict.broken}


def judged(offer: dict[str, Any] | None = None, request: dict[str, Any] | None = None, pupils: int = 30) -> set[str]:
    hub = replace(HUB, offers=(replace(OFFER, **(offer or {})),), requests=(replace(REQUEST, **(request or {})),))
    return codes(check(hub, matches(("O.0", "R", pupils))))


def test_a_plain_match_breaks_nothing() -> None:
    assert judged() == set()


@pytest.mark.parametrize(
    "example, answer, points",
    [
        ("example-1-does-it-pay", [("R1", 21), ("R2", 6)], 25_162),
        ("example-2-two-days", [("R2", 25), ("R3", 20)], 45_000),
    ],
)
def test_the_points_are_those_worked_out_by_hand(example: str, answer: list[tuple[str, int]], points: int) -> None:
    instance = read_instance(EXAMPLES / f"{example}.json")
    sessions = [(offer.id, session.id) for offer in instance.offers for session in offer.sessions]
    sessions = [sessions[0], sessions[-1]]
    rows = tuple(Match(*place, request, pupils) for place, (request, pupils) in zip(sessions, answer, strict=True))

    verdict = check(instance, Matches(instance.id, rows))

    assert verdict.broken == ()
    assert verdict.objective == points


@pytest.mark.parametrize(
    "code, offer, request_, pupils",
    [
        ("H1-year", {"years": frozenset({10})}, {}, 30),
        ("H1-phase", {"phases": frozenset({"college"})}, {}, 30),
        ("H1-activity", {}, {"activities": frozenset({"visit"})}, 30),
        ("H1-send", {}, {"send": frozenset({"quiet_room"})}, 30),
        ("H1-need", {}, {"need": {"gb5": 0, "gb6": 9}}, 30),
        ("H1-distance", {"lat": 52.0}, {}, 30),
        ("H1-distance", {"radius_km": None, "lat": 52.2, "mode": "at_workplace"}, {}, 30),
        ("H1-notice", {"notice_days": 64}, {}, 30),
        ("H1-notice", {}, {"notice_days": 64}, 30),
        ("H1-window", {}, {"window": (date(2026, 11, 10), date(2027, 3, 31))}, 30),
        ("H1-unavailable", {}, {"unavailable": ((date(2026, 11, 1), date(2026, 11, 9)),)}, 30),
        ("H2-cohort", {}, {}, 31),
        ("H2-min", {"min_pupils": 20}, {}, 19),
        ("H2-min", {}, {}, 9),
        ("H2-split", {}, {"split": False}, 29),
    ],
)
def test_each_rule_of_one_match_bites(code: str, offer: dict[str, Any], request_: dict[str, Any], pupils: int) -> None:
    assert judged(offer, request_, pupils) - {"H7-clash"} == {code}, "more pupils than the cohort has also clash"


@pytest.mark.parametrize(
    "offer, request_, pupils",
    [
        ({"radius_km": None, "lat": 52.2}, {}, 30),
        ({"notice_days": 63}, {}, 30),
        ({}, {"window": (date(2026, 11, 9), date(2026, 11, 9))}, 30),
        ({}, {"unavailable": ((date(2026, 11, 10), date(2026, 11, 12)),)}, 30),
        ({}, {"send": frozenset({"step_free"})}, 30),
        ({}, {"split": False}, 30),
        ({"individual": True}, {"split": False}, 1),
        ({}, {}, 10),
    ],
)
def test_what_is_just_allowed_passes(offer: dict[str, Any], request_: dict[str, Any], pupils: int) -> None:
    assert judged(offer, request_, pupils) == set()


@pytest.mark.parametrize(
    "code, rows",
    [
        ("H0-unknown", [("O.0", "nobody", 30)]),
        ("H0-session", [("O.9", "R", 30)]),
        ("H0-pupils", [("O.0", "R", 0)]),
        ("H0-pupils", [("O.0", "R", True)]),
        ("H0-pupils", [("O.0", "R", 10.0)]),
        ("H0-duplicate", [("O.0", "R", 10), ("O.0", "R", 10)]),
        ("H3-capacity", [("O.0", "R", 21), ("O.0", "R2", 20)]),
        ("H4-sessions", [("O.0", "R", 10), ("O.1", "R", 10), ("O.2", "R", 10)]),
        ("H6-places", [("O.0", "R", 30), ("O.1", "R", 30), ("O.2", "R", 30)]),
    ],
)
def test_each_rule_of_several_matches_bites(code: str, rows: list[tuple[str, str, Any]]) -> None:
    assert code in codes(check(HUB, matches(*rows)))


def test_groups_hogging_and_the_employers_cap_bite() -> None:
    one_group = replace(
        HUB, offers=(replace(OFFER, max_groups=1, max_groups_per_school=1),), employers=(Employer("E", 0),)
    )

    verdict = check(one_group, matches(("O.0", "R", 10), ("O.0", "R2", 10)))

    assert codes(verdict) == {"H3-groups", "H5-hogging", "H4-employer", "H8-hall"}


def test_one_hall_takes_one_encounter_in_a_half_day() -> None:
    both_at_once = matches(("O.0", "R", 10), ("O.0", "R2", 10))

    assert codes(check(HUB, both_at_once)) == {"H8-hall"}
    assert codes(check(replace(HUB, schools=(replace(SCHOOL, max_parallel=2),)), both_at_once)) == set()


def test_pupils_cannot_be_in_two_places() -> None:
    second = replace(OFFER, id="P", mode="at_workplace", sessions=(replace(SESSIONS[0], id="P.0", part="day"),))
    hub = replace(HUB, offers=(OFFER, second))

    def together(pupils: int) -> set[str]:
        return codes(check(hub, Matches("hub", (Match("O", "O.0", "R", 20), Match("P", "P.0", "R", pupils)))))

    assert together(11) == {"H7-clash"}
    assert together(10) == set()


def test_several_days_block_every_half_day_of_each() -> None:
    week = replace(SESSIONS[0], id="P.0", part="day", end_date=date(2026, 11, 13))
    hub = replace(HUB, offers=(OFFER, replace(OFFER, id="P", mode="at_workplace", sessions=(week,))))

    verdict = check(hub, Matches("hub", (Match("O", "O.2", "R", 20), Match("P", "P.0", "R", 11))))

    assert codes(verdict) == {"H7-clash"}


def test_an_accepted_match_must_stay_and_is_not_judged_again() -> None:
    accepted = Existing("O", "O.0", "R", 3, "accepted")
    hub = replace(HUB, existing=(accepted,))

    assert codes(check(hub, matches(("O.0", "R", 3)))) == set()
    assert codes(check(hub, matches())) == {"H9-accepted"}
    assert codes(check(hub, matches(("O.0", "R", 10)))) == {"H9-accepted"}


def test_a_declined_pair_is_not_matched_again_on_any_session() -> None:
    hub = replace(HUB, existing=(Existing("O", "O.0", "R", 30, "declined"),))

    assert codes(check(hub, matches(("O.1", "R", 30)))) == {"H1-declined"}


def test_a_proposed_match_that_is_dropped_costs_and_one_resized_does_not() -> None:
    hub = replace(HUB, existing=(Existing("O", "O.0", "R", 30, "proposed"),))

    assert check(hub, matches()).parts["changes"] == -3000
    assert check(hub, matches(("O.0", "R", 12))).parts["changes"] == 0


def test_the_wrong_instance_is_named() -> None:
    verdict = check(HUB, Matches("another", ()))

    assert codes(verdict) == {"H0-unknown"}


def test_each_part_of_the_points_is_counted() -> None:
    hub = replace(HUB, offers=(replace(OFFER, lat=51.95),), requests=(replace(REQUEST, sectors={"digital": 70}),))

    verdict = check(hub, matches(("O.0", "R", 30)))

    coverage = 15 * 1100 + 15 * 1000
    assert verdict.parts == {
        "coverage": coverage,
        "fit": -30 * 45,
        "travel": -20 * 6,
        "sessions": -2500,
        "employers": 1000,
        "changes": 0,
    }
