"""Booking a match that was decided elsewhere: by the linear program, or by an earlier plan."""

from services.matcher.solver.compiled import compiled
from services.matcher.solver.rating import is_there, room_in_diary
from services.matcher.solver.state import hold


@compiled
def seat(p, s, pair, wanted):
    """Book this pair with as many of the wanted pupils as one session takes; a session already open is preferred."""
    row = p.pairs[pair]
    offer = p.offers[row.offer]
    r = row.request
    wanted = min(wanted, row.high, p.requests[r].max_places - s.at_request[r].pupils)
    if s.at_group[row.group] >= offer.max_per_school:
        return 0
    is_open = s.at_offer[row.offer].groups < offer.max_sessions
    is_open = is_open and s.at_employer[offer.employer].groups < p.caps[offer.employer]
    best, best_room, best_rank = -1, 0, 0
    for c in range(row.first, row.last):
        session = p.choices[c].session
        used = s.at_session[session]
        if (used.groups == 0 and not is_open) or used.groups >= offer.max_groups or is_there(s, session, r):
            continue
        room = room_in_diary(p, s, pair, session, min(wanted, offer.max_pupils - used.pupils))
        rank = room + (1 << 20) * (used.groups > 0) + (1 << 22) * (p.choices[c].bonus > 0)
        if room >= row.low and rank > best_rank:
            best, best_room, best_rank = c, room, rank
    if best < 0:
        return 0
    hold(p, s, pair, p.choices[best].session, best_room, p.choices[best].bonus, True)
    return best_room


@compiled
def seat_all(p, s, pairs, sizes):
    """Book these pairs in turn; those of several groups until their pupils are seated."""
    for i in range(pairs.size):
        left = sizes[i]
        while left >= p.pairs[pairs[i]].low:
            seated = seat(p, s, pairs[i], left)
            if seated == 0:
                break
            left -= seated


@compiled
def reseat(p, s, session, request, pupils):
    """Book a match that was planned before, if it is still possible."""
    o = p.sessions[session].offer
    for pair in range(p.by_offer[o], p.by_offer[o + 1]):
        if p.pairs[pair].request != request:
            continue
        for c in range(p.pairs[pair].first, p.pairs[pair].last):
            if p.choices[c].session == session and is_free_for(p, s, pair, session, pupils):
                hold(p, s, pair, session, pupils, p.choices[c].bonus, True)
                return True
    return False


@compiled
def is_free_for(p, s, pair, session, pupils):
    """Whether this very match would keep every rule."""
    row = p.pairs[pair]
    offer = p.offers[row.offer]
    used = s.at_session[session]
    if pupils < row.low or pupils > row.high or s.at_group[row.group] >= offer.max_per_school:
        return False
    if s.at_request[row.request].pupils + pupils > p.requests[row.request].max_places:
        return False
    if used.groups >= offer.max_groups or used.pupils + pupils > offer.max_pupils:
        return False
    if used.groups == 0 and s.at_offer[row.offer].groups >= offer.max_sessions:
        return False
    if used.groups == 0 and s.at_employer[offer.employer].groups >= p.caps[offer.employer]:
        return False
    return not is_there(s, session, row.request) and room_in_diary(p, s, pair, session, pupils) >= pupils
