"""What a round reads becomes an instance: the same memory, the same bytes, and room for everything that stands."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from contracts.event import Entity
from contracts.hubs import Calendar, Term
from contracts.schools import Cohort, Days, Membership
from services.matcher import reading
from services.matcher.area import AreaMemory
from services.matcher.checker import check
from services.matcher.domain import LiveMatch
from services.matcher.files import instance_from, instance_to_bytes
from services.matcher.instance import Instance, Request
from services.matcher.problem import window_of
from services.matcher.solver import solve
from services.matcher.thinking import answer_of
from tests.matcher.given_live import (
    AREA,
    TUESDAY,
    VISIT_DAY,
    a_hub,
    a_live_match,
    a_request,
    a_school,
    a_session,
    an_employer,
    an_offer,
    id_,
)

BEFORE = TUESDAY.date() - timedelta(days=7)


def a_memory(*entities: Entity, matches: tuple[LiveMatch, ...] = (), **more: Any) -> AreaMemory:
    """One hub, employer, offer, school and request, with these instead or besides."""
    default = (a_hub(), a_school(), an_employer(), an_offer(), a_request())
    by_topic: dict[str, dict[Any, Any]] = {
        topic: {} for topic in ("hubs", "schools", "employers", "offers", "requests")
    }
    for entity in (*default, *entities):
        by_topic[entity.topic][entity.entity_id] = entity
    ids = [id_ for found in by_topic.values() for id_ in found]
    causes = dict.fromkeys(ids, (TUESDAY, id_("correlation")))
    given = {"area_id": AREA, "news": 1, "now": TUESDAY, "matches": matches, "versions": {}, "causes": causes}
    return AreaMemory(**{**given, **by_topic, **more})


def a_far_match(**more: Any) -> LiveMatch:
    """A confirmed match of another area's cohort."""
    far: dict[str, Any] = {"request_id": id_("far"), "school_id": id_("far school"), "cohort_id": id_("far cohort")}
    return a_live_match("confirmed", **(far | more))


def the_request(instance: Instance, name: str = "request A") -> Request:
    return next(request for request in instance.requests if request.id == str(id_(name)))


def test_the_same_memory_gives_the_same_bytes_in_any_order() -> None:
    entities = [a_school("school B"), a_request("request B", school="school B"), an_offer("offer 2", a_session("s2"))]

    one = reading.read(a_memory(*entities))
    other = reading.read(a_memory(*reversed(entities)))

    assert instance_to_bytes(one) == instance_to_bytes(other)


def test_an_instance_is_a_file_that_the_command_line_reads() -> None:
    matches = tuple(
        a_live_match(state, state, request_id=id_("request A" if state != "confirmed" else "elsewhere"), pupils=10)
        for state in ("planned", "confirmed", "declined")
    )
    instance = reading.read(a_memory(an_offer(max_groups=3), matches=matches))

    assert instance_from(json.loads(instance_to_bytes(instance))) == instance


def test_told_matches_are_fixed_and_planned_ones_may_move() -> None:
    states = ["planned", "proposed", "accepted", "confirmed", "declined"]
    sessions = [a_session(f"session of {state}", VISIT_DAY + timedelta(days=n)) for n, state in enumerate(states)]
    matches = tuple(a_live_match(state, state, session_id=id_(f"session of {state}")) for state in states)

    instance = reading.read(a_memory(an_offer("offer", *sessions), matches=matches))

    statuses = {existing.session: existing.status for existing in instance.existing if existing.status != "declined"}
    assert list(statuses.values()).count("accepted") == 3
    assert statuses[str(id_("session of planned"))] == "proposed"
    assert [e.offer for e in instance.existing if e.status == "declined"] == [str(id_("offer"))]


