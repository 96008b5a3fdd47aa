"""Propose what most scenarios would propose now; wait where they disagree and waiting is safe."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.matcher.instance import Existing, Match
from services.matcher.look_ahead.deciding import Asking, decide
from services.matcher.look_ahead.patience import Patience
from services.matcher.look_ahead.scenarios import Present, Scenario, scenarios_of
from services.matcher.look_ahead.terms import Key, Terms
from services.matcher.simulate.decisions import Proposal
from services.matcher.simulate.desk import Desk, News
from services.matcher.simulate.years import DAY, FormerYear


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
            asking = Asking(self.scenarios, self.patience, self.terms)
            self.due = decide(DeskBoard(desk), present_of(desk), asking).due
        midnight = (desk.now // DAY + 1) * DAY
        return midnight if self.has_news else self.due

    def _begin(self, desk: Desk) -> None:
        self.is_begun = True
        self.scenarios = scenarios_of(desk.opening.history, self.terms.scenarios)
        self.patience = patience_of(desk.opening.history)


def patience_of(history: Sequence[FormerYear]) -> Patience:
    """How long employers of these years waited."""
    return Patience(y.times.withdraws[o] - y.times.arrives[o] for y in history for o in y.times.arrives)


@dataclass(frozen=True, slots=True)
class DeskBoard:
    """The game's desk as the look-ahead decides on it: what is made is proposed at once."""

    desk: Desk

    def is_used(self, offer: str) -> bool:
        return self.desk.is_used(offer)

    def arrived(self, offer: str) -> int:
        return self.desk.arrived[offer]

    def closes(self, key: Key) -> int:
        return max(slot.closes for slot in self.desk.pairs[key].slots)

    def make(self, match: Match) -> bool:
        proposal = Proposal(match.offer, match.session, match.request, match.pupils)
        if self.desk.refusal(proposal) is not None:
            return False
        self.desk.propose(proposal)
        return True


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
