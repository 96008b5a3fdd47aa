"""What most courses of the year would do now: the votes of the scenarios, for the simulator and for live rounds."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.matcher.instance import Match
from services.matcher.look_ahead.terms import Key


@dataclass(frozen=True, slots=True)
class Votes:
    """Matches of present offers and requests, by (offer, request), and the share of scenarios that use an offer now."""

    matches: Mapping[Key, Sequence[Match]]
    share_of_offer: Mapping[str, float]
    count: int

    def order(self) -> list[Key]:
        """The most agreed on first; then the larger group."""
        matches = self.matches
        return sorted(matches, key=lambda key: (-len(matches[key]), -matches[key][0].pupils, key))

    def share(self, key: Key) -> float:
        """The share of the scenarios that make some match of this pair now."""
        return len(self.matches.get(key, ())) / self.count

    def commonest(self, key: Key) -> list[Match]:
        """The pair's matches, each once, the commonest first."""
        return [match for match, _ in Counter(self.matches[key]).most_common()]


def votes_of(plans: Sequence[Sequence[Match]], offers: Collection[str], requests: Collection[str]) -> Votes:
    """What these plans would do with the offers and requests that are here."""
    matches: dict[Key, list[Match]] = defaultdict(list)
    users: Counter[str] = Counter()
    for plan in plans:
        here = [match for match in plan if match.offer in offers and match.request in requests]
        users.update({match.offer for match in here})
        for match in here:
            matches[match.offer, match.request].append(match)
    return Votes(matches, {offer: users[offer] / len(plans) for offer in users}, len(plans))
