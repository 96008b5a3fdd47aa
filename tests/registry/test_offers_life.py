import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from contracts.offers import Offer
from services.plumbing.uuids import uuid7
from services.registry.domain.mistakes import Conflict, Unacceptable
from services.registry.domain.offers import life
from services.registry.domain.offers.said import OfferTerms
from services.registry.domain.offers.warnings import warnings
from tests.registry.given_offers import AREA, a_session, an_offer, an_offer_said, offer_surroundings

LATER = dt.date(2026, 11, 11)
"""Between the two sessions of the usual offer."""


def amended(offer: Offer, today: dt.date | None = None, **changes: Any) -> Offer:
    around = offer_surroundings(**({"today": today} if today else {}))
    so_far = life.said_so_far(offer, an_offer_said(), around.today)
    return life.amend(offer, OfferTerms(**{**so_far, **changes}), around, new_id=uuid7)


def ids_by_date(offer: Offer, state: str = "open") -> dict[str, UUID]:
    return {str(s.date): s.session_id for s in offer.sessions if s.state == state}


def test_what_is_not_said_follows_from_the_activity():
    offer = an_offer()

    assert offer.mode == "at_workplace"
    assert offer.counts_to == {"gb5": 1, "gb6": 1}
    assert offer.years == (7, 8, 9, 10, 11, 12, 13)
    assert offer.phases == ("secondary", "special", "college", "alternative_provision")
    assert offer.areas == (AREA,)
    assert (offer.max_groups, offer.max_sessions, offer.individual) == (1, 2, False)
    assert [session.part for session in offer.sessions] == ["am", "am"]
    assert (offer.place.lat, offer.place.lon) == (51.9, -0.2)
    assert (offer.state, offer.terms_version) == ("open", 1)


def test_a_placement_week_gains_five_days_and_takes_pupils_one_by_one():
    week = {"date": "2026-11-09", "end_date": "2026-11-13", "starts": "09:00", "ends": "16:30"}

    offer = an_offer(activity="work_experience", sessions=[week], min_pupils=1, max_pupils=4)

    assert offer.counts_to == {"gb5": 1, "gb6": 5}
    assert (offer.individual, offer.max_groups, offer.years) == (True, 4, (10, 11, 12, 13))


def test_an_employer_may_count_fewer_benchmarks():
    assert an_offer(benchmarks=["gb6"]).counts_to == {"gb6": 1}


def test_a_position_that_was_said_beats_the_postcodes():
    offer = an_offer(place={"postcode": "SG1 1EN", "lat": 51.5, "lon": -0.5})

    assert (offer.place.lat, offer.place.lon) == (51.5, -0.5)


@pytest.mark.parametrize(
    "starts, ends, part",
    [("09:00", "10:00", "am"), ("09:00", "13:00", "am"), ("12:00", "15:00", "pm"), ("09:30", "15:00", "day")],
)
def test_the_part_of_the_day_follows_from_the_times(starts: str, ends: str, part: str):
    assert an_offer(sessions=[a_session(starts=starts, ends=ends)]).sessions[0].part == part


def test_sessions_that_stay_keep_their_ids_and_removed_ones_stay_as_cancelled():
    offer = an_offer()

    after = amended(offer, sessions=[a_session("2026-11-10"), a_session("2026-11-17")])

    before, now, cancelled = ids_by_date(offer), ids_by_date(after), ids_by_date(after, "cancelled")
    assert now["2026-11-10"] == before["2026-11-10"]
    assert cancelled == {"2026-11-12": before["2026-11-12"]}
    assert now["2026-11-17"] not in before.values()


def test_a_session_named_by_its_id_is_moved():
    offer = an_offer()
    first, second = offer.sessions

    moved = a_session("2026-11-19", session_id=str(first.session_id))
    after = amended(offer, sessions=[moved, a_session("2026-11-12")])

    assert ids_by_date(after) == {"2026-11-19": first.session_id, "2026-11-12": second.session_id}


