"""Planning a nation: by places, each as a hub, then all together.

Pairs are only looked at within a place of some forty schools: an offer belongs to the place where its employer is,
virtual ones too. Each place is planned alone; what it books is booked in the whole, where every rule is kept
(employers' days run across places), and the whole is then searched on.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from services.matcher.solver.hub import Aim, Found, Listener, plan_hub
from services.matcher.solver.local import Best, Budget, rows_of, search
from services.matcher.solver.pairs import Problem
from services.matcher.solver.search import greedy
from services.matcher.solver.seating import reseat
from services.matcher.solver.state import OBJECTIVE, start
from services.matcher.solver.tables import FIXED, Table, Tables

SCHOOLS_PER_PLACE = 40
STEPS_PER_PLACE = 6_000
THREADS = 2
# Of the time left, what the places may take; the rest is for the whole.
SHARE_OF_PLACES = 0.85


@dataclass(frozen=True, slots=True)
class Part:
    """A place as a problem of its own, and which rows of the whole its sessions and requests are."""

    problem: Problem
    sessions: Table
    requests: Table


def places_of(tables: Tables) -> tuple[Table, Table]:
    """The place of each request and of each offer: halves of halves of the schools, by latitude or longitude."""
    _, rows = np.unique(tables.requests["school"], return_index=True)
    points = np.stack([tables.requests["lat"][rows], tables.requests["lon"][rows] * 0.6], axis=1)
    requests = np.stack([tables.requests["lat"], tables.requests["lon"] * 0.6], axis=1)
    employers = _home(tables)
    of_requests, of_offers = np.zeros(len(requests), np.int64), np.zeros(len(employers), np.int64)
    _halve(
        (points, requests, employers),
        (of_requests, of_offers),
        [0],
        (np.arange(len(points)), np.arange(len(requests)), np.arange(len(employers))),
    )
    return of_requests, of_offers


def _home(tables: Tables) -> Table:
    """Where the employer of each offer is: with its first offer, so that one place counts all its days."""
    employers, first = np.unique(tables.offers["employer"], return_index=True)
    at = first[np.searchsorted(employers, tables.offers["employer"])]
    return np.stack([tables.offers["lat"][at], tables.offers["lon"][at] * 0.6], axis=1)


def _halve(
    points: tuple[Table, Table, Table], out: tuple[Table, Table], count: list[int], rows: tuple[Table, Table, Table]
) -> None:
    schools = points[0][rows[0]]
    if len(schools) <= SCHOOLS_PER_PLACE:
        out[0][rows[1]], out[1][rows[2]] = count[0], count[0]
        count[0] += 1
        return
    axis = int(np.argmax(np.ptp(schools, axis=0)))
    middle = float(np.median(schools[:, axis]))
    low = [part[points[i][part, axis] < middle] for i, part in enumerate(rows)]
    high = [part[points[i][part, axis] >= middle] for i, part in enumerate(rows)]
    if not len(low[0]):
        out[0][rows[1]], out[1][rows[2]] = count[0], count[0]
        count[0] += 1
        return
    _halve(points, out, count, (low[0], low[1], low[2]))
    _halve(points, out, count, (high[0], high[1], high[2]))


def plan_nation(p: Problem, places: tuple[Table, Table], limits: Budget, seed: int, tell: Listener) -> Found:
    """The best plan within the limits. Its bound is found beside (`market`): places know nothing across places."""
    state = start(p, seed)
    steps = 0
    for part, found in _planned_places(p, places, limits, seed):
        steps += found.steps
        mine = found.best.rows
        requests = part.requests[part.problem.pairs["request"][mine[:, 0]]]
        for session, request, pupils in zip(part.sessions[mine[:, 1]], requests, mine[:, 2], strict=True):
            reseat(p, state, session, request, pupils)
        tell(int(state.sums[OBJECTIVE]), None)
    greedy(p, state, len(p.pairs) - len(p.fixed))
    best = Best(int(state.sums[OBJECTIVE]), rows_of(state))
    tell(best.objective, None)
    if limits.steps is None or limits.steps > steps:
        left = None if limits.steps is None else limits.steps - steps
        more = search(p, state, Budget(left, limits.until, limits.stop, lambda points: tell(points, None)))
        best, steps = max(best, more, key=lambda one: one.objective), steps + more.steps
    return Found(best, None, steps, "places by configuration columns, then ruin and recreate")


def _planned_places(p: Problem, places: tuple[Table, Table], limits: Budget, seed: int) -> Iterator[tuple[Part, Found]]:
    """The parts and their plans, in the order of the places, so many at once as there are threads."""
    count = int(places[0].max()) + 1
    begun = time.monotonic()
    rows = _rows_of_places(p, places, count)

    def plan(k: int) -> tuple[Part, Found]:
        part = _part(p, rows[0][k], rows[1][k], rows[2][k], rows[3][k], rows[4][k])
        until = None
        if limits.until is not None:
            end = begun + SHARE_OF_PLACES * (limits.until - begun)
            left = max(0.0, end - time.monotonic()) * THREADS / max(1, count - k)
            until = time.monotonic() + left
        return part, plan_hub(part.problem, Budget(STEPS_PER_PLACE, until, limits.stop), seed, Aim(), _unheard)

    with ThreadPoolExecutor(THREADS) as threads:
        yield from threads.map(plan, range(count))


def _unheard(objective: int, bound: int | None) -> None:
    """Places are not reported one by one."""


def _rows_of_places(p: Problem, places: tuple[Table, Table], count: int) -> tuple[list[Table], ...]:
    """Per place its offers, requests, sessions, pairs and choices."""
    pairs = p.pairs[: len(p.pairs) - len(p.fixed)]
    of_pairs = places[1][pairs["offer"]]
    of_choices = np.repeat(of_pairs, pairs["last"] - pairs["first"])
    kinds = (places[1], places[0], places[1][p.sessions["offer"]], of_pairs, of_choices)
    return tuple(_split(of, count) for of in kinds)


def _split(of: Table, count: int) -> list[Table]:
    order = np.argsort(of, kind="stable")
    return np.split(order, np.searchsorted(of[order], np.arange(1, count)))


def _part(p: Problem, o: Table, r: Table, s: Table, q: Table, c: Table) -> Part:
    offers, requests, pairs, choices, sessions = p.offers[o], p.requests[r], p.pairs[q], p.choices[c], p.sessions[s]
    employers, offers["employer"] = np.unique(offers["employer"], return_inverse=True)
    schools, requests["school"] = np.unique(requests["school"], return_inverse=True)
    held = offers["last"] - offers["first"]
    offers["last"] = np.cumsum(held)
    offers["first"] = offers["last"] - held
    sessions["offer"] = np.searchsorted(o, sessions["offer"])
    pairs["offer"], pairs["request"] = np.searchsorted(o, pairs["offer"]), np.searchsorted(r, pairs["request"])
    groups, pairs["group"] = np.unique(pairs["group"], return_inverse=True)
    count = pairs["last"] - pairs["first"]
    pairs["last"] = np.cumsum(count)
    pairs["first"] = pairs["last"] - count
    choices["session"] = np.searchsorted(s, choices["session"])
    by_request = np.zeros(len(r) + 1, np.int32)
    np.cumsum(np.bincount(pairs["request"], minlength=len(r)), out=by_request[1:])
    problem = p._replace(
        offers=offers,
        credits=p.credits[o],
        sessions=sessions,
        caps=p.caps[employers],
        requests=requests,
        ends=p.ends[r],
        worth=p.worth[r],
        halls=p.halls[schools],
        fixed=np.zeros(0, FIXED),
        fixed_pairs=np.zeros(0, np.int32),
        fixed_bonus=np.zeros(0, np.int32),
        pairs=pairs,
        choices=choices,
        by_offer=np.searchsorted(pairs["offer"], np.arange(len(o) + 1)).astype(np.int32),
        by_request=by_request,
        request_pairs=np.argsort(pairs["request"], kind="stable").astype(np.int32),
        groups=len(groups),
        proposed=0,
    )
    return Part(problem, s, r)
