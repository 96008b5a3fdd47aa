"""Why a request got what it got, in figures: what kept offers out, what came nearest, how each match compares. Pure.

Runs beside the solver in its process, on the same instance; sentences are made of it elsewhere.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.matcher import rules
from services.matcher.instance import Instance, Match, Offer, Request, School
from services.matcher.points import preference
from services.matcher.reading import STAND_IN

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
        self._broken = {
            (offer.id, request.id): rules.broken_by_pair(offer, request, self._schools[request.school])
            for request in self._requests
            for offer in instance.offers
        }

    def looks(self) -> dict[str, Look]:
        """Per request that still lacks something what kept the other offers out."""
        return {request.id: self._look(request) for request in self._requests if self._left.lacks(request)}

    def comparisons(self) -> dict[tuple[str, str], Comparison]:
        """Per match, by session and request, how it compares."""
        offers = {offer.id: offer for offer in self._instance.offers}
        requests = {request.id: request for request in self._requests}
        return {
            (match.session, match.request): self._compare(offers[match.offer], requests[match.request])
            for match in self._matches
            if match.request in requests
        }

    def _look(self, request: Request) -> Look:
        excluded: Counter[str] = Counter()
        misses: list[tuple[int, str, str]] = []
        for offer in self._instance.offers:
            if (offer.id, request.id) in self._left.pairs:
                continue
            codes = self._codes(offer, request)
            excluded[codes[0]] += 1
            if len(codes) == 1 and codes[0] in _MOST_PROMISING:
                misses.append((_MOST_PROMISING.index(codes[0]), offer.id, codes[0]))
        nearest = min(misses, default=None)
        return Look(dict(sorted(excluded.items())), nearest and (nearest[1], nearest[2]))

    def _codes(self, offer: Offer, request: Request) -> list[str]:
        school = self._schools[request.school]
        codes = [*self._broken[offer.id, request.id], *self._session_codes(offer, request, school)]
        smallest, largest = rules.group_sizes(offer, request)
        if smallest > largest:
            codes.append("H2-min" if request.split or offer.individual else "H2-split")
        if (offer.id, request.id) in self._declined:
            codes.append("H1-declined")
        return codes or ["taken" if self._left.is_used_up(offer, smallest) else "points"]

    def _session_codes(self, offer: Offer, request: Request, school: School) -> list[str]:
        broken = [rules.broken_by_session(offer, s, request, self._instance, school) for s in offer.sessions]
        return min(broken, key=lambda codes: (len(codes), codes), default=[])

    def _compare(self, offer: Offer, request: Request) -> Comparison:
        school = self._schools[request.school]
        km = rules.travel_km(offer, school)
        others = [r for r in self._requests if r.id != request.id and not self._broken[offer.id, r.id]]
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
