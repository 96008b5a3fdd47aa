"""What a plan is worth, by part: the objective of the matching problem, computed plainly.

The solver keeps its own running sum; this is what it is tested against.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.matcher.instance import Instance, Match, Offer, Policy, Request
from services.matcher.rules import travel_km


@dataclass(frozen=True, slots=True)
class Points:
    """Points by part; what is lost is negative."""

    coverage: int
    fit: int
    travel: int
    sessions: int
    employers: int
    changes: int

    @property
    def total(self) -> int:
        return self.coverage + self.fit + self.travel + self.sessions + self.employers + self.changes


def points_of(instance: Instance, matches: Iterable[Match]) -> Points:
    """The points of these matches, by part. Ids must exist; whether the plan is allowed is not asked here."""
    plan = tuple(matches)
    policy = instance.policy
    offers = {o.id: o for o in instance.offers}
    requests = {r.id: r for r in instance.requests}
    return Points(
        coverage=_coverage(policy, plan, offers, requests),
        fit=-sum(m.pupils * pupil_fit(policy, offers[m.offer], requests[m.request]) for m in plan),
        travel=-_travel(instance, plan, offers, requests),
        sessions=-policy.session_points * len({m.session for m in plan}),
        employers=policy.employer_points * len({offers[m.offer].employer for m in plan}),
        changes=-policy.change_points * _changed(instance, plan),
    )


def band_widths(policy: Policy, request: Request, benchmark: str) -> list[tuple[int, int]]:
    """Per band of this request its width in credits and the points of one credit in it."""
    need = request.need.get(benchmark, 0)
    widths: list[tuple[int, int]] = []
    filled = 0
    for percent, points in policy.bands.get(benchmark, ()):
        end = need * percent // 100
        widths.append((end - filled, (points * request.weight + 500) // 1000))
        filled = end
    return widths


def coverage_points(policy: Policy, request: Request, benchmark: str, gained: int) -> int:
    """What so many credits of one benchmark are worth to this request: they fill its bands in order."""
    worth, left = 0, gained
    for width, points in band_widths(policy, request, benchmark):
        worth += min(left, width) * points
        left -= min(left, width)
    return worth


def preference(offer: Offer, request: Request) -> int:
    """The best preference among the offer's sectors, 0 to 100."""
    other = request.sectors.get("*", 0)
    return max((request.sectors.get(sector, other) for sector in offer.sectors), default=other)


def pupil_fit(policy: Policy, offer: Offer, request: Request) -> int:
    """Points lost per pupil because the sector is not what the cohort likes best."""
    return (policy.fit_points * (100 - preference(offer, request)) + 50) // 100


def _coverage(
    policy: Policy, plan: tuple[Match, ...], offers: Mapping[str, Offer], requests: Mapping[str, Request]
) -> int:
    gained: Counter[tuple[str, str]] = Counter()
    for match in plan:
        for benchmark, credit in offers[match.offer].counts_to.items():
            gained[match.request, benchmark] += credit * match.pupils
    return sum(coverage_points(policy, requests[r], b, total) for (r, b), total in gained.items())


def _travel(
    instance: Instance, plan: tuple[Match, ...], offers: Mapping[str, Offer], requests: Mapping[str, Request]
) -> int:
    schools = {s.id: s for s in instance.schools}
    lost = 0
    for match in plan:
        offer = offers[match.offer]
        km = travel_km(offer, schools[requests[match.request].school])
        if offer.mode == "at_workplace":
            lost += match.pupils * instance.policy.travel_pupil_km * km
        elif offer.mode == "at_school":
            lost += instance.policy.travel_visit_km * km
    return lost


def _changed(instance: Instance, plan: tuple[Match, ...]) -> int:
    kept = {(m.session, m.request) for m in plan}
    return sum(e.status == "proposed" and (e.session, e.request) not in kept for e in instance.existing)
