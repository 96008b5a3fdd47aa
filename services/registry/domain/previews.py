"""What an amendment or a withdrawal would end, before it is done. The matcher decides, by the same rules.

A match ends whose session is cancelled, whose days, times, place, mode or activity change, or whose two sides no longer
suit each other. With fewer places, the most settled and oldest matches keep theirs as far as they go. The rest stays.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from contracts.offers import Offer
from contracts.requests import SchoolRequest
from services.registry.domain.fit import Pairing, is_as_told, suits_offer, suits_request

SETTLED = {"proposed": 1, "accepted": 2, "confirmed": 3, "delivered": 4}
"""States that hold places, of those told to anybody; the higher, the later it ends."""


@dataclass(frozen=True)
class Outcome:
    """What would become of one open match: `reason` is the coded one that it would end with, none if it stays."""

    pairing: Pairing
    reason: str | None


def of_withdrawal(pairings: Iterable[Pairing], reason: str, today: dt.date) -> list[Outcome]:
    """All end, but those that have taken place and only wait for their figures."""
    return _judged(pairings, lambda _: reason, today)


def of_amended_offer(after: Offer, pairings: Iterable[Pairing], today: dt.date) -> list[Outcome]:
    """What becomes of each match when the offer becomes `after`."""
    sessions = {session.session_id: session for session in after.sessions}
    room = _Room(after)

    def reason(pairing: Pairing) -> str | None:
        now = replace(pairing, offer=after)
        session = sessions.get(now.match.session_id)
        if session is None or session.state == "cancelled":
            return "session_cancelled"
        if not is_as_told(now, session) or (_has_new_terms(pairing, now) and not suits_offer(now)):
            return "terms_changed"
        return None if room.takes(now) else "fewer_places"

    return _judged(pairings, reason, today, holds=room.hold)


def of_amended_request(after: SchoolRequest, pairings: Iterable[Pairing], today: dt.date) -> list[Outcome]:
    """What becomes of each match when the request becomes `after`."""
    taken = 0

    def hold(pairing: Pairing) -> None:
        nonlocal taken
        taken += pairing.match.pupils

    def reason(pairing: Pairing) -> str | None:
        now = replace(pairing, request=after)
        suits = suits_request(now) or not _has_new_terms(pairing, now)
        if not suits or taken + pairing.match.pupils > after.max_places:
            return "request_amended"
        hold(pairing)
        return None

    return _judged(pairings, reason, today, holds=hold)


class _Room:
    """The places of an amended offer, taken up match by match."""

    def __init__(self, offer: Offer) -> None:
        self.offer = offer
        self._pupils: Counter[UUID] = Counter()
        self._groups: Counter[UUID] = Counter()
        self._of_schools: Counter[UUID] = Counter()

    def takes(self, now: Pairing) -> bool:
        """Take the match in, if it fits beside those taken in before."""
        fits = self._fits(now.match.session_id, now.match.school_id, now.match.pupils)
        if fits:
            self.hold(now)
        return fits

    def hold(self, now: Pairing) -> None:
        """Take the match in, whether it fits or not."""
        self._pupils[now.match.session_id] += now.match.pupils
        self._groups[now.match.session_id] += 1
        self._of_schools[now.match.school_id] += 1

    def _fits(self, session_id: UUID, school_id: UUID, pupils: int) -> bool:
        offer = self.offer
        per_school = offer.max_groups_per_school
        return (
            self._pupils[session_id] + pupils <= offer.max_pupils
            and self._groups[session_id] < offer.max_groups
            and (self._groups[session_id] > 0 or len(+self._groups) < offer.max_sessions)
            and (per_school is None or self._of_schools[school_id] < per_school)
        )


def _judged(
    pairings: Iterable[Pairing],
    reason: Callable[[Pairing], str | None],
    today: dt.date,
    *,
    holds: Callable[[Pairing], None] = lambda _: None,
) -> list[Outcome]:
    """Judge the most settled and oldest first. What is over stays, and `holds` its places before all others."""
    held = [pairing for pairing in pairings if pairing.match.state in SETTLED]
    over, open_ = ([p for p in held if _is_over(p, today) is is_over] for is_over in (True, False))
    for pairing in over:
        holds(pairing)
    open_.sort(key=lambda p: (-SETTLED[p.match.state], p.match.history[0].at, p.match.match_id))
    return [
        *(Outcome(pairing, None) for pairing in over if pairing.match.state != "delivered"),
        *(Outcome(pairing, reason(pairing)) for pairing in open_),
    ]


def _has_new_terms(before: Pairing, now: Pairing) -> bool:
    versions = before.offer.terms_version, before.request.terms_version
    return versions != (now.offer.terms_version, now.request.terms_version)


def _is_over(now: Pairing, today: dt.date) -> bool:
    terms = now.match.terms
    return now.match.state == "delivered" or (terms.end_date or terms.date) < today
