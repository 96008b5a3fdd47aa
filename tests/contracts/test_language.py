"""The benchmark rules, the activity types, the reasons and the hub's policies."""

from datetime import UTC, date, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from pydantic import ValidationError

from contracts.activities import ACTIVITIES, activity_name
from contracts.contacts import Contact
from contracts.distances import miles
from contracts.event import new_fact
from contracts.gatsby import BENCHMARKS, RULES, academic_year, institution_of, rules_on
from contracts.hubs import Calendar, MatchingPolicy, Term
from contracts.reasons import sentence


def test_the_wording_of_september_2025_asks_for_more_days_than_that_of_2014() -> None:
    before, after = rules_on(date(2025, 8, 31)), rules_on(date(2025, 9, 1))

    assert (before.version, after.version) == ("gatsby-2014", "gatsby-2025")
    assert before.target("school", "gb6", 11) == 1
    assert after.target("school", "gb6", 11) == 10


def test_a_college_learner_needs_two_encounters_a_year_and_a_pupil_one() -> None:
    rules = rules_on(date(2026, 11, 3))

    assert rules.target(institution_of("college"), "gb5", 12) == 2
    assert rules.target(institution_of("secondary"), "gb5", 12) == 1
    assert rules.target(institution_of("special"), "gb5", 7) == 1


def test_nothing_is_asked_of_a_year_group_the_rules_do_not_name() -> None:
    assert rules_on(date(2026, 11, 3)).target("college", "gb5", 9) == 0


def test_the_wordings_follow_one_another_without_a_gap() -> None:
    for earlier, later in pairwise(RULES):
        assert earlier.effective_to is not None
        assert (later.effective_from - earlier.effective_to).days == 1


def test_no_wording_was_in_force_before_2014() -> None:
    with pytest.raises(ValueError, match="2014-08-31"):
        rules_on(date(2014, 8, 31))


@pytest.mark.parametrize(
    "day,year", [(date(2026, 8, 31), "2025/26"), (date(2026, 9, 1), "2026/27"), (date(2099, 12, 1), "2099/00")]
)
def test_an_academic_year_begins_in_september(day: date, year: str) -> None:
    assert academic_year(day) == year


def test_every_activity_counts_for_a_known_benchmark() -> None:
    for activity in ACTIVITIES.values():
        assert activity.credits.keys() <= BENCHMARKS.keys()
        assert activity.modes


def test_a_placement_week_is_five_days_and_one_encounter() -> None:
    assert ACTIVITIES["work_experience"].counts_to(5) == {"gb5": 1, "gb6": 5}


def test_placements_are_for_year_ten_and_above() -> None:
    for activity in ACTIVITIES.values():
        assert activity.safeguarding != "placement" or activity.youngest_year >= 10


def test_a_code_from_a_newer_writer_is_shown_in_its_own_words() -> None:
    assert sentence("moon_in_the_way") == "Moon in the way"
    assert activity_name("space_walk") == "space walk"
    assert sentence(None) == ""


def test_a_policy_whose_bands_rise_in_points_is_refused() -> None:
    with pytest.raises(ValidationError, match="points must not rise"):
        MatchingPolicy(bands={"gb5": ((50, 100), (100, 200))})
    with pytest.raises(ValidationError, match="percents must rise"):
        MatchingPolicy(bands={"gb5": ((100, 200), (50, 100))})


def test_school_days_are_weekdays_in_term_without_bank_holidays() -> None:
    calendar = Calendar(
        terms=(Term(name="spring", first=date(2027, 1, 4), last=date(2027, 3, 25)),), bank_holidays=(date(2027, 1, 4),)
    )

    assert calendar.is_school_day(date(2027, 1, 5))
    assert not calendar.is_school_day(date(2027, 1, 4)), "a bank holiday"
    assert not calendar.is_school_day(date(2027, 1, 9)), "a Saturday"


def test_beyond_the_terms_that_were_entered_weekdays_count_but_for_the_summer() -> None:
    calendar = Calendar(
        terms=(
            Term(name="autumn", first=date(2026, 9, 2), last=date(2026, 12, 18)),
            Term(name="spring", first=date(2027, 1, 4), last=date(2027, 3, 25)),
        )
    )

    assert not calendar.is_school_day(date(2026, 12, 21)), "between two terms"
    assert calendar.is_school_day(date(2027, 4, 13)), "a term nobody has entered"
    assert not calendar.is_school_day(date(2027, 8, 3)), "summer"
    assert calendar.is_school_day(date(2027, 9, 7))


def test_a_fact_of_an_unknown_type_cannot_be_made() -> None:
    contact = Contact(contact_id=UUID(int=1), organisation="school", organisation_id=UUID(int=2))
    with pytest.raises(ValueError, match=r"contact\.moved"):
        new_fact(
            contact,
            "contact.moved.v1",
            id=UUID(int=3),
            version=1,
            source="registry",
            time=datetime(2026, 11, 3, tzinfo=UTC),
            correlation_id=UUID(int=4),
        )


@pytest.mark.parametrize(
    "km,text",
    [(0, "less than a mile"), (1, "about a mile"), (2, "about a mile"), (8, "about 5 miles"), (20, "about 12 miles")],
)
def test_people_read_miles(km: int, text: str) -> None:
    assert miles(km) == text
