"""What a round reads, and the matching problem in it: the area's memory becomes an instance. Pure, in a fixed order.

Matches become `existing`: planned ones as `proposed`, which the solver may move at the price of a change; told ones as
`accepted`, which it may not. Places that others hold on the same offers (another area's requests, sessions that have
taken place) are held by stand-ins, requests that need nothing. What has taken place is no longer needed.

A limit that what was agreed exceeds by now (see `crowding`) is shown as reached and no more: a session over its offer's
limits is full; a match beyond its school's rooms is held by a stand-in somewhere else; one beyond its cohort's pupils
too, and the cohort has no time that day.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from uuid import UUID

from contracts.offers import Offer, Session
from contracts.schools import School
from services.matcher import equity, instance, need, problem
from services.matcher.area import AreaMemory
from services.matcher.barring import bars_its_days, bars_the_pair
from services.matcher.crowding import crowding_of
from services.matcher.deadlines import starts_at
from services.matcher.domain import LiveMatch
from services.matcher.need import Gain
from services.matcher.problem import STAND_IN, Wish
from services.matcher.room import with_room
from services.plumbing.clock import LONDON


def read(memory: AreaMemory) -> instance.Instance:
    """The matching problem of the area: the same memory gives the same bytes."""
    sorting = _Sorting(memory)
    requests = [_request(memory, wish, sorting) for wish in memory.wishes.values()]
    stand_ins = [_stand_in(match, sorting) for match in sorting.stand_ins]
    schools = {str(wish.school.school_id): _school(memory, wish.school) for wish in memory.wishes.values()}
    for match in sorting.stand_ins:
        schools.setdefault(sorting.place(match), _elsewhere(memory, match, sorting))
    offers = [_offer(memory, offer, sorting) for offer in memory.plannable.values()]
    offers = [offer for offer in offers if offer.sessions]
    return with_room(
        instance.Instance(
            id=str(memory.area_id),
            today=memory.today,
            policy=problem.policy_of(memory.policy),
            schools=tuple(sorted(schools.values(), key=lambda school: school.id)),
            employers=tuple(_employers(memory, offers, sorting)),
            offers=tuple(offers),
            requests=(*requests, *stand_ins),
            existing=(*sorting.existing(), *_declined(memory, offers)),
            meta={"news": memory.news, "now": memory.now.isoformat()},
        )
    )


class _Sorting:
    """Which of the held matches stand on a request of this area, which on a stand-in, and what each cohort has left."""

    def __init__(self, memory: AreaMemory) -> None:
        self._memory = memory
        self._crowding = crowding_of(memory)
        self.standing: list[LiveMatch] = []
        self.stand_ins: list[LiveMatch] = []
        self.settled: dict[UUID, list[LiveMatch]] = defaultdict(list)
        for match in memory.held:
            self._sort(match)
        self.stand_ins = list(self._within_limits())
        self._kept = {match.session_id for match in (*self.standing, *self.stand_ins)}
        self.unseen = [match for match in memory.held if match.places and self._is_unseen(match)]
        """What takes a session of its offer and employer that the problem does not show."""

    def _sort(self, match: LiveMatch) -> None:
        wish = self._memory.wishes.get(match.request_id)
        is_shown = not self._is_crowded(match) and self._session(match)
        if wish and match.places and not self._is_over(match) and is_shown:
            self.standing.append(match)
            return
        if self._memory.is_own_plan(match):
            return
        self.settled[match.cohort_id].append(match)
        if match.places and self._session(match):
            self.stand_ins.append(match)

    def _within_limits(self) -> Iterator[LiveMatch]:
        """The stand-ins, of an overfull session no more of them than there are groups and places."""
        groups: Counter[UUID] = Counter()
        places: Counter[UUID] = Counter()
        for match in self.stand_ins:
            offer, session = self._memory.offers[match.offer_id], match.session_id
            left = offer.max_pupils - places[session]
            if session not in self._crowding.sessions:
                yield match
            elif left > 0 and groups[session] < offer.max_groups:
                groups[session] += 1
                places[session] += min(match.places, left)
                yield replace(match, places=min(match.places, left))

    def _is_crowded(self, match: LiveMatch) -> bool:
        beyond = self._crowding.at_school | self._crowding.of_cohort
        return match.session_id in self._crowding.sessions or match.id in beyond

    def place(self, match: LiveMatch) -> str:
        """Where a stand-in is: at its school, unless there is no room for it any more."""
        return f"{STAND_IN}{match.id}" if match.id in self._crowding.at_school else str(match.school_id)

    def _is_unseen(self, match: LiveMatch) -> bool:
        return match.session_id not in self._kept and not self._memory.is_own_plan(match)

    def _is_over(self, match: LiveMatch) -> bool:
        return match.last_day < self._memory.today

    def _session(self, match: LiveMatch) -> Session | None:
        offer = self._memory.plannable.get(match.offer_id)
        sessions = offer.sessions if offer else ()
        return next((s for s in sessions if s.session_id == match.session_id and self._is_usable(s)), None)

    def _is_usable(self, session: Session) -> bool:
        # A cancelled session that is still to come would be open to the solver again.
        return session.state == "open" or problem.is_over(session, self._memory.today)

    def sessions(self, offer: Offer) -> Iterator[Session]:
        """Those that can be planned, and those on which somebody stands."""
        for session in offer.sessions:
            to_come = session.state == "open" and starts_at(session.date, session.starts) > self._memory.now
            if to_come or session.session_id in self._kept:
                yield session

    def stands_on(self, offer: Offer) -> bool:
        """Whether somebody stands on one of its sessions."""
        return any(session.session_id in self._kept for session in offer.sessions)

    def existing(self) -> Iterator[instance.Existing]:
        for match in self.standing:
            if match.held and not self._memory.is_repair:
                continue  # A pencilled entry: a full round plans its places afresh.
            status: instance.Status = "proposed" if match.state == "planned" else "accepted"
            yield _existing(match, str(match.request_id), status)
        for match in self.stand_ins:
            yield _existing(match, f"{STAND_IN}{match.id}", "accepted")

    def blocked_days(self, cohort_id: UUID) -> list[instance.DateRange]:
        """Days on which the cohort is somewhere that this problem does not show."""
        return [(m.first_day, m.last_day) for m in self.settled[cohort_id] if not self._is_over(m) and m.places]


def _offer(memory: AreaMemory, offer: Offer, sorting: _Sorting) -> instance.Offer:
    """The offer as the solver sees it. Where somebody stands on a session that has begun, nobody else joins today."""
    sessions = list(sorting.sessions(offer))
    unseen = {match.session_id for match in sorting.unseen if match.offer_id == offer.offer_id}
    seen = problem.offer_of(offer, sessions if sorting.stands_on(offer) or len(unseen) < offer.max_sessions else ())
    has_begun = any(s.date == memory.today and starts_at(s.date, s.starts) <= memory.now for s in sessions)
    return replace(
        seen,
        max_sessions=max(1, offer.max_sessions - len(unseen)),
        notice_days=max(seen.notice_days, 1) if has_begun else seen.notice_days,
    )


def _existing(match: LiveMatch, request: str, status: instance.Status) -> instance.Existing:
    return instance.Existing(str(match.offer_id), str(match.session_id), request, match.places, status)


def _request(memory: AreaMemory, wish: Wish, sorting: _Sorting) -> instance.Request:
    settled = sorting.settled[wish.cohort.cohort_id]
    gained = need.credits_of(Gain(match.counts_to, match.pupils) for match in settled)
    # A benchmark that the area's points do not value is nobody's need.
    asked_for = [benchmark for benchmark in wish.request.benchmarks if benchmark in memory.policy.bands]
    lacking = need.still_needed(wish.school, wish.cohort, asked_for, gained)
    blocked = [*sorting.blocked_days(wish.cohort.cohort_id), *_lost_days(memory, wish)]
    weight = equity.weigh(memory.hub_of(wish.school).policy.equity_rule, _standing(memory, wish, lacking))
    asked = problem.request_of(wish, lacking, weight, blocked)
    used = sum(match.places for match in settled if match.request_id == wish.request.request_id)
    return replace(asked, window=_within_membership(memory, wish, asked), max_places=max(0, asked.max_places - used))


def _within_membership(memory: AreaMemory, wish: Wish, asked: instance.Request) -> instance.DateRange:
    first, last = asked.window
    membership = memory.membership(wish.school)
    until = membership.until if membership else None
    return first, min(last, until) if until else last


def _standing(memory: AreaMemory, wish: Wish, lacking: Mapping[str, int]) -> equity.Standing:
    waited = (memory.today - wish.request.posted_at.astimezone(LONDON).date()).days
    return equity.Standing(
        need=lacking,
        target={b: need.target(wish.school, wish.cohort, b) for b in sorted(wish.request.benchmarks)},
        fsm_pct=wish.school.fsm_pct,
        waiting_days=0 if wish.request.request_id in memory.agreed else waited,
        guarantee_days=memory.hub_of(wish.school).policy.guarantee_days,
    )


def _school(memory: AreaMemory, school: School) -> instance.School:
    return problem.school_of(school, problem.closed_days(school, memory.hub_of(school).calendar))


def _elsewhere(memory: AreaMemory, match: LiveMatch, sorting: _Sorting) -> instance.School:
    known = memory.schools.get(match.school_id)
    place = memory.offers[match.offer_id].place
    if known and sorting.place(match) == str(match.school_id):
        return problem.school_of(known)
    # It only has to be somewhere.
    return instance.School(sorting.place(match), place.lat, place.lon, "", max_parallel=1)


def _stand_in(match: LiveMatch, sorting: _Sorting) -> instance.Request:
    return instance.Request(
        id=f"{STAND_IN}{match.id}",
        school=sorting.place(match),
        year=7,
        pupils=match.places,
        need={},
        weight=1000,
        activities=frozenset(),
        sectors={},
        window=(match.first_day, match.last_day),
        unavailable=(),
        notice_days=0,
        max_travel_km=None,
        send=frozenset(),
        min_group=1,
        split=True,
        max_places=match.places,
    )


def _employers(memory: AreaMemory, offers: Iterable[instance.Offer], sorting: _Sorting) -> Iterator[instance.Employer]:
    unseen: dict[UUID, set[UUID]] = defaultdict(set)
    for match in sorting.unseen:
        unseen[match.employer_id].add(match.session_id)
    for id_ in sorted({offer.employer for offer in offers}):
        cap = memory.employers[UUID(id_)].max_sessions
        yield instance.Employer(id_, None if cap is None else max(0, cap - len(unseen[UUID(id_)])))


def _lost_days(memory: AreaMemory, wish: Wish) -> Iterator[instance.DateRange]:
    for match in memory.matches:
        if match.request_id == wish.request.request_id and bars_its_days(match) and _is_of_these_terms(memory, match):
            yield match.first_day, match.last_day


def _declined(memory: AreaMemory, offers: Iterable[instance.Offer]) -> Iterator[instance.Existing]:
    """Pairs that were told and ended: not proposed again until the terms of offer or request change."""
    first_session = {offer.id: offer.sessions[0].id for offer in offers}
    pairs = {
        (str(match.offer_id), str(match.request_id))
        for match in memory.matches
        if match.request_id in memory.wishes and str(match.offer_id) in first_session
        if bars_the_pair(match, memory.now) and _is_of_these_terms(memory, match)
    }
    for offer, request in sorted(pairs):
        yield instance.Existing(offer, first_session[offer], request, 1, "declined")


def _is_of_these_terms(memory: AreaMemory, match: LiveMatch) -> bool:
    offer, request = memory.offers.get(match.offer_id), memory.requests[match.request_id]
    versions = (match.offer_terms_version, match.request_terms_version)
    return offer is not None and versions == (offer.terms_version, request.terms_version)
