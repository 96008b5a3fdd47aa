"""The game: things come minute by minute, a policy proposes, schools and employers answer."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from services.matcher.instance import Match
from services.matcher.simulate.decisions import Decision
from services.matcher.simulate.desk import Desk, News, Opening
from services.matcher.simulate.years import Year

OFFER, REQUEST, WITHDRAWAL, REPLY, WAKE = range(5)
"""The order within one minute."""


class Policy(Protocol):
    """Decides. `act` is called after all that happened in a minute; it may propose at the desk.

    It returns the minute at which it wants to be called even if nothing happens, or None.
    """

    name: str

    def act(self, desk: Desk, news: Sequence[News], /) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Played:
    """How a year went."""

    decisions: tuple[Decision, ...]
    accepted: tuple[Match, ...]
    withdrawn: frozenset[str]
    declines: int
    ended: int


def opening_of(year: Year) -> Opening:
    """What a policy may know before the year starts."""
    rules = replace(year.instance, offers=(), requests=(), employers=(), existing=(), meta={})
    return Opening(year.id, year.start, rules, year.history, year.decline_share)


def play(year: Year, policy: Policy) -> Played:
    """Play the year to its last reply. The policy is handed only what has arrived."""
    return _Game(year, policy).run()


class _Game:
    """Keeps what the policy must not see."""

    def __init__(self, year: Year, policy: Policy) -> None:
        self.year = year
        self.policy = policy
        self.desk = Desk(opening_of(year))
        self.events: list[tuple[int, int, int, int]] = []
        self.offers, self.requests = year.instance.offers, year.instance.requests
        self.employers = {e.id: e for e in year.instance.employers}
        self.request_rank = {r.id: i for i, r in enumerate(self.requests)}
        self.sessions = [s.id for o in self.offers for s in o.sessions]
        self.session_rank = {s: i for i, s in enumerate(self.sessions)}
        self.ended = 0
        for i, offer in enumerate(self.offers):
            self.events.append((year.times.arrives[offer.id], OFFER, i, 0))
            self.events.append((year.times.withdraws[offer.id], WITHDRAWAL, i, 0))
        self.events += [(year.times.requested[r.id], REQUEST, i, 0) for i, r in enumerate(self.requests)]
        heapq.heapify(self.events)

    def run(self) -> Played:
        woken: int | None = None
        while self.events:
            now = self.desk.now = self.events[0][0]
            news = self._minute(now)
            known = len(self.desk.decisions)
            wish = self.policy.act(self.desk, news)
            for decision in self.desk.decisions[known:]:
                self._expect(decision)
            if wish is not None and wish > now and wish != woken:
                heapq.heappush(self.events, (wish, WAKE, 0, 0))
                woken = wish
        return self._played()

    def _minute(self, now: int) -> list[News]:
        news: list[News] = []
        while self.events and self.events[0][0] == now:
            _, kind, first, second = heapq.heappop(self.events)
            told = self._happen(kind, first, second)
            if told is not None:
                news.append(told)
        return news

    def _happen(self, kind: int, first: int, second: int) -> News | None:
        if kind == OFFER:
            offer = self.offers[first]
            return self.desk.see_offer(offer, self.employers[offer.employer], self.session_rank[offer.sessions[0].id])
        if kind == REQUEST:
            return self.desk.see_request(self.requests[first], first)
        if kind == WITHDRAWAL:
            return self._withdraw(self.offers[first].id)
        if kind == REPLY:
            return self._reply(self.sessions[first], self.requests[second].id)
        return None

    def _withdraw(self, offer: str) -> News | None:
        return None if self.desk.is_used(offer) else self.desk.see_withdrawal(offer)

    def _reply(self, session: str, request: str) -> News:
        self.ended = self.desk.now
        offer = self.desk.open[session, request].proposal.offer
        return self.desk.see_reply(session, request, accepts=self.year.answers[offer, request].accepts)

    def _expect(self, decision: Decision) -> None:
        told = decision.proposal
        answer = self.year.answers[told.offer, told.request]
        place = self.session_rank[told.session], self.request_rank[told.request]
        heapq.heappush(self.events, (decision.at + answer.minutes, REPLY, *place))

    def _played(self) -> Played:
        desk = self.desk
        decisions = tuple(desk.decisions)
        told = [d.proposal for d in decisions]
        accepted = tuple(
            Match(p.offer, p.session, p.request, p.pupils) for p in told if (p.session, p.request) in desk.accepted
        )
        return Played(decisions, accepted, frozenset(desk.withdrawn), len(told) - len(accepted), self.ended)
