"""What is scarce, by the prices of the linear program: of credits, places, sessions and employers' days. Pure.

A price is the dual of a row: what the program's value, a bound on every plan, would rise by per unit at most.
The program knows no half-days (H7, H8) and not which dates are taken: a price is an estimate, planning anew says more.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.matcher.instance import Instance, Match
from services.matcher.points import points_of
from services.matcher.solver.columns import Columns
from services.matcher.solver.encode import encode
from services.matcher.solver.master import Layout, Master, bound_of, master_of, turn
from services.matcher.solver.pairs import Problem, problem_of, scan_by_rules
from services.matcher.solver.tables import Table

PAIRS_MAX = 2_000_000
"""Offers × requests up to which prices are worth waiting for (some seconds)."""
PLAIN_PRODUCT = 4_000
NOTHING = 0.5
"""A price below half a point is none."""


@dataclass(frozen=True)
class Prices:
    """Points per unit. `bound`: what no plan can exceed by these prices."""

    bound: float
    sessions: Mapping[str, float]
    """By offer: one more session, or in sessions with several groups one more group, without the employer's day."""
    pupils: Mapping[str, float]
    """By offer with several groups a session: one more pupil's place."""
    days: Mapping[str, float]
    """By employer: one more session over all its offers."""
    places: Mapping[str, float]
    """By request: one more of its `max_places`."""
    credits: Mapping[tuple[str, str], float]
    """By request and benchmark: one more credit, before rounding by bands."""


def prices_of(instance: Instance) -> Prices | None:
    """The prices of an instance; None where there are too many pairs to wait for them."""
    if len(instance.offers) * len(instance.requests) > PAIRS_MAX:
        return None
    master = priced_master(instance)
    return _read(instance, master)


def priced_master(instance: Instance) -> Master:
    """The linear program of the instance at its optimum."""
    master = master_of(problem_for(instance))
    while turn(master):
        pass
    return master


def problem_for(instance: Instance) -> Problem:
    """The instance as the solver reads it."""
    tables = encode(instance)
    if len(instance.offers) * len(instance.requests) <= PLAIN_PRODUCT:
        return problem_of(tables, scan_by_rules(instance, tables))
    from services.matcher.solver.eligible import scan  # noqa: PLC0415 - compiled code, not needed for a village

    return problem_of(tables, scan(tables))


def _read(instance: Instance, master: Master) -> Prices:
    at, dual = master.layout, master.dual
    offers = [offer.id for offer in instance.offers]
    employers = [employer.id for employer in instance.employers]
    requests = [request.id for request in instance.requests]
    accepted = [Match(e.offer, e.session, e.request, e.pupils) for e in instance.existing if e.status == "accepted"]
    return Prices(
        bound=points_of(instance, accepted).total + bound_of(master),
        sessions=_named(offers, dual[at.groups : at.pupils]),
        pupils=_named(offers, dual[at.pupils : at.days]),
        days=_named(employers, dual[at.days : at.part]),
        places=_named(requests, dual[at.places : at.prefixes]),
        credits=_credits(instance, master.columns, at, dual),
    )


def _named(names: list[str], values: Table) -> dict[str, float]:
    return {name: float(value) for name, value in zip(names, values, strict=True) if value > NOTHING}


def _credits(instance: Instance, columns: Columns, at: Layout, dual: Table) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    benchmarks = sorted({b for offer in instance.offers for b in offer.counts_to} | set(instance.policy.bands))
    bands = columns.prefix_row.shape[1] // max(1, len(benchmarks))
    for row, request in enumerate(instance.requests):
        for column, benchmark in enumerate(benchmarks):
            mine = columns.prefix_row[row, column * bands : (column + 1) * bands]
            price = float(sum(dual[at.prefixes + k] for k in mine if k >= 0))
            if price > NOTHING:
                found[request.id, benchmark] = price
    return found
