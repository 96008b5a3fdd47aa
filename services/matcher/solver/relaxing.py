"""What each employer would do if every credit had a price, and prices that bring employers and needs together.

The Lagrangian relaxation of the program over configurations (`columns`): at any prices, what employers then gain and
what needs and places are worth is a bound on every plan. Good prices are found by the incremental subgradient method
(Nedić and Bertsekas, 2001): one employer after another, in random order, lowers the prices of what it takes.
"""

from typing import NamedTuple

import numpy as np

from services.matcher.solver.compiled import compiled
from services.matcher.solver.eligible import sizes
from services.matcher.solver.tables import EMPLOYER_USED, SESSION_USED, Table

# Of an offer with room for more groups than this, the further ones count as the last one here.
WIDTH = 64
NOTHING = 1e-9


class Market(NamedTuple):
    """What offers there are for whom: it never changes."""

    policy: Table
    offers: Table
    credits: Table
    requests: Table
    links: Table
    first: Table  # per offer: its first link
    ends: Table  # request × prefix: credits still to come; 0 where none count
    fall: Table  # request × prefix: points of a band less those of the next
    places: Table  # per request
    scale: Table  # per request: half of what a credit is worth at most
    typical: float  # the mean of it
    widest: Table  # per offer: groups of a new session
    sessions: Table  # per offer: sessions that may still be opened
    opened: Table  # per offer: sessions with accepted matches and room for more groups
    groups: Table  # per offer: groups that fit into those
    pupils: Table  # per offer: pupils that fit into those
    listed: Table  # offers by employer
    first_listed: Table
    days: Table  # per employer: sessions it may still open
    taking_part: Table  # per employer: it already has an accepted match
    kept: float  # points for keeping all that was planned before


class Prices(NamedTuple):
    """Points for a credit of each prefix of each request (and their sum per benchmark), a place, a pupil's seat.

    Seats have a price only where a session has several groups.
    """

    credits: Table
    sums: Table
    places: Table
    seats: Table


class Desk(NamedTuple):
    """What an employer would choose: per offer so many best matches, and how many sessions of it take place."""

    gain: Table
    request: Table
    size: Table
    school: Table
    held: Table
    used: Table


class Windows(NamedTuple):
    """Per offer the first link it looks at, and the one behind its last."""

    first: Table
    last: Table


