"""What one more session, and one more place in one, would be worth, by activity, district and month. Pure.

From the duals of the linear program: a session is imagined on the days of the month, or one that is offered gets one
place more, and it is filled with the cohorts that could come, each credit at its price. The program's value, which
bounds every plan, would rise by no more. What the best plan gains may be less or more, since groups go whole and days
clash, and of ten more the later ones are worth less: `comparing` finds that out by planning anew.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from services.matcher.explain.prices import PAIRS_MAX, priced_master, problem_for
from services.matcher.instance import Instance, Session
from services.matcher.solver.columns import Columns, columns_of
from services.matcher.solver.master import Master
from services.matcher.solver.pairs import Problem
from services.matcher.solver.tables import Table
from services.matcher.what_if.copies import copy_on, declined_too, weekdays
from services.matcher.what_if.districts import district_of

DAYS_PRODUCT = 200_000
"""Up to so many offers × requests every weekday is imagined; of twice as many every other one, and so on."""
TURNS = 25
"""Halvings, about, on the way to the price at which a shared session is just full."""

Month = str
Where = tuple[str, str, Month]


@dataclass(frozen=True)
class Worth:
    """Points by the program's prices of one more session there and then, which `pupils` would fill.

    `place`: of one more place in one session that is offered there and then; none is where none is offered.
    """

    activity: str
    district: str
    month: Month
    session: int
    place: int
    pupils: int


@dataclass(frozen=True)
class Filling:
    """What one session brings: points, and how many pupils come."""

    points: float
    pupils: int


def worths(instance: Instance) -> list[Worth] | None:
    """Every activity, district and month in which one more would be worth something; most a place first.

    None where the instance is too large to be priced.
    """
    if len(instance.offers) * len(instance.requests) > PAIRS_MAX:
        return None
    master = priced_master(instance)
    sessions, places = _of_sessions(instance, master), _of_places(instance, master)
    nothing = Filling(0.0, 0)
    found = []
    for where in sessions.keys() | places.keys():
        one, place = sessions.get(where, nothing), places.get(where, 0.0)
        if round(one.points) > 0 or round(place) > 0:
            found.append(Worth(*where, max(0, round(one.points)), round(place), one.pupils))
    return sorted(found, key=lambda one: (-one.place, -one.session, one.activity, one.district, one.month))


def _of_sessions(instance: Instance, master: Master) -> dict[Where, Filling]:
    """One more session like the best that is offered there, on whatever day of the month suits each cohort."""
    every = 1 + len(instance.offers) * len(instance.requests) // DAYS_PRODUCT
    days = list(weekdays(instance))[::every]
    copies = tuple(copy_on(offer, f"{offer.id}@", days) for offer in instance.offers)
    imagined = replace(
        instance,
        offers=(*instance.offers, *copies),
        existing=(*instance.existing, *declined_too(instance, copies, instance.offers)),
    )
    best: dict[Where, Filling] = {}
    for (offer, month), filling in _fillings(imagined, master, len(instance.offers), _month).items():
        where = _where(imagined, offer, month)
        if where not in best or filling.points > best[where].points:
            best[where] = filling
    return best


def _of_places(instance: Instance, master: Master) -> dict[Where, float]:
    """One more place in that session there and then in which it is worth most.

    Of an offer that lists more sessions than it gives, a session that is not held gains by the place only what it is
    then better than one that is; nor is one held that brings less than its employer's day is worth.
    """
    roomier = replace(instance, offers=tuple(replace(o, max_pupils=o.max_pupils + 1) for o in instance.offers))
    now, then = (_fillings(one, master, 0, lambda session: session.id) for one in (instance, roomier))
    months = {session.id: _month(session) for offer in instance.offers for session in offer.sessions}
    least = _least_held(instance, master, now)
    best: dict[Where, float] = {}
    for (offer, session), filling in then.items():
        held = max(least[offer], now[offer, session].points if (offer, session) in now else 0.0)
        where = _where(instance, offer, months[session])
        best[where] = max(best.get(where, 0.0), filling.points - held)
    return best


def _least_held(instance: Instance, master: Master, now: Mapping[tuple[int, str], Filling]) -> list[float]:
    """By offer: what a session must bring to be held."""
    employers = {employer.id: row for row, employer in enumerate(instance.employers)}
    least = []
    for row, offer in enumerate(instance.offers):
        day = float(master.dual[master.layout.days + employers[offer.employer]])
        brought = sorted((now[row, s.id].points for s in offer.sessions if (row, s.id) in now), reverse=True)
        last = brought[offer.max_sessions - 1] if 0 < offer.max_sessions <= len(brought) else 0.0
        least.append(max(0.0, day, last))
    return least


def _month(session: Session) -> Month:
    return f"{session.date:%Y-%m}"


def _where(instance: Instance, offer: int, month: Month) -> Where:
    one = instance.offers[offer]
    return one.activity, district_of(instance, one), month


def _fillings(
    instance: Instance, master: Master, first: int, key_of: Callable[[Session], str]
) -> dict[tuple[int, str], Filling]:
    """The best filling of one session of each offer from `first` on, by offer and what its sessions are told by."""
    problem = problem_for(instance)
    columns = columns_of(problem)
    gains = _gains(master, problem, columns)
    taken = _taken(instance)
    keys = [key_of(session) for offer in instance.offers for session in offer.sessions]
    return {
        (offer, key): _filled(instance, offer, taken.get(key, []), _Groups.of(columns, gains, which))
        for (offer, key), which in _grouped(problem, columns, first, keys).items()
    }


def _gains(master: Master, problem: Problem, columns: Columns) -> Table:
    """What each group adds: its credits at their prices, less its costs and the price of its places.

    The first of an employer's groups brings the employer in, which is priced too.
    """
    at, dual, rows = master.layout, master.dual, columns.prefix_row
    prices = np.where(rows >= 0, dual[at.prefixes + np.maximum(0, rows)], 0.0)
    worth = np.einsum("ij,ij->i", columns.counted, prices[columns.request])
    places = dual[at.places + columns.request] * columns.size
    employer = problem.offers["employer"][columns.offer]
    joined = np.where(columns.rooms.taking_part[employer], 0.0, dual[at.part + employer])
    return np.asarray(columns.gain + worth - places + joined, dtype=float)


def _taken(instance: Instance) -> dict[str, list[int]]:
    """The sizes of accepted groups by session."""
    taken: dict[str, list[int]] = {}
    for old in instance.existing:
        if old.status == "accepted":
            taken.setdefault(old.session, []).append(old.pupils)
    return taken


def _grouped(problem: Problem, columns: Columns, first: int, keys: list[str]) -> dict[tuple[int, str], Table]:
    """Which configurations could be in a session of each offer and key."""
    free = problem.pairs[: len(problem.pairs) - len(problem.fixed)]
    names, number = np.unique(np.array(keys, dtype=str), return_inverse=True)
    counts = np.where(free["offer"] >= first, free["last"] - free["first"], 0)
    pair = np.repeat(np.arange(len(free)), counts)
    before = np.cumsum(counts) - counts
    chosen = np.arange(len(pair)) - before[pair] + free["first"][pair]
    met = np.unique(pair * len(names) + number[problem.choices["session"][chosen]])
    pair, key = met // max(1, len(names)), met % max(1, len(names))
    low, high = np.searchsorted(columns.pair, pair), np.searchsorted(columns.pair, pair, side="right")
    found: dict[tuple[int, str], list[Table]] = {}
    for n, offer in enumerate(free["offer"][pair].tolist()):
        found.setdefault((offer, str(names[key[n]])), []).append(np.arange(low[n], high[n]))
    return {where: np.concatenate(parts) for where, parts in found.items()}


@dataclass(frozen=True)
class _Groups:
    """Groups that could be in one session, in order of their requests, and where each request's begin."""

    request: Table
    size: Table
    gain: Table
    first: Table

    @classmethod
    def of(cls, columns: Columns, gains: Table, which: Table) -> "_Groups":
        request = columns.request[which]
        return cls(request, columns.size[which], gains[which], np.nonzero(np.diff(request, prepend=-1))[0])

    def best(self, price: float) -> Table:
        """Of each request that gains at this price of a place: its best group."""
        left = self.gain - price * self.size
        best = np.lexsort((-left, self.request))[self.first]
        best = best[left[best] > 0]
        return np.asarray(best[np.argsort(-left[best], kind="stable")])

    def at_most(self, price: float, places: int, groups: int) -> float:
        """What no filling can exceed, by whatever price."""
        left = np.maximum.reduceat(self.gain - price * self.size, self.first)
        return price * places + float(np.sort(left[left > 0])[::-1][:groups].sum())


def _filled(instance: Instance, offer: int, taken: Iterable[int], groups: _Groups) -> Filling:
    """The best groups for what is left of one session; the first pays for its being held."""
    one, sizes = instance.offers[offer], list(taken)
    places, most = one.max_pupils - sum(sizes), one.max_groups - len(sizes)
    if places <= 0 or most <= 0:
        return Filling(0.0, 0)
    cost = 0 if sizes or most == 1 else instance.policy.session_points
    price = _price(groups, places, most)
    pupils, best = 0, groups.best(price)
    for size in groups.size[best][:most].tolist():
        pupils += size if pupils + size <= places else 0
    return Filling(groups.at_most(price, places, most) - cost, pupils)


def _price(groups: _Groups, places: int, most: int) -> float:
    """The price of a place at which a session is just full; none where there is room for all who gain."""
    if most == 1 or groups.size[groups.best(0.0)][:most].sum() <= places:
        return 0.0
    low, high = 0.0, max(0.0, float((groups.gain / groups.size).max()))
    for _ in range(TURNS):
        third = (high - low) / 3
        if groups.at_most(low + third, places, most) <= groups.at_most(high - third, places, most):
            high -= third
        else:
            low += third
    return (low + high) / 2