@pytest.mark.parametrize("amended", [an_offer(terms_version=2), a_request(terms_version=2)])
def test_a_pair_is_no_longer_declined_once_its_terms_changed(amended: Entity) -> None:
    declined = a_live_match("declined")

    before = reading.read(a_memory(matches=(declined,)))
    after = reading.read(a_memory(amended, matches=(declined,)))

    assert [e.status for e in before.existing] == ["declined"]
    assert after.existing == ()


def test_what_took_place_is_no_longer_needed() -> None:
    taken_place = a_live_match("delivered", pupils=28, places=30, first_day=BEFORE, last_day=BEFORE)

    request = the_request(reading.read(a_memory(matches=(taken_place,))))

    assert request.need == {"gb5": 2, "gb6": 300 - 28}
    assert request.max_places == 1000 - 30


def test_need_counts_what_was_met_elsewhere_and_never_falls_below_nothing() -> None:
    cohort = a_school().cohorts[0].model_copy(update={"met_elsewhere": {"gb5": 40, "gb6": 100}})

    request = the_request(reading.read(a_memory(a_school(cohorts=(cohort,)))))

    assert request.need == {"gb5": 0, "gb6": 200}


@pytest.mark.parametrize(
    "phase, year, academic_year, need",
    [
        pytest.param("secondary", 10, "2026/27", {"gb5": 30, "gb6": 300}, id="since 2025 ten days by sixteen"),
        pytest.param("secondary", 10, "2024/25", {"gb5": 30, "gb6": 30}, id="one experience before"),
        pytest.param("college", 12, "2026/27", {"gb5": 60, "gb6": 30}, id="two encounters at a college"),
    ],
)
def test_need_follows_the_wording_in_force_in_the_cohorts_year(
    phase: str, year: int, academic_year: str, need: dict[str, int]
) -> None:
    cohort = Cohort(
        cohort_id=id_("cohort of school A"), label="a cohort", year=year, academic_year=academic_year, pupils=30
    )

    assert the_request(reading.read(a_memory(a_school(phase=phase, cohorts=(cohort,))))).need == need


def test_places_of_others_are_held_by_stand_ins() -> None:
    elsewhere = a_far_match(pupils=20)
    instance = reading.read(a_memory(an_offer(max_groups=2), matches=(elsewhere,)))

    plan = solve(instance, steps=100, seed=1)

    assert check(instance, answer_of(instance, plan)).feasible
    assert {match.pupils for match in plan.matches if match.request == str(id_("request A"))} == {10}


def test_a_past_visit_uses_up_the_employers_days() -> None:
    past = a_session("past", BEFORE)
    taken_place = a_live_match("delivered", session_id=id_("past"), first_day=BEFORE, last_day=BEFORE)
    offer = an_offer("offer", past, a_session(), max_sessions=1)

    instance = reading.read(a_memory(offer, matches=(taken_place,)))

    assert [match.session for match in solve(instance, steps=100).matches] == [str(id_("past"))]


def test_sessions_given_elsewhere_lower_the_pooled_cap() -> None:
    elsewhere = a_live_match("confirmed", offer_id=id_("offer elsewhere"), session_id=id_("session elsewhere"))

    instance = reading.read(a_memory(an_employer(max_sessions=3), matches=(elsewhere,)))

    assert [employer.max_sessions for employer in instance.employers] == [2]


def test_a_cohort_is_not_free_while_it_is_where_this_area_cannot_see() -> None:
    elsewhere = a_live_match("confirmed", offer_id=id_("offer elsewhere"), request_id=id_("request A"))

    request = the_request(reading.read(a_memory(matches=(elsewhere,))))

    assert (VISIT_DAY, VISIT_DAY) in request.unavailable
    assert request.need["gb5"] == 0


