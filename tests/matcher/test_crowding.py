"""Limits that shrank under what was agreed: it stands, and nobody else gets more than the limit for it."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.schools import School
from services.matcher import reading
from services.matcher.checker import check
from services.matcher.crowding import crowding_of
from services.matcher.instance import Match
from services.matcher.solver import solve
from services.matcher.thinking import answer_of
from tests.matcher.given_live import (
    VISIT_DAY,
    a_cohort,
    a_live_match,
    a_request,
    a_school,
    a_session,
    an_employer,
    an_offer,
    id_,
)
from tests.matcher.test_domain_reading import a_memory

LATER = VISIT_DAY + timedelta(days=2)


def two_cohorts(name: str = "school A", **more: Any) -> School:
    cohorts = tuple(a_cohort(name, cohort_id=id_(f"cohort {n} of {name}"), label=n) for n in "12")
    return a_school(name, cohorts=cohorts, **more)


def requests_of(school: str = "school A"):
    return [
        a_request(f"request {n} of {school}", school=school, cohort_id=id_(f"cohort {n} of {school}")) for n in "12"
    ]


def confirmed(n: str, offer: str, session: str, school: str = "school A", **more: Any):
    return a_live_match(
        "confirmed",
        f"match {n}",
        offer_id=id_(offer),
        session_id=id_(session),
        school_id=id_(school),
        request_id=id_(f"request {n} of {school}"),
        cohort_id=id_(f"cohort {n} of {school}"),
        **more,
    )


def planned_beside(memory) -> list[Match]:
    """What a round plans beside what stands, after the checker found no fault with it."""
    problem = reading.read(memory)
    plan = solve(problem, steps=200, seed=1)
    assert check(problem, answer_of(problem, plan)).feasible
    standing = {(e.session, e.request) for e in problem.existing if e.status == "accepted"}
    return [match for match in plan.matches if (match.session, match.request) not in standing]


@pytest.mark.parametrize("parts", [("am", "am"), ("am", "day")])
def test_more_agreed_than_a_school_has_rooms_for_gives_it_no_more_rooms(parts: tuple[str, str]):
    held = [
        an_offer(f"talk {n}", a_session(f"slot {n}", part=part), mode="at_school")
        for n, part in zip("12", parts, strict=True)
    ]
    later = [an_offer(f"talk {n}", a_session(f"slot {n}", LATER), mode="at_school") for n in "34"]
    same_day = an_offer("offer", a_session("slot 5", part="am"), mode="at_school")
    matches = tuple(confirmed(n, f"talk {n}", f"slot {n}") for n in "12")
    third = a_cohort("school A", cohort_id=id_("cohort 3"), label="3")
    school = two_cohorts(max_parallel=1)
    school = school.model_copy(update={"cohorts": (*school.cohorts, third)})
    asked = [*requests_of(), a_request("request 3", cohort_id=id_("cohort 3"))]

    planned = planned_beside(a_memory(school, *held, *later, same_day, *asked, matches=matches))

    assert [match.session for match in planned] in ([str(id_("slot 3"))], [str(id_("slot 4"))])


def test_more_groups_agreed_than_a_school_may_have_gives_no_school_more():
    sessions = [a_session(f"slot {n}", VISIT_DAY + timedelta(days=n)) for n in range(4)]
    offer = an_offer("offer", *sessions, max_groups_per_school=1)
    matches = (confirmed("1", "offer", "slot 0"), confirmed("2", "offer", "slot 1"))
    schools = [two_cohorts(), two_cohorts("school B")]

    planned = planned_beside(
        a_memory(*schools, offer, *requests_of(), *requests_of("school B"), an_employer(), matches=matches)
    )

    assert len(planned) == 1
    assert planned[0].request.startswith(tuple(str(id_(f"request {n} of school B")) for n in "12"))


def test_a_cohort_that_lost_pupils_has_no_more_of_them_on_other_days():
    held, same_day = an_offer("visit 1", a_session("slot 1")), an_offer("offer", a_session("slot 2", part="pm"))
    later = an_offer("visit 3", a_session("slot 3", LATER), max_pupils=60)
    cohort = a_cohort("school A", pupils=20)

    planned = planned_beside(
        a_memory(
            a_school(cohorts=(cohort,)),
            *(held, same_day, later),
            matches=(a_live_match("confirmed", offer_id=id_("visit 1"), session_id=id_("slot 1")),),
        )
    )

    assert [(match.session, match.pupils) for match in planned] == [(str(id_("slot 3")), 20)]


def test_what_the_area_only_planned_itself_is_not_beyond_anything():
    offers = [an_offer(f"talk {n}", a_session(f"slot {n}"), mode="at_school") for n in "12"]
    matches = tuple(
        a_live_match("planned", f"match {n}", offer_id=id_(f"talk {n}"), session_id=id_(f"slot {n}")) for n in "12"
    )

    crowding = crowding_of(a_memory(a_school(max_parallel=1), *offers, matches=matches))

    assert crowding.at_school == crowding.of_cohort == crowding.sessions == frozenset()
