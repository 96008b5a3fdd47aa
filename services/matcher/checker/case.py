"""The case before the judge: an instance and an answer, looked up by id."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from services.matcher.instance import Employer, Existing, Instance, Match, Offer, Request, School, Session


@dataclass(frozen=True)
class Known:
    """A match whose ids all exist."""

    match: Match
    offer: Offer
    session: Session
    request: Request
    school: School

    @property
    def pupils(self) -> int:
        return self.match.pupils

    @cached_property
    def half_days(self) -> frozenset[tuple[date, str]]:
        """Every half-day in which the session runs."""
        parts = ("am", "pm") if self.session.part == "day" else (self.session.part,)
        length = (self.session.end_date - self.session.date).days + 1
        days = [self.session.date + timedelta(days=n) for n in range(length)]
        return frozenset((day, part) for day in days for part in parts)


class Case:
    """Everything by id, and the matches whose ids exist."""

    def __init__(self, instance: Instance, matches: tuple[Match, ...]) -> None:
        self.instance = instance
        self.matches = matches
        self.schools: dict[str, School] = {s.id: s for s in instance.schools}
        self.employers: dict[str, Employer] = {e.id: e for e in instance.employers}
        self.offers: dict[str, Offer] = {o.id: o for o in instance.offers}
        self.requests: dict[str, Request] = {r.id: r for r in instance.requests}
        self.sessions: dict[str, tuple[Offer, Session]] = {s.id: (o, s) for o in instance.offers for s in o.sessions}
        self.accepted: tuple[Existing, ...] = self._existing("accepted")
        self.proposed: tuple[Existing, ...] = self._existing("proposed")
        self.declined = {(e.offer, e.request) for e in self._existing("declined")}
        self.accepted_places = Counter((e.offer, e.session, e.request, e.pupils) for e in self.accepted)
        self.known: tuple[Known, ...] = tuple(known for match in matches if (known := self._know(match)))

    def is_accepted(self, known: Known) -> bool:
        """Whether this very match was accepted before: its eligibility is not judged again."""
        match = known.match
        return (match.offer, match.session, match.request, match.pupils) in self.accepted_places

    def _existing(self, status: str) -> tuple[Existing, ...]:
        return tuple(e for e in self.instance.existing if e.status == status)

    def _know(self, match: Match) -> Known | None:
        offer, request = self.offers.get(match.offer), self.requests.get(match.request)
        found = self.sessions.get(match.session)
        if offer is None or request is None or found is None or found[0].id != offer.id or not is_count(match.pupils):
            return None
        return Known(match, offer, found[1], request, self.schools[request.school])


def is_count(pupils: object) -> bool:
    """A whole number of at least one; true and 1.0 are not."""
    return type(pupils) is int and pupils >= 1