def test_agreed_matches_are_never_contradicted_by_limits_that_shrank() -> None:
    same_morning = [a_session(f"session {n}") for n in range(3)]
    matches = tuple(
        a_live_match("confirmed", f"match {n}", session_id=id_(f"session {n}"), offer_id=id_(f"offer {n}"))
        for n in range(3)
    )
    offers = [
        an_offer(f"offer {n}", session, mode="at_school", max_pupils=5, max_groups_per_school=1)
        for n, session in enumerate(same_morning)
    ]
    shrunk = a_school(max_parallel=1, pupils=8)

    instance = reading.read(
        a_memory(*offers, shrunk, a_request(max_places=4), an_employer(max_sessions=0), matches=matches)
    )

    plan = solve(instance, steps=100)
    assert check(instance, answer_of(instance, plan)).feasible
    assert len(plan.matches) >= 3


def test_a_school_is_closed_in_its_hubs_holidays() -> None:
    terms = (
        Term(name="autumn", first=date(2026, 9, 1), last=date(2026, 11, 6)),
        Term(name="autumn", first=date(2026, 11, 16), last=date(2026, 12, 18)),
    )

    (school,) = reading.read(a_memory(a_hub(calendar=Calendar(terms=terms)))).schools

    assert school.closed == ((date(2026, 11, 7), date(2026, 11, 15)),)


def test_the_window_ends_with_the_membership() -> None:
    leaving = (Membership(hub_id=id_("hub"), since=date(2026, 1, 1), until=date(2026, 10, 31)),)

    request = the_request(reading.read(a_memory(a_school(memberships=leaving))))

    assert request.window == (date(2026, 9, 1), date(2026, 10, 31))


@pytest.mark.parametrize(
    "memberships",
    [
        pytest.param((), id="none"),
        pytest.param((Membership(hub_id=id_("hub"), since=date(2026, 9, 9)),), id="from tomorrow"),
        pytest.param((Membership(hub_id=id_("hub"), since=BEFORE, until=BEFORE),), id="over"),
        pytest.param((Membership(hub_id=id_("elsewhere"), since=BEFORE),), id="elsewhere"),
    ],
)
def test_a_school_that_is_in_no_hub_today_is_not_planned(memberships: tuple[Membership, ...]) -> None:
    assert reading.read(a_memory(a_school(memberships=memberships))).requests == ()


@pytest.mark.parametrize(
    "entity",
    [
        pytest.param(a_school(pupils=0), id="a cohort without pupils"),
        pytest.param(a_school(state="closed"), id="a closed school"),
        pytest.param(a_request(cohort_id=id_("another cohort")), id="a cohort not heard of"),
    ],
)
def test_a_request_that_cannot_be_planned_waits(entity: Entity) -> None:
    assert reading.read(a_memory(entity)).requests == ()


@pytest.mark.parametrize(
    "offer",
    [
        pytest.param(an_offer(employer_id=id_("unheard of")), id="an employer not heard of"),
        pytest.param(an_offer("offer", a_session(day=TUESDAY.date())), id="a session that has begun"),
        pytest.param(an_offer("offer", a_session(state="cancelled")), id="a cancelled session"),
    ],
)
def test_an_offer_that_cannot_be_planned_is_left_out(offer: Entity) -> None:
    at_noon = TUESDAY + timedelta(hours=4)

    assert reading.read(a_memory(offer, now=at_noon)).offers == ()


def test_a_planned_match_that_no_longer_fits_the_area_is_left_to_be_dropped() -> None:
    orphan = replace(a_live_match("planned"), request_id=id_("withdrawn"))

    assert reading.read(a_memory(matches=(orphan,))).existing == ()


def test_possible_days_become_a_window_with_gaps() -> None:
    possible = [
        Days(first=date(2027, 1, 4), last=date(2027, 2, 12)),
        Days(first=date(2026, 9, 7), last=date(2026, 10, 23)),
        Days(first=date(2026, 10, 24), last=date(2026, 12, 18)),
    ]

    assert window_of(possible) == (
        (date(2026, 9, 7), date(2027, 2, 12)),
        [(date(2026, 12, 19), date(2027, 1, 3))],
    )
