"""Pairs for accepted matches: they count and cost as any other, whether or not they would be allowed today."""

import numpy as np

from services.matcher.rules import EARTH_KM
from services.matcher.solver.tables import (
    AT_SCHOOL,
    AT_WORKPLACE,
    FIT,
    PAIR,
    TRAVEL_PUPIL,
    TRAVEL_VISIT,
    Pairs,
    Table,
    Tables,
)


def standing_pairs(tables: Tables, found: Pairs) -> tuple[Table, int]:
    """One row per accepted match, with no choice of session; and how many groups there are now."""
    fixed = tables.fixed
    rows = np.zeros(len(fixed), PAIR)
    rows["offer"] = tables.sessions["offer"][fixed["session"]]
    rows["request"] = fixed["request"]
    rows["low"] = rows["high"] = fixed["pupils"]
    rows["group"], groups = _groups(tables, found, rows)
    _price(tables, rows)
    return rows, groups


def _groups(tables: Tables, found: Pairs, rows: Table) -> tuple[Table, int]:
    """The group of each row: the one that its offer and school have already, or a new one."""
    width = len(tables.halls)
    schools = tables.requests["school"]
    known = found.pairs["offer"].astype(np.int64) * width + schools[found.pairs["request"]]
    wanted = rows["offer"].astype(np.int64) * width + schools[rows["request"]]
    keys, first = np.unique(known, return_index=True)
    at = np.searchsorted(keys, wanted)
    hit = at < len(keys)
    hit[hit] = keys[at[hit]] == wanted[hit]
    fresh, number = np.unique(wanted[~hit], return_inverse=True)
    groups = np.empty(len(rows), np.int64)
    groups[hit] = found.pairs["group"][first[at[hit]]]
    groups[~hit] = found.groups + number
    return groups, found.groups + len(fresh)


def _price(tables: Tables, rows: Table) -> None:
    offers, requests, policy = tables.offers[rows["offer"]], tables.requests[rows["request"]], tables.policy
    sectors = tables.sectors[rows["offer"]]
    tastes = np.take_along_axis(tables.tastes[rows["request"]], np.maximum(0, sectors), axis=1)
    best = np.where(sectors >= 0, tastes, 0).max(axis=1)
    taste = np.where(sectors[:, 0] >= 0, best, tables.tastes[rows["request"], -1])
    km = np.floor(_distance(offers, requests) + 0.5).astype(np.int64)
    fit = (policy[FIT] * (100 - taste.astype(np.int64)) + 50) // 100
    rows["pupil_cost"] = fit + np.where(offers["mode"] == AT_WORKPLACE, policy[TRAVEL_PUPIL] * km, 0)
    rows["visit_cost"] = np.where(offers["mode"] == AT_SCHOOL, policy[TRAVEL_VISIT] * km, 0)


def _distance(offers: Table, requests: Table) -> Table:
    phi, other = np.radians(offers["lat"]), np.radians(requests["lat"])
    half = np.sin((other - phi) / 2) ** 2
    half += np.cos(phi) * np.cos(other) * np.sin((np.radians(requests["lon"]) - np.radians(offers["lon"])) / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.minimum(1.0, np.sqrt(half)))
