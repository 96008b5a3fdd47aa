"""What is known about one area at one moment: what a round reads. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from contracts.employers import Employer
from contracts.hubs import Hub, MatchingPolicy
from contracts.offers import Offer
from contracts.requests import SchoolRequest
from contracts.schools import Membership, School
from services.matcher import need, problem
from services.matcher.domain import AGREED, HOLDING, LiveMatch
from services.matcher.need import Gain
from services.matcher.past import Past
from services.matcher.problem import Wish
from services.plumbing.clock import LONDON


@dataclass(frozen=True)
class AreaMemory:
    """What is known about one area at one moment.

    `versions`: of each entity, by its id. `causes`: when each offer and request was told, and with which correlation.
    """

    area_id: UUID
    news: int
    now: datetime
    hubs: Mapping[UUID, Hub]
    schools: Mapping[UUID, School]
    employers: Mapping[UUID, Employer]
    offers: Mapping[UUID, Offer]
    requests: Mapping[UUID, SchoolRequest]
    matches: tuple[LiveMatch, ...]
    versions: Mapping[UUID, int]
    causes: Mapping[UUID, tuple[datetime, UUID]]
    freed: frozenset[tuple[UUID, UUID]] = frozenset()
    """Offers and requests whose places came free since the area was planned."""
    is_repair: bool = False
    past: Past | None = None
    """What came before; not read for a repair, which must be quick."""

    @property
    def today(self) -> date:
        """The day of the plan, in England."""
        return self.now.astimezone(LONDON).date()

    @cached_property
    def wishes(self) -> dict[UUID, Wish]:
        """The open requests that can be planned, by id: school, hub and cohort are known and pupils are there."""
        found = (problem.wish_of(request, self.schools.get(request.school_id)) for request in self.requests.values())
        return {
            wish.request.request_id: wish
            for wish in sorted(filter(None, found), key=lambda w: str(w.request.request_id))
            if wish.cohort.pupils > 0 and wish.school.state == "open" and self.membership(wish.school)
        }

    @cached_property
    def plannable(self) -> dict[UUID, Offer]:
        """The open offers, of a mode that is known, whose employer is known, by id."""
        return {
            id_: offer
            for id_, offer in sorted(self.offers.items(), key=lambda pair: str(pair[0]))
            if offer.employer_id in self.employers and offer.state == "open" and offer.mode in problem.MODES
        }

    @cached_property
    def held(self) -> tuple[LiveMatch, ...]:
        """Matches that take places or have given credits."""
        ordered = sorted(self.matches, key=lambda match: str(match.id))
        return tuple(match for match in ordered if match.state in HOLDING)

    def is_own_plan(self, match: LiveMatch) -> bool:
        """Whether only the area itself planned it: nobody was told, so a round drops it where it does not fit."""
        return match.state == "planned" and match.area_id == self.area_id

    @cached_property
    def agreed(self) -> frozenset[UUID]:
        """Requests for which something is agreed or has taken place."""
        return frozenset(m.request_id for m in self.held if m.state in AGREED or m.state == "delivered")

    @property
    def policy(self) -> MatchingPolicy:
        """The points of the area. Hubs that share an area share their points: those of the first by id hold."""
        return min(self.hubs.values(), key=lambda hub: str(hub.hub_id)).policy

    def membership(self, school: School) -> Membership | None:
        """The school's membership, today, in a hub of this area."""
        holding = (m for m in school.memberships if m.hub_id in self.hubs and m.holds_on(self.today))
        return min(holding, key=lambda m: (m.since, str(m.hub_id)), default=None)

    def hub_of(self, school: School) -> Hub:
        """The hub whose rules hold for the school. Raises KeyError for a school that is in none of the area."""
        membership = self.membership(school)
        if membership is None:
            raise KeyError(school.school_id)
        return self.hubs[membership.hub_id]

    def gained(self, cohort_id: UUID, states: frozenset[str]) -> dict[str, int]:
        """Credits that the cohort has from matches in these states, whichever request they were for."""
        matches = (m for m in self.held if m.cohort_id == cohort_id and m.state in states)
        return dict(need.credits_of(Gain(match.counts_to, match.pupils) for match in matches))
