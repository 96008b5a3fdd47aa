"""A bound for regions and nations: prices at which employers and needs come together, found while a plan is searched.

A linear program over the pairs of a nation is out of reach: England has fifty million. But one employer after another
can look at its own.
"""

import math
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import numpy as np

from services.matcher.solver.columns import prefixes_of, rooms_of
from services.matcher.solver.pairs import Problem
from services.matcher.solver.relaxing import WIDTH, Desk, Market, Prices, Windows, gains, learn
from services.matcher.solver.tables import CHANGED, LINK, UNLIMITED, Table
from services.matcher.solver.taken import taken_by_fixed

# Tried on England and on 600 schools: smaller first steps come too late, larger last ones end above.
FIRST_STEP, LAST_STEP = 0.15, 0.002
FIRST_SHARE = 0.6  # of its points: the first price of a credit
PARTS = 25  # of a round, after each of which all needs have waited
# At first an offer with very many links looks at a part of them, another one in each round: it costs an eighth, and the
# prices of needs that everybody can meet, online, find their height all the same.
PARTLY_UNTIL, PARTLY, LONG = 0.6, 8, 1_000
# At first and after these shares of the time the bound is taken: whoever stops the run then has one.
BOUND_AT = (0.7, 0.8, 0.9)
EMPLOYERS_AT_ONCE = 250
TIMES_TO_TAKE_IT = 1.5
POLL_SECONDS = 0.05

Stop = Callable[[], bool]
FindLinks = Callable[[Stop], tuple[Table, Table]]
"""All links, and the first one of each offer, unless it is stopped."""


