"""Which offer fits which request on which sessions, compiled: the rules H1 and H2 over whole tables.

Says the same as `rules`, which a test holds it to.
"""

from math import asin, cos, floor, radians, sin, sqrt

import numpy as np

from services.matcher.rules import EARTH_KM, TOLERANCE_KM
from services.matcher.solver.compiled import allocating, compiled
from services.matcher.solver.tables import (
    AT_SCHOOL,
    AT_WORKPLACE,
    CHOICE,
    FIT,
    PAIR,
    TRAVEL_PUPIL,
    TRAVEL_VISIT,
    Pairs,
    Table,
    Tables,
)


@compiled
def _shares(one, other):
    """Whether every mark of `one` is in `other`."""
    for i in range(one.size):
        if one[i] and not other[i]:
            return False
    return True


@compiled
def _counts(gives, needs):
    for b in range(needs.size):
        if gives[b] > 0 and needs[b]:
            return True
    return False


@compiled
def _distance(offer, request):
    phi, other = radians(offer.lat), radians(request.lat)
    half = sin((other - phi) / 2) ** 2
    half += cos(phi) * cos(other) * sin((radians(request.lon) - radians(offer.lon)) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


@compiled
def _sizes(offer, request):
    largest = min(request.pupils, offer.max_pupils, request.max_places)
    if offer.individual:
        return 1, largest
    if request.split:
        return max(1, offer.min_pupils, request.min_group), largest
    return max(1, offer.min_pupils, request.pupils), largest


@compiled
def _taste(sectors, tastes):
    if sectors[0] < 0:
        return tastes[tastes.size - 1]
    best = 0
    for sector in sectors:
        if sector >= 0:
            best = max(best, tastes[sector])
    return best


@compiled
def _is_fitting(t, o, r):
    offer, request = t.offers[o], t.requests[r]
    if not t.years[o, request.year] or not t.phases[o, request.phase] or not t.wants[r, offer.activity]:
        return False
    return _counts(t.credits[o], t.needs[r]) and _shares(t.send[r], t.support[o])


@compiled
def _is_near(offer, request, km):
    if km > offer.radius + TOLERANCE_KM:
        return False
    return offer.mode != AT_WORKPLACE or km <= request.max_travel + TOLERANCE_KM


@compiled
def _is_free(t, s, r, notice):
    session = t.sessions[s]
    return session.ahead >= notice and t.blocked[r, session.end] == t.blocked[r, session.day]


@compiled
def _choices_of(t, o, r, into):
    offer = t.offers[o]
    notice = max(offer.notice, t.requests[r].notice)
    found = 0
    for s in range(offer.first, offer.last):
        if _is_free(t, s, r, notice):
            into[found] = s
            found += 1
    return found


@compiled
def _price(t, o, r, km, pair):
    offer = t.offers[o]
    rounded = floor(km + 0.5)
    pair.pupil_cost = (t.policy[FIT] * (100 - _taste(t.sectors[o], t.tastes[r])) + 50) // 100
    pair.visit_cost = 0
    if offer.mode == AT_WORKPLACE:
        pair.pupil_cost += t.policy[TRAVEL_PUPIL] * rounded
    elif offer.mode == AT_SCHOOL:
        pair.visit_cost = t.policy[TRAVEL_VISIT] * rounded


@allocating
def _grown(rows, wanted):
    if wanted <= rows.size:
        return rows
    larger = np.empty(max(wanted, 2 * rows.size), rows.dtype)
    larger[: rows.size] = rows
    return larger


@compiled
def _is_dead(t, o, r):
    low, high = 0, t.declined.shape[0]
    while low < high:
        middle = (low + high) // 2
        before = t.declined[middle, 0] < o or (t.declined[middle, 0] == o and t.declined[middle, 1] < r)
        low, high = (middle + 1, high) if before else (low, middle)
    return low < t.declined.shape[0] and t.declined[low, 0] == o and t.declined[low, 1] == r


@allocating
def _scan(t, place, listed, first, pairs, choices):
    """All pairs that keep H1 and H2 on some session, by offer, then request; and the sessions of each.

    Each offer looks at the requests `listed` for its place: from `first` of the place on.
    """
    found, chosen, groups = 0, 0, 0
    group_of = np.full(t.halls.size, -1, np.int32)
    seen_by = np.full(t.halls.size, -1, np.int32)
    into = np.empty(max(1, t.sessions.size), np.int32)
    for o in range(t.offers.size):
        for at in range(first[place[o]], first[place[o] + 1]):
            r = listed[at]
            if not _is_fitting(t, o, r):
                continue
            low, high = _sizes(t.offers[o], t.requests[r])
            km = _distance(t.offers[o], t.requests[r])
            if low > high or not _is_near(t.offers[o], t.requests[r], km) or _is_dead(t, o, r):
                continue
            count = _choices_of(t, o, r, into)
            if count == 0:
                continue
            pairs, choices = _grown(pairs, found + 1), _grown(choices, chosen + count)
            school = t.requests[r].school
            if seen_by[school] != o:
                seen_by[school], group_of[school] = o, groups
                groups += 1
            pair = pairs[found]
            pair.offer, pair.request, pair.group, pair.low, pair.high = o, r, group_of[school], low, high
            pair.first, pair.last = chosen, chosen + count
            _price(t, o, r, km, pair)
            for i in range(count):
                choices[chosen + i].session, choices[chosen + i].bonus = into[i], 0
            found, chosen = found + 1, chosen + count
    return pairs[:found].copy(), choices[:chosen].copy(), groups


def scan(tables: Tables) -> Pairs:
    """All pairs of the instance that keep H1 and H2, found by compiled code."""
    return scan_places(tables, np.zeros(len(tables.requests), np.int64), np.zeros(len(tables.offers), np.int64))


def scan_places(tables: Tables, of_requests: Table, of_offers: Table) -> Pairs:
    """As `scan`, but only pairs of a request and an offer of one place."""
    places = int(max(of_requests.max(initial=0), of_offers.max(initial=0))) + 1
    listed = np.argsort(of_requests, kind="stable")
    first = np.searchsorted(of_requests[listed], np.arange(places + 1))
    empty = np.empty(1024, PAIR), np.empty(1024, CHOICE)
    pairs, choices, groups = _scan(tables, of_offers, listed, first, *empty)
    return Pairs(pairs, choices, groups)
