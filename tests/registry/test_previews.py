import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from contracts.offers import Offer
from contracts.requests import SchoolRequest
from contracts.schools import Days
from services.registry.domain import previews
from services.registry.domain.fit import Audience, Pairing
from services.registry.domain.previews import Outcome
from tests.registry.given_offers import TODAY, a_match, a_request, an_offer

BEFORE = an_offer(max_groups=3, min_pupils=1)
REQUEST = a_request()
STEVENAGE_SCHOOL = Audience(year=10, pupils=120, phase="secondary", lat=51.91, lon=-0.2, closures=())


def a_pairing(pupils: int = 10, offer: Offer = BEFORE, **changes: Any) -> Pairing:
    return Pairing(a_match(offer, REQUEST, pupils=pupils, **changes), offer, REQUEST, STEVENAGE_SCHOOL)


def reasons(outcomes: list[Outcome]) -> dict[Any, str | None]:
    return {outcome.pairing.match.match_id: outcome.reason for outcome in outcomes}


def offer_after(**changes: Any) -> Offer:
    return BEFORE.model_copy(update={"terms_version": 2, **changes})


def request_after(**changes: Any) -> SchoolRequest:
    return REQUEST.model_copy(update={"terms_version": 2, **changes})


@pytest.mark.parametrize("state", ["proposed", "accepted", "confirmed"])
def test_a_withdrawal_ends_every_open_match(state: str):
    (outcome,) = previews.of_withdrawal([a_pairing(state=state)], "offer_withdrawn", TODAY)

    assert outcome.reason == "offer_withdrawn"


def test_a_withdrawal_leaves_what_has_taken_place():
    past, delivered = a_pairing(state="confirmed"), a_pairing(state="delivered")

    outcomes = previews.of_withdrawal([past, delivered], "offer_withdrawn", dt.date(2026, 11, 11))

    assert reasons(outcomes) == {past.match.match_id: None}


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another title", "terms_version": 1},
        {"max_pupils": 100},
        {"radius_km": 50.0},
        {"years": (9, 10)},
        {"notice_days": 200},
    ],
)
def test_what_still_fits_stays(change: dict[str, Any]):
    (outcome,) = previews.of_amended_offer(offer_after(**change), [a_pairing()], TODAY)

    assert outcome.reason is None


@pytest.mark.parametrize(
    "change",
    [
        {"activity": "provider_taster"},
        {"mode": "at_school"},
        {"place": BEFORE.place.model_copy(update={"postcode": "SG2 8RE"})},
        {"years": (12, 13)},
        {"phases": ("college",)},
        {"radius_km": 0.5},
        {"min_pupils": 11},
        {"sessions": tuple(s.model_copy(update={"starts": dt.time(9)}) for s in BEFORE.sessions)},
    ],
)
def test_other_terms_end_a_match(change: dict[str, Any]):
    (outcome,) = previews.of_amended_offer(offer_after(**change), [a_pairing()], TODAY)

    assert outcome.reason == "terms_changed"


def test_the_employers_address_does_not_matter_where_the_employer_travels():
    offer = an_offer(activity="talk", max_groups=3, min_pupils=1)
    elsewhere = offer.model_copy(
        update={"terms_version": 2, "place": offer.place.model_copy(update={"address": "2 Works Road"})}
    )

    (outcome,) = previews.of_amended_offer(elsewhere, [a_pairing(offer=offer)], TODAY)

    assert outcome.reason is None


def test_only_the_cancelled_sessions_matches_end():
    first, second = a_pairing(day=0), a_pairing(day=1)
    cancelled = BEFORE.sessions[0].model_copy(update={"state": "cancelled"})

    outcomes = previews.of_amended_offer(offer_after(sessions=(cancelled, BEFORE.sessions[1])), [first, second], TODAY)

    assert reasons(outcomes) == {first.match.match_id: "session_cancelled", second.match.match_id: None}