class MarketBound:
    """The prices under way, in a thread beside, from the start to the end of the block.

    Until `until` (monotonic) or, without it, for so many `rounds`: then equal problems give equal bounds. `latest` is
    what no plan can add to the accepted matches, as far as it is known.
    """

    def __init__(self, problem: Problem, links: FindLinks, until: float | None, rounds: int) -> None:
        self.latest = math.inf
        self._error: Exception | None = None
        self._is_done, self._is_unwanted = threading.Event(), threading.Event()
        self._until, self._rounds = until, rounds
        self._thread = threading.Thread(target=self._run, args=(problem, links), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_unwanted.set()
        self._thread.join()

    def bound(self, stop: Stop) -> float:
        """The latest one, once all is done or `stop` says so."""
        while not self._is_done.wait(POLL_SECONDS):
            if stop():
                break
        if self._error is not None:
            raise self._error
        return self.latest

    def _run(self, problem: Problem, find_links: FindLinks) -> None:
        try:
            links, first = find_links(self._is_unwanted.is_set)
            if not self._is_unwanted.is_set():
                self._find_prices(market_of(problem, links, first))
        except MemoryError:
            return  # A plan without a bound is better than none.
        except Exception as error:  # noqa: BLE001 — whoever waits for the bound gets it.
            self._error = error
        finally:
            self._is_done.set()

    def _find_prices(self, market: Market) -> None:
        pricing, begun = Pricing(market), time.monotonic()
        due, reserve, number = 0.0, 0.0, 0
        while (share := self._share(number, begun, reserve)) < 1:
            if share >= due:
                reserve = self._take_bound(pricing)
                due = next((at for at in BOUND_AT if at > share), 1.0)
            if not pricing.learn(share, self._is_unwanted.is_set):
                return
            number += 1
        self._take_bound(pricing)

    def _share(self, number: int, begun: float, reserve: float) -> float:
        if self._until is None:
            return number / self._rounds
        return (time.monotonic() - begun) / max(1e-3, self._until - reserve - begun)

    def _take_bound(self, pricing: "Pricing") -> float:
        """Take the bound of the present prices, if it is smaller; how many seconds to leave for the last time."""
        began = time.monotonic()
        self.latest = min(self.latest, pricing.bound(self._is_unwanted.is_set))
        return TIMES_TO_TAKE_IT * (time.monotonic() - began)


class Pricing:
    """Employers that are asked again and again what they would take, and prices that follow."""

    def __init__(self, market: Market) -> None:
        benchmarks = market.credits.shape[1]
        credit = FIRST_SHARE * market.fall
        self._market = market
        self._prices = Prices(
            credits=credit,
            sums=_by_benchmark(credit, benchmarks).sum(axis=2),
            places=np.zeros(len(market.requests)),
            seats=np.zeros(len(market.offers)),
        )
        self._desk = _desk(int(np.diff(market.first_listed).max(initial=1)))
        self._random = np.random.default_rng(0)

    def learn(self, share: float, stop: Stop) -> bool:
        """One round, in which every employer is asked once; steps are the smaller the larger `share`.

        False where `stop` ended it.
        """
        windows = self._parts() if share < PARTLY_UNTIL else _whole(self._market)
        step = FIRST_STEP * (LAST_STEP / FIRST_STEP) ** share
        for employers in np.array_split(self._random.permutation(len(self._market.days)), PARTS):
            if stop():
                return False
            learn(self._market, self._prices, self._desk, windows, employers, step)
        return True

    def bound(self, stop: Stop) -> float:
        """What no plan adds to the accepted matches, by the present prices; infinite where `stop` ended it."""
        m, prices = self._market, self._prices
        total = float(np.maximum(0.0, m.fall - prices.credits).ravel() @ m.ends.ravel())
        total += float(prices.places @ m.places)
        for first in range(0, len(m.days), EMPLOYERS_AT_ONCE):
            if stop():
                return math.inf
            employers = np.arange(first, min(len(m.days), first + EMPLOYERS_AT_ONCE))
            total += gains(m, prices, self._desk, _whole(m), employers)
        return total + m.kept

    def _parts(self) -> Windows:
        """Of each offer with very many links a random stretch (of a nation a belt of latitude), of the others all."""
        count = np.diff(self._market.first)
        seen = np.where(count > LONG, np.maximum(LONG, count // PARTLY), count)
        first = self._market.first[:-1] + (self._random.random(len(count)) * (count - seen + 1)).astype(np.int64)
        return Windows(first, first + seen)


def _whole(market: Market) -> Windows:
    return Windows(market.first[:-1], market.first[1:])


def _desk(offers: int) -> Desk:
    shape = (offers, WIDTH)
    return Desk(
        gain=np.zeros(shape),
        request=np.zeros(shape, np.int32),
        size=np.zeros(shape),
        school=np.zeros(shape, np.int32),
        held=np.zeros(offers, np.int64),
        used=np.zeros(offers, np.int64),
    )


def links_of(p: Problem) -> tuple[Table, Table]:
    """The links of a problem that has all its pairs."""
    links = np.empty(len(p.pairs) - len(p.fixed), LINK)
    for name in LINK.names or ():
        links[name] = p.pairs[name][: len(links)]
    return links, p.by_offer.astype(np.int64)


def market_of(p: Problem, links: Table, first: Table) -> Market:
    """The offers and requests of a problem, what accepted matches leave of them, and all links between them."""
    taken = taken_by_fixed(p)
    rooms = rooms_of(p, taken)
    prefix_row, falls, _, ends = prefixes_of(p, taken)
    fall = np.zeros(prefix_row.shape)
    fall[prefix_row >= 0] = falls
    dearest = _by_benchmark(fall, p.credits.shape[1]).sum(axis=2).max(axis=1, initial=0.0)
    requests = p.requests.copy()
    requests["max_places"] = np.maximum(0, rooms.places)
    opened = np.zeros(len(p.offers), np.int64)
    np.add.at(opened, p.sessions["offer"][list(taken.groups)], 1)
    linked = np.diff(first)
    listed = np.argsort(p.offers["employer"], kind="stable")
    return Market(
        policy=p.policy,
        offers=p.offers,
        credits=p.credits,
        requests=requests,
        links=_bar_full_schools(p, links, first),
        first=first,
        ends=ends.astype(float),
        fall=fall,
        places=requests["max_places"].astype(float),
        scale=dearest / 2,
        typical=float(dearest.sum() / max(1, len(dearest)) / 2),
        widest=np.minimum(p.offers["max_groups"], linked),
        sessions=rooms.sessions,
        opened=np.where(rooms.single, 0, opened),
        groups=np.where(rooms.single, 0, np.minimum(rooms.groups, opened * linked)),
        pupils=rooms.pupils,
        listed=listed,
        first_listed=np.searchsorted(p.offers["employer"][listed], np.arange(len(p.caps) + 1)),
        days=np.maximum(0, rooms.days),
        taking_part=rooms.taking_part,
        kept=float(p.proposed * p.policy[CHANGED]),
    )


def _by_benchmark(prefixes: Table, benchmarks: int) -> Table:
    return prefixes.reshape(len(prefixes), benchmarks, prefixes.shape[1] // max(1, benchmarks))


def _bar_full_schools(p: Problem, links: Table, first: Table) -> Table:
    """Links to schools that have accepted all they may have of an offer cost more than any match brings."""
    schools = p.requests["school"]
    accepted = p.pairs[p.fixed_pairs]
    at = np.stack([accepted["offer"], schools[accepted["request"]]], axis=1)
    for (offer, school), count in zip(*np.unique(at, axis=0, return_counts=True), strict=True):
        if count >= p.offers["max_per_school"][offer]:
            mine = links[first[offer] : first[offer + 1]]
            mine["pupil_cost"][schools[mine["request"]] == school] = UNLIMITED
    return links
