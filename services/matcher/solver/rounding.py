"""From the linear program to a plan: what it uses most is booked first, the rest is filled greedily."""

import numpy as np

from services.matcher.solver.compiled import compiled
from services.matcher.solver.master import Master, weights
from services.matcher.solver.rating import is_there, room_in_diary
from services.matcher.solver.state import State, hold, start
from services.matcher.solver.tables import Table


@compiled
def seat(p, s, pair, wanted):  # type: ignore[no-untyped-def]
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
def seat_all(p, s, pairs, sizes):  # type: ignore[no-untyped-def]
    """Book these pairs in turn; those of several groups until their pupils are seated."""
    for i in range(pairs.size):
        left = sizes[i]
        while left >= p.pairs[pairs[i]].low:
            seated = seat(p, s, pairs[i], left)
            if seated == 0:
                break
            left -= seated


def rounded_state(m: Master, seed: int, used: Table | None = None, least: float = 0.3) -> State:
    """A plan of what the program uses at least so much of, the most used first."""
    p, c = m.problem, m.columns
    share = weights(m) if used is None else used
    pair, size = c.pair[m.listed], c.size[m.listed]
    total = np.bincount(pair, share, len(p.pairs))
    pupils = np.bincount(pair, share * size, len(p.pairs))
    picked = np.nonzero(total >= least)[0]
    picked = picked[np.argsort(-total[picked], kind="stable")]
    groups = np.maximum(1, np.rint(total[picked]))
    wanted = np.rint(pupils[picked] / np.maximum(total[picked], 1e-9) * groups).astype(np.int64)
    state = start(p, seed)
    seat_all(p, state, picked, wanted)
    return state
