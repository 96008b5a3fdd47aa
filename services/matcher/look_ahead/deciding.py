"""One decision: what to propose now and what to hold back. The simulator and the live rounds both decide here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.matcher.instance import Match
from services.matcher.look_ahead.consensus import Votes, votes_of
from services.matcher.look_ahead.patience import Patience
from services.matcher.look_ahead.planning import Course
from services.matcher.look_ahead.scenarios import Present, Scenario, outlook
from services.matcher.look_ahead.terms import Key, Terms
from services.matcher.simulate.years import DAY

TINY = 1e-9


class Board(Protocol):
    """Where things stand, by the rules of the problem; matches are made on it."""

    def is_used(self, offer: str) -> bool:
        """Whether some match of the offer holds: nobody can take it back then."""
        ...

    def arrived(self, offer: str) -> int:
        """The minute the offer came."""
        ...

    def closes(self, key: Key) -> int:
        """The last minute at which the pair may still be proposed."""
        ...

    def make(self, match: Match) -> bool:
        """Propose this, if the rules allow it with all that holds; whether they did."""
        ...


@dataclass(slots=True)
class Decided:
    """What was made, what the scenarios would do otherwise, and when it is time to ask again without news."""

    made: list[Match] = field(default_factory=list)
    plans: list[tuple[Match, ...]] = field(default_factory=list)
    due: int | None = None
    is_whole: bool = True
    """False when the time was over before the scenarios had been asked to the end."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who is asked: the scenarios, what was learnt of employers' patience, and by which terms."""

    scenarios: Sequence[Scenario]
    patience: Patience
    terms: Terms
    is_late: Callable[[], bool] = lambda: False


def decide(board: Board, present: Present, asking: Asking) -> Decided:
    """Plan every scenario, make what they agree on, and ask again how they would go on from there."""
    terms = asking.terms
    courses = courses_of(present, asking)
    scenarios = asking.scenarios[: len(courses)]
    max_groups = {offer.id: offer.max_groups for offer in present.instance.offers}
    requests = {request.id for request in present.instance.requests}
    decided = Decided(is_whole=len(courses) == len(asking.scenarios))
    for _ in range(terms.turns):
        _keep_plans(decided, scenarios, courses)
        votes = votes_of(decided.plans, max_groups.keys(), requests)
        view = _View(board, present.now, asking, max_groups)
        decided.due = view.next_call(votes)
        made = view.make_agreed(votes)
        decided.made += made
        if not made:
            return decided
        if asking.is_late():
            decided.is_whole = False
            return decided
        for course in courses:
            course.settle(made, terms.turn_steps)
    return decided


def courses_of(present: Present, asking: Asking) -> list[Course]:
    """Each scenario planned from where things stand: at least one, and as many as the time allows.

    A scenario's last plan is where its search begins.
    """
    terms = asking.terms
    courses: list[Course] = []
    for scenario in asking.scenarios:
        if courses and asking.is_late():
            break
        steps = terms.steps if scenario.plan else terms.first_steps
        courses.append(Course(outlook(present, scenario, asking.patience), present.decline_share, steps))
    return courses


def _keep_plans(decided: Decided, scenarios: Sequence[Scenario], courses: Sequence[Course]) -> None:
    decided.plans = [course.matches() for course in courses]
    for scenario, plan in zip(scenarios, decided.plans, strict=True):
        scenario.plan = plan


@dataclass(frozen=True, slots=True)
class _View:
    """The board as the votes see it at one minute."""

    board: Board
    now: int
    asking: Asking
    max_groups: Mapping[str, int]

    def make_agreed(self, votes: Votes) -> list[Match]:
        """Make what enough scenarios agree on, at most one new match per offer and request."""
        made: list[Match] = []
        taken: set[str] = set()
        for key in votes.order():
            if taken.isdisjoint(key) and self._is_agreed(votes, key):
                match = next((match for match in votes.commonest(key) if self.board.make(match)), None)
                if match is not None:
                    made.append(match)
                    taken.update(key)
        return made

    def _is_agreed(self, votes: Votes, key: Key) -> bool:
        offer = key[0]
        share = votes.share_of_offer[offer] if self.max_groups[offer] == 1 else votes.share(key)
        return share + TINY >= self._needed(key)

    def _needed(self, key: Key) -> float:
        """Waiting is safe while nobody can withdraw the offer and its sessions are far."""
        offer, terms = key[0], self.asking.terms
        is_young = self.now + DAY - self.board.arrived(offer) < self.asking.patience.least
        is_safe = (self.board.is_used(offer) or is_young) and self.now < self._call(key)
        return terms.safe if is_safe else terms.risky

    def _call(self, key: Key) -> int:
        """The midnight from which the pair's last session is near."""
        return (self.board.closes(key) // DAY - self.asking.terms.near_days) * DAY

    def next_call(self, votes: Votes) -> int | None:
        """When it will be time to decide even without news."""
        calls = (self._call(key) for key in votes.matches)
        return min((call for call in calls if call > self.now), default=None)
