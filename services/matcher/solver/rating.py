"""What one more match would add: the best session and number of pupils for a pair, given all that is held."""

from services.matcher.solver.compiled import compiled, inlined
from services.matcher.solver.state import covered
from services.matcher.solver.tables import AT_WORKPLACE, EMPLOYER_USED, SESSION_USED, UNLIMITED


@inlined
def _stretch(p, s, pair, x, high):
    """How many pupils more, from x on, are all worth the same."""
    row = p.pairs[pair]
    stretch = high - x
    for b in range(p.credits.shape[1]):
        c = p.credits[row.offer, b]
        if c == 0:
            continue
        total = s.credits[row.request, b] + c * x
        for k in range(p.ends.shape[2]):
            left = p.ends[row.request, b, k] - total
            if left > 0:
                stretch = min(stretch, max(1, left // c))
                break
    return stretch


@inlined
def _coverage(p, s, pair, x):
    """Points of all credits of the request with x pupils more by this pair."""
    row = p.pairs[pair]
    worth = 0
    for b in range(p.credits.shape[1]):
        if p.credits[row.offer, b] > 0:
            worth += covered(p, row.request, b, s.credits[row.request, b] + x * p.credits[row.offer, b])
    return worth


@inlined
def best_size(p, s, pair, low, high):
    """The best number of pupils between two limits and its points; the points fall off on both sides of it."""
    cost = p.pairs[pair].pupil_cost
    at = _coverage(p, s, pair, low)
    gain = at - _coverage(p, s, pair, 0) - cost * low
    x = low
    while x < high:
        step = _stretch(p, s, pair, x, high)
        then = _coverage(p, s, pair, x + step)
        more = then - at - cost * step
        if more <= 0:
            break
        gain, at, x = gain + more, then, x + step
    return x, gain


@inlined
def room_in_diary(p, s, pair, session, high):
    """H7 and H8: how many pupils this session's half-days leave to the cohort; none when the school's hall is taken."""
    row = p.pairs[pair]
    r = row.request
    school = p.requests[r].school
    in_hall = p.offers[row.offer].mode != AT_WORKPLACE
    room = high
    for t in range(p.sessions[session].slot, p.sessions[session].slot_end):
        if in_hall and s.hall[school, t] >= p.halls[school]:
            return 0
        room = min(room, p.requests[r].pupils - s.diary[r, t])
    return room


@inlined
def is_there(s, session, r):
    m = s.at_session[session].head
    while m >= 0:
        if s.visits[m].request == r:
            return True
        m = s.visits[m].next_there
    return False


@compiled
def rate(p, s, pair, turn):
    """Points gained by the best match of this pair, with its choice and pupils; (0, -1, 0) when nothing gains.

    `turn` says which session to look at first: among equal ones the first is taken.
    """
    row = p.pairs[pair]
    offer = p.offers[row.offer]
    r = row.request
    room = min(row.high, p.requests[r].max_places - s.at_request[r].pupils)
    if room < row.low or s.at_group[row.group] >= offer.max_per_school:
        return 0, -1, 0
    employer = s.at_employer[offer.employer]
    is_open = s.at_offer[row.offer].groups < offer.max_sessions and employer.groups < p.caps[offer.employer]
    if not is_open and offer.max_groups <= 1:
        return 0, -1, 0
    extra = -row.visit_cost
    if employer.pupils == 0:
        extra += p.policy[EMPLOYER_USED]
    best, best_choice, best_pupils = 0, -1, 0
    seen_room, seen_flat = 0, -UNLIMITED
    count = row.last - row.first
    for i in range(count):
        c = row.first + (i + turn) % count
        session = p.choices[c].session
        used = s.at_session[session]
        flat = p.choices[c].bonus
        if used.groups == 0:
            if not is_open:
                continue
            flat -= p.policy[SESSION_USED]
        elif used.groups >= offer.max_groups or is_there(s, session, r):
            continue
        high = min(room, offer.max_pupils - used.pupils)
        if high < row.low or (high <= seen_room and flat <= seen_flat):
            continue
        high = room_in_diary(p, s, pair, session, high)
        if high < row.low:
            continue
        seen_room, seen_flat = high, flat
        pupils, gain = best_size(p, s, pair, row.low, high)
        gain += flat + extra
        if gain > best:
            best, best_choice, best_pupils = gain, c, pupils
    return best, best_choice, best_pupils
