"""What may come to an area that has seen no whole year yet: a year made up from public volumes and its own beginning.

England needs at least 67,000 events a year for 5,170 institutions, and about 160,000 where groups are small: 13 to 31 a
year for each school. Kinds, sizes and lead times are planning values for the usual activities; once an area has seen
enough offers of its own, those are drawn instead.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.matcher.instance import Employer, Instance, Mode, Offer, Request, School, Session
from services.matcher.look_ahead.chance import draw
from services.matcher.look_ahead.terms import Terms
from services.matcher.simulate.years import DAY, FormerYear, Times

OFFERS_PER_SCHOOL = (13, 31)
SEASON_DAYS = 320
DAMPING = 60
"""Days of watching after which an area's own rate counts as much as the public one."""
ENOUGH = 30
"""From so many offers on an area's own stand for those to come."""
WAITS = tuple(days * DAY for days in (14, 28, 42, 63, 91))
"""How long employers wait before they take back what nobody uses: planning values."""
ASKING, ASKING_DAYS = 0.5, 200
"""The share of the cohorts without a request that will ask, and within how many days from September."""
SPREAD = 60
"""Sessions are so many days apart at most, beyond the lead time."""


GUESSING = Terms(risky=0.34, safe=0.5)
"""A year that was made up is believed less: a third of the scenarios is enough, or half where waiting is safe."""


@dataclass(frozen=True, slots=True)
class Kind:
    """An activity as it is usually offered; `share` of a hundred offers."""

    share: int
    activity: str
    mode: Mode
    counts_to: dict[str, int]
    smallest: int
    places: int
    lead_days: int
    years: range
    days: int = 1


KINDS = (
    Kind(32, "talk", "at_school", {"gb5": 1}, 15, 60, 28, range(7, 14)),
    Kind(10, "virtual_talk", "virtual", {"gb5": 1}, 15, 120, 14, range(7, 14)),
    Kind(8, "carousel", "at_school", {"gb5": 1}, 40, 120, 42, range(8, 14)),
    Kind(8, "mock_interview", "at_school", {"gb5": 1}, 10, 30, 42, range(10, 14)),
    Kind(26, "workplace_visit", "at_workplace", {"gb5": 1, "gb6": 1}, 8, 25, 60, range(7, 14)),
    Kind(16, "work_experience", "at_workplace", {"gb5": 1, "gb6": 5}, 1, 3, 84, range(10, 14), 5),
)


@dataclass(frozen=True, slots=True)
class Beginnings:
    """What is known of an area: its rules and schools, cohorts that have not asked, and the offers it has seen."""

    rules: Instance
    schools: tuple[School, ...]
    cohorts: tuple[Request, ...]
    seen: tuple[Offer, ...]
    seen_on: tuple[date, ...]
    start: date
    now: int


def prior_years(known: Beginnings) -> tuple[FormerYear, ...]:
    """Two years that could have been, from now on; none where no school is. The same beginnings give the same years."""
    return (_year(known, 0), _year(known, 1)) if known.schools else ()


def _year(known: Beginnings, number: int) -> FormerYear:
    name = f"prior-{number + 1}"
    named = ((f"{name}:{i}", draw(0, f"{name}:{i}", "arrives")) for i in range(round(_per_year(known))))
    offers = [(_offer(known, id_, at), at) for id_, when in named if (at := int(when * SEASON_DAYS * DAY)) > known.now]
    asks = {r.id: int(draw(number, r.id, "when") * ASKING_DAYS * DAY) for r in known.cohorts}
    asking = [r for r in known.cohorts if draw(number, r.id, "asks") < ASKING and asks[r.id] > known.now]
    employers = tuple(Employer(o.employer) for o, _ in offers)
    instance = replace(
        known.rules,
        id=name,
        schools=known.schools,
        employers=employers,
        offers=tuple(o for o, _ in offers),
        requests=tuple(asking),
        existing=(),
    )
    arrives = {o.id: at for o, at in offers}
    waits = {o: at + WAITS[int(draw(number, o, "patience") * len(WAITS))] for o, at in arrives.items()}
    return FormerYear(name, instance, Times(arrives, waits, {r.id: asks[r.id] for r in asking}))


def _per_year(known: Beginnings) -> float:
    """Offers a year: as many as the public volumes say, nearer to what was seen the longer the area has been seen.

    What was there from the start says nothing about how many come.
    """
    low, high = (each * len(known.schools) for each in OFFERS_PER_SCHOOL)
    began = min(known.seen_on, default=known.start) + timedelta(days=7)
    watched = max(0, (known.start + timedelta(minutes=known.now) - began).days)
    came = sum(day > began for day in known.seen_on)
    return min(float(high), (low * DAMPING + came * SEASON_DAYS) / (DAMPING + watched))


def _offer(known: Beginnings, name: str, arrives: int) -> Offer:
    """An offer to come. It stays the same from day to day, or every round would expect something else."""
    day = known.start + timedelta(days=arrives // DAY)
    if len(known.seen) < ENOUGH:
        return _made(known, name, day)
    # A power of two: so the choice changes only when twice as many have been seen.
    pick = int(draw(0, name, "which") * (1 << len(known.seen).bit_length() - 1))
    later = day - known.seen_on[pick]
    return moved(known.seen[pick], name, name, timedelta(days=later.days // 7 * 7))


def moved(offer: Offer, name: str, employer: str, by: timedelta) -> Offer:
    """The offer so much later, under another name, by that employer."""
    sessions = tuple(
        replace(s, id=f"{name}.{i}", date=s.date + by, end_date=s.end_date + by) for i, s in enumerate(offer.sessions)
    )
    return replace(offer, id=name, employer=employer, sessions=sessions)


def _made(known: Beginnings, name: str, day: date) -> Offer:
    kind, school = _kind(name), known.schools[int(draw(0, name, "where") * len(known.schools))]
    first = day + timedelta(days=kind.lead_days + int(draw(0, name, "lead") * SPREAD))
    dates = [_weekday(first + timedelta(days=7 * i), kind.days) for i in range(2)]
    return Offer(
        id=name,
        employer=name,
        activity=kind.activity,
        counts_to=kind.counts_to,
        sectors=(),
        mode=kind.mode,
        lat=school.lat,
        lon=school.lon,
        radius_km=None if kind.mode == "virtual" else 25.0,
        years=frozenset(kind.years),
        phases=frozenset(s.phase for s in known.schools),
        send_support=frozenset(),
        individual=kind.days > 1,
        min_pupils=kind.smallest,
        max_pupils=kind.places,
        max_groups=kind.places if kind.days > 1 else 1,
        max_groups_per_school=None,
        max_sessions=1,
        notice_days=14,
        sessions=tuple(
            Session(f"{name}.{i}", d, "day" if kind.days > 1 else "am", d + timedelta(days=kind.days - 1))
            for i, d in enumerate(dates)
        ),
    )


def _kind(name: str) -> Kind:
    point = draw(0, name, "kind") * sum(kind.share for kind in KINDS)
    for kind in KINDS:
        point -= kind.share
        if point < 0:
            return kind
    return KINDS[-1]


def _weekday(day: date, days: int) -> date:
    """The day itself, or the Monday after a weekend; several days begin on a Monday."""
    if days > 1 or day.isoweekday() > FRIDAY:
        return day + timedelta(days=-day.weekday() % 7)
    return day


FRIDAY = 5
