"""Configurations, "this offer hosts x pupils of that request", as columns of a linear program.

Dates are left out (a relaxation), and of all sizes only the smallest, the largest and those that just fill a prefix
of the bands: between them everything is linear, so the program's value is a bound on every plan.
"""

from dataclasses import dataclass

import numpy as np

from services.matcher.solver.pairs import Problem
from services.matcher.solver.tables import SESSION_USED, Table
from services.matcher.solver.taken import Taken, taken_by_fixed


@dataclass(frozen=True, slots=True)
class Columns:
    """All configurations, and the limits they meet."""

    pair: Table
    size: Table
    gain: Table
    offer: Table
    request: Table
    counted: Table  # column × prefix: credits that count in it
    prefix_row: Table  # request × prefix: its row, -1 when it cannot count
    prefix_fall: Table  # per prefix row: points of this band less those of the next
    prefix_left: Table  # per prefix row: credits still to come
    rooms: "Rooms"


@dataclass(frozen=True, slots=True)
class Rooms:
    """What is left of each limit after the accepted matches."""

    single: Table  # per offer: one group a session
    sessions: Table  # per offer: sessions that may still be opened
    groups: Table  # per offer: groups that fit, in sessions already open, or in new ones where one group fills one
    pupils: Table  # per offer: pupils that fit into sessions already open
    days: Table  # per employer
    taking_part: Table  # per employer: already has an accepted match
    places: Table  # per request


def columns_of(p: Problem) -> Columns:
    """Every configuration of the problem."""
    taken = taken_by_fixed(p)
    rooms = rooms_of(p, taken)
    pairs = p.pairs[: len(p.pairs) - len(p.fixed)]
    prefix_row, fall, left, ends = prefixes_of(p, taken)
    pair, size = _sizes(p, pairs, ends)
    offer, request = pairs["offer"][pair], pairs["request"][pair]
    bonus = _best_bonus(p, pairs)
    gain = bonus[pair] - pairs["visit_cost"][pair] - size * pairs["pupil_cost"][pair].astype(np.int64)
    gain = gain - np.where(rooms.single[offer], p.policy[SESSION_USED], 0)
    gives = np.repeat(p.credits, p.ends.shape[2], axis=1)[offer]
    counted = np.minimum(gives * size[:, None], ends[request])
    return Columns(pair, size, gain, offer, request, counted, prefix_row, fall, left, rooms)


def rooms_of(p: Problem, taken: Taken) -> Rooms:
    """What the accepted matches leave."""
    offers = p.offers
    used = np.zeros(len(offers), np.int64)
    days = p.caps.astype(np.int64).copy()
    spare_groups, spare_pupils = np.zeros(len(offers), np.int64), np.zeros(len(offers), np.int64)
    taking_part = np.zeros(len(p.caps), bool)
    for session, count in taken.groups.items():
        o = int(p.sessions["offer"][session])
        used[o] += 1
        days[offers["employer"][o]] -= 1
        spare_groups[o] += offers["max_groups"][o] - count
        spare_pupils[o] += offers["max_pupils"][o] - taken.pupils[session]
        taking_part[offers["employer"][o]] = True
    sessions = np.minimum(offers["max_sessions"], offers["last"] - offers["first"]) - used
    single = offers["max_groups"] == 1
    places = p.requests["max_places"] - np.array([taken.places[r] for r in range(len(p.requests))], np.int64)
    groups = np.where(single, sessions, spare_groups)
    return Rooms(single, np.maximum(0, sessions), np.maximum(0, groups), spare_pupils, days, taking_part, places)


def prefixes_of(p: Problem, taken: Taken) -> tuple[Table, Table, Table, Table]:
    """Row numbers, falls and what is left of each prefix; and what is left as (request × prefix), 0 without a row."""
    worth = np.concatenate([p.worth, np.zeros_like(p.worth[:, :, :1])], axis=2)
    fall = (worth[:, :, :-1] - worth[:, :, 1:]).reshape(len(p.requests), -1)
    left = np.maximum(0, p.ends - taken.credits[:, :, None]).reshape(len(p.requests), -1)
    counts = (fall > 0) & (left > 0)
    rows = np.where(counts, np.cumsum(counts).reshape(counts.shape) - 1, -1)
    return rows, fall[counts], left[counts], np.where(counts, left, 0)


def _sizes(p: Problem, pairs: Table, ends: Table) -> tuple[Table, Table]:
    gives = np.repeat(p.credits, p.ends.shape[2], axis=1)[pairs["offer"]].astype(np.int64)
    low, high = pairs["low"].astype(np.int64), pairs["high"].astype(np.int64)
    goals = ends[pairs["request"]]
    exact = np.where(gives > 0, goals // np.maximum(1, gives), 0)
    over = np.where(exact * gives < goals, exact + 1, exact)
    sizes = np.clip(np.concatenate([low[:, None], high[:, None], exact, over], axis=1), low[:, None], high[:, None])
    sizes.sort(axis=1)
    first = np.ones(sizes.shape, bool)
    first[:, 1:] = sizes[:, 1:] != sizes[:, :-1]
    pair, at = np.nonzero(first)
    return pair.astype(np.int32), sizes[pair, at]


def _best_bonus(p: Problem, pairs: Table) -> Table:
    if not len(pairs):
        return np.zeros(0, np.int64)
    return np.maximum.reduceat(p.choices["bonus"], pairs["first"]).astype(np.int64)
