"""Why a request got what it got, in figures: what kept offers out, what came nearest, how each match compares. Pure.

Runs beside the solver in its process, on the same instance; sentences are made of it elsewhere.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from services.matcher import rules
from services.matcher.explain.standing import Chance, Standing
from services.matcher.instance import Instance, Match, Offer, Request, Session
from services.matcher.points import preference
from services.matcher.problem import STAND_IN
from services.matcher.screening import CODES, Days, Grid, Ranks, screen

_MOST_PROMISING = ("H1-unavailable", "H1-window", "H1-notice", "H1-distance", "H2-min", "H2-split", "H1-send")
"""Of near misses those that somebody could put right are weighed first."""
_WEIGHED_MAX = 8
"""So many near misses, and so many others who could have a place, are weighed against one another."""


@dataclass(frozen=True)
class Would:
    """What a near miss would bring if its one rule gave way and the rest of the plan stayed: of what is lacking."""

    day: date
    pupils: int
    covers: Mapping[str, int]
    points: int


@dataclass(frozen=True)
class Look:
    """One request after the round: offers kept out by rule, and of those that one rule kept out the one worth most."""

    excluded: Mapping[str, int]
    nearest: tuple[str, str] | None = None
    would: Would | None = None


_Miss = tuple[int, str, str, Session]
"""Rank of its rule, offer, rule, and the session that breaks the fewest."""


@dataclass(frozen=True)
class Comparison:
    """One match among the requests that could have had it: how many, how many lack more or are nearer, and the fit."""

    candidates: int
    further_behind: int
    nearer: int
    km: int
    preference: int
    lacking: Mapping[str, int]
    covers: int = 0
    """Credits of what is lacking that the match covers."""
    next_best: int | None = None
    """The same for whom the place would serve best otherwise, as the rest stays; None if for nobody."""


class View:
    """An instance with its plan, looked at pair by pair."""

    def __init__(self, instance: Instance, matches: Iterable[Match]) -> None:
        self._instance = instance
        self._matches = tuple(matches)
        self._schools = {school.id: school for school in instance.schools}
        self._requests = [r for r in instance.requests if not r.id.startswith(STAND_IN)]
        self._declined = {(e.offer, e.request) for e in instance.existing if e.status == "declined"}
        self._standing = Standing(instance, self._matches)
        self._pairs = {(match.offer, match.request) for match in self._matches}
        self._agreed = _agreed(instance)
        self._km: dict[tuple[str, str], int] = {}

    def looks(self) -> dict[str, Look]:
        """Per request that still lacks something what kept the other offers out."""
        grid, days = screen(self._instance, self._requests), Days(self._instance)
        return {
            request.id: self._look(grid[:, :, column], request, days)
            for column, request in enumerate(self._requests)
            if self._standing.lacking(request)
        }

    def comparisons(self) -> dict[tuple[str, str], Comparison]:
        """Per match that does not stand already, by session and request, how it compares."""
        standing = {(e.session, e.request) for e in self._instance.existing if e.status != "declined"}
        new = [match for match in self._matches if (match.session, match.request) not in standing]
        wanted = {match.offer for match in new}
        offers = [offer for offer in self._instance.offers if offer.id in wanted]
        broken: Grid = np.any(screen(replace(self._instance, offers=tuple(offers)), self._requests), axis=0)
        could = {
            offer.id: (offer, [self._requests[column] for column in np.flatnonzero(~row)])
            for offer, row in zip(offers, broken, strict=True)
        }
        return {(match.session, match.request): self._compare(*could[match.offer], match) for match in new}

    def _look(self, broken: Grid, request: Request, days: Days) -> Look:
        """`broken`: by code and offer, what the request breaks."""
        first, count = broken.argmax(axis=0), broken.sum(axis=0)
        counts = np.bincount(first[count > 0], minlength=len(CODES))
        excluded = Counter({code: int(n) for code, n in zip(CODES, counts, strict=True) if n})
        ranks = days.ranks(request, self._schools[request.school])
        misses: list[_Miss] = []
        for row in np.flatnonzero(count == 0).tolist():
            offer = self._instance.offers[row]
            if (offer.id, request.id) not in self._pairs:
                dated, session = self._dated_codes(days, row, ranks, request)
                codes = dated or [self._why_not(offer, request)]
                excluded[codes[0]] += 1
                if len(codes) == 1 and codes[0] in _MOST_PROMISING and session:
                    misses.append((_MOST_PROMISING.index(codes[0]), offer.id, codes[0], session))
        return self._with_nearest(
            Look(dict(sorted(excluded.items()))),
            request,
            misses or self._far(days, request, ranks, np.where(count == 1, first, -1)),
        )

    def _with_nearest(self, look: Look, request: Request, misses: list[_Miss]) -> Look:
        """The look with the near miss that would bring most."""
        weighed = [
            (-would.points, rank, offer, code, would)
            for rank, offer, code, session in sorted(misses, key=lambda miss: miss[:2])[:_WEIGHED_MAX]
            if (would := self._would(self._standing.offers[offer], session, request))
        ]
        if not weighed:
            return look
        _, _, offer, code, would = min(weighed, key=lambda one: one[:3])
        return Look(look.excluded, (offer, code), would)

    def _would(self, offer: Offer, session: Session, request: Request) -> Would | None:
        room = self._standing.tightest(offer, session, request)[1]
        pupils = min(room, request.pupils, offer.max_pupils, request.max_places)
        if pupils <= 0:
            return None
        chance = self._standing.worth(offer, session, request, pupils)
        return Would(session.date, pupils, self._covers(offer, request, pupils), chance.points)

    def _covers(self, offer: Offer, request: Request, pupils: int) -> dict[str, int]:
        lacking = self._standing.lacking(request)
        return {b: min(credit * pupils, lacking[b]) for b, credit in sorted(offer.counts_to.items()) if b in lacking}

    def _far(self, days: Days, request: Request, ranks: Ranks, only: Ranks) -> list[_Miss]:
        """The first offers that only their distance, or their support, keeps out; dates and sizes fit."""
        found: list[_Miss] = []
        for rank, code in enumerate(_MOST_PROMISING):
            rows: list[int] = np.flatnonzero(only == CODES.index(code)).tolist() if code in CODES else []
            for row in rows:
                offer = self._instance.offers[row]
                codes, session = self._dated_codes(days, row, ranks, request)
                if not codes and session:
                    found.append((rank, offer.id, code, session))
                if len(found) == _WEIGHED_MAX:
                    return found
        return found

    def _dated_codes(self, days: Days, row: int, ranks: Ranks, request: Request) -> tuple[list[str], Session | None]:
        offer = self._instance.offers[row]
        codes, session = days.best(row, ranks)
        smallest, largest = rules.group_sizes(offer, request)
        if smallest > largest:
            codes = [*codes, "H2-min" if request.split or offer.individual else "H2-split"]
        return ([*codes, "H1-declined"] if (offer.id, request.id) in self._declined else codes), session

    def _why_not(self, offer: Offer, request: Request) -> str:
        smallest, _ = rules.group_sizes(offer, request)
        return "taken" if self._is_used_up(offer, smallest) else "points"

    def _is_used_up(self, offer: Offer, group: int) -> bool:
        """Whether no session has room for one more group of this size."""
        standing, used = self._standing, self._standing.used.get(offer.id, ())
        free = len(used) < offer.max_sessions
        return not any(
            (free or session.id in used)
            and len(standing.at_session.get(session.id, ())) < offer.max_groups
            and standing.pupils[session.id] + group <= offer.max_pupils
            for session in offer.sessions
        )

    def _compare(self, offer: Offer, could: list[Request], match: Match) -> Comparison:
        request = self._standing.requests[match.request]
        km = self._travel_km(offer, request)
        others = [r for r in could if r.id != request.id]
        behind = _behind(offer, request)
        covers, next_best = self._next_best(offer, match, [other for other in others if other.need])
        return Comparison(
            candidates=1 + len(others),
            further_behind=sum(_behind(offer, other) > behind for other in others),
            nearer=sum(self._travel_km(offer, other) < km for other in others),
            km=km,
            preference=preference(offer, request),
            lacking={b: self._agreed_lacking(request, b) for b in sorted(offer.counts_to) if b in request.need},
            covers=covers,
            next_best=next_best,
        )

    def _travel_km(self, offer: Offer, request: Request) -> int:
        if (offer.id, request.school) not in self._km:
            self._km[offer.id, request.school] = rules.travel_km(offer, self._schools[request.school])
        return self._km[offer.id, request.school]

    def _agreed_lacking(self, request: Request, benchmark: str) -> int:
        return max(0, request.need.get(benchmark, 0) - self._agreed[request.id, benchmark])

    def _next_best(self, offer: Offer, match: Match, others: list[Request]) -> tuple[int, int | None]:
        """What the match covers of what is lacking, and what its place would cover otherwise."""
        standing = self._standing
        standing.give_back(match)
        covers = sum(self._covers(offer, standing.requests[match.request], match.pupils).values())
        chances = [self._chance(offer, other, match.session) for other in self._furthest_behind(offer, others)]
        best = max((c for c in chances if c and c.points > 0), key=lambda c: (c.points, c.request), default=None)
        otherwise = self._covers(offer, standing.requests[best.request], best.pupils) if best else None
        standing.take(match)
        return covers, None if otherwise is None else sum(otherwise.values())

    def _furthest_behind(self, offer: Offer, others: list[Request]) -> list[Request]:
        gained = self._standing.gained
        lacking = [o for o in others if any(o.need.get(b, 0) > gained[o.id, b] for b in offer.counts_to)]
        return sorted(lacking, key=lambda other: (-_behind(offer, other), other.id))[:_WEIGHED_MAX]

    def _chance(self, offer: Offer, request: Request, session_id: str) -> Chance | None:
        session, school = self._standing.sessions[session_id], self._schools[request.school]
        if (offer.id, request.id) in self._declined:
            return None
        if rules.broken_by_session(offer, session, request, self._instance, school):
            return None
        return self._standing.chance(offer, request, [session])


def _behind(offer: Offer, request: Request) -> int:
    """Thousandths of a credit that each pupil lacks in what the offer counts to."""
    return sum(1000 * request.need.get(b, 0) // max(1, request.pupils) for b in offer.counts_to)


def _agreed(instance: Instance) -> Counter[tuple[str, str]]:
    """Credits by request and benchmark that accepted matches bring."""
    counts = {offer.id: offer.counts_to for offer in instance.offers}
    agreed: Counter[tuple[str, str]] = Counter()
    for existing in instance.existing:
        for benchmark, credit in counts[existing.offer].items():
            agreed[existing.request, benchmark] += credit * existing.pupils * (existing.status == "accepted")
    return agreed
