"""The pairs of offer and request that fit, the sessions each could meet on, and what a pupil or a visit costs there."""

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from services.matcher.instance import Instance
from services.matcher.points import pupil_fit
from services.matcher.rules import broken_by_pair, broken_by_session, group_sizes, travel_km
from services.matcher.solver.standing import standing_pairs
from services.matcher.solver.tables import CHANGED, CHOICE, PAIR, Pairs, Table, Tables


class Problem(NamedTuple):
    """Tables and pairs as the search reads them. Rows of `pairs` from `open` on belong to accepted matches only."""

    policy: Table
    offers: Table
    credits: Table
    sessions: Table
    caps: Table
    requests: Table
    ends: Table
    worth: Table
    halls: Table
    fixed: Table  # session, request, pupils
    fixed_pairs: Table
    fixed_bonus: Table
    pairs: Table
    choices: Table
    by_offer: Table  # first pair of each offer
    by_request: Table  # first entry of each request in `request_pairs`
    request_pairs: Table
    groups: int
    slots: int
    proposed: int


def scan_by_rules(instance: Instance, tables: Tables) -> Pairs:
    """As `eligible.scan`, by the plain rules: slow, but nothing has to be compiled for a village."""
    schools = {s.id: s for s in instance.schools}
    dead = {(int(o), int(r)) for o, r in tables.declined}
    groups: dict[tuple[int, str], int] = defaultdict(lambda: len(groups))
    pairs: list[tuple[int, ...]] = []
    choices: list[tuple[int, int]] = []
    for o, offer in enumerate(instance.offers):
        first_session = int(tables.offers["first"][o])
        for r, request in enumerate(instance.requests):
            school = schools[request.school]
            low, high = group_sizes(offer, request)
            if low > high or (o, r) in dead or broken_by_pair(offer, request, school):
                continue
            free = [
                (first_session + i, 0)
                for i, s in enumerate(offer.sessions)
                if not broken_by_session(offer, s, request, instance, school)
            ]
            if not free:
                continue
            km = travel_km(offer, school)
            pupil = pupil_fit(instance.policy, offer, request)
            pupil += instance.policy.travel_pupil_km * km if offer.mode == "at_workplace" else 0
            visit = instance.policy.travel_visit_km * km if offer.mode == "at_school" else 0
            group = groups[o, school.id]
            pairs.append((o, r, group, pupil, visit, low, high, len(choices), len(choices) + len(free)))
            choices.extend(free)
    return Pairs(np.array(pairs, PAIR), np.array(choices, CHOICE), len(groups))


def problem_of(tables: Tables, found: Pairs) -> Problem:
    """Tables and pairs together, with the rows that accepted and planned matches need."""
    pairs, fixed_pairs, groups = _with_fixed(tables, found)
    choices = _with_bonus(tables, found)
    by_request = np.zeros(len(tables.requests) + 1, np.int32)
    np.cumsum(np.bincount(found.pairs["request"], minlength=len(tables.requests)), out=by_request[1:])
    by_offer = np.searchsorted(found.pairs["offer"], np.arange(len(tables.offers) + 1)).astype(np.int32)
    return Problem(
        policy=tables.policy,
        offers=tables.offers,
        credits=tables.credits,
        sessions=tables.sessions,
        caps=tables.caps,
        requests=tables.requests,
        ends=tables.ends,
        worth=tables.worth,
        halls=tables.halls,
        fixed=tables.fixed,
        fixed_pairs=fixed_pairs,
        fixed_bonus=_fixed_bonus(tables),
        pairs=pairs,
        choices=choices,
        by_offer=by_offer,
        by_request=by_request,
        request_pairs=np.argsort(found.pairs["request"], kind="stable").astype(np.int32),
        groups=groups,
        slots=2 * (tables.blocked.shape[1] - 1),
        proposed=len(tables.proposed),
    )


def _keys(offers: Table, requests: Table, width: int) -> Table:
    return offers.astype(np.int64) * width + requests


def _find(found: Pairs, offers: Table, requests: Table, width: int) -> Table:
    """Row of each pair, or -1."""
    keys = _keys(found.pairs["offer"], found.pairs["request"], width)
    wanted = _keys(offers, requests, width)
    rows = np.searchsorted(keys, wanted)
    hit = rows < len(keys)
    hit[hit] = keys[rows[hit]] == wanted[hit]
    return np.where(hit, rows, -1).astype(np.int32)


def _with_bonus(tables: Tables, found: Pairs) -> Table:
    choices = found.choices.copy() if len(tables.proposed) else found.choices
    offers = tables.sessions["offer"][tables.proposed["session"]]
    rows = _find(found, offers, tables.proposed["request"], len(tables.requests))
    for row, old in zip(rows, tables.proposed, strict=True):
        if row >= 0:
            first, last = found.pairs["first"][row], found.pairs["last"][row]
            mine = choices[first:last]
            mine["bonus"][mine["session"] == old["session"]] += tables.policy[CHANGED]
    return choices


def _with_fixed(tables: Tables, found: Pairs) -> tuple[Table, Table, int]:
    """Pairs with a row, without choices, for each accepted match; its costs are those of the pair."""
    if not len(tables.fixed):
        return found.pairs, np.zeros(0, np.int32), found.groups
    extra, groups = standing_pairs(tables, found)
    rows = np.arange(len(found.pairs), len(found.pairs) + len(extra), dtype=np.int32)
    return np.concatenate([found.pairs, extra]), rows, groups


def _fixed_bonus(tables: Tables) -> Table:
    """Points for accepted matches that stand among the planned ones too: those are kept for certain."""
    bonus = np.zeros(len(tables.fixed), np.int32)
    if len(tables.proposed) and len(tables.fixed):
        width = len(tables.requests)
        planned, times = np.unique(
            _keys(tables.proposed["session"], tables.proposed["request"], width), return_counts=True
        )
        fixed = _keys(tables.fixed["session"], tables.fixed["request"], width)
        at = np.minimum(np.searchsorted(planned, fixed), len(planned) - 1)
        bonus[:] = np.where(planned[at] == fixed, times[at] * tables.policy[CHANGED], 0)
    return bonus
