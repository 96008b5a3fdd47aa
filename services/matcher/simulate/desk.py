"""What a policy sees of the year: what has arrived, what is held, what was answered; nothing of what is to come."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from services.matcher.instance import Employer, Instance, Offer, Request, School
from services.matcher.simulate.decisions import Decision, Proposal
from services.matcher.simulate.ledger import Ledger
from services.matcher.simulate.pairs import Pair, Slot, pair_of
from services.matcher.simulate.years import FormerYear


class Refused(Exception):
    """The proposal breaks a rule of the game. `code`: which."""

    def __init__(self, code: str, proposal: Proposal, at: int) -> None:
        super().__init__(f"{code}: {proposal} at minute {at}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known before the year starts. `rules`: policy and schools, without offers and requests."""

    year: str
    start: date
    rules: Instance
    history: tuple[FormerYear, ...]
    decline_share: float


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened. `kind`: offer, request, withdrawal, accept or decline."""

    kind: str
    offer: str | None = None
    request: str | None = None


class Desk:
    """Everything that has happened so far; proposals are made here."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.now = 0
        self.offers: dict[str, Offer] = {}
        self.requests: dict[str, Request] = {}
        self.employers: dict[str, Employer] = {}
        self.schools: Mapping[str, School] = {s.id: s for s in opening.rules.schools}
        self.arrived: dict[str, int] = {}
        self.withdrawn: set[str] = set()
        self.accepted: set[tuple[str, str]] = set()
        self.open: dict[tuple[str, str], Decision] = {}
        self.declined: set[tuple[str, str]] = set()
        self.decisions: list[Decision] = []
        self.ledger = Ledger(opening.rules.policy, self.schools, self.employers)
        self.pairs: dict[tuple[str, str], Pair] = {}
        self.of_offer: dict[str, list[Pair]] = defaultdict(list)
        self.of_request: dict[str, list[Pair]] = defaultdict(list)
        self._ranks: dict[str, int] = {}

    def see_offer(self, offer: Offer, employer: Employer, rank: int) -> News:
        """An offer arrives. `rank`: the place of its first session in the file."""
        self.offers[offer.id] = offer
        self.employers[employer.id] = employer
        self.arrived[offer.id], self._ranks[offer.id] = self.now, rank
        self._join([offer], self.requests.values())
        return News("offer", offer.id)

    def see_request(self, request: Request, rank: int) -> News:
        """A request arrives."""
        self.requests[request.id] = request
        self.arrived[request.id], self._ranks[request.id] = self.now, rank
        self._join(self.offers.values(), [request])
        return News("request", None, request.id)

    def _join(self, offers: Iterable[Offer], requests: Iterable[Request]) -> None:
        for offer in offers:
            for request in requests:
                ranks = self._ranks[offer.id], self._ranks[request.id]
                pair = pair_of(offer, request, self.schools[request.school], self.opening.rules, ranks)
                if pair is not None:
                    self.pairs[offer.id, request.id] = pair
                    self.of_offer[offer.id].append(pair)
                    self.of_request[request.id].append(pair)

    def see_withdrawal(self, offer: str) -> News:
        """An employer takes an unused offer back."""
        self.withdrawn.add(offer)
        return News("withdrawal", offer)

    def see_reply(self, session: str, request: str, *, accepts: bool) -> News:
        """The answer to an open proposal."""
        offer = self.open.pop((session, request)).proposal.offer
        if accepts:
            self.accepted.add((session, request))
            return News("accept", offer, request)
        self.ledger.remove(session, request)
        self.declined.add((offer, request))
        return News("decline", offer, request)

    def is_used(self, offer: str) -> bool:
        """Whether some proposal of the offer is open or accepted."""
        return self.ledger.offer_sessions[offer] > 0

    def is_there(self, pair: Pair) -> bool:
        """Whether the pair may still be proposed, sessions and room apart."""
        return pair.offer.id not in self.withdrawn and (pair.offer.id, pair.request.id) not in self.declined

    def slots(self, pair: Pair) -> list[Slot]:
        """The sessions of the pair that have not closed, in the order of the file."""
        return [slot for slot in pair.slots if self.now <= slot.closes] if self.is_there(pair) else []

    def refusal(self, proposal: Proposal) -> str | None:
        """The first rule that this proposal would break now."""
        if proposal.offer not in self.offers or proposal.request not in self.requests:
            return "Y1-arrival"
        if proposal.offer in self.withdrawn:
            return "Y2-withdrawn"
        pair = self.pairs.get((proposal.offer, proposal.request))
        if pair is None:
            return "Y6-unanswered"
        slot = next((slot for slot in pair.slots if slot.session.id == proposal.session), None)
        if slot is None:
            return "H1-window"
        return self._barred(pair, slot) or self.ledger.broken(pair, slot, proposal.pupils)

    def _barred(self, pair: Pair, slot: Slot) -> str | None:
        if self.now > slot.closes:
            return "Y3-closed"
        if (pair.offer.id, pair.request.id) in self.declined:
            return "Y4-declined"
        return "Y5-twice" if (slot.session.id, pair.request.id) in self.ledger.held else None

    def propose(self, proposal: Proposal) -> None:
        """Make this proposal now. Raises Refused."""
        code = self.refusal(proposal)
        if code is not None:
            raise Refused(code, proposal, self.now)
        pair = self.pairs[proposal.offer, proposal.request]
        slot = next(slot for slot in pair.slots if slot.session.id == proposal.session)
        self.ledger.add(pair, slot, proposal.pupils)
        decision = Decision(self.now, proposal)
        self.open[proposal.session, proposal.request] = decision
        self.decisions.append(decision)
