"""London hours, school days and working days, across both changes of the clocks and the year's end."""

from datetime import UTC, date, datetime, time

import pytest

from contracts.hubs import Calendar, LetterPolicy, Term
from services.notifier.hours import days_before, days_for, next_allowed, start_of_today, start_of_tomorrow

POLICY = LetterPolicy()
CALENDAR = Calendar(
    terms=(
        Term(name="autumn", first=date(2026, 9, 1), last=date(2026, 10, 23)),
        Term(name="autumn", first=date(2026, 11, 2), last=date(2026, 12, 18)),
        Term(name="spring", first=date(2027, 1, 4), last=date(2027, 3, 25)),
        Term(name="summer", first=date(2027, 4, 12), last=date(2027, 7, 21)),
    ),
    bank_holidays=(date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1), date(2027, 5, 3)),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "moment, audience, allowed",
    [
        ("2026-10-06T09:00", "school", "2026-10-06T09:00"),  # within hours
        ("2026-10-06T03:00", "school", "2026-10-06T06:30"),  # before 7:30 in summer time
        ("2026-10-06T16:30", "school", "2026-10-06T16:30"),  # the last minute of the day
        ("2026-10-06T16:31", "school", "2026-10-07T06:30"),  # after 17:30
        ("2026-10-09T18:00", "school", "2026-10-12T06:30"),  # over the weekend
        ("2026-10-23T18:00", "school", "2026-11-02T07:30"),  # over half-term, and the clocks go back
        ("2026-10-23T18:00", "employer", "2026-10-26T07:30"),  # employers work in half-term
        ("2026-10-25T00:30", "employer", "2026-10-26T07:30"),  # in the hour that comes twice
        ("2026-12-18T18:00", "school", "2027-01-04T07:30"),  # over Christmas and the year's end
        ("2026-12-24T18:00", "employer", "2026-12-29T07:30"),  # bank holidays
        ("2027-03-25T18:00", "school", "2027-04-12T06:30"),  # over Easter, and the clocks go forward
        ("2027-03-27T12:00", "employer", "2027-03-29T06:30"),  # the clocks go forward on the Sunday
        ("2027-05-02T12:00", "school", "2027-05-04T06:30"),  # the May bank holiday
        ("2027-09-08T12:00", "school", "2027-09-08T12:00"),  # beyond the last term that is known
        ("2027-09-11T12:00", "school", "2027-09-13T06:30"),  # but not at the weekend
        ("2027-08-04T12:00", "school", "2027-09-01T06:30"),  # nor in the summer
    ],
)
def test_letters_wait_for_the_next_allowed_hour(moment: str, audience: str, allowed: str):
    assert next_allowed(at(moment), POLICY, days_for(audience, POLICY, CALENDAR)) == at(allowed)


def test_without_quiet_hours_any_moment_will_do():
    loud = LetterPolicy(quiet=False)

    assert next_allowed(at("2026-12-25T03:00"), loud, days_for("school", loud, CALENDAR)) == at("2026-12-25T03:00")


def test_a_hub_may_write_on_any_day_within_hours():
    policy = LetterPolicy(school_days_only=False)

    assert next_allowed(at("2026-10-24T20:00"), policy, days_for("school", policy, CALENDAR)) == at("2026-10-25T07:30")


def test_a_calendar_without_a_single_day_does_not_hold_letters_for_ever():
    far_apart = [Term(name="mistyped", first=date(year, 9, 1), last=date(year, 9, 2)) for year in (2026, 2036)]
    never = Calendar(terms=tuple(far_apart))

    assert next_allowed(at("2026-10-06T22:00"), POLICY, days_for("school", POLICY, never)) == at("2026-10-06T22:00")


@pytest.mark.parametrize(
    "deadline, days, reminder",
    [
        ("2026-10-13T16:00", 2, "2026-10-09T06:30"),  # Tuesday back to Friday
        ("2026-11-03T17:00", 2, "2026-10-23T06:30"),  # over half-term and the change of the clocks
        ("2027-01-05T17:00", 2, "2026-12-18T07:30"),  # over Christmas
        ("2026-10-13T16:00", 1, "2026-10-12T06:30"),
    ],
)
def test_a_reminder_counts_back_in_school_days(deadline: str, days: int, reminder: str):
    is_day = days_for("school", POLICY, CALENDAR)

    assert days_before(at(deadline), days, POLICY, is_day) == at(reminder)


def test_a_day_is_londons():
    assert start_of_today(at("2026-10-06T23:30")) == at("2026-10-06T23:00")
    assert start_of_tomorrow(at("2026-10-24T23:30")) == at("2026-10-26T00:00")


def test_odd_sending_hours_are_kept():
    policy = LetterPolicy(send_from=time(9, 15), send_until=time(9, 20))

    assert next_allowed(at("2026-11-03T09:21"), policy, days_for("school", policy, CALENDAR)) == at("2026-11-04T09:15")
