"""Why a match, and why not: what it adds, what would be without it, what kept others out and would change it. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.matcher.explain.prices import Prices, prices_of
from services.matcher.explain.relaxing import Relaxation, relaxations
from services.matcher.explain.resolving import Change, Scales
from services.matcher.explain.screening import Apart, apart, free_sessions
from services.matcher.explain.standing import Chance, Standing
from services.matcher.instance import Existing, Instance, Match, Offer, Request
from services.matcher.points import pupil_fit
from services.matcher.rules import broken_by_pair, group_sizes, travel_km

WEIGHED_PER_RULE = 2
WEIGHED_MAX = 8


@dataclass(frozen=True)
class Reason:
    """Why one match is in the plan. `without`: the change if these two may not meet; None if it is fixed.

    `rivals`: others who could have had the place. `runner_up`: of them, whom it would serve best as the rest stays.
    """

    match: Match
    status: str
    adds: Mapping[str, int]
    without: Change | None
    rivals: int
    runner_up: Chance | None
    prices: Mapping[str, int]


@dataclass(frozen=True)
class Miss:
    """What would change it: `fit_but_for` pairs break this rule alone; the condition lets `pairs` of them meet."""

    code: str
    fit_but_for: int
    condition: str
    pairs: tuple[tuple[str, str], ...]
    change: Change


@dataclass(frozen=True)
class Explanation:
    """All there is to say about a request or an offer. `excluded`: how many others each rule kept out.

    An offer may break several rules: their counts add up to more than `others`.
    """

    kind: str
    id: str
    objective: int
    bound: int | None
    lacking: Mapping[str, int]
    matches: tuple[Reason, ...]
    others: int
    excluded: Mapping[str, int]
    misses: tuple[Miss, ...]


class Unknown(LookupError):
    """No request and no offer has this id."""


def explain(instance: Instance, plan: Sequence[Match], id_: str) -> Explanation:
    """Why this request, or offer, has what it has in this plan, and why not more. Raises Unknown.

    The plan must keep the rules. Every figure is counted, priced by the linear program, or found by planning anew.
    """
    case = Case(instance, plan)
    if id_ in case.standing.requests:
        return _explained(case, "request", id_)
    if id_ in case.standing.offers:
        return _explained(case, "offer", id_)
    raise Unknown(id_)


class Case:
    """A plan with its prices and scales."""

    def __init__(self, instance: Instance, plan: Sequence[Match]) -> None:
        self.instance = instance
        self.plan = tuple(sorted(plan))
        self.standing = Standing(instance, self.plan)
        self.scales = Scales(instance, self.plan)
        self.prices: Prices | None = prices_of(instance)


def _explained(case: Case, kind: str, id_: str) -> Explanation:
    others = _pairs(case, kind, id_)
    matched = {(m.offer, m.request) for m in case.plan}
    kept_apart = [
        apart(case.standing, offer, request) for offer, request in others if (offer.id, request.id) not in matched
    ]
    request = case.standing.requests.get(id_) if kind == "request" else None
    lacking = case.standing.lacking(request) if request else {}
    wants_more = kind == "offer" or bool(lacking)
    return Explanation(
        kind=kind,
        id=id_,
        objective=case.scales.objective,
        bound=None if case.prices is None else int(case.prices.bound + 1e-4 * max(1.0, case.prices.bound * 1e-9)),
        lacking=lacking,
        matches=tuple(_reason(case, m) for m in case.plan if id_ in (m.request, m.offer)),
        others=len(kept_apart),
        excluded=_excluded(kept_apart),
        misses=_misses(case, kept_apart) if wants_more else (),
    )


def _excluded(kept_apart: Iterable[Apart]) -> dict[str, int]:
    """How many each rule kept out, most first."""
    counts = Counter(code for one in kept_apart for code in sorted(set(one.codes)))
    return dict(sorted(counts.items(), key=lambda count: (-count[1], count[0])))


def _pairs(case: Case, kind: str, id_: str) -> list[tuple[Offer, Request]]:
    if kind == "request":
        return [(offer, case.standing.requests[id_]) for offer in case.instance.offers]
    return [(case.standing.offers[id_], request) for request in case.instance.requests]


def _reason(case: Case, match: Match) -> Reason:
    standing = case.standing
    offer, request = standing.offers[match.offer], standing.requests[match.request]
    session = standing.sessions[match.session]
    standing.give_back(match)
    adds = standing.worth(offer, session, request, match.pupils).parts
    rivals = [r for r in case.instance.requests if r.id != request.id and _could_have(standing, offer, r, match)]
    chances = [standing.chance(offer, rival, [session]) for rival in rivals]
    standing.take(match)
    possible = [chance for chance in chances if chance is not None]
    status = _status(case.instance, match)
    return Reason(
        match=match,
        status=status,
        adds=adds,
        without=None if status == "accepted" else _without(case, match, rivals),
        rivals=len(rivals),
        runner_up=max(possible, key=lambda chance: (chance.points, chance.request), default=None),
        prices=_prices(case.prices, offer, request),
    )


def _could_have(standing: Standing, offer: Offer, request: Request, match: Match) -> bool:
    """Whether the rules H1 and H2 let this request have the match's place."""
    smallest, largest = group_sizes(offer, request)
    if smallest > largest or (offer.id, request.id) in standing.declined:
        return False
    if broken_by_pair(offer, request, standing.schools[request.school]):
        return False
    return any(s.id == match.session for s in free_sessions(standing, offer, request))


