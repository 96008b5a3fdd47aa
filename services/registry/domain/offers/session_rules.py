"""When a session may be, and how the sessions of one offer go together."""

import datetime as dt
from collections.abc import Iterator, Sequence

from contracts.activities import Activity
from contracts.offers import Session
from services.registry.domain.mistakes import Fault
from services.registry.domain.offers.around import Around
from services.registry.domain.offers.said import NewSession
from services.registry.domain.offers.sessions import LUNCH_OVER, NOON, When, last_day, part_of, when

DAY_STARTS, DAY_ENDS = dt.time(7), dt.time(21)
PLACEMENT_ENDS, PLACEMENT_HOURS_MAX = dt.time(19), 8
"""As the law has it for the paid work of children: the sane limit for placements too."""
WORKING_DAYS_MAX = 30
AHEAD_MAX = dt.timedelta(days=730)


def faults_of_dates(session: NewSession, at: str, around: Around) -> Iterator[Fault]:
    """What is wrong with the days of a new or moved session."""
    last = last_day(session)
    if session.date < around.today:
        yield Fault(f"{at}/date", f"{session.date} is past.", "Name today or a later day.")
    elif last > around.today + AHEAD_MAX:
        yield Fault(f"{at}/date", f"{last} is more than two years away.", "Publish it nearer the time.")
    elif last < session.date:
        yield Fault(f"{at}/end_date", "The last day is before the first.", "Swap them, or leave end_date out.")
    else:
        yield from _faults_of_days(session, at, around)


def _faults_of_days(session: NewSession, at: str, around: Around) -> Iterator[Fault]:
    last = last_day(session)
    for day, name in {last: "end_date", session.date: "date"}.items():
        if not around.is_working_day(day):
            remedy = "Begin and end on a weekday that is no bank holiday; days between may be a weekend."
            yield Fault(f"{at}/{name}", f"{day:%A} {day} is a weekend or a bank holiday.", remedy)
    if last > session.date and part_of(session) != "day":
        yield Fault(f"{at}/part", "A session of several days takes the whole day.", 'Say "day" or leave it out.')
    if around.working_days(session.date, last) > WORKING_DAYS_MAX:
        detail = f"A session takes at most {WORKING_DAYS_MAX} working days."
        yield Fault(f"{at}/end_date", detail, "Split it into several offers.")


def faults_of_times(session: NewSession, at: str, activity: Activity | None) -> Iterator[Fault]:
    """What is wrong with the times of day."""
    if session.ends <= session.starts:
        yield Fault(f"{at}/ends", "It ends before it starts.", "Say both times of the same day, in 24 hours.")
        return
    if session.starts < DAY_STARTS or session.ends > DAY_ENDS:
        yield Fault(f"{at}/starts", "Encounters take place between 07:00 and 21:00.", "Write times in 24 hours.")
    if session.part == "am" and session.ends > LUNCH_OVER:
        yield Fault(f"{at}/part", "A morning ends by 13:00.", 'Say "day", or leave part out.')
    if session.part == "pm" and session.starts < NOON:
        yield Fault(f"{at}/part", "An afternoon starts at 12:00 or later.", 'Say "day", or leave part out.')
    if activity is not None and activity.safeguarding == "placement":
        yield from _faults_of_placement(session, at)


def _faults_of_placement(session: NewSession, at: str) -> Iterator[Fault]:
    if session.ends > PLACEMENT_ENDS:
        yield Fault(f"{at}/ends", "Placements end by 19:00.", "Name times between 07:00 and 19:00.")
    if _hours(session) > PLACEMENT_HOURS_MAX:
        yield Fault(f"{at}/ends", f"Placements take at most {PLACEMENT_HOURS_MAX} hours a day.", "Shorten the day.")


def _hours(session: NewSession) -> float:
    day = dt.date.min
    length = dt.datetime.combine(day, session.ends) - dt.datetime.combine(day, session.starts)
    return length / dt.timedelta(hours=1)


def faults_among(said: Sequence[NewSession], around: Around) -> Iterator[Fault]:
    """What is wrong between sessions: the same one twice, or of different length, which pupils would gain by."""
    seen: dict[When, int] = {}
    for n, session in enumerate(said):
        if seen.setdefault(when(session), n) != n:
            remedy = "For several groups at the same time raise max_groups and max_pupils."
            yield Fault(f"#/sessions/{n}", f"The same as session {seen[when(session)]}.", remedy)
    yield from _faults_of_lengths([length(session, around) for session in said])


def _faults_of_lengths(lengths: list[int]) -> Iterator[Fault]:
    usual = next(filter(None, lengths), 0)
    for n, days in enumerate(lengths):
        if days not in {0, usual}:
            detail = f"It takes {days} working days, the first session {usual}."
            yield Fault(f"#/sessions/{n}", detail, "Publish sessions of another length as an offer of their own.")


def length(session: NewSession | Session, around: Around) -> int:
    """Working days, of which each is a day towards benchmark 6; 0 where the dates are wrong anyhow."""
    last = last_day(session)
    return around.working_days(session.date, last) if last - session.date <= AHEAD_MAX else 0
