"""From the values of an instance to its tables of numbers."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from services.matcher.instance import DateRange, Existing, Instance, Offer, Request
from services.matcher.points import band_widths
from services.matcher.solver.tables import FIXED, MODES, OFFER, POLICY_ROW, REQUEST, SESSION, UNLIMITED, Table, Tables


def encode(instance: Instance) -> Tables:
    """The instance as tables."""
    offers, requests = instance.offers, instance.requests
    benchmarks = sorted({b for o in offers for b in o.counts_to} | set(instance.policy.bands))
    days = _days(instance)
    ends, worth = _bands(instance, benchmarks)
    sector_row = _rows(s for o in offers for s in o.sectors)
    activity_row = _rows(o.activity for o in offers)
    tag_row = _rows([*(t for o in offers for t in o.send_support), *(t for r in requests for t in r.send)])
    year_row = _rows(r.year for r in requests)
    phase_row = _rows(s.phase for s in instance.schools)
    fixed, proposed, declined = _existing(instance)
    return Tables(
        policy=np.array([getattr(instance.policy, name) for name in POLICY_ROW], np.int64),
        offers=_offers(instance, activity_row),
        credits=np.array([[o.counts_to.get(b, 0) for b in benchmarks] for o in offers], np.int32).reshape(
            len(offers), len(benchmarks)
        ),
        years=_marks((o.years for o in offers), year_row),
        phases=_marks((o.phases for o in offers), phase_row),
        support=_marks((o.send_support for o in offers), tag_row),
        sectors=_sectors(offers, sector_row),
        sessions=_sessions(instance, days),
        caps=np.array([_limit(e.max_sessions) for e in instance.employers], np.int32),
        requests=_requests(instance, year_row, phase_row),
        needs=_marks(([b for b in benchmarks if r.need.get(b, 0) > 0] for r in requests), _rows(benchmarks)),
        wants=_marks((r.activities for r in requests), activity_row),
        send=_marks((r.send for r in requests), tag_row),
        tastes=_tastes(requests, sector_row),
        blocked=_blocked(instance, days),
        ends=ends,
        worth=worth,
        halls=np.array([s.max_parallel for s in instance.schools], np.int32),
        fixed=fixed,
        proposed=proposed,
        declined=declined,
    )


def _rows(values: Iterable[object]) -> dict[object, int]:
    return {value: row for row, value in enumerate(dict.fromkeys(values))}


def _limit(value: int | None) -> int:
    return UNLIMITED if value is None else min(value, UNLIMITED)


def _marks(sets: Iterable[Iterable[object]], row: Mapping[object, int]) -> Table:
    members = [[row[v] for v in values if v in row] for values in sets]
    marks = np.zeros((len(members), max(1, len(row))), np.uint8)
    for i, columns in enumerate(members):
        marks[i, columns] = 1
    return marks


def _offers(instance: Instance, activity_row: Mapping[object, int]) -> Table:
    employer_row = {e.id: i for i, e in enumerate(instance.employers)}
    rows = np.zeros(len(instance.offers), OFFER)
    first = 0
    for i, o in enumerate(instance.offers):
        last = first + len(o.sessions)
        rows[i] = (
            employer_row[o.employer],
            MODES[o.mode],
            o.individual,
            min(o.min_pupils, UNLIMITED),
            min(o.max_pupils, UNLIMITED),
            min(o.max_groups, UNLIMITED),
            _limit(o.max_groups_per_school),
            # A session that takes no group does not take place.
            min(o.max_sessions, UNLIMITED) if o.max_groups else 0,
            first,
            last,
            min(o.notice_days, UNLIMITED),
            activity_row[o.activity],
            np.inf if o.radius_km is None else o.radius_km,
            o.lat,
            o.lon,
        )
        first = last
    return rows


def _sectors(offers: Sequence[Offer], sector_row: Mapping[object, int]) -> Table:
    rows = np.full((len(offers), max([1, *(len(o.sectors) for o in offers)])), -1, np.int32)
    for i, o in enumerate(offers):
        rows[i, : len(o.sectors)] = [sector_row[s] for s in o.sectors]
    return rows


def _days(instance: Instance) -> dict[int, int]:
    """Every day on which some session runs, numbered in order, so that a session covers consecutive numbers."""
    covered: set[int] = set()
    for o in instance.offers:
        for s in o.sessions:
            covered.update(range(s.date.toordinal(), s.end_date.toordinal() + 1))
    return {day: i for i, day in enumerate(sorted(covered))}


def _sessions(instance: Instance, days: Mapping[int, int]) -> Table:
    today = instance.today.toordinal()
    rows = [
        _session(i, days[s.date.toordinal()], days[s.end_date.toordinal()], s.part, s.date.toordinal() - today)
        for i, o in enumerate(instance.offers)
        for s in o.sessions
    ]
    return np.array(rows, SESSION)


def _session(offer: int, day: int, last: int, part: str, ahead: int) -> tuple[int, int, int, int, int, int]:
    slot = 2 * day + (part == "pm")
    slot_end = 2 * last + 2 if part == "day" else slot + 1
    return offer, day, last + 1, slot, slot_end, ahead


def _requests(instance: Instance, year_row: Mapping[object, int], phase_row: Mapping[object, int]) -> Table:
    school_row = {s.id: i for i, s in enumerate(instance.schools)}
    rows = np.zeros(len(instance.requests), REQUEST)
    for i, r in enumerate(instance.requests):
        school = instance.schools[school_row[r.school]]
        rows[i] = (
            school_row[r.school],
            min(r.pupils, UNLIMITED),
            min(r.min_group, UNLIMITED),
            r.split,
            min(r.max_places, UNLIMITED),
            min(r.notice_days, UNLIMITED),
            year_row[r.year],
            phase_row[school.phase],
            np.inf if r.max_travel_km is None else r.max_travel_km,
            school.lat,
            school.lon,
        )
    return rows


def _tastes(requests: Sequence[Request], sector_row: Mapping[object, int]) -> Table:
    tastes = np.zeros((len(requests), len(sector_row) + 1), np.int32)
    for i, r in enumerate(requests):
        tastes[i, :] = r.sectors.get("*", 0)
        for sector, value in r.sectors.items():
            if sector in sector_row:
                tastes[i, sector_row[sector]] = value
    return tastes


def _blocked(instance: Instance, days: Mapping[int, int]) -> Table:
    """Counts of days on which a request cannot go, before each day: two look-ups tell whether a session is free."""
    ordinals = np.fromiter(days, np.int64, len(days))
    closed = {s.id: _mark(s.closed, ordinals) for s in instance.schools}
    counts = np.zeros((len(instance.requests), len(days) + 1), np.int32)
    for i, r in enumerate(instance.requests):
        outside = ~_mark([r.window], ordinals)
        counts[i, 1:] = np.cumsum(outside | closed[r.school] | _mark(r.unavailable, ordinals))
    return counts


def _mark(ranges: Iterable[DateRange], ordinals: Table) -> Table:
    mark = np.zeros(len(ordinals), bool)
    for first, last in ranges:
        low, high = np.searchsorted(ordinals, (first.toordinal(), last.toordinal() + 1))
        mark[low:high] = True
    return mark


def _bands(instance: Instance, benchmarks: Sequence[str]) -> tuple[Table, Table]:
    most = max([1, *(len(b) for b in instance.policy.bands.values())])
    shape = (len(instance.requests), len(benchmarks), most)
    ends, worth = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for i, r in enumerate(instance.requests):
        for j, benchmark in enumerate(benchmarks):
            widths = band_widths(instance.policy, r, benchmark)
            end = 0
            for k in range(most):
                width, points = widths[k] if k < len(widths) else (0, 0)
                end += width
                ends[i, j, k], worth[i, j, k] = end, points
    return ends, worth


def _existing(instance: Instance) -> tuple[Table, Table, Table]:
    offer_row = {o.id: i for i, o in enumerate(instance.offers)}
    request_row = {r.id: i for i, r in enumerate(instance.requests)}
    session_row = {s: i for i, s in enumerate(s.id for o in instance.offers for s in o.sessions)}

    def visits(status: str) -> Table:
        chosen = [
            (session_row[e.session], request_row[e.request], e.pupils) for e in instance.existing if e.status == status
        ]
        return np.array(list(dict.fromkeys(chosen)) if status == "accepted" else chosen, FIXED)

    # In order, so that a pair is found by halving.
    dead = sorted({_pair(e, offer_row, request_row) for e in instance.existing if e.status == "declined"})
    return visits("accepted"), visits("proposed"), np.array(dead, np.int32).reshape(len(dead), 2)


def _pair(old: Existing, offer_row: Mapping[str, int], request_row: Mapping[str, int]) -> tuple[int, int]:
    return offer_row[old.offer], request_row[old.request]
