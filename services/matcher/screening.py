"""Which rules every offer breaks for every request, all pairs at once: what `rules` says of one pair. Pure."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from services.matcher.instance import Instance, Offer, Request, School, Session
from services.matcher.rules import EARTH_KM, TOLERANCE_KM

CODES = ("H1-year", "H1-phase", "H1-activity", "H1-send", "H1-need", "H1-distance")
"""In the order in which `rules.broken_by_pair` names them."""

Grid = npt.NDArray[np.bool_]
"""Offers down, requests across."""
Ranks = npt.NDArray[np.int64]
"""A number per offer."""


def screen(instance: Instance, requests: Sequence[Request]) -> npt.NDArray[np.bool_]:
    """Whether the pair breaks the rule: by code (as in CODES), offer and request."""
    schools = {school.id: school for school in instance.schools}
    at = [schools[request.school] for request in requests]
    offers = instance.offers
    return np.stack(
        [
            ~_has([o.years for o in offers], [r.year for r in requests]),
            ~_has([o.phases for o in offers], [s.phase for s in at]),
            ~_has([r.activities for r in requests], [o.activity for o in offers]).T,
            _lacks_support(offers, requests),
            ~_is_needed(offers, requests),
            _is_too_far(offers, requests, at),
        ]
    )


def _has(sets: Sequence[Iterable[object]], values: Sequence[object]) -> Grid:
    """Whether each set (down) has each value (across)."""
    known = {value: n for n, value in enumerate(dict.fromkeys(values))}
    table = np.zeros((len(sets), max(1, len(known))), dtype=bool)
    for row, held in enumerate(sets):
        table[row, [known[value] for value in held if value in known]] = True
    return table[:, [known[value] for value in values]]


def _lacks_support(offers: Sequence[Offer], requests: Sequence[Request]) -> Grid:
    tags = sorted({tag for request in requests for tag in request.send})
    lacks = np.zeros((len(offers), len(requests)), dtype=bool)
    for tag in tags:
        without = np.array([tag not in offer.send_support for offer in offers], dtype=bool)
        asked = np.array([tag in request.send for request in requests], dtype=bool)
        lacks |= without[:, None] & asked[None, :]
    return lacks


def _is_needed(offers: Sequence[Offer], requests: Sequence[Request]) -> Grid:
    benchmarks = sorted({benchmark for request in requests for benchmark in request.need})
    needed = np.zeros((len(offers), len(requests)), dtype=bool)
    for benchmark in benchmarks:
        counts = np.array([offer.counts_to.get(benchmark, 0) > 0 for offer in offers], dtype=bool)
        lacking = np.array([request.need.get(benchmark, 0) > 0 for request in requests], dtype=bool)
        needed |= counts[:, None] & lacking[None, :]
    return needed


def _is_too_far(offers: Sequence[Offer], requests: Sequence[Request], at: Sequence[School]) -> Grid:
    far = np.inf
    radius = np.array([far if o.radius_km is None else o.radius_km for o in offers])
    travels = np.array([o.mode == "at_workplace" for o in offers], dtype=bool)
    travel = np.array([far if r.max_travel_km is None else r.max_travel_km for r in requests])
    limit = np.minimum(radius[:, None], np.where(travels[:, None], travel[None, :], far))
    return np.asarray(_distances(offers, at) > limit + TOLERANCE_KM)


def _distances(offers: Sequence[Offer], at: Sequence[School]) -> npt.NDArray[np.float64]:
    lat, lon = np.radians([o.lat for o in offers])[:, None], np.radians([o.lon for o in offers])[:, None]
    other_lat, other_lon = np.radians([s.lat for s in at])[None, :], np.radians([s.lon for s in at])[None, :]
    half = np.sin((other_lat - lat) / 2) ** 2
    half = half + np.cos(lat) * np.cos(other_lat) * np.sin((other_lon - lon) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.minimum(1.0, np.sqrt(half))), dtype=np.float64)


DATED: tuple[tuple[str, ...], ...] = (
    (),
    ("H1-notice",),
    ("H1-unavailable",),
    ("H1-window",),
    ("H1-notice", "H1-unavailable"),
    ("H1-notice", "H1-window"),
    ("H1-window", "H1-unavailable"),
    ("H1-notice", "H1-window", "H1-unavailable"),
)
"""What a session's days can break, fewest first; of as many, in the order of the codes."""
_RANK_OF = np.array([0, 1, 3, 5, 2, 4, 6, 7])
"""By one for notice, two for the window and four for days not available: the place in DATED."""


class Days:
    """Every session's days, for one request after another: what `rules.broken_by_session` says of one."""

    def __init__(self, instance: Instance) -> None:
        self.sessions: list[Session] = [session for offer in instance.offers for session in offer.sessions]
        counts = [len(offer.sessions) for offer in instance.offers]
        self._edges = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self._first = np.array([session.date.toordinal() for session in self.sessions], dtype=np.int64)
        self._last = np.array([session.end_date.toordinal() for session in self.sessions], dtype=np.int64)
        self._ahead = self._first - instance.today.toordinal()
        self._notice = np.repeat(np.array([offer.notice_days for offer in instance.offers], dtype=np.int64), counts)

    def ranks(self, request: Request, school: School) -> Ranks:
        """Per session its place in DATED."""
        late = self._ahead < np.maximum(self._notice, request.notice_days)
        first, last = (day.toordinal() for day in request.window)
        outside = (self._first < first) | (self._last > last)
        blocked = np.zeros(len(self.sessions), dtype=bool)
        for start, end in (*request.unavailable, *school.closed):
            blocked |= (self._first <= end.toordinal()) & (self._last >= start.toordinal())
        return np.asarray(_RANK_OF[late + 2 * outside + 4 * blocked], dtype=np.int64)

    def best(self, row: int, ranks: Ranks) -> tuple[list[str], Session | None]:
        """Of one offer's sessions the one that breaks the fewest, and what it breaks."""
        start, end = int(self._edges[row]), int(self._edges[row + 1])
        if start == end:
            return [], None
        at = start + int(ranks[start:end].argmin())
        return list(DATED[ranks[at]]), self.sessions[at]
