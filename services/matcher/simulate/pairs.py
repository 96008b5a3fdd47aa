"""One offer and one request that fit each other: where they could meet, in what sizes, and at what cost."""

from dataclasses import dataclass
from datetime import date

from services.matcher.instance import Instance, Offer, Request, School, Session
from services.matcher.points import pupil_fit
from services.matcher.rules import broken_by_pair, broken_by_session, group_sizes, travel_km
from services.matcher.simulate.years import DAY

CLOSING_HOUR = 17 * 60


@dataclass(frozen=True, slots=True)
class Slot:
    """A session as the game counts it: its half-days in a row, and the last minute at which this pair may still ask."""

    session: Session
    rank: int
    halves: range
    closes: int


@dataclass(frozen=True, slots=True)
class Pair:
    offer: Offer
    request: Request
    rank: int
    km: int
    pupil_cost: int
    visit_cost: int
    low: int
    high: int
    slots: tuple[Slot, ...]


def pair_of(offer: Offer, request: Request, school: School, rules: Instance, ranks: tuple[int, int]) -> Pair | None:
    """The pair, if H1 and H2 hold for at least one session and size. `ranks`: of its first session, of the request."""
    if request.year not in offer.years or offer.activity not in request.activities:
        return None
    low, high = group_sizes(offer, request)
    if low > high or broken_by_pair(offer, request, school):
        return None
    notice = max(offer.notice_days, request.notice_days)
    slots = tuple(
        slot_of(session, ranks[0] + i, notice, rules.today)
        for i, session in enumerate(offer.sessions)
        if not broken_by_session(offer, session, request, rules, school)
    )
    if not slots:
        return None
    policy, km = rules.policy, travel_km(offer, school)
    pupil = pupil_fit(policy, offer, request)
    pupil += policy.travel_pupil_km * km if offer.mode == "at_workplace" else 0
    visit = policy.travel_visit_km * km if offer.mode == "at_school" else 0
    return Pair(offer, request, ranks[1], km, pupil, visit, low, high, slots)


def slot_of(session: Session, rank: int, notice: int, start: date) -> Slot:
    """The session as the game counts it, for a pair with so many days of notice; `start`: the year's first day."""
    return Slot(session, rank, _halves(session), _closes(session, notice, start))


def _halves(session: Session) -> range:
    first = 2 * session.date.toordinal() + (session.part == "pm")
    return range(first, 2 * session.end_date.toordinal() + 2 if session.part == "day" else first + 1)


def _closes(session: Session, notice: int, start: date) -> int:
    return ((session.date - start).days - notice) * DAY + CLOSING_HOUR
