"""Which offer fits which request on which sessions, compiled: the rules H1 and H2 over whole tables.

Says the same as `rules`, which a test holds it to.
"""

from collections.abc import Callable
from math import asin, cos, floor, radians, sin, sqrt

import numpy as np

from services.matcher.rules import EARTH_KM, TOLERANCE_KM
from services.matcher.solver.compiled import allocating, compiled
from services.matcher.solver.tables import (
    AT_SCHOOL,
    AT_WORKPLACE,
    CHOICE,
    FIT,
    LINK,
    PAIR,
    TRAVEL_PUPIL,
    TRAVEL_VISIT,
    VIRTUAL,
    Pairs,
    Table,
    Tables,
)

# Between two looks at whether to stop.
OFFERS_AT_ONCE = 250


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
def sizes(offer, request):
    """The smallest and the largest group of a pair; none where the first is above the second."""
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
            low, high = sizes(t.offers[o], t.requests[r])
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


@compiled
def _has_choice(t, o, r):
    offer = t.offers[o]
    notice = max(offer.notice, t.requests[r].notice)
    for s in range(offer.first, offer.last):
        if _is_free(t, s, r, notice):
            return True
    return False


@compiled
def _links(t, listed, window, o, found, links):
    """Write the requests within the window of `listed` that an offer fits, behind the `found` that are there."""
    offer = t.offers[o]
    is_anywhere = offer.mode == VIRTUAL and offer.radius == np.inf
    for at in range(window[0], window[1]):
        r = listed[at]
        if not _is_fitting(t, o, r):
            continue
        low, high = sizes(offer, t.requests[r])
        km = 0.0 if is_anywhere else _distance(offer, t.requests[r])
        if low > high or not _is_near(offer, t.requests[r], km) or _is_dead(t, o, r) or not _has_choice(t, o, r):
            continue
        links[found].request = r
        _price(t, o, r, km, links[found])
        found += 1
    return found


def scan_links(tables: Tables, stop: Callable[[], bool]) -> tuple[Table, Table]:
    """All pairs that keep H1 and H2 on some session, without those sessions; and the first one of each offer.

    A nation has fifty million: they are kept as short as may be. Where `stop` says so, the offers after are left out.
    """
    listed, windows = _windows(tables)
    first, links = np.zeros(len(tables.offers) + 1, np.int64), np.zeros(0, LINK)
    for o in range(0, len(tables.offers), OFFERS_AT_ONCE):
        if stop():
            break
        end = min(len(tables.offers), o + OFFERS_AT_ONCE)
        room, found = np.empty(int((windows[o:end, 1] - windows[o:end, 0]).sum()), LINK), 0
        for offer in range(o, end):
            found = int(_links(tables, listed, windows[offer], offer, found, room))
            first[offer + 1] = first[o] + found
        links.resize(first[end], refcheck=False)
        links[first[o] :] = room[:found]
    return links, first


def _windows(tables: Tables) -> tuple[Table, Table]:
    """The requests from south to north, and per offer which of them are near enough by latitude alone."""
    listed = np.argsort(tables.requests["lat"], kind="stable")
    latitudes, offers = tables.requests["lat"][listed], tables.offers
    furthest = float(tables.requests["max_travel"].max(initial=0.0))
    km = np.where(offers["mode"] == AT_WORKPLACE, np.minimum(offers["radius"], furthest), offers["radius"])
    angle = np.minimum(180.0, (km + 1.0) / (EARTH_KM * radians(1.0)))
    first = np.searchsorted(latitudes, offers["lat"] - angle, "left")
    last = np.searchsorted(latitudes, offers["lat"] + angle, "right")
    return listed, np.stack([first, np.maximum(first, last)], axis=1)
