"""Propose what most scenarios would propose now; wait where they disagree and waiting is safe."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.matcher.instance import Match
from services.matcher.look_ahead.patience import Patience
from services.matcher.look_ahead.planning import Course
from services.matcher.look_ahead.scenarios import Scenario, outlook, scenarios_of
from services.matcher.simulate.decisions import Proposal
from services.matcher.simulate.desk import Desk, News
from services.matcher.simulate.years import DAY

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Terms:
    """How the look-ahead decides. Shares are of the scenarios."""

    scenarios: int = 6
    first_steps: int = 3000
    steps: int = 300
    turn_steps: int = 100
    turns: int = 8
    risky: float = 0.5
    safe: float = 0.75
    near_days: int = 14
    quiet_days: int = 3


class LookAhead:
    """Runs at midnight, when something has happened or something waits."""

    name = "look-ahead"

    def __init__(self, terms: Terms | None = None) -> None:
        self.terms = terms or Terms()
        self.scenarios: list[Scenario] = []
        self.patience = Patience([])
        self.has_news = False
        self.holds_back = False
        self.is_begun = False

    def act(self, desk: Desk, news: Sequence[News]) -> int | None:
        """Gather the news; at midnight decide."""
        if not self.is_begun:
            self._begin(desk)
        self.has_news = self.has_news or any(one.kind != "accept" for one in news)
        day, minute = divmod(desk.now, DAY)
        if minute == 0 and day > 0 and (self.has_news or (self.holds_back and day % self.terms.quiet_days == 0)):
            self.has_news = False
            self._decide(desk)
            self.holds_back = any(self._is_here(desk, match) for one in self.scenarios for match in one.plan)
        return (day + 1) * DAY if self.has_news or self.holds_back else None

    def _begin(self, desk: Desk) -> None:
        self.is_begun = True
        self.scenarios = scenarios_of(desk.opening, self.terms.scenarios)
        history = desk.opening.history
        waits = [y.times.withdraws[o] - y.times.arrives[o] for y in history for o in y.times.arrives]
        self.patience = Patience(waits)

    def _decide(self, desk: Desk) -> None:
        """Plan every scenario, propose what they agree on, and ask again how they would go on from there."""
        terms = self.terms
        steps = terms.steps if self.scenarios[0].plan else terms.first_steps
        share = desk.opening.decline_share
        courses = [Course(outlook(desk, scenario, self.patience), share, steps) for scenario in self.scenarios]
        for _ in range(terms.turns):
            for scenario, course in zip(self.scenarios, courses, strict=True):
                scenario.plan = course.matches()
            made = self._propose(desk)
            if not made:
                return
            for course in courses:
                course.settle(made, terms.turn_steps)

    def _propose(self, desk: Desk) -> list[Match]:
        """Propose what enough scenarios agree on, at most one new match per offer and request; what was proposed."""
        votes = self._votes(desk)
        shares: Counter[str] = Counter()
        for scenario in self.scenarios:
            shares.update({m.offer for m in scenario.plan if self._is_here(desk, m)})
        made: list[Match] = []
        taken: set[str] = set()
        order = sorted(votes, key=lambda key: (-len(votes[key]), -votes[key][0].pupils, key))
        for offer, request in order:
            if offer in taken or request in taken:
                continue
            mine = votes[offer, request]
            share = (shares[offer] if desk.offers[offer].max_groups == 1 else len(mine)) / len(self.scenarios)
            if share + 1e-9 < self._needed(desk, offer, mine):
                continue
            match = self._make(desk, mine)
            if match is not None:
                made.append(match)
                taken |= {offer, request}
        return made

    def _votes(self, desk: Desk) -> dict[Key, list[Match]]:
        votes: dict[Key, list[Match]] = defaultdict(list)
        for scenario in self.scenarios:
            for match in scenario.plan:
                if self._is_here(desk, match):
                    votes[match.offer, match.request].append(match)
        return votes

    @staticmethod
    def _is_here(desk: Desk, match: Match) -> bool:
        return match.offer in desk.offers and match.request in desk.requests

    def _needed(self, desk: Desk, offer: str, mine: Iterable[Match]) -> float:
        terms = self.terms
        key = next(iter(mine))
        pair = desk.pairs[key.offer, key.request]
        closes = max(slot.closes for slot in pair.slots)
        if closes - desk.now < terms.near_days * DAY:
            return terms.risky
        is_safe = desk.is_used(offer) or desk.now + DAY - desk.arrived[offer] < self.patience.least
        return terms.safe if is_safe else terms.risky

    @staticmethod
    def _make(desk: Desk, mine: Sequence[Match]) -> Match | None:
        """Propose the commonest session and size of these, if the rules allow it and it gains."""
        for (session, pupils), _ in Counter((m.session, m.pupils) for m in mine).most_common():
            proposal = Proposal(mine[0].offer, session, mine[0].request, pupils)
            if desk.refusal(proposal) is None:
                desk.propose(proposal)
                return Match(proposal.offer, session, proposal.request, pupils)
        return None
