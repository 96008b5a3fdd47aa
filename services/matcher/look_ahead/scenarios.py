"""What may still come: former years' offers and cohorts, mixed at random, laid beside what is here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from services.matcher.instance import Employer, Existing, Instance, Match, Offer, Request
from services.matcher.look_ahead.chance import draw
from services.matcher.look_ahead.patience import NEVER, Patience
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
class Present:
    """Where things stand: the simulator's desk and the live rounds both say it so.

    `instance` has what is here: offers that may still be proposed, requests, what is held (accepted) and declined;
    its `today` is the first day of the year and `now` counts minutes from there. `waiting`: per offer that may be
    withdrawn because nobody uses it yet, the minute it arrived.
    """

    now: int
    instance: Instance
    waiting: Mapping[str, int]
    decline_share: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """A scenario as seen today: an instance, and per offer and request when it comes and goes."""

    scenario: int
    instance: Instance
    offers_from: list[int]
    offers_until: list[int]
    requests_from: list[int]
    now: int


def scenarios_of(years: tuple[FormerYear, ...], count: int) -> list[Scenario]:
    """So many courses: each former year as it was, then mixtures; without former years one in which nothing comes."""
    if not years:
        return [Scenario(0, (), (), {})]
    return [_scenario(years, number) for number in range(count)]


def _scenario(years: tuple[FormerYear, ...], number: int) -> Scenario:
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


def outlook(present: Present, scenario: Scenario, patience: Patience) -> Outlook:
    """The scenario's year as it looks now: what is here and held, and what would still come."""
    now, here = present.now, present.instance
    coming = [(o, c) for o, c in scenario.offers if c.arrives > now]
    cohorts = {(r.school, r.year) for r in here.requests}
    asking = [(r, _asks(r, c, now, scenario.number)) for r, c in scenario.requests if (r.school, r.year) not in cohorts]
    offers = (*here.offers, *(o for o, _ in coming))
    requests = (*here.requests, *(r for r, _ in asking))
    employers = {e.id: e for e in here.employers}
    employers.update({o.employer: scenario.employers[o.employer] for o, _ in coming})
    instance = replace(
        here,
        policy=replace(here.policy, change_points=0),
        employers=tuple(employers.values()),
        offers=offers,
        requests=requests,
        existing=(*here.existing, *_standing(scenario, offers, requests, here.existing)),
    )
    until = [_until(present, o, patience, scenario.number) for o in here.offers]
    return Outlook(
        scenario=scenario.number,
        instance=instance,
        offers_from=[*(now for _ in here.offers), *(c.arrives for _, c in coming)],
        offers_until=[*until, *(c.withdraws for _, c in coming)],
        requests_from=[*(now for _ in here.requests), *(asks for _, asks in asking)],
        now=now,
    )


def _asks(request: Request, coming: Coming, now: int, number: int) -> int:
    """When a cohort asks that has not yet; one that is late comes soon."""
    if coming.arrives > now:
        return coming.arrives
    return now + 1 + int(draw(number, request.school, "late") * LATE)


def _until(present: Present, offer: Offer, patience: Patience, number: int) -> int:
    arrived = present.waiting.get(offer.id)
    if arrived is None:
        return NEVER
    return arrived + patience.left(present.now - arrived, draw(number, offer.id, "patience"))


def _standing(
    scenario: Scenario, offers: Iterable[Offer], requests: Iterable[Request], existing: Iterable[Existing]
) -> list[Existing]:
    """The scenario's last plan, as far as it concerns what is still to be decided and still has those sessions."""
    held = {(e.session, e.request) for e in existing if e.status == "accepted"}
    sessions = {(o.id, s.id) for o in offers for s in o.sessions}
    asking = {r.id for r in requests}
    return [
        Existing(m.offer, m.session, m.request, m.pupils, "proposed")
        for m in scenario.plan
        if (m.offer, m.session) in sessions and m.request in asking and (m.session, m.request) not in held
    ]