def test_with_fewer_places_the_least_settled_and_newest_end():
    confirmed, accepted = a_pairing(state="confirmed", minute=9), a_pairing(state="accepted", minute=8)
    old, new = a_pairing(minute=1), a_pairing(minute=2)

    outcomes = previews.of_amended_offer(
        offer_after(max_pupils=30, max_groups=9), [new, old, accepted, confirmed], TODAY
    )

    assert reasons(outcomes) == {
        confirmed.match.match_id: None,
        accepted.match.match_id: None,
        old.match.match_id: None,
        new.match.match_id: "fewer_places",
    }


@pytest.mark.parametrize("change", [{"max_groups": 1}, {"max_pupils": 19}, {"max_groups_per_school": 1}])
def test_each_limit_of_an_offer_can_be_what_is_exceeded(change: dict[str, Any]):
    one, other = a_pairing(minute=1), a_pairing(minute=2)
    same_school = other.match.model_copy(update={"school_id": one.match.school_id})

    outcomes = previews.of_amended_offer(offer_after(**change), [one, replace(other, match=same_school)], TODAY)

    assert [outcome.reason for outcome in outcomes] == [None, "fewer_places"]


def test_fewer_sessions_leave_the_ones_in_use_longest():
    first, second = a_pairing(day=0, minute=2), a_pairing(day=1, minute=1)

    outcomes = previews.of_amended_offer(offer_after(max_sessions=1), [first, second], TODAY)

    assert reasons(outcomes) == {second.match.match_id: None, first.match.match_id: "fewer_places"}


def test_what_was_delivered_keeps_its_places():
    delivered, proposed = a_pairing(20, state="delivered"), a_pairing(15)

    outcomes = previews.of_amended_offer(offer_after(max_pupils=30), [proposed, delivered], TODAY)

    assert reasons(outcomes) == {proposed.match.match_id: "fewer_places"}


@pytest.mark.parametrize(
    "change",
    [
        {"activities": ("talk",)},
        {"benchmarks": ("gb7",)},
        {"possible": (Days(first=dt.date(2026, 12, 1), last=dt.date(2026, 12, 18)),)},
        {"impossible": (Days(first=dt.date(2026, 11, 9), last=dt.date(2026, 11, 10)),)},
        {"max_travel_km": 0.5},
        {"send_needs": ("step_free",)},
        {"min_group": 11},
        {"split": False},
        {"max_places": 9},
    ],
)
def test_a_request_that_asks_for_something_else_ends_what_no_longer_fits(change: dict[str, Any]):
    (outcome,) = previews.of_amended_request(request_after(**change), [a_pairing()], TODAY)

    assert outcome.reason == "request_amended"


@pytest.mark.parametrize("change", [{"sectors": {"digital": 100}}, {"notice_days": 60}, {"max_places": 10}])
def test_a_request_that_still_suits_ends_nothing(change: dict[str, Any]):
    (outcome,) = previews.of_amended_request(request_after(**change), [a_pairing()], TODAY)

    assert outcome.reason is None


@pytest.mark.parametrize(
    "change", [{"pupils": 9}, {"closures": (Days(first=dt.date(2026, 11, 10), last=dt.date(2026, 11, 10)),)}]
)
def test_what_has_changed_at_the_school_counts_when_its_request_is_amended(change: dict[str, Any]):
    pairing = replace(a_pairing(10), audience=replace(STEVENAGE_SCHOOL, **change))

    (outcome,) = previews.of_amended_request(request_after(sectors={"*": 1}), [pairing], TODAY)

    assert outcome.reason == "request_amended"


def test_a_placement_is_not_judged_by_group():
    week = {"date": "2026-11-09", "end_date": "2026-11-13", "starts": "09:00", "ends": "16:00"}
    offer = an_offer(activity="work_experience", sessions=[week], min_pupils=1, max_pupils=4)

    (outcome,) = previews.of_amended_request(request_after(min_group=30), [a_pairing(2, offer=offer)], TODAY)

    assert outcome.reason is None


def test_fewer_places_of_a_request_leave_the_most_settled():
    proposed, confirmed = a_pairing(minute=1), a_pairing(state="confirmed", minute=2)

    outcomes = previews.of_amended_request(request_after(max_places=15), [proposed, confirmed], TODAY)

    assert reasons(outcomes) == {confirmed.match.match_id: None, proposed.match.match_id: "request_amended"}
