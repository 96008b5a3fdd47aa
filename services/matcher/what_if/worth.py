"""What one more session, and one more place in it, would be worth, by activity, district and month. Pure.

From the duals of the linear program: a session like those that are offered is imagined once a week in the month, and
filled with cohorts that could come, each credit at its price. The program's value would rise by no more per session;
the prices hold for one more: of ten more the later ones are worth less, which `comparing` finds out by planning anew.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from services.matcher.explain.prices import PAIRS_MAX, priced_master, problem_for
from services.matcher.instance import Instance, Offer
from services.matcher.solver.columns import Columns, columns_of
from services.matcher.solver.master import Master
from services.matcher.solver.tables import Table
from services.matcher.what_if.changes import copy_on, weekdays
from services.matcher.what_if.districts import district_of

PATTERNS_MAX = 2
"""Offers per activity and district that are imagined again: the largest."""
DAY_OF_WEEK = 5
"""One day a week, another weekday each week."""


@dataclass(frozen=True)
class Worth:
    """Points of one more session of this activity there and then, and of one more place in it."""

    activity: str
    district: str
    month: str
    session: int
    place: int
    pupils: int


def worths(instance: Instance) -> list[Worth]:
    """Every activity, district and month in which one more session would be worth something; most a place first.

    Empty for instances that are too large to be priced.
    """
    if len(instance.offers) * len(instance.requests) > PAIRS_MAX:
        return []
    master = priced_master(instance)
    patterns = _patterns(instance)
    imagined = [
        (copy_on(offer, f"{offer.id}@{month}", days), month) for offer in patterns for month, days in _months(instance)
    ]
    found: dict[tuple[str, str, str], Worth] = {}
    for (offer, month), (points, pupils) in zip(
        imagined, _values(instance, master, [o for o, _ in imagined]), strict=True
    ):
        key = (offer.activity, district_of(instance, offer), month)
        if points > 0 and (key not in found or points > found[key].session):
            found[key] = Worth(*key, int(points), int(points / max(1, pupils)), pupils)
    return sorted(
        found.values(), key=lambda worth: (-worth.place, -worth.session, worth.activity, worth.district, worth.month)
    )


def _patterns(instance: Instance) -> list[Offer]:
    there: dict[tuple[str, str], list[Offer]] = defaultdict(list)
    for offer in instance.offers:
        there[offer.activity, district_of(instance, offer)].append(offer)
    largest = (sorted(offers, key=lambda o: (-o.max_pupils, o.id))[:PATTERNS_MAX] for offers in there.values())
    return sorted((offer for offers in largest for offer in offers), key=lambda offer: offer.id)


def _months(instance: Instance) -> list[tuple[str, list[date]]]:
    days: dict[str, list[date]] = defaultdict(list)
    for n, day in enumerate(weekdays(instance)):
        if n % (DAY_OF_WEEK + 1) == 0:
            days[f"{day:%Y-%m}"].append(day)
    return list(days.items())


def _values(instance: Instance, master: Master, offers: list[Offer]) -> list[tuple[float, int]]:
    """Points and pupils of one session of each imagined offer."""
    columns = columns_of(problem_for(replace(instance, offers=tuple(offers), existing=())))
    gains = _gains(master, columns)
    by_offer = np.argsort(columns.offer, kind="stable")
    edges = np.searchsorted(columns.offer[by_offer], np.arange(len(offers) + 1))
    return [
        _filled(instance, offer, columns, gains, by_offer[edges[n] : edges[n + 1]]) for n, offer in enumerate(offers)
    ]


def _gains(master: Master, columns: Columns) -> Table:
    """What each imagined group adds: its credits at their prices, less its costs and the price of its places."""
    at, own = master.layout, master.columns
    rows = own.prefix_row
    known = rows >= 0
    prices = np.where(known, master.dual[at.prefixes + np.maximum(0, rows)], 0.0)
    left = np.where(known, own.prefix_left[np.maximum(0, rows)] if len(own.prefix_left) else 0, 0)
    counted = np.minimum(columns.counted, left[columns.request])
    worth = np.einsum("ij,ij->i", counted, prices[columns.request])
    places = master.dual[at.places + columns.request] * columns.size
    return np.asarray(columns.gain + worth - places, dtype=float)


def _filled(instance: Instance, offer: Offer, columns: Columns, gains: Table, mine: Table) -> tuple[float, int]:
    """The best groups for one session of this offer: one, or as many as it takes, by points per pupil."""
    if not len(mine):
        return 0.0, 0
    if offer.max_groups == 1:
        best = mine[int(np.argmax(gains[mine]))]
        return float(gains[best]), int(columns.size[best])
    return _shared(offer, _best_per_request(columns, gains, mine), -float(instance.policy.session_points))


def _best_per_request(columns: Columns, gains: Table, mine: Table) -> Iterable[tuple[float, int]]:
    best: dict[int, tuple[float, int]] = {}
    for column in mine:
        request, points, size = int(columns.request[column]), float(gains[column]), int(columns.size[column])
        if points > 0 and (request not in best or points / size > best[request][0] / best[request][1]):
            best[request] = (points, size)
    return best.values()


def _shared(offer: Offer, groups: Iterable[tuple[float, int]], points: float) -> tuple[float, int]:
    pupils = taken = 0
    for gain, size in sorted(groups, key=lambda one: (-one[0] / one[1], one[1])):
        if taken < offer.max_groups and pupils + size <= offer.max_pupils:
            points, pupils, taken = points + gain, pupils + size, taken + 1
    return points, pupils
