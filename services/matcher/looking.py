"""Why a request got what it got, in figures: what kept offers out, what came nearest, how each match compares. Pure.

Runs beside the solver in its process, on the same instance; sentences are made of it elsewhere.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from services.matcher import rules
from services.matcher.instance import Instance, Match, Offer, Request
from services.matcher.points import preference
from services.matcher.reading import STAND_IN
from services.matcher.screening import CODES, Ranks, screen

_MOST_PROMISING = ("H1-unavailable", "H1-window", "H1-notice", "H1-distance", "H2-min", "H2-split", "H1-send")
"""Of near misses those that somebody could put right are told first."""


@dataclass(frozen=True)
class Look:
    """One request after the round: offers kept out by rule, and the offer that only one rule kept out."""

    excluded: Mapping[str, int]
    nearest: tuple[str, str] | None = None


@dataclass(frozen=True)
class Comparison:
    """One match among the requests that could have had it: how many, how many lack more or are nearer, and the fit."""

    candidates: int
    further_behind: int
    nearer: int
    km: int
    preference: int
    lacking: Mapping[str, int]


class View:
    """An instance with its plan, looked at pair by pair."""

    def __init__(self, instance: Instance, matches: Iterable[Match]) -> None:
        self._instance = instance
        self._matches = tuple(matches)
        self._schools = {school.id: school for school in instance.schools}
        self._requests = [r for r in instance.requests if not r.id.startswith(STAND_IN)]
        self._declined = {(e.offer, e.request) for e in instance.existing if e.status == "declined"}
        self._left = _Left(instance, self._matches)
        self._broken = screen(instance, self._requests)
        self._rules_broken = self._broken.sum(axis=0)

    def looks(self) -> dict[str, Look]:
        """Per request that still lacks something what kept the other offers out."""
        return {
            request.id: self._look(column, request)
            for column, request in enumerate(self._requests)
            if self._left.lacks(request)
        }

    def comparisons(self) -> dict[tuple[str, str], Comparison]:
        """Per match that does not stand already, by session and request, how it compares."""
        offers = {offer.id: (row, offer) for row, offer in enumerate(self._instance.offers)}
        requests = {request.id: request for request in self._requests}
        standing = {(e.session, e.request) for e in self._instance.existing if e.status != "declined"}
        return {
            (match.session, match.request): self._compare(*offers[match.offer], requests[match.request])
            for match in self._matches
            if (match.session, match.request) not in standing
        }

    def _look(self, column: int, request: Request) -> Look:
        broken = self._broken[:, :, column]
        first, count = broken.argmax(axis=0), self._rules_broken[:, column]
        counts = np.bincount(first[count > 0], minlength=len(CODES))
        excluded = Counter({code: int(n) for code, n in zip(CODES, counts, strict=True) if n})
        misses: list[tuple[int, str, str]] = []
        for row in np.flatnonzero(count == 0):
            offer = self._instance.offers[row]
            if (offer.id, request.id) not in self._left.pairs:
                codes = self._dated_codes(offer, request) or [self._why_not(offer, request)]
                excluded[codes[0]] += 1
                if len(codes) == 1 and codes[0] in _MOST_PROMISING:
                    misses.append((_MOST_PROMISING.index(codes[0]), offer.id, codes[0]))
        best = min(misses, default=None) or self._far_miss(request, first, count)
        return Look(dict(sorted(excluded.items())), best and (best[1], best[2]))

    def _far_miss(self, request: Request, first: Ranks, count: Ranks) -> tuple[int, str, str] | None:
        """The first offer that only its distance, or its support, keeps out; dates and sizes fit."""
        for rank, code in enumerate(_MOST_PROMISING):
            if code in CODES:
                for row in np.flatnonzero((count == 1) & (first == CODES.index(code))):
                    offer = self._instance.offers[row]
                    if not self._dated_codes(offer, request):
                        return rank, offer.id, code
        return None

    def _dated_codes(self, offer: Offer, request: Request) -> list[str]:
        school = self._schools[request.school]
        by_session = [rules.broken_by_session(offer, s, request, self._instance, school) for s in offer.sessions]
        codes = min(by_session, key=lambda codes: (len(codes), codes), default=[])
        smallest, largest = rules.group_sizes(offer, request)
        if smallest > largest:
            codes = [*codes, "H2-min" if request.split or offer.individual else "H2-split"]
        return [*codes, "H1-declined"] if (offer.id, request.id) in self._declined else codes

    def _why_not(self, offer: Offer, request: Request) -> str:
        smallest, _ = rules.group_sizes(offer, request)
        return "taken" if self._left.is_used_up(offer, smallest) else "points"

    def _compare(self, row: int, offer: Offer, request: Request) -> Comparison:
        km = rules.travel_km(offer, self._schools[request.school])
        could = [r for column, r in enumerate(self._requests) if not self._rules_broken[row, column]]
        others = [r for r in could if r.id != request.id]
        behind = _behind(offer, request)
        return Comparison(
            candidates=1 + len(others),
            further_behind=sum(_behind(offer, other) > behind for other in others),
            nearer=sum(rules.travel_km(offer, self._schools[other.school]) < km for other in others),
            km=km,
            preference=preference(offer, request),
            lacking={b: self._left.agreed_lacking(request, b) for b in sorted(offer.counts_to) if b in request.need},
        )


def _behind(offer: Offer, request: Request) -> int:
    """Thousandths of a credit that each pupil lacks in what the offer counts to."""
    return sum(1000 * request.need.get(b, 0) // max(1, request.pupils) for b in offer.counts_to)


class _Left:
    """What the plan leaves over: places, groups, sessions, and credits still lacking."""

    def __init__(self, instance: Instance, matches: Iterable[Match]) -> None:
        counts = {offer.id: offer.counts_to for offer in instance.offers}
        self.pairs: set[tuple[str, str]] = set()
        self._pupils: Counter[str] = Counter()
        self._groups: Counter[str] = Counter()
        self._used: dict[str, set[str]] = defaultdict(set)
        self._gained: Counter[tuple[str, str]] = Counter()
        for match in matches:
            self.pairs.add((match.offer, match.request))
            self._pupils[match.session] += match.pupils
            self._groups[match.session] += 1
            self._used[match.offer].add(match.session)
            for benchmark, credit in counts[match.offer].items():
                self._gained[match.request, benchmark] += credit * match.pupils
        self._agreed: Counter[tuple[str, str]] = Counter()
        for existing in instance.existing:
            for benchmark, credit in counts[existing.offer].items():
                self._agreed[existing.request, benchmark] += credit * existing.pupils * (existing.status == "accepted")

    def lacks(self, request: Request) -> bool:
        return any(need > self._gained[request.id, benchmark] for benchmark, need in request.need.items())

    def agreed_lacking(self, request: Request, benchmark: str) -> int:
        return max(0, request.need.get(benchmark, 0) - self._agreed[request.id, benchmark])

    def is_used_up(self, offer: Offer, group: int) -> bool:
        """Whether no session has room for one more group of this size."""
        free = len(self._used[offer.id]) < offer.max_sessions
        return not any(
            (free or session.id in self._used[offer.id])
            and self._groups[session.id] < offer.max_groups
            and self._pupils[session.id] + group <= offer.max_pupils
            for session in offer.sessions
        )