@compiled
def _credit(m, prices, gives, r, size):
    """What so many pupils' credits fetch."""
    bands = m.ends.shape[1] // gives.size
    total = 0.0
    for k in range(m.ends.shape[1]):
        total += prices.credits[r, k] * min(gives[k // bands] * size, m.ends[r, k])
    return total


@compiled
def _worth(m, prices, o, link):
    """The most that a match could bring at these prices, and with how many pupils: a size that just fills a prefix."""
    r, gives = link.request, m.credits[o]
    low, high = sizes(m.offers[o], m.requests[r])
    if low > high:
        return -np.inf, 0.0
    each = link.pupil_cost + prices.places[r] + prices.seats[o]
    bands = m.ends.shape[1] // gives.size
    size = float(low)
    best = _credit(m, prices, gives, r, size) - each * size
    for k in range(-1, m.ends.shape[1]):
        filling = float(high)
        if k >= 0:
            filling = m.ends[r, k] / gives[k // bands] if gives[k // bands] else 0.0
        if low < filling <= high:
            gain = _credit(m, prices, gives, r, filling) - each * filling
            if gain > best:
                best, size = gain, filling
    return best - link.visit_cost, size


@compiled
def _at_most(m, prices, o, link):
    """Not less than `_worth` where that is positive, and quickly told: as if no prefix were ever full."""
    r = link.request
    slope = -link.pupil_cost - prices.places[r] - prices.seats[o]
    for b in range(m.credits.shape[1]):
        slope += m.credits[o, b] * prices.sums[r, b]
    return slope * min(m.requests[r].pupils, m.offers[o].max_pupils) - link.visit_cost


@compiled
def _room(m, o):
    """More matches than this an offer cannot have, however its links are spread over schools."""
    return m.groups[o] + m.sessions[o] * m.widest[o]


@compiled
def _move(desk, i, here, there):
    desk.gain[i, there], desk.request[i, there] = desk.gain[i, here], desk.request[i, here]
    desk.size[i, there], desk.school[i, there] = desk.size[i, here], desk.school[i, here]


@compiled
def _put(desk, i, gain, size, request, school):
    """Into its place by gain, among the others."""
    at = desk.held[i]
    desk.held[i] += 1
    while at > 0 and desk.gain[i, at - 1] < gain:
        _move(desk, i, at - 1, at)
        at -= 1
    desk.gain[i, at], desk.size[i, at], desk.request[i, at], desk.school[i, at] = gain, size, request, school


@compiled
def _make_room(desk, i, gain, school, most, limit):
    """Whether such a match belongs among the best: each school has at most `most` of them, all schools `limit`."""
    mine, lowest = 0, -1
    for at in range(desk.held[i]):
        if desk.school[i, at] == school:
            mine, lowest = mine + 1, at
    if mine < most:
        lowest = desk.held[i] - 1
        if desk.held[i] < limit:
            return True
    if desk.gain[i, lowest] >= gain:
        return False
    for at in range(lowest, desk.held[i] - 1):
        _move(desk, i, at + 1, at)
    desk.held[i] -= 1
    return True


@compiled
def _choose(m, prices, desk, windows, i, o):
    """The best matches of an offer, which is the `i`-th of its employer, among the links that it looks at."""
    limit = min(WIDTH, _room(m, o))
    most = m.offers[o].max_per_school
    # A request meets an offer once a session.
    often = min(limit, m.sessions[o] + m.opened[o])
    desk.held[i], desk.used[i] = 0, 0
    if limit == 0 or most == 0:
        return
    for at in range(windows.first[o], windows.last[o]):
        link = m.links[at]
        least = desk.gain[i, limit - 1] if desk.held[i] == limit else NOTHING
        if _at_most(m, prices, o, link) <= least:
            continue
        gain, size = _worth(m, prices, o, link)
        if gain <= least:
            continue
        school = m.requests[link.request].school
        for _ in range(often):
            if not _make_room(desk, i, gain, school, most, limit):
                break
            _put(desk, i, gain, size, link.request, school)


@compiled
def _sum(m, desk, i, o, first, last):
    """Gains of these of the best matches."""
    total = 0.0
    for at in range(first, min(last, desk.held[i])):
        total += desk.gain[i, at]
    if desk.held[i] == WIDTH and last > WIDTH:
        total += (min(last, _room(m, o)) - max(first, WIDTH)) * desk.gain[i, WIDTH - 1]
    return total


@compiled
def _session(m, prices, desk, i, o):
    """What one more session of this offer would bring."""
    most = m.widest[o]
    first = m.groups[o] + desk.used[i] * most
    seats = prices.seats[o] * m.offers[o].max_pupils if most > 1 else 0.0
    return seats - m.policy[SESSION_USED] + _sum(m, desk, i, o, first, first + most)


@compiled
def _next_session(m, prices, desk, e):
    """Which of an employer's offers gains most by one more session, and how much; -1 where none is left."""
    best, gain = -1, -np.inf
    for i in range(m.first_listed[e + 1] - m.first_listed[e]):
        o = m.listed[m.first_listed[e] + i]
        if desk.used[i] < m.sessions[o] and m.widest[o] > 0:
            more = _session(m, prices, desk, i, o)
            if more > gain:
                best, gain = i, more
    return best, gain


@compiled
def _settle(m, prices, desk, e):
    """What an employer gains at these prices by as many sessions as pay."""
    total, left = 0.0, m.days[e]
    for i in range(m.first_listed[e + 1] - m.first_listed[e]):
        o = m.listed[m.first_listed[e] + i]
        if m.groups[o] > 0:
            total += prices.seats[o] * m.pupils[o] + _sum(m, desk, i, o, 0, m.groups[o])
    bonus = 0.0 if m.taking_part[e] else float(m.policy[EMPLOYER_USED])
    while left > 0:
        best, gain = _next_session(m, prices, desk, e)
        if best < 0 or gain + bonus <= NOTHING:
            break
        total += gain + bonus
        desk.used[best] += 1
        left, bonus = left - 1, 0.0
    return total


@compiled
def _lower(m, prices, desk, e, step):
    """Lower the prices of what an employer takes of needs, raise those of places, and move those of seats."""
    bands = m.ends.shape[1] // m.credits.shape[1]
    for i in range(m.first_listed[e + 1] - m.first_listed[e]):
        o = m.listed[m.first_listed[e] + i]
        pupils = 0.0
        taken = min(desk.held[i], m.groups[o] + desk.used[i] * m.widest[o])
        for at in range(taken):
            r, size = desk.request[i, at], desk.size[i, at]
            pupils += size
            for k in range(m.ends.shape[1]):
                counted = min(m.credits[o, k // bands] * size, m.ends[r, k])
                if counted > 0:
                    lower = max(0.0, prices.credits[r, k] - step * m.fall[r, k] * counted / m.ends[r, k])
                    prices.sums[r, k // bands] += lower - prices.credits[r, k]
                    prices.credits[r, k] = lower
            if m.places[r] > 0:
                prices.places[r] += step * m.scale[r] * size / m.places[r]
        seats = desk.used[i] * m.offers[o].max_pupils + m.pupils[o]
        if m.widest[o] > 1 and seats > 0:
            prices.seats[o] = max(0.0, prices.seats[o] + step * m.typical * (pupils - seats) / seats)


@compiled
def _raise(m, prices, step):
    """Raise the prices of all needs, and lower those of places."""
    bands = m.ends.shape[1] // m.credits.shape[1]
    for r in range(m.requests.size):
        prices.places[r] = max(0.0, prices.places[r] - step * m.scale[r])
        for b in range(m.credits.shape[1]):
            prices.sums[r, b] = 0.0
        for k in range(m.ends.shape[1]):
            prices.credits[r, k] = min(m.fall[r, k], prices.credits[r, k] + step * m.fall[r, k])
            prices.sums[r, k // bands] += prices.credits[r, k]


@compiled
def _visit(m, prices, desk, windows, e):
    """What an employer gains at these prices, and in `desk` by which matches."""
    for i in range(m.first_listed[e + 1] - m.first_listed[e]):
        _choose(m, prices, desk, windows, i, m.listed[m.first_listed[e] + i])
    return _settle(m, prices, desk, e)


@compiled
def learn(m, prices, desk, windows, employers, step):
    """These employers choose, one after another, and move the prices; then all needs have waited as long."""
    for e in employers:
        _visit(m, prices, desk, windows, e)
        _lower(m, prices, desk, e, step)
    _raise(m, prices, step * employers.size / m.days.size)


@compiled
def gains(m, prices, desk, windows, employers):
    """What these employers gain at these prices."""
    total = 0.0
    for e in employers:
        total += _visit(m, prices, desk, windows, e)
    return total
