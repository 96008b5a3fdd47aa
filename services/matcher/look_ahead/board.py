"""Where a live round decides: what holds, and what may be made beside it. Nobody is told anything here."""

from collections.abc import Mapping

from services.matcher.instance import Match, Offer, Request, Session
from services.matcher.look_ahead.scenarios import Present
from services.matcher.look_ahead.terms import Key
from services.matcher.simulate.ledger import Ledger
from services.matcher.simulate.pairs import Pair, Slot, pair_of, slot_of


class PresentBoard:
    """The present of one area. A pair is judged by the rules when it is first asked for."""

    def __init__(self, present: Present, arrivals: Mapping[str, int]) -> None:
        rules = present.instance
        self.now = present.now
        self.rules = rules
        self.offers = {o.id: o for o in rules.offers}
        self.requests = {r.id: r for r in rules.requests}
        self.schools = {s.id: s for s in rules.schools}
        self.arrivals = arrivals
        self.ledger = Ledger(rules.policy, self.schools, {e.id: e for e in rules.employers})
        self.declined = {(e.offer, e.request) for e in rules.existing if e.status == "declined"}
        self._pairs: dict[Key, Pair | None] = {}
        for held in rules.existing:
            if held.status == "accepted":
                offer, request = self.offers[held.offer], self.requests[held.request]
                session = next(s for s in offer.sessions if s.id == held.session)
                self.ledger.add(*self._standing(offer, request, session), held.pupils)

    def _standing(self, offer: Offer, request: Request, session: Session) -> tuple[Pair, Slot]:
        """A pair that holds, whether or not it would be allowed today."""
        slot = slot_of(session, 0, max(offer.notice_days, request.notice_days), self.rules.today)
        return Pair(offer, request, 0, 0, 0, 0, 1, request.pupils, (slot,)), slot

    def is_used(self, offer: str) -> bool:
        return self.ledger.offer_sessions[offer] > 0

    def arrived(self, offer: str) -> int:
        return self.arrivals.get(offer, self.now)

    def closes(self, key: Key) -> int:
        pair = self._pair(key)
        return max(slot.closes for slot in pair.slots) if pair else self.now

    def make(self, match: Match) -> bool:
        key = match.offer, match.request
        pair = self._pair(key)
        if pair is None or key in self.declined or (match.session, match.request) in self.ledger.held:
            return False
        slot = next((slot for slot in pair.slots if slot.session.id == match.session), None)
        if slot is None or self.now > slot.closes or self.ledger.broken(pair, slot, match.pupils):
            return False
        self.ledger.add(pair, slot, match.pupils)
        return True

    def _pair(self, key: Key) -> Pair | None:
        if key not in self._pairs:
            offer, request = self.offers[key[0]], self.requests[key[1]]
            self._pairs[key] = pair_of(offer, request, self.schools[request.school], self.rules, (0, 0))
        return self._pairs[key]
