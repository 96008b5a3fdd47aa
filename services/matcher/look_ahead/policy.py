"""Propose what most scenarios would propose now; wait where they disagree and waiting is safe."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.matcher.instance import Existing, Match
from services.matcher.look_ahead.consensus import Key, Votes, courses_of, votes_of
from services.matcher.look_ahead.patience import Patience
from services.matcher.look_ahead.scenarios import Present, Scenario, scenarios_of
from services.matcher.simulate.decisions import Proposal
from services.matcher.simulate.desk import Desk, News
from services.matcher.simulate.years import DAY

TINY = 1e-9


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


class LookAhead:
    """Decides at midnight, when something has happened or a last call has come near.

    Not on every midnight: scenarios asked again and again without news would agree on anything by chance in the end.
    """

    name = "look-ahead"

    def __init__(self, terms: Terms | None = None) -> None:
        self.terms = terms or Terms()
        self.scenarios: list[Scenario] = []
        self.patience = Patience([])
        self.has_news = False
        self.due: int | None = None
        self.is_begun = False

    def act(self, desk: Desk, news: Sequence[News]) -> int | None:
        """Gather the news; at midnight decide."""
        if not self.is_begun:
            self._begin(desk)
        self.has_news = self.has_news or any(one.kind != "accept" for one in news)
        is_due = self.due is not None and desk.now >= self.due
        if desk.now % DAY == 0 and desk.now > 0 and (self.has_news or is_due):
            self.has_news = False
            self._decide(desk)
        midnight = (desk.now // DAY + 1) * DAY
        return midnight if self.has_news else self.due

    def _begin(self, desk: Desk) -> None:
        self.is_begun = True
        self.scenarios = scenarios_of(desk.opening.history, self.terms.scenarios)
        history = desk.opening.history
        waits = [y.times.withdraws[o] - y.times.arrives[o] for y in history for o in y.times.arrives]
        self.patience = Patience(waits)

    def _decide(self, desk: Desk) -> None:
        """Plan every scenario, propose what they agree on, and ask again how they would go on from there."""
        terms = self.terms
        steps = terms.steps if self.scenarios[0].plan else terms.first_steps
        courses = courses_of(present_of(desk), self.scenarios, self.patience, steps)
        for _ in range(terms.turns):
            for scenario, course in zip(self.scenarios, courses, strict=True):
                scenario.plan = course.matches()
            votes = votes_of([one.plan for one in self.scenarios], desk.offers, desk.requests)
            self.due = self._next_call(desk, votes)
            made = self._propose(desk, votes)
            if not made:
                return
            for course in courses:
                course.settle(made, terms.turn_steps)

    def _propose(self, desk: Desk, votes: Votes) -> list[Match]:
        """Propose what enough scenarios agree on, at most one new match per offer and request; what was proposed."""
        made: list[Match] = []
        taken: set[str] = set()
        for key in votes.order():
            if taken.isdisjoint(key) and self._is_agreed(desk, votes, key):
                match = self._make(desk, votes.commonest(key))
                if match is not None:
                    made.append(match)
                    taken.update(key)
        return made

    def _is_agreed(self, desk: Desk, votes: Votes, key: Key) -> bool:
        offer = key[0]
        share = votes.share_of_offer[offer] if desk.offers[offer].max_groups == 1 else votes.share(key)
        return share + TINY >= self._needed(desk, key)

    def _needed(self, desk: Desk, key: Key) -> float:
        """Waiting is safe while nobody can withdraw the offer and its sessions are far."""
        offer = key[0]
        is_young = desk.now + DAY - desk.arrived[offer] < self.patience.least
        is_safe = (desk.is_used(offer) or is_young) and desk.now < self._call(desk, key)
        return self.terms.safe if is_safe else self.terms.risky

    def _call(self, desk: Desk, key: Key) -> int:
        """The midnight from which the pair's last session is near."""
        closes = max(slot.closes for slot in desk.pairs[key].slots)
        return (closes // DAY - self.terms.near_days) * DAY

    def _next_call(self, desk: Desk, votes: Votes) -> int | None:
        """When it will be time to decide even without news."""
        calls = (self._call(desk, key) for key in votes.matches)
        return min((call for call in calls if call > desk.now), default=None)

    @staticmethod
    def _make(desk: Desk, wished: Sequence[Match]) -> Match | None:
        """Propose the first of these that the rules allow."""
        for match in wished:
            proposal = Proposal(match.offer, match.session, match.request, match.pupils)
            if desk.refusal(proposal) is None:
                desk.propose(proposal)
                return match
        return None


def present_of(desk: Desk) -> Present:
    """The desk as the scenarios see it."""
    here = [o for o in desk.offers.values() if o.id not in desk.withdrawn]
    known = {o.id: o.sessions[0].id for o in here}
    held = [
        Existing(pair.offer.id, slot.session.id, pair.request.id, pupils, "accepted")
        for pair, slot, pupils in desk.ledger.held.values()
    ]
    dead = [Existing(o, known[o], r, 1, "declined") for o, r in sorted(desk.declined) if o in known]
    employers = {o.employer: desk.employers[o.employer] for o in here}
    instance = replace(
        desk.opening.rules,
        employers=tuple(employers.values()),
        offers=tuple(here),
        requests=tuple(desk.requests.values()),
        existing=(*held, *dead),
    )
    waiting = {o.id: desk.arrived[o.id] for o in here if not desk.is_used(o.id)}
    return Present(desk.now, instance, waiting, desk.opening.decline_share)
