"""A plan as it stands: what is left of every limit, and what one more match would add. Pure.

Exact and quick, because the rest of the plan stays as it is; what a plan made anew would give is for `resolving`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from services.matcher.instance import Instance, Match, Offer, Request, Session
from services.matcher.points import band_widths, coverage_points, pupil_fit
from services.matcher.rules import group_sizes, travel_km

AMPLE = 1 << 30


@dataclass(frozen=True)
class Chance:
    """One more match and what it would add to a plan that stays as it is, by part."""

    offer: str
    session: str
    request: str
    pupils: int
    parts: Mapping[str, int]

    @property
    def points(self) -> int:
        return sum(self.parts.values())


@lru_cache(maxsize=20_000)
def half_days(session: Session) -> tuple[tuple[date, str], ...]:
    """Every half-day in which the session runs."""
    halves = ("am", "pm") if session.part == "day" else (session.part,)
    length = (session.end_date - session.date).days + 1
    return tuple((session.date + timedelta(days=n), half) for n in range(length) for half in halves)


class Standing:
    """What the matches of a plan use up and have reached; one may be given back and taken again."""

    def __init__(self, instance: Instance, matches: Iterable[Match]) -> None:
        self.instance = instance
        self.policy = instance.policy
        self.offers = {offer.id: offer for offer in instance.offers}
        self.requests = {request.id: request for request in instance.requests}
        self.schools = {school.id: school for school in instance.schools}
        self.employers = {employer.id: employer for employer in instance.employers}
        self.sessions = {s.id: s for offer in instance.offers for s in offer.sessions}
        self.declined = {(e.offer, e.request) for e in instance.existing if e.status == "declined"}
        self.proposed = Counter((e.session, e.request) for e in instance.existing if e.status == "proposed")
        self.at_session: dict[str, dict[str, int]] = defaultdict(dict)
        self.of_request: dict[str, dict[str, Match]] = defaultdict(dict)
        self.used: dict[str, set[str]] = defaultdict(set)
        self.busy: dict[str, set[str]] = defaultdict(set)
        self.pupils: Counter[str] = Counter()
        self.places: Counter[str] = Counter()
        self.gained: Counter[tuple[str, str]] = Counter()
        self.visits: Counter[tuple[str, str]] = Counter()
        self.diary: Counter[tuple[str, date, str]] = Counter()
        self.hall: Counter[tuple[str, date, str]] = Counter()
        for match in matches:
            self.take(match)

    def take(self, match: Match) -> None:
        """Add a match to the plan."""
        self._count(match, 1)
        self.at_session[match.session][match.request] = match.pupils
        self.of_request[match.request][match.session] = match
        self.used[match.offer].add(match.session)
        self.busy[self.offers[match.offer].employer].add(match.session)

    def give_back(self, match: Match) -> None:
        """Take a match out of the plan."""
        self._count(match, -1)
        del self.at_session[match.session][match.request]
        del self.of_request[match.request][match.session]
        if not self.at_session[match.session]:
            self.used[match.offer].discard(match.session)
            self.busy[self.offers[match.offer].employer].discard(match.session)

    def _count(self, match: Match, sign: int) -> None:
        offer, request = self.offers[match.offer], self.requests[match.request]
        pupils = sign * match.pupils
        self.pupils[match.session] += pupils
        self.places[request.id] += pupils
        self.visits[offer.id, request.school] += sign
        for benchmark, credit in offer.counts_to.items():
            self.gained[request.id, benchmark] += credit * pupils
        for day, half in half_days(self.sessions[match.session]):
            self.diary[request.id, day, half] += pupils
            if offer.mode != "at_workplace":
                self.hall[request.school, day, half] += sign

    def lacking(self, request: Request) -> dict[str, int]:
        """Credits that the plan leaves this request without, by benchmark."""
        left = {b: need - self.gained[request.id, b] for b, need in sorted(request.need.items())}
        return {benchmark: credits_ for benchmark, credits_ in left.items() if credits_ > 0}

    def tightest(self, offer: Offer, session: Session, request: Request) -> tuple[str, int]:
        """The limit that leaves this match the fewest pupils, by its rule, and how many."""
        opened = session.id in self.used[offer.id]
        employer, cap = offer.employer, self.employers[offer.employer].max_sessions
        per_school = offer.max_groups_per_school
        rooms = (
            ("H0-duplicate", _open(request.id not in self.at_session.get(session.id, {}))),
            ("H4-employer", _open(opened or cap is None or len(self.busy[employer]) < cap)),
            ("H4-sessions", _open(opened or len(self.used[offer.id]) < offer.max_sessions)),
            ("H3-groups", _open(len(self.at_session.get(session.id, {})) < offer.max_groups)),
            ("H5-hogging", _open(per_school is None or self.visits[offer.id, request.school] < per_school)),
            ("H3-capacity", offer.max_pupils - self.pupils[session.id]),
            ("H6-places", request.max_places - self.places[request.id]),
            *self._half_day_rooms(offer, session, request),
        )
        return min(rooms, key=lambda room: room[1])

    def _half_day_rooms(self, offer: Offer, session: Session, request: Request) -> list[tuple[str, int]]:
        running = half_days(session)
        busiest = max(self.diary[request.id, day, half] for day, half in running)
        rooms = [("H7-clash", request.pupils - busiest)]
        if offer.mode != "at_workplace":
            fullest = max(self.hall[request.school, day, half] for day, half in running)
            rooms.append(("H8-hall", _open(fullest < self.schools[request.school].max_parallel)))
        return rooms

    def chance(self, offer: Offer, request: Request, sessions: Iterable[Session]) -> Chance | None:
        """The best match of these two on one of these sessions; None when the limits leave no room for one."""
        best: Chance | None = None
        smallest, largest = group_sizes(offer, request)
        for session in sessions:
            most = min(largest, self.tightest(offer, session, request)[1])
            for pupils in self._sizes(offer, request, smallest, most):
                found = self.worth(offer, session, request, pupils)
                if best is None or found.points > best.points:
                    best = found
        return best

    def _sizes(self, offer: Offer, request: Request, smallest: int, most: int) -> list[int]:
        """Points rise and fall in straight lines between these sizes."""
        if most < smallest:
            return []
        sizes = {smallest, most}
        for benchmark, credit in offer.counts_to.items():
            end = 0
            for width, _ in band_widths(self.policy, request, benchmark) if credit else ():
                end += width
                left = end - self.gained[request.id, benchmark]
                sizes |= {left // credit, -(-left // credit)}
        return sorted(size for size in sizes if smallest <= size <= most)

    def worth(self, offer: Offer, session: Session, request: Request, pupils: int) -> Chance:
        """What this match would add, whether or not there is room for it."""
        policy, km = self.policy, travel_km(offer, self.schools[request.school])
        travel = {"at_workplace": pupils * policy.travel_pupil_km * km, "at_school": policy.travel_visit_km * km}
        parts = {
            "coverage": sum(self._coverage(request, b, c * pupils) for b, c in offer.counts_to.items()),
            "fit": -pupils * pupil_fit(policy, offer, request),
            "travel": -travel.get(offer.mode, 0),
            "sessions": 0 if session.id in self.used[offer.id] else -policy.session_points,
            "employers": 0 if self.busy[offer.employer] else policy.employer_points,
            "changes": policy.change_points * self.proposed[session.id, request.id],
        }
        return Chance(offer.id, session.id, request.id, pupils, parts)

    def _coverage(self, request: Request, benchmark: str, more: int) -> int:
        before = self.gained[request.id, benchmark]
        after = coverage_points(self.policy, request, benchmark, before + more)
        return after - coverage_points(self.policy, request, benchmark, before)


def _open(free: bool) -> int:  # noqa: FBT001 - the answer to a question, as a number of pupils.
    return AMPLE if free else 0
