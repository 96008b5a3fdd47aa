from datetime import UTC, date, datetime, timedelta

import pytest

from services.plumbing.clock import Clock


def test_the_real_clock_says_the_time() -> None:
    assert abs(Clock.from_setting("real").now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_an_offset_clock_is_ahead_by_its_seconds() -> None:
    ahead = Clock.from_setting("offset:86400").now() - datetime.now(UTC)

    assert abs(ahead - timedelta(days=1)) < timedelta(seconds=1)


def test_a_clock_from_an_instant_goes_on_from_there() -> None:
    a_minute_ago = datetime.now(UTC).timestamp() - 60

    now = Clock.from_setting(f"from:2026-11-24T09:00:00Z@{a_minute_ago}").now()

    assert abs(now - datetime(2026, 11, 24, 9, 1, tzinfo=UTC)) < timedelta(seconds=1)


def test_a_faster_clock_makes_an_hour_of_a_minute() -> None:
    a_minute_ago = datetime.now(UTC).timestamp() - 60

    now = Clock.from_setting(f"from:2026-11-24T09:00:00+00:00@{a_minute_ago}*60").now()

    assert abs(now - datetime(2026, 11, 24, 10, 0, tzinfo=UTC)) < timedelta(minutes=1)


def test_a_stopped_clock_always_says_the_same() -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)

    assert Clock.stopped(noon).now() == noon


@pytest.mark.parametrize(
    "instant, day",
    [
        ("2026-06-30T23:30:00Z", date(2026, 7, 1)),  # Summer time: London is an hour ahead.
        ("2026-12-31T23:30:00Z", date(2026, 12, 31)),
        ("2026-03-29T00:30:00Z", date(2026, 3, 29)),  # The night of the change.
        ("2026-10-24T23:30:00Z", date(2026, 10, 25)),
    ],
)
def test_the_day_is_the_one_in_london(instant: str, day: date) -> None:
    assert Clock.stopped(datetime.fromisoformat(instant)).today() == day


@pytest.mark.parametrize(
    "text",
    ["", "unreal", "real:1", "offset:soon", "from:2026-11-24T09:00:00@0", "from:2026-11-24T09:00:00Z", "from:x@0"],
)
def test_anything_else_is_no_clock(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Clock.from_setting(text)
