import pytest
from pydantic import ValidationError

from contracts.hubs import Calendar
from services.registry.domain.offers import rules
from services.registry.domain.offers.said import NewOffer
from services.registry.domain.offers.warnings import warnings
from tests.registry.bad_offers import BY_FORM, BY_MEANING, Bad
from tests.registry.given_offers import a_session, an_offer, an_offer_said, offer_surroundings

JUDGED_WHEN_PUBLISHED = "no session"


@pytest.mark.parametrize("bad", [bad for name, bad in BY_MEANING.items() if name != JUDGED_WHEN_PUBLISHED])
def test_what_cannot_be_is_pointed_at_with_a_remedy(bad: Bad):
    faults = list(rules.faults(NewOffer(**an_offer_said(**bad.changes)), offer_surroundings()))

    assert [fault.pointer for fault in faults] == [bad.pointer]
    assert bad.detail in faults[0].detail
    assert bad.remedy in faults[0].remedy


@pytest.mark.parametrize("bad", BY_FORM.values(), ids=BY_FORM)
def test_what_is_not_well_formed_is_refused_where_it_stands(bad: Bad):
    with pytest.raises(ValidationError) as refused:
        NewOffer(**an_offer_said(**bad.changes))

    assert ["#/" + "/".join(map(str, error["loc"])) for error in refused.value.errors()] == [bad.pointer]


def test_a_postcode_that_nobody_knows_needs_a_position():
    around = offer_surroundings(spot=None)

    assert [f.pointer for f in rules.faults(NewOffer(**an_offer_said()), around)] == ["#/place/postcode"]
    with_position = an_offer_said(place={"postcode": "ZZ99 9ZZ", "lat": 51.9, "lon": -0.2})
    assert list(rules.faults(NewOffer(**with_position), around)) == []


def test_all_faults_are_told_at_once():
    said = an_offer_said(activity="talks", sectors=["IT"], min_pupils=40, sessions=[a_session("2026-10-01")])

    faults = list(rules.faults(NewOffer(**said), offer_surroundings()))

    pointers = {fault.pointer for fault in faults}
    assert pointers == {"#/activity", "#/sectors/0", "#/min_pupils", "#/sessions/0/date"}
    assert all(fault.remedy for fault in faults)


def test_a_placement_may_span_a_weekend():
    fortnight = {"date": "2026-11-09", "end_date": "2026-11-20", "starts": "09:00", "ends": "16:00"}

    offer = an_offer(activity="work_experience", sessions=[fortnight], min_pupils=1, max_pupils=2)

    assert offer.counts_to["gb6"] == 10


def test_a_session_may_be_today():
    today = a_session("2026-10-06", starts="15:00", ends="16:00")

    offer = an_offer(activity="virtual_talk", sessions=[today], notice_days=0)

    assert offer.sessions[0].date == offer_surroundings().today
    assert list(warnings(offer, offer_surroundings())) == []


def test_where_no_hub_has_said_its_calendar_weekends_are_still_refused():
    around = offer_surroundings(calendars=(Calendar(),))
    said = an_offer_said(sessions=[a_session("2026-11-14"), a_session("2027-05-03")])

    assert [f.pointer for f in rules.faults(NewOffer(**said), around)] == ["#/sessions/0/date"]


def test_control_characters_and_changes_of_direction_are_taken_out_of_texts():
    offer = an_offer(
        title="A\x00 morning\r\nat\u202e the\ud800 works\x1b[2J",
        purpose="One  line.\r\n\r\n\r\n\r\nAnother\x07 line.",
        requirements="Cafe\u0301",
    )

    assert offer.title == "A morning at the works[2J"
    assert offer.purpose == "One line.\n\nAnother line."
    assert offer.requirements == "Caf\u00e9"
