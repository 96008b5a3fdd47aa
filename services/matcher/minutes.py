"""A school year's minutes: what the look-ahead counts in, from the first of September, by London's clocks. Pure."""

from datetime import UTC, date, datetime, time, timedelta

from services.matcher.need import SEPTEMBER
from services.plumbing.clock import LONDON


def first_day(day: date) -> date:
    """The first of September of the day's school year."""
    return date(day.year - (day.month < SEPTEMBER), SEPTEMBER, 1)


def minute_of(start: date, moment: datetime) -> int:
    """Minutes from the beginning of the first day to this moment, as clocks on the wall show it."""
    local = moment.astimezone(LONDON).replace(tzinfo=None)
    return int((local - datetime.combine(start, time())) // timedelta(minutes=1))


def moment_of(start: date, minute: int) -> datetime:
    """The instant at which clocks on the wall show that minute."""
    local = datetime.combine(start, time()) + timedelta(minutes=minute)
    return local.replace(tzinfo=LONDON).astimezone(UTC)