def test_sessions_that_are_over_stay_and_need_not_be_named():
    offer = an_offer()

    after = amended(offer, LATER, sessions=[a_session("2026-11-24")])

    assert ids_by_date(after).keys() == {"2026-11-10", "2026-11-24"}
    assert ids_by_date(after, "cancelled").keys() == {"2026-11-12"}


def test_a_change_of_words_after_all_sessions_are_over_is_taken():
    after = amended(an_offer(), dt.date(2027, 1, 11), title="A morning that was")

    assert after.title == "A morning that was"
    assert all(session.state == "open" for session in after.sessions)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another title"},
        {"requirements": "Stout shoes."},
        {"employer_confirms": True},
        {"contact_id": str(UUID(int=2))},
        {},
    ],
)
def test_words_and_contacts_raise_no_terms_version(change: dict[str, Any]):
    assert amended(an_offer(), **change).terms_version == 1


@pytest.mark.parametrize(
    "change",
    [
        {"max_pupils": 29},
        {"years": [10]},
        {"place": {"postcode": "SG1 1EN", "address": "2 Works Road"}},
        {"sessions": [a_session("2026-11-10")]},
        {"radius_km": 20},
        {"notice_days": 20},
        {"benchmarks": ["gb5"]},
        {"activity": "provider_taster"},
    ],
)
def test_what_a_school_agrees_to_raises_the_terms_version(change: dict[str, Any]):
    assert amended(an_offer(), **change).terms_version == 2


def test_an_amendment_that_changes_nothing_gives_the_same_offer():
    offer = an_offer()

    assert amended(offer) == offer


def test_all_sessions_cannot_be_taken_out():
    with pytest.raises(Unacceptable) as refused:
        amended(an_offer(), sessions=[])

    assert refused.value.faults[0].pointer == "#/sessions"


def test_a_session_cancelled_stays_cancelled():
    offer = amended(an_offer(), sessions=[a_session("2026-11-10")])
    cancelled = ids_by_date(offer, "cancelled")["2026-11-12"]

    with pytest.raises(Unacceptable) as refused:
        amended(offer, sessions=[a_session("2026-11-12", session_id=str(cancelled))])

    assert [fault.pointer for fault in refused.value.faults] == ["#/sessions/0/session_id"]


def test_a_session_that_is_over_cannot_be_moved():
    offer = an_offer()
    moved = a_session("2026-11-24", session_id=str(offer.sessions[0].session_id))

    with pytest.raises(Unacceptable) as refused:
        amended(offer, LATER, sessions=[moved])

    assert refused.value.faults[0].detail == "This session is over and cannot be moved."


def test_withdrawing_takes_a_coded_reason_and_lasts():
    withdrawn = life.withdraw(an_offer(), "site_closed")

    assert (withdrawn.state, withdrawn.reason) == ("withdrawn", "site_closed")
    with pytest.raises(Conflict):
        life.withdraw(withdrawn, "site_closed")
    with pytest.raises(Conflict):
        amended(withdrawn, title="Back again")


def test_an_unknown_reason_is_named_with_its_nearest():
    with pytest.raises(Unacceptable) as refused:
        life.withdraw(an_offer(), "site closed")

    assert refused.value.faults[0].remedy == "Did you mean site_closed?"


def test_a_well_thought_out_offer_has_no_warnings():
    assert list(warnings(an_offer(), offer_surroundings())) == []


@pytest.mark.parametrize(
    "change, pointer",
    [
        ({"learning_outcomes": []}, "#/learning_outcomes"),
        ({"sessions": [a_session("2026-10-13")]}, "#/sessions/0/date"),
        ({"sessions": [a_session("2026-12-22")]}, "#/sessions/0/date"),
    ],
)
def test_what_may_disappoint_is_told_and_taken(change: dict[str, Any], pointer: str):
    assert [warning.pointer for warning in warnings(an_offer(**change), offer_surroundings())] == [pointer]


def test_asking_to_confirm_without_a_contact_is_told():
    offer = an_offer(employer_confirms=True)

    told = [warning.pointer for warning in warnings(offer, offer_surroundings(contacts=frozenset()))]

    assert told == ["#/employer_confirms"]
