"""Pairs for accepted matches: they count and cost as any other, whether or not they would be allowed today."""

from math import floor

import numpy as np

from services.matcher.rules import distance_km
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
    schools = tables.requests["school"]
    known = zip(found.pairs["offer"].tolist(), schools[found.pairs["request"]].tolist(), strict=True)
    groups = dict(zip(known, found.pairs["group"].tolist(), strict=True))
    count = found.groups
    rows = np.zeros(len(tables.fixed), PAIR)
    for i, (session, request, pupils) in enumerate(tables.fixed.tolist()):
        offer = int(tables.sessions["offer"][session])
        key = (offer, int(schools[request]))
        if key not in groups:
            groups[key] = count
            count += 1
        pupil_cost, visit_cost = _costs(tables, offer, request)
        rows[i] = (offer, request, groups[key], pupil_cost, visit_cost, pupils, pupils, 0, 0)
    return rows, count


def _costs(tables: Tables, o: int, r: int) -> tuple[int, int]:
    offer, request, policy = tables.offers[o], tables.requests[r], tables.policy.tolist()
    pupil = (policy[FIT] * (100 - _taste(tables, o, r)) + 50) // 100
    km = floor(distance_km(offer["lat"], offer["lon"], request["lat"], request["lon"]) + 0.5)
    if offer["mode"] == AT_WORKPLACE:
        return pupil + policy[TRAVEL_PUPIL] * km, 0
    return pupil, policy[TRAVEL_VISIT] * km if offer["mode"] == AT_SCHOOL else 0


def _taste(tables: Tables, o: int, r: int) -> int:
    sectors = [s for s in tables.sectors[o].tolist() if s >= 0]
    return int(max((tables.tastes[r, s] for s in sectors), default=tables.tastes[r, -1]))
