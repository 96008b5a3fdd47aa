import datetime as dt
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.requests import SchoolRequest
from contracts.schools import Days
from services.registry.domain.mistakes import Conflict, Unacceptable
from services.registry.domain.requests import life, rules
from services.registry.domain.requests.said import NewRequest, RequestTerms
from tests.registry.bad_offers import Bad
from tests.registry.bad_requests import BY_FORM, BY_MEANING
from tests.registry.given_offers import NOW, SCHOOL_CONTACT, a_request, a_request_said, request_surroundings


def amended(request: SchoolRequest, **changes: Any) -> SchoolRequest:
    said = {name: value for name, value in a_request_said(**changes).items() if name != "cohort_id"}
    return life.amend(request, RequestTerms(**said), request_surroundings())


def pointers(said: dict[str, Any], **around: Any) -> list[str]:
    return [fault.pointer for fault in rules.faults(NewRequest(**said), request_surroundings(**around))]


@pytest.mark.parametrize("bad", BY_MEANING.values(), ids=BY_MEANING)
def test_what_cannot_be_is_pointed_at_with_a_remedy(bad: Bad):
    faults = list(rules.faults(NewRequest(**a_request_said(**bad.changes)), request_surroundings()))

    assert [fault.pointer for fault in faults] == [bad.pointer]
    assert bad.detail in faults[0].detail
    assert bad.remedy in faults[0].remedy


@pytest.mark.parametrize("bad", BY_FORM.values(), ids=BY_FORM)
def test_what_is_not_well_formed_is_refused_where_it_stands(bad: Bad):
    with pytest.raises(ValidationError) as refused:
        NewRequest(**a_request_said(**bad.changes))

    (error,) = refused.value.errors()
    assert "#/" + "/".join(map(str, error["loc"])) == bad.pointer
    assert bad.detail in error["msg"]
    assert bad.remedy in error["msg"]


def test_what_is_not_said_follows_from_the_cohort():
    request = a_request()

    assert request.max_places == 240
    assert request.possible == (Days(first=dt.date(2026, 9, 1), last=dt.date(2027, 7, 31)),)
    assert "work_experience" in request.activities
    assert "provider_talk" not in request.activities
    assert (request.split, request.min_group, request.notice_days, request.max_travel_km) == (True, 1, 14, 25)
    assert (request.state, request.terms_version, request.posted_at) == ("open", 1, NOW)


def test_activities_above_the_year_group_are_not_asked_for():
    said = NewRequest(**a_request_said())

    request = life.post(said, request_surroundings(year=8), request_id=SCHOOL_CONTACT, now=NOW)

    assert "workplace_visit" in request.activities
    assert "work_experience" not in request.activities


def test_an_activity_above_the_year_group_is_refused():
    assert pointers(a_request_said(activities=["talk", "job_shadowing"]), year=9) == ["#/activities/1"]


def test_a_benchmark_that_asks_nothing_of_the_year_group_is_refused():
    said = a_request_said(benchmarks=["gb5", "gb7"])

    assert pointers(said, year=7) == ["#/benchmarks/1"]
    assert pointers(said, year=8) == []


def test_a_cohort_that_is_over_or_empty_has_no_request():
    assert "#/cohort_id" in pointers(a_request_said(), today=dt.date(2027, 9, 1))
    assert pointers(a_request_said(), pupils=0) == ["#/cohort_id"]


def test_a_closed_school_posts_nothing():
    with pytest.raises(Conflict):
        life.post(
            NewRequest(**a_request_said()), request_surroundings(is_open=False), request_id=SCHOOL_CONTACT, now=NOW
        )


def test_all_faults_are_told_at_once():
    said = a_request_said(benchmarks=["gb5", "gb"], activities=["chat"], min_group=500, send_needs=["quiet"])

    assert set(pointers(said)) == {"#/benchmarks/1", "#/activities/0", "#/min_group", "#/send_needs/0"}


@pytest.mark.parametrize(
    "change",
    [
        {"benchmarks": ["gb5"]},
        {"activities": ["talk"]},
        {"sectors": {"*": 10}},
        {"impossible": [{"first": "2026-11-10", "last": "2026-11-11"}]},
        {"max_places": 200},
        {"split": False},
    ],
)
def test_what_matching_rests_on_raises_the_terms_version(change: dict[str, Any]):
    assert amended(a_request(), **change).terms_version == 2


def test_another_contact_raises_no_terms_version():
    after = amended(a_request(), contact_id=str(SCHOOL_CONTACT))

    assert (after.contact_id, after.terms_version) == (SCHOOL_CONTACT, 1)


def test_an_amendment_that_changes_nothing_gives_the_same_request():
    request = a_request()

    assert amended(request) == request


def test_withdrawing_takes_a_coded_reason_and_lasts():
    withdrawn = life.withdraw(a_request(), "no_longer_needed")

    assert (withdrawn.state, withdrawn.reason) == ("withdrawn", "no_longer_needed")
    with pytest.raises(Conflict):
        life.withdraw(withdrawn, "no_longer_needed")
    with pytest.raises(Conflict):
        amended(withdrawn, split=False)
    with pytest.raises(Unacceptable):
        life.withdraw(a_request(), "because")
