"""Deadlines: school days of the hub's calendar, London time."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from contracts.hubs import Calendar, Hub, LetterPolicy, MatchingPolicy, Term
from services.matcher.deadlines import answer_by, confirm_by, next_sending, starts_at
from services.plumbing.clock import LONDON
from tests.matcher.given_live import a_hub

FAR = datetime(2027, 6, 1, 9, tzinfo=UTC)
NO_NOTICE = date(2027, 6, 1)


def london(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=LONDON)


def a_quiet_hub(**letters: object) -> Hub:
    calendar = Calendar(
        terms=(
            Term(name="autumn", first=date(2026, 9, 1), last=date(2026, 10, 23)),
            Term(name="autumn", first=date(2026, 11, 2), last=date(2026, 12, 18)),
            Term(name="spring", first=date(2027, 1, 4), last=date(2027, 4, 2)),
        ),
        bank_holidays=(date(2027, 3, 26),),
    )
    return a_hub(letters=LetterPolicy.model_validate(letters), calendar=calendar)


@pytest.mark.parametrize(
    "now, sent",
    [
        pytest.param(london(2026, 9, 8, 9, 0), london(2026, 9, 8, 9, 0), id="at once in school hours"),
        pytest.param(london(2026, 9, 8, 6, 0), london(2026, 9, 8, 7, 30), id="not before half past seven"),
        pytest.param(london(2026, 9, 8, 17, 30), london(2026, 9, 9, 7, 30), id="not after half past five"),
        pytest.param(london(2026, 9, 11, 18, 0), london(2026, 9, 14, 7, 30), id="not at the weekend"),
        pytest.param(london(2026, 10, 23, 18, 0), london(2026, 11, 2, 7, 30), id="not in half-term"),
        pytest.param(london(2026, 12, 18, 18, 0), london(2027, 1, 4, 7, 30), id="not over the new year"),
    ],
)
def test_letters_leave_in_school_hours(now: datetime, sent: datetime) -> None:
    assert next_sending(now, a_quiet_hub()) == sent


@pytest.mark.parametrize("letters", [{"quiet": False}, {"urgent": True}])
def test_a_hub_may_do_without_quiet_hours(letters: dict[str, object]) -> None:
    night = london(2026, 9, 8, 3, 0)

    assert next_sending(night, a_quiet_hub(**letters)) == night


@pytest.mark.parametrize(
    "now, deadline",
    [
        pytest.param(london(2026, 9, 8, 9), datetime(2026, 9, 15, 16, tzinfo=UTC), id="five days in summer time"),
        pytest.param(london(2026, 10, 22, 9), datetime(2026, 11, 5, 17, tzinfo=UTC), id="over the autumn change"),
        pytest.param(london(2027, 3, 24, 9), datetime(2027, 4, 1, 16, tzinfo=UTC), id="over the spring change"),
        pytest.param(london(2026, 12, 16, 9), datetime(2027, 1, 6, 17, tzinfo=UTC), id="over the year's end"),
    ],
)
def test_a_school_has_five_school_days_until_five_in_the_afternoon(now: datetime, deadline: datetime) -> None:
    assert answer_by(now, FAR, NO_NOTICE, a_quiet_hub()) == deadline


def test_the_time_to_answer_ends_with_the_last_day_of_notice() -> None:
    deadline = answer_by(london(2026, 9, 8, 9), FAR, date(2026, 9, 10), a_quiet_hub())

    assert deadline == london(2026, 9, 10, 17)


def test_a_near_session_still_leaves_a_school_day_to_answer() -> None:
    notice_is_over = date(2026, 9, 4)

    deadline = answer_by(london(2026, 9, 4, 16), london(2026, 9, 18, 9), notice_is_over, a_quiet_hub())

    assert deadline == london(2026, 9, 7, 17)


def test_the_hubs_least_time_to_answer_is_left() -> None:
    hub = a_quiet_hub(minimum_answer_hours=72)

    deadline = answer_by(london(2026, 9, 8, 9), london(2026, 9, 30, 9), date(2026, 9, 8), hub)

    assert deadline - london(2026, 9, 8, 9) >= timedelta(hours=72)


def test_nobody_answers_after_the_start() -> None:
    starts = london(2026, 9, 9, 9, 30)

    assert answer_by(london(2026, 9, 8, 9), starts, date(2026, 9, 8), a_quiet_hub()) == starts


def test_no_deadline_lies_in_the_past() -> None:
    now = london(2026, 9, 8, 9)

    assert answer_by(now, now - timedelta(hours=2), date(2026, 9, 1), a_quiet_hub()) > now
    assert confirm_by(now, now - timedelta(hours=2), a_quiet_hub()) > now


def test_an_employer_has_three_school_days_to_confirm() -> None:
    assert confirm_by(london(2026, 9, 10, 9), FAR, a_quiet_hub()) == london(2026, 9, 15, 17)


def test_an_employer_confirms_before_the_start() -> None:
    starts = london(2026, 9, 11, 9, 30)

    assert confirm_by(london(2026, 9, 10, 9), starts, a_quiet_hub()) == starts


def test_weekdays_hold_while_the_hub_is_not_known() -> None:
    assert confirm_by(london(2026, 9, 10, 9), FAR, None) == london(2026, 9, 15, 17)


def test_a_calendar_that_has_run_out_does_not_stop_the_clock() -> None:
    hub = a_hub(
        policy=MatchingPolicy(answer_working_days=2),
        letters=LetterPolicy(),
        calendar=Calendar(terms=(Term(name="past", first=date(2025, 9, 1), last=date(2025, 12, 19)),)),
    )

    assert answer_by(london(2026, 9, 8, 9), FAR, NO_NOTICE, hub) == london(2026, 9, 10, 17)
    assert answer_by(london(2026, 7, 20, 18), FAR, NO_NOTICE, hub) == london(2026, 9, 3, 17)


@pytest.mark.parametrize(
    "day, instant",
    [
        (date(2026, 10, 24), datetime(2026, 10, 24, 8, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 26, 9, tzinfo=UTC)),
    ],
)
def test_a_session_starts_by_the_clock_on_the_wall(day: date, instant: datetime) -> None:
    assert starts_at(day, time(9, 0)) == instant
