"""What matches take: places and groups of sessions, sessions of offers and employers, places of requests. Pure.

A `Ledger` is filled with counters (locked, in a transaction) and says what still fits; the database's own CHECK stands
behind it and refuses whatever this gets wrong.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from contracts.offers import Offer
from services.matcher.domain import LiveMatch

Key = tuple[str, UUID]
"""Kind and id. Counters are locked in the order of their keys, whoever locks them."""


@dataclass(frozen=True)
class Count:
    """How much there is (None: no limit) and how much of it is taken."""

    places: int | None
    taken: int = 0

    @property
    def left(self) -> int | None:
        """What is left; None without a limit."""
        return None if self.places is None else self.places - self.taken


def keys_of(match: LiveMatch) -> tuple[Key, ...]:
    """The counters that a match moves, in the order in which they are locked."""
    return (
        ("employer_sessions", match.employer_id),
        ("offer_sessions", match.offer_id),
        ("request_places", match.request_id),
        ("session_groups", match.session_id),
        ("session_places", match.session_id),
    )


def ordered_keys(matches: Iterable[LiveMatch], more: Iterable[Key] = ()) -> list[Key]:
    """Every counter that these matches move, once, in the order in which they are locked."""
    return sorted({*(key for match in matches for key in keys_of(match)), *more})


def limits_of(offer: Offer) -> dict[Key, int]:
    """What an offer promises, counter by counter. Cancelled sessions keep theirs: what was delivered there holds it."""
    limits: dict[Key, int] = {("offer_sessions", offer.offer_id): offer.max_sessions}
    for session in offer.sessions:
        limits["session_groups", session.session_id] = offer.max_groups
        limits["session_places", session.session_id] = offer.max_pupils
    return limits


class Ledger:
    """Counters that are being moved. A counter that nobody made lets nothing fit."""

    def __init__(self, counts: Mapping[Key, Count]) -> None:
        self._before = dict(counts)
        self._counts = dict(counts)

    def fits(self, match: LiveMatch) -> bool:
        """Whether `match` can take its places."""
        return all(self._has_room(key, more) for key, more in self._moves(match, 1))

    def take(self, match: LiveMatch) -> bool:
        """Take the match's places if they fit; say whether they did."""
        if not self.fits(match):
            return False
        self._move(self._moves(match, 1))
        return True

    def hold(self, match: LiveMatch) -> None:
        """Take the match's places whether they fit or not: what has taken place has."""
        self._move(self._moves(match, 1))

    def give_back(self, match: LiveMatch) -> None:
        """Free what `match` took."""
        if match.places:
            self._move(self._moves(match, -1))

    def moved(self) -> dict[Key, int]:
        """By how much each counter has changed, in the order of their keys."""
        return {
            key: self._counts[key].taken - before.taken
            for key, before in sorted(self._before.items())
            if self._counts[key].taken != before.taken
        }

    def _moves(self, match: LiveMatch, sign: int) -> list[tuple[Key, int]]:
        employer, offer, request, groups, places = keys_of(match)
        moves = [(request, sign * match.places), (groups, sign), (places, sign * match.places)]
        # The session itself counts once, with its first group, and no more after its last.
        if self._taken(groups) == (0 if sign > 0 else 1):
            moves += [(employer, sign), (offer, sign)]
        return moves

    def _taken(self, key: Key) -> int:
        count = self._counts.get(key)
        return count.taken if count else 0

    def _has_room(self, key: Key, more: int) -> bool:
        count = self._counts.get(key)
        return count is not None and (count.left is None or more <= count.left)

    def _move(self, moves: Iterable[tuple[Key, int]]) -> None:
        for key, more in moves:
            if count := self._counts.get(key):
                self._counts[key] = Count(count.places, count.taken + more)
