"""What all open and accepted matches use up together, what room they leave, and what one match more would gain."""

from collections import Counter
from collections.abc import Mapping

from services.matcher.instance import Employer, Policy, Request, School
from services.matcher.points import band_widths
from services.matcher.simulate.pairs import Pair, Slot

Bands = tuple[tuple[int, int], ...]


class Ledger:
    """Counts matches in and out. Asks nobody whether they are allowed: that is `room`'s to say beforehand."""

    def __init__(self, policy: Policy, schools: Mapping[str, School], employers: Mapping[str, Employer]) -> None:
        self.policy = policy
        self.schools = schools
        self.employers = employers
        self.held: dict[tuple[str, str], tuple[Pair, Slot, int]] = {}
        self.pupils: Counter[str] = Counter()
        self.groups: Counter[str] = Counter()
        self.offer_sessions: Counter[str] = Counter()
        self.employer_sessions: Counter[str] = Counter()
        self.employer_matches: Counter[str] = Counter()
        self.at_school: Counter[tuple[str, str]] = Counter()
        self.places: Counter[str] = Counter()
        self.diary: Counter[tuple[str, int]] = Counter()
        self.hall: Counter[tuple[str, int]] = Counter()
        self.credits: Counter[tuple[str, str]] = Counter()
        self._bands: dict[tuple[str, str], Bands] = {}

    def add(self, pair: Pair, slot: Slot, pupils: int) -> None:
        """Count this match in."""
        self.held[slot.session.id, pair.request.id] = (pair, slot, pupils)
        self._count(pair, slot, pupils, 1)

    def remove(self, session: str, request: str) -> None:
        """Count this match out."""
        pair, slot, pupils = self.held.pop((session, request))
        self._count(pair, slot, pupils, -1)

    def _count(self, pair: Pair, slot: Slot, pupils: int, sign: int) -> None:
        offer, request, session = pair.offer, pair.request, slot.session.id
        before = self.groups[session]
        self.groups[session] += sign
        self.pupils[session] += sign * pupils
        if before == 0 or self.groups[session] == 0:
            self.offer_sessions[offer.id] += sign
            self.employer_sessions[offer.employer] += sign
        self.employer_matches[offer.employer] += sign
        self.at_school[offer.id, request.school] += sign
        self.places[request.id] += sign * pupils
        for half in slot.halves:
            self.diary[request.id, half] += sign * pupils
            if offer.mode != "at_workplace":
                self.hall[request.school, half] += sign
        for benchmark, credit in offer.counts_to.items():
            self.credits[request.id, benchmark] += sign * credit * pupils

    def broken(self, pair: Pair, slot: Slot, pupils: int) -> str | None:
        """The first rule of H2 to H8 that this match would break, with all that is held."""
        offer, request, session = pair.offer, pair.request, slot.session.id
        if not pair.low <= pupils <= request.pupils:
            return "H2-cohort" if pupils > request.pupils else "H2-min"
        full = self._full(pair, slot)
        if full is None and pupils > offer.max_pupils - self.pupils[session]:
            return "H3-capacity"
        return full or self._busy(request, slot, pupils)

    def _full(self, pair: Pair, slot: Slot) -> str | None:
        offer, session = pair.offer, slot.session.id
        if self.groups[session] >= offer.max_groups:
            return "H3-groups"
        if self.groups[session] == 0:
            if self.offer_sessions[offer.id] >= offer.max_sessions:
                return "H4-sessions"
            most = self.employers[offer.employer].max_sessions
            if most is not None and self.employer_sessions[offer.employer] >= most:
                return "H4-employer"
        limit = offer.max_groups_per_school
        if limit is not None and self.at_school[offer.id, pair.request.school] >= limit:
            return "H5-hogging"
        return "H8-hall" if self._is_hall_taken(pair, slot) else None

    def _is_hall_taken(self, pair: Pair, slot: Slot) -> bool:
        if pair.offer.mode == "at_workplace":
            return False
        school = pair.request.school
        most = self.schools[school].max_parallel
        return any(self.hall[school, half] >= most for half in slot.halves)

    def _busy(self, request: Request, slot: Slot, pupils: int) -> str | None:
        if self.places[request.id] + pupils > request.max_places:
            return "H6-places"
        return "H7-clash" if pupils > self._free(request, slot) else None

    def _free(self, request: Request, slot: Slot) -> int:
        return min(request.pupils - self.diary[request.id, half] for half in slot.halves)

    def room(self, pair: Pair, slot: Slot) -> tuple[int, int]:
        """The smallest and largest group that would break no rule now; empty when the first is larger."""
        if (slot.session.id, pair.request.id) in self.held or self._full(pair, slot):
            return 1, 0
        offer, request = pair.offer, pair.request
        left = min(offer.max_pupils - self.pupils[slot.session.id], request.max_places - self.places[request.id])
        return pair.low, min(pair.high, left, self._free(request, slot))

    def best(self, pair: Pair, slot: Slot) -> tuple[int, int]:
        """The largest gain of this pair on this session now and the smallest size that has it; (0, 0) without room."""
        low, high = self.room(pair, slot)
        if low > high:
            return 0, 0
        flat = self._flat(pair, slot)
        gains = [(flat + self._of_pupils(pair, x), -x) for x in self._sizes(pair, low, high)]
        gain, size = max(gains)
        return gain, -size

    def _flat(self, pair: Pair, slot: Slot) -> int:
        flat = -pair.visit_cost
        if self.groups[slot.session.id] == 0:
            flat -= self.policy.session_points
        if self.employer_matches[pair.offer.employer] == 0:
            flat += self.policy.employer_points
        return flat

    def _of_pupils(self, pair: Pair, pupils: int) -> int:
        gain = -pair.pupil_cost * pupils
        for benchmark, credit in pair.offer.counts_to.items():
            bands, had = self.bands(pair.request, benchmark), self.credits[pair.request.id, benchmark]
            gain += worth(bands, had + credit * pupils) - worth(bands, had)
        return gain

    def _sizes(self, pair: Pair, low: int, high: int) -> set[int]:
        """Every size at which the points of one pupil more can change: one of them is the best."""
        sizes = {low, high}
        for benchmark, credit in pair.offer.counts_to.items():
            had = self.credits[pair.request.id, benchmark]
            for end, _ in self.bands(pair.request, benchmark) if credit else ():
                size = (end - had) // credit
                sizes.update(x for x in (size, size + 1) if low <= x <= high)
        return sizes

    def bands(self, request: Request, benchmark: str) -> Bands:
        """Per band of this request the credits at its end and the points of one credit in it."""
        key = request.id, benchmark
        if key not in self._bands:
            end, ends = 0, []
            for width, points in band_widths(self.policy, request, benchmark):
                end += width
                ends.append((end, points))
            self._bands[key] = tuple(ends)
        return self._bands[key]

    def is_met(self, request: Request, benchmark: str) -> bool:
        """Whether the held matches' credits reach the need."""
        return self.credits[request.id, benchmark] >= request.need.get(benchmark, 0)


def worth(bands: Bands, credits_gained: int) -> int:
    """Points of so many credits: they fill the bands in order."""
    points, done = 0, 0
    for end, each in bands:
        if credits_gained <= end:
            return points + (credits_gained - done) * each
        points += (end - done) * each
        done = end
    return points