def _status(instance: Instance, match: Match) -> str:
    pair = (match.session, match.request)
    known = {e.status for e in instance.existing if (e.session, e.request) == pair and e.status != "declined"}
    return next((status for status in ("accepted", "proposed") if status in known), "new")


def _without(case: Case, match: Match, rivals: Iterable[Request]) -> Change:
    forbidden = Existing(match.offer, match.session, match.request, match.pupils, "declined")
    changed = replace(case.instance, existing=(*case.instance.existing, forbidden))
    return case.scales.weigh(changed, [match.offer], [match.request, *_nearest_rivals(case, rivals)])


def _nearest_rivals(case: Case, rivals: Iterable[Request]) -> list[str]:
    """Whoever lacks something and could take the place: their other matches may move for it."""
    lacking = [rival for rival in rivals if case.standing.lacking(rival)]
    return [rival.id for rival in lacking[:3]]


def _prices(prices: Prices | None, offer: Offer, request: Request) -> dict[str, int]:
    """The prices that bear on a match, in whole points."""
    if prices is None:
        return {}
    found = {
        f"one more session of {offer.id}": prices.sessions.get(offer.id, 0) if offer.max_groups == 1 else 0,
        f"one more group at {offer.id}": prices.sessions.get(offer.id, 0) if offer.max_groups > 1 else 0,
        f"one more place at {offer.id}": prices.pupils.get(offer.id, 0),
        f"one more day of employer {offer.employer}": prices.days.get(offer.employer, 0),
        f"one more place for {request.id}": prices.places.get(request.id, 0),
    }
    for benchmark in offer.counts_to:
        found[f"one more credit of {benchmark} for {request.id}"] = prices.credits.get((request.id, benchmark), 0)
    return {what: round(price) for what, price in found.items() if round(price)}


def _misses(case: Case, kept_apart: Sequence[Apart]) -> tuple[Miss, ...]:
    """The most promising ways to more, each weighed by planning anew; best first."""
    alone = [one for one in kept_apart if len(one.codes) == 1]
    counts = Counter(one.first for one in alone)
    promise = {(one.offer.id, one.request.id): _promise(case, one) for one in alone}
    ways = relaxations(case.instance, alone)
    ranked = sorted(ways, key=lambda way: (-max(promise[pair] for pair in way.pairs), way.code, way.condition))
    chosen: list[Relaxation] = []
    for way in ranked:
        if sum(other.code == way.code for other in chosen) < WEIGHED_PER_RULE and len(chosen) < WEIGHED_MAX:
            chosen.append(way)
    weighed = [Miss(way.code, counts[way.code], way.condition, way.pairs, _weighed(case, way)) for way in chosen]
    return tuple(sorted(weighed, key=lambda miss: (-miss.change.points, miss.code, miss.condition)))


def _weighed(case: Case, way: Relaxation) -> Change:
    offers = {offer for offer, _ in way.pairs}
    return case.scales.weigh(way.instance, sorted(offers), sorted({request for _, request in way.pairs}))


def _promise(case: Case, one: Apart) -> float:
    """Roughly what the pair would be worth: credits at their prices, less costs and the price of its session."""
    offer, request = one.offer, one.request
    pupils = max(1, min(request.pupils, offer.max_pupils, request.max_places))
    policy, km = case.instance.policy, travel_km(offer, case.standing.schools[request.school])
    cost = pupils * pupil_fit(policy, offer, request) + policy.session_points
    cost += {"at_workplace": pupils * policy.travel_pupil_km * km, "at_school": policy.travel_visit_km * km}.get(
        offer.mode, 0
    )
    if case.prices is None:
        return -cost
    lacking = case.standing.lacking(request)
    worth = sum(
        min(credit * pupils, lacking.get(b, 0)) * case.prices.credits.get((request.id, b), 0.0)
        for b, credit in offer.counts_to.items()
    )
    scarce = case.prices.sessions.get(offer.id, 0.0) + case.prices.days.get(offer.employer, 0.0)
    return worth - cost - (0.0 if one.first in {"H3-groups", "H4-sessions", "H4-employer"} else scarce)
