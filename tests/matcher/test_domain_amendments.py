"""Amendments, case by case: which matches end, why, and in which order."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.offers import Offer
from contracts.requests import SchoolRequest
from contracts.schools import Days
from services.matcher import amendments
from services.matcher.domain import LiveMatch
from services.matcher.problem import Wish
from tests.matcher.given_live import (
    TUESDAY,
    VISIT_DAY,
    a_live_match,
    a_request,
    a_school,
    a_session,
    an_offer,
    id_,
    told_terms,
)

TODAY = TUESDAY.date()
STRONGEST_FIRST = ["delivered", "confirmed", "accepted", "proposed", "planned"]


def a_wish(request: SchoolRequest | None = None, **of_school: Any) -> Wish:
    school = a_school(**of_school)
    return Wish(request or a_request(), school, school.cohorts[0])


def what_happens(offer: Offer, *matches: LiveMatch, **of_school: Any) -> list[str | None]:
    wishes = {match.request_id: a_wish(**of_school) for match in matches}
    happenings = amendments.of_offer(offer, matches, wishes, TODAY)
    return [happenings.get(match.id) for match in matches]


def what_a_request_does(request: SchoolRequest, *matches: LiveMatch) -> list[str | None]:
    offers = {id_("offer"): an_offer()}
    happenings = amendments.of_request(request, matches, offers, a_wish(request), TODAY)
    return [happenings.get(match.id) for match in matches]


def groups_of_ten(*states: str) -> list[LiveMatch]:
    """A match of ten pupils per state, each newer than the one before."""
    return [
        a_live_match(state, f"match {n}", pupils=10, planned_at=TUESDAY + timedelta(hours=n))
        for n, state in enumerate(states)
    ]


@pytest.mark.parametrize(
    "amended",
    [
        pytest.param({"years": (11,)}, id="other year groups"),
        pytest.param({"phases": ("special",)}, id="other kinds of school"),
        pytest.param({"radius_km": 0.1}, id="a smaller radius"),
        pytest.param({"min_pupils": 31, "max_pupils": 60}, id="larger groups"),
    ],
)
def test_a_match_that_no_longer_fits_the_offer_ends(amended: dict[str, Any]) -> None:
    assert what_happens(an_offer(terms_version=2, **amended), a_live_match()) == ["terms_changed"]


def test_what_did_not_fit_before_is_not_judged_by_new_words() -> None:
    misfit = an_offer(years=(11,), requirements="Closed shoes.")

    assert what_happens(misfit, a_live_match("confirmed")) == ["text_changed"]


@pytest.mark.parametrize("places, standing", [(50, 5), (40, 4), (30, 3), (20, 2), (10, 1)])
def test_fewer_places_end_planned_matches_first_and_confirmed_ones_last(places: int, standing: int) -> None:
    offer = an_offer(terms_version=2, max_pupils=places, max_groups=5)

    happenings = what_happens(offer, *groups_of_ten(*STRONGEST_FIRST))

    assert [why == "fewer_places" for why in happenings] == [n >= standing for n in range(5)]


def test_of_equals_the_newest_ends_first() -> None:
    offer = an_offer(terms_version=2, max_pupils=20, max_groups=5)

    assert what_happens(offer, *groups_of_ten("proposed", "proposed", "proposed")) == [
        "weighed",
        "weighed",
        "fewer_places",
    ]


@pytest.mark.parametrize("limit", [{"max_groups": 1, "max_pupils": 90}, {"max_groups": 9, "max_groups_per_school": 1}])
def test_fewer_groups_end_the_newest(limit: dict[str, Any]) -> None:
    assert (
        what_happens(an_offer(terms_version=2, **limit), *groups_of_ten("confirmed", "accepted"))[1] == "fewer_places"
    )


def test_fewer_sessions_end_the_newest_day() -> None:
    sessions = [a_session("session 1"), a_session("session 2")]
    matches = groups_of_ten("confirmed", "confirmed")
    matches[1] = replace(matches[1], session_id=id_("session 2"))
    offer = an_offer("offer", *sessions, terms_version=2, max_sessions=1)

    assert what_happens(offer, *matches) == ["weighed", "fewer_places"]


def test_what_took_place_keeps_its_places_whatever_is_amended() -> None:
    delivered, confirmed = groups_of_ten("delivered", "confirmed")

    assert what_happens(an_offer(terms_version=2, max_pupils=5), delivered, confirmed) == [None, "fewer_places"]


@pytest.mark.parametrize("offer", [an_offer(state="withdrawn"), an_offer("offer", a_session("another"))])
def test_nothing_is_undone_once_its_day_has_passed(offer: Offer) -> None:
    past = a_live_match("confirmed", first_day=TODAY - timedelta(days=1), last_day=TODAY - timedelta(days=1))

    assert what_happens(offer, past) == [None]


def test_a_match_that_nobody_was_told_of_goes_with_its_date() -> None:
    moved = an_offer("offer", a_session(day=VISIT_DAY + timedelta(days=1)), terms_version=2)

    assert what_happens(moved, a_live_match("planned")) == ["terms_changed"]


def test_a_new_contact_is_told_without_a_letter() -> None:
    assert what_happens(an_offer(contact_id=id_("new contact")), a_live_match()) == ["weighed"]


def test_an_offer_that_is_as_it_was_told_changes_nothing() -> None:
    assert what_happens(an_offer(), *groups_of_ten("proposed")) == [None]


@pytest.mark.parametrize(
    "amended",
    [
        pytest.param({"activities": ("talk",)}, id="another activity"),
        pytest.param({"benchmarks": ("gb7",)}, id="another benchmark"),
        pytest.param({"max_travel_km": 0.5}, id="a shorter way"),
        pytest.param({"send_needs": ("quiet_room",)}, id="a support that is missing"),
        pytest.param({"impossible": (Days(first=VISIT_DAY, last=VISIT_DAY),)}, id="a day that is not possible"),
        pytest.param({"possible": (Days(first=TODAY, last=TODAY),)}, id="an earlier end"),
        pytest.param({"max_places": 29}, id="fewer places"),
    ],
)
def test_a_match_that_no_longer_fits_the_request_ends(amended: dict[str, Any]) -> None:
    assert what_a_request_does(a_request(terms_version=2, **amended), a_live_match()) == ["request_amended"]


def test_a_request_that_still_fits_is_weighed() -> None:
    assert what_a_request_does(a_request(terms_version=2, max_places=31), a_live_match()) == ["weighed"]


def test_notice_is_not_judged_again() -> None:
    """An agreed match comes nearer every day."""
    tomorrow = TODAY + timedelta(days=1)
    near = a_live_match(
        "confirmed",
        first_day=tomorrow,
        last_day=tomorrow,
        terms=told_terms().model_copy(update={"date": tomorrow}),
    )
    offer = an_offer("offer", a_session(day=tomorrow), terms_version=2, notice_days=30)

    assert what_happens(offer, near) == ["weighed"]


def test_a_cap_below_what_is_agreed_ends_the_newest_days() -> None:
    matches = [replace(m, session_id=id_(f"session {n}")) for n, m in enumerate(groups_of_ten("confirmed", "accepted"))]

    happenings = amendments.of_employer(id_("employer"), 1, matches, TODAY)

    assert happenings == {matches[1].id: "fewer_places"}
    assert amendments.of_employer(id_("employer"), None, matches, TODAY) == {}
