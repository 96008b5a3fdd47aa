"""Together, at decent hours, not too many a day, and not too late."""

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.hubs import Calendar, LetterPolicy
from services.notifier.dispatch import Due, Rules, plan
from services.notifier.hours import days_for
from services.plumbing.uuids import uuid7

NOW = datetime(2026, 10, 6, 9, 0, tzinfo=UTC)
POLICY = LetterPolicy(digest_minutes=20)


def due(kind: str = "school_match_proposed", **said: Any) -> Due:
    given = {
        "due_at": NOW - timedelta(hours=1),
        "starts_at": NOW + timedelta(days=30),
        "ends_at": NOW + timedelta(days=30, hours=3),
        "deadline": NOW + timedelta(days=5) if kind in {"school_match_proposed", "school_answer_reminder"} else None,
        **said,
    }
    return Due(uuid7(), kind, **given)


def rules(emails_today: int = 0, **said: Any) -> Rules:
    policy = POLICY.model_copy(update=said)
    return Rules(policy, days_for("school", policy, Calendar()), emails_today)


def test_what_has_waited_long_enough_goes():
    letter = due()

    assert plan([letter], rules(), NOW).go == [letter.letter_id]


def test_a_new_letter_waits_for_others():
    decided = plan([due(due_at=NOW - timedelta(minutes=5))], rules(), NOW)

    assert decided.go == []
    assert decided.hold_until == NOW + timedelta(minutes=15)


def test_a_new_letter_goes_with_one_that_has_waited():
    letters = [due(), due(due_at=NOW)]

    assert plan(letters, rules(), NOW).go == [letter.letter_id for letter in letters]


def test_an_urgent_match_does_not_wait_for_others_and_takes_them_along():
    letters = [due(due_at=NOW, urgent=True), due(due_at=NOW)]

    assert len(plan(letters, rules(), NOW).go) == 2


def test_an_urgent_match_still_waits_for_morning():
    night = NOW.replace(hour=22)

    assert plan([due(urgent=True)], rules(), night).hold_until == NOW.replace(day=7, hour=6, minute=30)


def test_an_urgent_hub_asks_at_any_hour_and_beyond_the_cap():
    night = NOW.replace(hour=22)

    assert plan([due()], rules(emails_today=9, urgent=True), night).go


def test_beyond_the_days_cap_letters_wait_for_tomorrow():
    assert plan([due()], rules(emails_today=3), NOW).hold_until == NOW.replace(day=7, hour=6, minute=30)


def test_a_question_that_could_only_go_too_late_is_dropped_at_once():
    friday_evening = datetime(2026, 10, 9, 19, 0, tzinfo=UTC)
    letter = due(deadline=datetime(2026, 10, 12, 16, 0, tzinfo=UTC))

    decided = plan([letter], rules(), friday_evening)

    assert decided.too_late == [letter.letter_id]
    assert (decided.go, decided.hold) == ([], [])


def test_a_question_with_just_enough_time_goes():
    assert plan([due(deadline=NOW + timedelta(hours=24))], rules(), NOW).go


def test_a_question_too_late_does_not_keep_another_letter_back():
    late, fine = due(deadline=NOW + timedelta(hours=1)), due()

    decided = plan([late, fine], rules(), NOW)

    assert (decided.too_late, decided.go) == ([late.letter_id], [fine.letter_id])


def test_a_cancellation_for_tomorrow_morning_goes_at_night_and_beyond_the_cap():
    night = NOW.replace(hour=22)
    letter = due("school_match_ended", starts_at=NOW + timedelta(days=1), due_at=night)

    assert plan([letter], rules(emails_today=5), night).go == [letter.letter_id]


def test_a_cancellation_for_next_week_keeps_office_hours():
    night = NOW.replace(hour=22)

    assert plan([due("school_match_ended", starts_at=NOW + timedelta(days=7))], rules(), night).go == []


def test_a_confirmation_after_the_event_is_stale():
    letter = due("school_match_confirmed", starts_at=NOW - timedelta(minutes=1))

    assert plan([letter], rules(), NOW).stale == [letter.letter_id]


def test_a_question_about_attendance_is_stale_after_two_months():
    letter = due("school_did_it_take_place", ends_at=NOW - timedelta(days=61))

    assert plan([letter], rules(), NOW).stale == [letter.letter_id]


def test_a_reminder_needs_a_question_that_went_out_the_day_before():
    asked = due("school_answer_reminder", asked_at=NOW - timedelta(days=2))
    fresh = due("school_answer_reminder", asked_at=NOW - timedelta(hours=3))
    never = due("school_answer_reminder")

    decided = plan([asked, fresh, never], rules(), NOW)

    assert decided.go == [asked.letter_id]
    assert decided.stale == [fresh.letter_id, never.letter_id]


def test_a_reminder_in_the_last_two_hours_is_stale():
    letter = due("school_answer_reminder", asked_at=NOW - timedelta(days=3), deadline=NOW + timedelta(hours=1))

    assert plan([letter], rules(), NOW).stale == [letter.letter_id]


def test_nothing_due_is_nothing_to_do():
    assert plan([], rules(), NOW).go == []
