"""What may still come: former years' offers and cohorts, mixed at random, laid beside what is here."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from services.matcher.instance import Employer, Existing, Instance, Match, Offer, Request
from services.matcher.look_ahead.chance import draw
from services.matcher.look_ahead.patience import NEVER, Patience
from services.matcher.simulate.desk import Desk, Opening
from services.matcher.simulate.years import DAY, FormerYear

LATE = 30 * DAY
"""A cohort later than in the former year comes within so many minutes."""


@dataclass(frozen=True, slots=True)
class Coming:
    """Something of a former year and when it would come (and go)."""

    arrives: int
    withdraws: int


@dataclass(slots=True)
class Scenario:
    """One course that the year might take. `plan`: what was best when it was last planned."""

    number: int
    offers: tuple[tuple[Offer, Coming], ...]
    requests: tuple[tuple[Request, Coming], ...]
    employers: dict[str, Employer]
    plan: tuple[Match, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Outlook:
    """A scenario as seen today: an instance, and per offer and request when it comes and goes."""

    scenario: int
    instance: Instance
    offers_from: list[int]
    offers_until: list[int]
    requests_from: list[int]
    now: int


def scenarios_of(opening: Opening, count: int) -> list[Scenario]:
    """So many courses: each former year as it was, then mixtures; without former years one in which nothing comes."""
    if not opening.history:
        return [Scenario(0, (), (), {})]
    return [_scenario(opening, number) for number in range(count)]


def _scenario(opening: Opening, number: int) -> Scenario:
    years = opening.history
    pure = years[number] if number < len(years) else None
    offers: list[tuple[Offer, Coming]] = []
    employers: dict[str, Employer] = {}
    for year in years:
        offers += [
            (offer, Coming(year.times.arrives[offer.id], year.times.withdraws[offer.id]))
            for offer in year.instance.offers
            if year is pure or (pure is None and draw(number, offer.id, "comes") < 1 / len(years))
        ]
        employers.update({e.id: e for e in year.instance.employers})
    return Scenario(number, tuple(offers), _cohorts(years, pure, number), employers)


def _cohorts(years: tuple[FormerYear, ...], pure: FormerYear | None, number: int) -> tuple[tuple[Request, Coming], ...]:
    """Each cohort once, from one of the years."""
    chosen: dict[tuple[str, int], tuple[Request, Coming]] = {}
    for year in years:
        for request in year.instance.requests:
            key = request.school, request.year
            is_wanted = year is pure or (pure is None and draw(number, request.school, year.id) < 1 / len(years))
            if is_wanted or key not in chosen:
                chosen[key] = request, Coming(year.times.requested[request.id], NEVER)
    return tuple(chosen.values())


def outlook(desk: Desk, scenario: Scenario, patience: Patience) -> Outlook:
    """The scenario's year as it looks now: what is here and held, and what would still come."""
    now = desk.now
    rules = desk.opening.rules
    here = [o for o in desk.offers.values() if o.id not in desk.withdrawn or desk.is_used(o.id)]
    held = set(desk.ledger.held)
    coming = [(o, c) for o, c in scenario.offers if c.arrives > now]
    cohorts = {(r.school, r.year) for r in desk.requests.values()}
    asking = [(r, _asks(r, c, now, scenario.number)) for r, c in scenario.requests if (r.school, r.year) not in cohorts]
    offers = (*here, *(o for o, _ in coming))
    requests = (*desk.requests.values(), *(r for r, _ in asking))
    employers = {o.employer: desk.employers.get(o.employer) or scenario.employers[o.employer] for o in offers}
    instance = replace(
        rules,
        policy=replace(rules.policy, change_points=0),
        employers=tuple(employers.values()),
        offers=offers,
        requests=requests,
        existing=(*_held(desk), *_standing(scenario, offers, requests, held), *_dead(desk, here)),
    )
    return Outlook(
        scenario=scenario.number,
        instance=instance,
        offers_from=[*(now for _ in here), *(c.arrives for _, c in coming)],
        offers_until=[*(_until(desk, o, patience, scenario.number) for o in here), *(c.withdraws for _, c in coming)],
        requests_from=[*(now for _ in desk.requests), *(asks for _, asks in asking)],
        now=now,
    )


def _asks(request: Request, coming: Coming, now: int, number: int) -> int:
    if coming.arrives > now:
        return coming.arrives
    return now + 1 + int(draw(number, request.school, "late") * LATE)


def _until(desk: Desk, offer: Offer, patience: Patience, number: int) -> int:
    if desk.is_used(offer.id):
        return NEVER
    arrived = desk.arrived[offer.id]
    return arrived + patience.left(desk.now - arrived, draw(number, offer.id, "patience"))


def _held(desk: Desk) -> list[Existing]:
    return [
        Existing(pair.offer.id, slot.session.id, pair.request.id, pupils, "accepted")
        for pair, slot, pupils in desk.ledger.held.values()
    ]


def _standing(
    scenario: Scenario, offers: Iterable[Offer], requests: Iterable[Request], held: set[tuple[str, str]]
) -> list[Existing]:
    known, asking = {o.id for o in offers}, {r.id for r in requests}
    return [
        Existing(m.offer, m.session, m.request, m.pupils, "proposed")
        for m in scenario.plan
        if m.offer in known and m.request in asking and (m.session, m.request) not in held
    ]


def _dead(desk: Desk, here: Iterable[Offer]) -> list[Existing]:
    known = {o.id: o.sessions[0].id for o in here}
    return [Existing(o, known[o], r, 1, "declined") for o, r in sorted(desk.declined) if o in known]
