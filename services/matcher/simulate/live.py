"""The simulator's door to what live rounds do: the same thinking, the same holding back, the hub's window.

Every midnight with news is a round; what it plans is told after the window, unless it is held back.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from services.matcher.instance import Existing, Instance, Match
from services.matcher.look_ahead.holding import USUAL, Ahead, Held, Holding
from services.matcher.look_ahead.policy import patience_of, present_of
from services.matcher.look_ahead.terms import Terms
from services.matcher.simulate.decisions import Proposal
from services.matcher.simulate.desk import Desk, News
from services.matcher.simulate.years import DAY
from services.matcher.thinking import Limits, Task, settle

Visit = tuple[str, str]


@dataclass(frozen=True, slots=True)
class HubRules:
    """What a hub sets: the window, for how long anything is held back (None: never), and what is urgent."""

    window_days: int = 1
    holding: Holding | None = None


@dataclass(frozen=True, slots=True)
class Pencilled:
    """A planned match that nobody was told of."""

    match: Match
    planned: int
    release: int
    held: bool


class LiveRounds:
    """Rounds as the running matcher makes them."""

    name = "live rounds"

    def __init__(self, rules: HubRules, limits: Limits, terms: Terms | None = None) -> None:
        self.rules = rules
        self.limits = limits
        self.terms = terms or Terms()
        self.planned: dict[Visit, Pencilled] = {}
        self.has_news = False
        self.plans: tuple[tuple[Match, ...], ...] = ()

    def act(self, desk: Desk, news: Sequence[News]) -> int | None:
        """Gather the news; at midnight plan, and tell what is due."""
        self.has_news = self.has_news or any(one.kind != "accept" for one in news)
        if desk.now % DAY == 0 and desk.now > 0:
            if self.has_news or any(p.held and p.release <= desk.now for p in self.planned.values()):
                self.has_news = False
                self._round(desk)
            self._release(desk)
        midnight = (desk.now // DAY + 1) * DAY
        if self.has_news:
            return midnight
        releases = [p.release for p in self.planned.values()]
        return max(midnight, min(releases)) if releases else None

    def _round(self, desk: Desk) -> None:
        problem = self._problem(desk)
        found = settle(problem, self.limits, Task(ahead=self._ahead(desk)))
        self.plans = found.foreseen.plans if found.foreseen else ()
        fixed = {(e.session, e.request) for e in problem.existing if e.status == "accepted"}
        wanted = {(m.session, m.request): m for m in found.plan.matches if (m.session, m.request) not in fixed}
        days = {s.id: s.date for o in problem.offers for s in o.sessions}
        self.planned = {
            visit: self._pencilled(desk, match, (days[visit[0]] - problem.today).days, found.held)
            for visit, match in wanted.items()
        }

    def _pencilled(self, desk: Desk, match: Match, days: int, held: Mapping[Visit, Held]) -> Pencilled:
        visit = match.session, match.request
        before = self.planned.get(visit)
        planned = before.planned if before else desk.now
        urgent_days = (self.rules.holding or USUAL).urgent_days
        release = desk.now if days <= urgent_days else max(desk.now, planned + self.rules.window_days * DAY)
        if visit in held:
            return Pencilled(match, planned, max(release, _midnight(held[visit].until)), held=True)
        return Pencilled(match, planned, release, held=False)

    def _problem(self, desk: Desk) -> Instance:
        instance = present_of(desk).instance
        kept = [p.match for _, p in sorted(self.planned.items()) if not p.held and p.match.offer not in desk.withdrawn]
        tentative = [Existing(m.offer, m.session, m.request, m.pupils, "proposed") for m in kept]
        today = desk.opening.start + timedelta(days=desk.now // DAY)
        return replace(instance, today=today, existing=(*instance.existing, *tentative))

    def _ahead(self, desk: Desk) -> Ahead | None:
        if self.rules.holding is None:
            return None
        years = desk.opening.history
        return Ahead(
            start=desk.opening.start,
            now=desk.now,
            years=years,
            waits=tuple(patience_of(years).waits),
            decline_share=desk.opening.decline_share,
            arrived=desk.arrived,
            content=frozenset(request for _, request in desk.accepted),
            schools=tuple(desk.opening.rules.schools),
            holding=dict.fromkeys(desk.requests, self.rules.holding),
            seconds=math.inf,
            plans=self.plans,
            terms=self.terms,
        )

    def _release(self, desk: Desk) -> None:
        for visit, pencilled in sorted(self.planned.items()):
            if pencilled.release <= desk.now:
                told = pencilled.match
                del self.planned[visit]
                proposal = Proposal(told.offer, told.session, told.request, told.pupils)
                if desk.refusal(proposal) is None:
                    desk.propose(proposal)


def _midnight(minute: int) -> int:
    return -(-minute // DAY) * DAY
