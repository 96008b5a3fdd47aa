"""What a live round holds back, until when at the latest, and why. Pure.

Each round asks the scenarios. What they agree on goes ahead; the rest of the plan is a pencilled entry that costs
nothing to move. Nobody waits for ever: a pair is held back for so many days at most from when both sides were there,
a request that has waited longer than the hub's guarantee is not held back at all, nor is a session that is near.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from services.matcher.instance import Existing, Instance, Match, School
from services.matcher.look_ahead.terms import Key, Terms
from services.matcher.simulate.years import DAY, FormerYear

VERSION = "look-ahead-1"
Visit = tuple[str, str]
"""Session and request."""


@dataclass(frozen=True, slots=True)
class Holding:
    """The hub's rules, in days, for how long anything may be held back."""

    hold_days: int
    guarantee_days: int
    urgent_days: int


USUAL = Holding(hold_days=60, guarantee_days=60, urgent_days=21)
"""What hubs begin with."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a live round knows of its area beside its problem. Minutes count from the first day of the school year.

    `arrived`: when offers and requests came. `content`: requests for which something is agreed; only the others wait.
    `holding`: the rules of each request's hub. `schools`: all of the area, whether they ask already or not. `seconds`:
    how long the scenarios may be asked. `plans`: of each scenario, as the last round left it; its search goes on there.
    """

    start: date
    now: int
    years: tuple[FormerYear, ...]
    waits: tuple[int, ...]
    decline_share: float
    arrived: Mapping[str, int]
    content: frozenset[str]
    schools: tuple[School, ...]
    holding: Mapping[str, Holding]
    seconds: float
    plans: tuple[tuple[Match, ...], ...] = ()
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True, slots=True)
class Held:
    """Until which minute at the latest something is held back, and why."""

    until: int
    code: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the scenarios agreed on, what each of them would do in all, and what a round notes of it."""

    agreed: tuple[Match, ...]
    plans: tuple[tuple[Match, ...], ...]
    notes: Mapping[str, object]


def settled(problem: Instance, foreseen: Foreseen) -> Instance:
    """The same problem with what was agreed on as if it held: the plan is made around it."""
    made = {(m.session, m.request) for m in foreseen.agreed}
    kept = [e for e in problem.existing if e.status != "proposed" or (e.session, e.request) not in made]
    fixed = [Existing(m.offer, m.session, m.request, m.pupils, "accepted") for m in foreseen.agreed]
    return replace(problem, existing=(*kept, *fixed), meta={**problem.meta, "look_ahead": dict(foreseen.notes)})


def held_back(problem: Instance, plan: Iterable[Match], foreseen: Foreseen, ahead: Ahead) -> dict[Visit, Held]:
    """What of the plan is held back: neither agreed on, nor held back long enough."""
    agreed = {(m.session, m.request) for m in foreseen.agreed}
    fixed = {(e.session, e.request) for e in problem.existing if e.status == "accepted"}
    days = {s.id: (s.date - ahead.start).days for o in problem.offers for s in o.sessions}
    reasons = _Reasons(problem, foreseen)
    found: dict[Visit, Held] = {}
    for match in plan:
        visit = match.session, match.request
        if visit in agreed or visit in fixed:
            continue
        until = _until(match, days[match.session], ahead)
        if until > ahead.now:
            found[visit] = Held(until, reasons.of((match.offer, match.request)))
    return found


def _until(match: Match, day: int, ahead: Ahead) -> int:
    rules = ahead.holding[match.request]
    offered, asked = ahead.arrived.get(match.offer, ahead.now), ahead.arrived.get(match.request, ahead.now)
    ends = [max(offered, asked) + rules.hold_days * DAY, (day - rules.urgent_days) * DAY]
    if match.request not in ahead.content:
        ends.append(asked + rules.guarantee_days * DAY)
    return min(ends)


class _Reasons:
    """Why the scenarios would rather wait: they expect others for the place, or something else for the pupils."""

    def __init__(self, problem: Instance, foreseen: Foreseen) -> None:
        offers, requests = {o.id for o in problem.offers}, {r.id for r in problem.requests}
        self.count = len(foreseen.plans)
        self.wanted = [{m.offer for m in plan if m.request not in requests} for plan in foreseen.plans]
        self.served = [{m.request for m in plan if m.offer not in offers} for plan in foreseen.plans]

    def of(self, key: Key) -> str:
        """The commoner reason among the scenarios; `undecided` where neither is common."""
        others = sum(key[0] in wanted for wanted in self.wanted)
        better = sum(key[1] in served for served in self.served)
        if 2 * max(others, better) < self.count:
            return "undecided"
        return "needier_expected" if others >= better else "better_expected"
