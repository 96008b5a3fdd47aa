"""The points of a plan, part by part, in whole numbers."""

from __future__ import annotations

import math
from collections import defaultdict

from services.matcher.checker.case import Case, Known
from services.matcher.checker.eligibility import distance

THOUSAND = 1000


def points(case: Case) -> dict[str, int]:
    """Points by part; their sum is the objective."""
    return {
        "coverage": sum(_coverage(case).values()),
        "fit": -sum(_fit(case, known) for known in case.known),
        "travel": -sum(_travel(case, known) for known in case.known),
        "sessions": -case.instance.policy.session_points * len({k.session.id for k in case.known}),
        "employers": case.instance.policy.employer_points * len({k.offer.employer for k in case.known}),
        "changes": -case.instance.policy.change_points * _changes(case),
    }


def worth(credits_met: int, need: int, bands: tuple[tuple[int, int], ...], weight: int) -> int:
    """The value of `credits_met` for a need: each band filled in turn, each credit rounded as one."""
    value = before = 0
    for percent, band_points in bands:
        until = need * percent // 100
        value += max(0, min(credits_met, until) - before) * ((band_points * weight + 500) // THOUSAND)
        before = until
    return value


def _coverage(case: Case) -> dict[tuple[str, str], int]:
    met: dict[tuple[str, str], int] = defaultdict(int)
    for known in case.known:
        for benchmark, per_pupil in known.offer.counts_to.items():
            met[known.request.id, benchmark] += per_pupil * known.pupils
    values = {}
    for (request_id, benchmark), total in met.items():
        request, bands = case.requests[request_id], case.instance.policy.bands.get(benchmark, ())
        values[request_id, benchmark] = worth(total, request.need.get(benchmark, 0), bands, request.weight)
    return values


def _fit(case: Case, known: Known) -> int:
    sectors = known.offer.sectors or ("*",)
    otherwise = known.request.sectors.get("*", 0)
    best = max(known.request.sectors.get(sector, otherwise) for sector in sectors)
    return known.pupils * ((case.instance.policy.fit_points * (100 - best) + 50) // 100)


def _travel(case: Case, known: Known) -> int:
    if known.offer.mode == "virtual":
        return 0
    km = math.floor(distance(known) + 0.5)
    policy = case.instance.policy
    return (
        known.pupils * policy.travel_pupil_km * km
        if known.offer.mode == "at_workplace"
        else policy.travel_visit_km * km
    )


def _changes(case: Case) -> int:
    kept = {(m.session, m.request) for m in case.matches}
    return sum((one.session, one.request) not in kept for one in case.proposed)
