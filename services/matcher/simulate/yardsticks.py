"""The two yardsticks that are reproducible to the point: what a portal gives, and largest gain first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256

from services.matcher.instance import Request
from services.matcher.simulate.decisions import Proposal
from services.matcher.simulate.desk import Desk, News
from services.matcher.simulate.pairs import Pair, Slot
from services.matcher.simulate.years import Year

ONLOOKERS = 8
HABIT = 40


def draw(a: str, b: str) -> int:
    """A number that depends on two ids only."""
    return int.from_bytes(sha256(f"{a}|{b}".encode()).digest()[:4], "big")


class BrowseAndBook:
    """Schools look in and book what suits them."""

    name = "browse-and-book"

    def __init__(self, year: Year) -> None:
        """A yardstick may know who will look on: those whom the employer's notice reaches, arrived or not."""
        reached: dict[str, list[str]] = defaultdict(list)
        for offer, request in year.answers:
            reached[offer].append(request)
        self.onlookers = {
            offer: sorted(requests, key=lambda request: draw(offer, request))[:ONLOOKERS]
            for offer, requests in reached.items()
        }

    def act(self, desk: Desk, news: Sequence[News]) -> None:
        """Those who came, were declined or look on look, in the order of the clock."""
        for one in news:
            if one.kind in ("request", "decline") and one.request is not None:
                self._look(desk, desk.requests[one.request])
            elif one.kind == "offer" and one.offer is not None:
                for onlooker in self.onlookers.get(one.offer, ()):
                    if onlooker in desk.requests:
                        self._look(desk, desk.requests[onlooker])

    def _look(self, desk: Desk, request: Request) -> None:
        for pair, slot in _by_liking(desk, request):
            lacking = [b for b in request.need if not desk.ledger.is_met(request, b)]
            if not lacking:
                return
            if any(pair.offer.counts_to.get(b, 0) > 0 for b in lacking):
                _book(desk, pair, slot)


def _by_liking(desk: Desk, request: Request) -> list[tuple[Pair, Slot]]:
    def liking(one: tuple[Pair, Slot]) -> tuple[int, int]:
        pair, slot = one
        return pair.pupil_cost + 2 * pair.km + draw(slot.session.id, request.id) % HABIT, slot.rank

    found = [(pair, slot) for pair in desk.of_request[request.id] for slot in desk.slots(pair)]
    return sorted(found, key=liking)


def _book(desk: Desk, pair: Pair, slot: Slot) -> None:
    gain, pupils = desk.ledger.best(pair, slot)
    if gain > 0:
        desk.propose(Proposal(pair.offer.id, slot.session.id, pair.request.id, pupils))


class ImmediateGreedy:
    """After every arrival and decline the largest gain, as long as there is one."""

    name = "immediate greedy"

    def act(self, desk: Desk, news: Sequence[News]) -> None:
        """Propose for each event in turn."""
        for one in news:
            if one.kind in ("offer", "request", "decline"):
                _exhaust(desk, _concerned(desk, one))


def _concerned(desk: Desk, one: News) -> Iterable[Pair]:
    found: dict[tuple[str, str], Pair] = {}
    for pairs in (desk.of_offer[one.offer or ""], desk.of_request[one.request or ""]):
        found.update({(pair.offer.id, pair.request.id): pair for pair in pairs})
    return found.values()


def _exhaust(desk: Desk, pairs: Iterable[Pair]) -> None:
    while True:
        rated = [
            (gain, -slot.rank, -pair.rank, pupils, pair, slot)
            for pair in pairs
            for slot in desk.slots(pair)
            for gain, pupils in [desk.ledger.best(pair, slot)]
            if gain > 0
        ]
        if not rated:
            return
        _, _, _, pupils, pair, slot = max(rated, key=lambda one: one[:3])
        desk.propose(Proposal(pair.offer.id, slot.session.id, pair.request.id, pupils))
