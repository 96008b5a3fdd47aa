"""After one event: plan anew only what it touches.

The offers and requests concerned, the requests that could use those offers and the offers those requests could use,
may move; everything else stays and only takes up room. What was planned is kept unless moving it pays for
`change_points`.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.matcher.instance import Existing, Instance, Match, Offer, Request, School
from services.matcher.points import points_of
from services.matcher.rules import broken_by_pair
from services.matcher.solver.answer import matches_of
from services.matcher.solver.encode import encode
from services.matcher.solver.pairs import problem_of
from services.matcher.solver.plan import Plan

STEPS = 60
# People count on the plan: what one event moves must be worth more than what a round moves.
CALM = 12


@dataclass(frozen=True, slots=True)
class Scope:
    """What may move."""

    offers: frozenset[str]
    requests: frozenset[str]


def repair(
    instance: Instance,
    planned: Sequence[Match] | None = None,
    *,
    offers: Iterable[str] = (),
    requests: Iterable[str] = (),
    steps: int = STEPS,
    seed: int = 0,
) -> Plan:
    """The plan after an event at these offers and requests: the rest of `planned` stays as it is.

    `instance` says how things stand after the event. `planned` is what nobody was told of yet; by default the
    instance's proposed matches. It has to keep the rules but for what the event changed: a match that is not possible
    any more is dropped. The same arguments give the same plan.
    """
    begun = time.monotonic()
    tentative = _tentative(instance) if planned is None else list(planned)
    scope = _scope(instance, frozenset(offers), frozenset(requests))
    part = _part(instance, tentative, scope)
    moved = _replanned(part, steps, seed)
    matches = tuple(sorted([*moved, *_outside(instance, tentative, part)]))
    objective = points_of(instance, matches).total
    return Plan(matches, objective, None, time.monotonic() - begun, "repair", "steps", steps)


def _tentative(instance: Instance) -> list[Match]:
    return [Match(e.offer, e.session, e.request, e.pupils) for e in instance.existing if e.status == "proposed"]


def _scope(instance: Instance, offers: frozenset[str], requests: frozenset[str]) -> Scope:
    schools = {s.id: s for s in instance.schools}
    # What was touched may be gone by now: withdrawn, or over.
    touched_offers = [o for o in instance.offers if o.id in offers]
    touched_requests = [r for r in instance.requests if r.id in requests]
    near_requests = [r.id for r in instance.requests if _fits_any(touched_offers, [r], schools)]
    near_offers = [o.id for o in instance.offers if _fits_any([o], touched_requests, schools)]
    return Scope(
        frozenset([*(o.id for o in touched_offers), *near_offers]),
        frozenset([*(r.id for r in touched_requests), *near_requests]),
    )


def _fits_any(offers: Iterable[Offer], requests: Sequence[Request], schools: dict[str, School]) -> bool:
    return any(
        r.year in o.years and o.activity in r.activities and not broken_by_pair(o, r, schools[r.school])
        for o in offers
        for r in requests
    )


def _part(instance: Instance, tentative: Sequence[Match], scope: Scope) -> Instance:
    """The instance of what may move; what only takes up room is in it as accepted, and fits nothing else."""
    held = [Match(e.offer, e.session, e.request, e.pupils) for e in instance.existing if e.status == "accepted"]
    employer_of = {o.id: o.employer for o in instance.offers}
    school_of = {r.id: r.school for r in instance.requests}
    employers = {employer_of[o] for o in scope.offers}
    schools = {school_of[r] for r in scope.requests}

    def concerns(match: Match) -> bool:
        return employer_of[match.offer] in employers or school_of[match.request] in schools

    fixed = [m for m in held if concerns(m)]
    fixed += [m for m in tentative if concerns(m) and not (m.offer in scope.offers and m.request in scope.requests)]
    free = [m for m in tentative if m.offer in scope.offers and m.request in scope.requests]
    offers = scope.offers.union(m.offer for m in fixed)
    requests = scope.requests.union(m.request for m in fixed)
    dead = [e for e in instance.existing if e.status == "declined" and e.offer in offers and e.request in requests]
    existing = [Existing(m.offer, m.session, m.request, m.pupils, "accepted") for m in fixed]
    existing += [Existing(m.offer, m.session, m.request, m.pupils, "proposed") for m in free]
    employers = {employer_of[o] for o in offers}
    schools = {school_of[r] for r in requests}
    return replace(
        instance,
        policy=replace(instance.policy, change_points=CALM * instance.policy.change_points),
        employers=tuple(e for e in instance.employers if e.id in employers),
        schools=tuple(s for s in instance.schools if s.id in schools),
        offers=tuple(_seen(o, o.id in scope.offers) for o in instance.offers if o.id in offers),
        requests=tuple(_heard(r, r.id in scope.requests) for r in instance.requests if r.id in requests),
        existing=(*existing, *dead),
    )


def _seen(offer: Offer, may_move: bool) -> Offer:  # noqa: FBT001 — one of two kinds of the same thing.
    return offer if may_move else replace(offer, years=frozenset())


def _heard(request: Request, may_move: bool) -> Request:  # noqa: FBT001 — as above.
    return request if may_move else replace(request, activities=frozenset())


def _replanned(part: Instance, steps: int, seed: int) -> tuple[Match, ...]:
    from services.matcher.solver.eligible import scan  # noqa: PLC0415 — compiled.
    from services.matcher.solver.local import Budget, chosen_of, search, standing_state  # noqa: PLC0415 — compiled.
    from services.matcher.solver.search import greedy  # noqa: PLC0415 — compiled.

    tables = encode(part)
    problem = problem_of(tables, scan(tables))
    movable = len(problem.pairs) - len(problem.fixed)
    if not movable:
        # The compiled search draws among what can move, and there is nothing to draw from.
        return matches_of(part, problem, ())
    state = standing_state(problem, tables, seed)
    greedy(problem, state, movable)
    best = search(problem, state, Budget(steps))
    return matches_of(part, problem, chosen_of(best.rows))


def _outside(instance: Instance, tentative: Sequence[Match], part: Instance) -> list[Match]:
    """Accepted and planned matches that the part knows nothing of."""
    inside = {(e.session, e.request) for e in part.existing if e.status != "declined"}
    held = [Match(e.offer, e.session, e.request, e.pupils) for e in instance.existing if e.status == "accepted"]
    return [m for m in [*held, *tentative] if (m.session, m.request) not in inside]
