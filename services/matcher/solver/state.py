"""A plan under way: what is matched and what that has used up, kept so that one match more or less costs little."""

from typing import NamedTuple

import numpy as np

from services.matcher.solver.compiled import compiled, inlined
from services.matcher.solver.pairs import Problem
from services.matcher.solver.tables import AT_WORKPLACE, EMPLOYER_USED, SESSION_USED, Table

VISIT = np.dtype(
    [
        ("session", "i4"),
        ("request", "i4"),
        ("pair", "i4"),
        ("pupils", "i4"),
        ("bonus", "i4"),
        ("place", "i4"),
        ("next_there", "i4"),
        ("last_there", "i4"),
        ("next_mine", "i4"),
        ("last_mine", "i4"),
    ]
)
USED = np.dtype([("pupils", "i4"), ("groups", "i4"), ("head", "i4")])

# Rows of `sums`.
OBJECTIVE, ACTIVE, FREE, RANDOM = range(4)


class State(NamedTuple):
    """`active` lists the matches that may be moved; accepted ones are counted everywhere but not listed there."""

    visits: Table
    active: Table
    free: Table
    at_session: Table  # pupils, groups, first match
    at_request: Table  # places, matches, first match
    at_offer: Table  # sessions used, matches
    at_employer: Table  # sessions used, matches
    at_group: Table
    credits: Table
    diary: Table
    hall: Table
    sums: Table


def empty_state(problem: Problem, seed: int = 0) -> State:
    """A plan with nothing in it, not even the accepted matches."""
    offers, requests = problem.offers, len(problem.requests)
    taking = np.minimum(offers["max_sessions"], offers["last"] - offers["first"]).astype(np.int64)
    most = int((taking * np.minimum(offers["max_groups"], requests)).sum())
    size = min(most, len(problem.choices)) + len(problem.fixed) + 1
    state = State(
        visits=np.zeros(size, VISIT),
        active=np.zeros(size, np.int32),
        free=np.arange(size - 1, -1, -1, dtype=np.int32),
        at_session=np.zeros(len(problem.sessions), USED),
        at_request=np.zeros(requests, USED),
        at_offer=np.zeros(len(offers), USED),
        at_employer=np.zeros(len(problem.caps), USED),
        at_group=np.zeros(max(1, problem.groups), np.int32),
        credits=np.zeros((requests, problem.credits.shape[1]), np.int64),
        diary=np.zeros((requests, problem.slots), np.int32),
        hall=np.zeros((len(problem.halls), problem.slots), np.int32),
        sums=np.zeros(4, np.int64),
    )
    state.at_session["head"] = -1
    state.at_request["head"] = -1
    state.sums[FREE] = size
    state.sums[OBJECTIVE] = -problem.policy[5] * problem.proposed
    state.sums[RANDOM] = 88172645463325252 ^ (seed * 2654435761 + 1)
    return state


def start(problem: Problem, seed: int = 0) -> State:
    """A plan that holds the accepted matches and nothing else."""
    state = empty_state(problem, seed)
    hold_fixed(problem, state)
    return state


@inlined
def covered(p, r, b, gained):
    """Points of so many gained of one benchmark to one request."""
    worth, done = 0, 0
    for k in range(p.ends.shape[2]):
        end = p.ends[r, b, k]
        if gained <= end:
            return worth + (gained - done) * p.worth[r, b, k]
        worth += (end - done) * p.worth[r, b, k]
        done = end
    return worth


@inlined
def book(p, s, pair, session, pupils, sign):
    """Count a match in (sign 1) or out (-1) and return what that adds to the objective, `bonus` apart."""
    row = p.pairs[pair]
    r, o = row.request, row.offer
    e = p.offers[o].employer
    gain = -sign * (row.pupil_cost * pupils + row.visit_cost)
    for b in range(p.credits.shape[1]):
        had = s.credits[r, b]
        s.credits[r, b] += sign * pupils * p.credits[o, b]
        gain += covered(p, r, b, s.credits[r, b]) - covered(p, r, b, had)
    used = s.at_session[session]
    before = used.groups
    used.groups += sign
    used.pupils += sign * pupils
    if before == 0 or used.groups == 0:
        s.at_offer[o].groups += sign
        s.at_employer[e].groups += sign
        gain -= sign * p.policy[SESSION_USED]
    before = s.at_employer[e].pupils
    s.at_employer[e].pupils += sign
    if before == 0 or s.at_employer[e].pupils == 0:
        gain += sign * p.policy[EMPLOYER_USED]
    s.at_offer[o].pupils += sign
    s.at_group[row.group] += sign
    s.at_request[r].pupils += sign * pupils
    s.at_request[r].groups += sign
    school = p.requests[r].school
    in_hall = p.offers[o].mode != AT_WORKPLACE
    for t in range(p.sessions[session].slot, p.sessions[session].slot_end):
        s.diary[r, t] += sign * pupils
        if in_hall:
            s.hall[school, t] += sign
    return gain


@compiled
def hold(p, s, pair, session, pupils, bonus, is_free):
    """Add a match; the caller has made sure that it is allowed. Returns its row."""
    s.sums[FREE] -= 1
    m = s.free[s.sums[FREE]]
    r = p.pairs[pair].request
    visit = s.visits[m]
    visit.session, visit.request, visit.pair, visit.pupils, visit.bonus = session, r, pair, pupils, bonus
    head = s.at_session[session].head
    visit.next_there, visit.last_there = head, -1
    if head >= 0:
        s.visits[head].last_there = m
    s.at_session[session].head = m
    head = s.at_request[r].head
    visit.next_mine, visit.last_mine = head, -1
    if head >= 0:
        s.visits[head].last_mine = m
    s.at_request[r].head = m
    visit.place = -1
    if is_free:
        visit.place = s.sums[ACTIVE]
        s.active[visit.place] = m
        s.sums[ACTIVE] += 1
    s.sums[OBJECTIVE] += book(p, s, pair, session, pupils, 1) + bonus
    return m


@compiled
def release(p, s, m):
    """Take a match out."""
    visit = s.visits[m]
    if visit.last_there >= 0:
        s.visits[visit.last_there].next_there = visit.next_there
    else:
        s.at_session[visit.session].head = visit.next_there
    if visit.next_there >= 0:
        s.visits[visit.next_there].last_there = visit.last_there
    if visit.last_mine >= 0:
        s.visits[visit.last_mine].next_mine = visit.next_mine
    else:
        s.at_request[visit.request].head = visit.next_mine
    if visit.next_mine >= 0:
        s.visits[visit.next_mine].last_mine = visit.last_mine
    s.sums[ACTIVE] -= 1
    moved = s.active[s.sums[ACTIVE]]
    s.active[visit.place] = moved
    s.visits[moved].place = visit.place
    s.free[s.sums[FREE]] = m
    s.sums[FREE] += 1
    s.sums[OBJECTIVE] += book(p, s, visit.pair, visit.session, visit.pupils, -1) - visit.bonus


@compiled
def hold_fixed(p, s):
    """Count the accepted matches in."""
    for i in range(p.fixed.size):
        hold(p, s, p.fixed_pairs[i], p.fixed[i].session, p.fixed[i].pupils, p.fixed_bonus[i], False)
