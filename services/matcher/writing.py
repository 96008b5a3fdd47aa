"""A round's plan becomes matches: one transaction, under the area's lease, for what still holds."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.outlooks import Outlook
from contracts.rounds import Round
from services.matcher import drafting, holding, outlook, report
from services.matcher.area import AreaMemory
from services.matcher.capacity import Ledger, ordered_keys
from services.matcher.deadlines import starts_at
from services.matcher.domain import LiveMatch
from services.matcher.drafting import Draft
from services.matcher.effects import SOURCE, tell, tell_outlook
from services.matcher.expecting import newly_come
from services.matcher.instance import Instance, Match
from services.matcher.store import areas, arrivals, capacity, matches, rounds
from services.matcher.store import memory as heard
from services.matcher.store.areas import Lease
from services.matcher.thinking import PLAIN, Limits, Task, Thought, solver_version
from services.plumbing import outbox, telemetry
from services.plumbing.clock import Clock
from services.plumbing.postgres import Transaction
from services.plumbing.uuids import uuid7

TRIES = 5
"""So many rounds in a row may skip something. Others take places meanwhile; but five times running is a fault: what the
rounds read and what the counters say disagree, and trying again would go on for ever."""


@dataclass(frozen=True)
class Planned:
    """An area that was read and thought about."""

    lease: Lease
    memory: AreaMemory
    instance: Instance
    thought: Thought
    seconds: float
    limits: Limits
    task: Task = PLAIN

    @property
    def is_repair(self) -> bool:
        """Whether it is only a stopgap until a full round."""
        return bool(self.task.touched) or (self.memory.is_repair and self.memory.policy.holds_back)


async def write_plan(tx: Transaction, planned: Planned, clock: Clock) -> Round:
    """Write what still holds and tell what is due. Raises Fenced if the area is somebody else's by now.

    Locks in the order that `store` sets. A match whose offer, request, school or employer has changed since it was
    read, or whose places are gone, is skipped, and counts as news, unless that has happened TRIES times in a row.
    """
    await areas.hold_lease(tx, planned.lease)
    round_id = uuid7()
    fresh = await _unchanged(tx, planned.memory)
    # One moment for all of it: what has begun by then is not planned, and what is planned has not begun.
    now = clock.now()
    draft = await _draft(tx, planned, fresh, (round_id, now))
    told = await _keep(tx, planned.memory, draft, clock, now)
    # A repair looks at what it touches alone; the full round that follows tells the outlooks.
    outlooks = [] if planned.is_repair else outlook.outlooks(planned.memory, told, planned.thought.looks, round_id)
    await _tell_outlooks(tx, [one for one in outlooks if one.request_id in fresh], clock)
    found = _round(planned, draft, outlooks, round_id)
    await rounds.add_round(tx, rounds.Recorded(found, planned.thought.instance_gz, planned.thought.matches_gz))
    await outbox.say(tx, found, "round.finished.v1", version=1, clock=clock, source=SOURCE)
    in_row = await _mark(tx, planned, draft)
    await _spread_news(tx, planned.memory.area_id, draft, may_try=in_row < TRIES)
    return found


async def _mark(tx: Transaction, planned: Planned, draft: Draft) -> int:
    """The area is planned, or repaired; how many full rounds in a row have skipped something."""
    memory = planned.memory
    if planned.is_repair:
        await areas.mark_repaired(tx, planned.lease, memory.news)
        return 0
    await _learn(tx, planned)
    return await areas.mark_planned(tx, planned.lease, memory.news, memory.today, skipped=draft.skipped > 0)


async def _learn(tx: Transaction, planned: Planned) -> None:
    """Note what came that was not seen before, and how the scenarios stand."""
    await arrivals.add_arrivals(tx, planned.memory.area_id, newly_come(planned.memory, planned.instance))
    if planned.thought.foreseen:
        await arrivals.save_plans(tx, planned.memory.area_id, planned.thought.foreseen.plans)


async def _spread_news(tx: Transaction, area_id: UUID, draft: Draft, *, may_try: bool) -> None:
    """What was dropped leaves room for other areas; this one is planned with it already, but for what was skipped.

    Entries that were held back are rubbed out and written anew in every round. Other areas see in their own next round
    what is left: told of each, two areas that look ahead would wake each other for ever.
    """
    firm = {step.before.offer_id for step in draft.dropped if step.before.held is None}
    served = await heard.areas_of_offers(tx, firm)
    await areas.add_news(tx, [area_id] if draft.skipped and may_try else [], urgent=served - {area_id})


async def _draft(tx: Transaction, planned: Planned, fresh: set[UUID], stamp: tuple[UUID, datetime]) -> Draft:
    memory, comparisons = planned.memory, planned.thought.comparisons
    wanted = drafting.wanted_pairs(planned.instance, planned.thought.plan.matches)
    standing = await matches.lock_matches(tx, await matches.ids_planned(tx, memory.area_id))
    standing = [match for match in standing if match.state == "planned"]
    taken = await matches.open_pairs(tx, (request for _, request in wanted))

    candidates = {
        pair: drafting.new_match(memory, match, comparisons[match.session, match.request], (uuid7(), stamp[0]))
        for pair, match in wanted.items()
        if pair not in taken and _holds(memory, match, fresh, stamp[1])
    }
    ledger = Ledger(await capacity.lock_counts(tx, ordered_keys([*standing, *candidates.values()])))
    draft = drafting.draft(standing, wanted, candidates, ledger, stamp[1])
    await capacity.move_counts(tx, ledger.moved())
    return draft if planned.is_repair else holding.with_holding(memory, draft, planned.thought.held)


async def _unchanged(tx: Transaction, memory: AreaMemory) -> set[UUID]:
    """What is still as it was read, of all that was read; it stays so until `tx` ends."""
    now = await heard.lock_versions(tx, memory.versions)
    return {id_ for id_, version in now.items() if version == memory.versions[id_]}


def _holds(memory: AreaMemory, match: Match, fresh: set[UUID], now: datetime) -> bool:
    """Whether nothing has changed that the match was planned on, and its session has not begun meanwhile."""
    offer, request = memory.offers[UUID(match.offer)], memory.requests[UUID(match.request)]
    session = drafting.sides_of(memory, match).session
    unchanged = fresh >= {offer.offer_id, offer.employer_id, request.request_id, request.school_id}
    return unchanged and starts_at(session.date, session.starts) > now


async def _keep(tx: Transaction, memory: AreaMemory, draft: Draft, clock: Clock, now: datetime) -> list[LiveMatch]:
    """Save what changed; propose what need not wait. What stands afterwards."""
    await matches.save_matches(tx, [*(step.match for step in (*draft.dropped, *draft.resized)), *draft.retimed])
    new = []
    for match in draft.new:
        released = drafting.release_at_once(memory, match, now)
        with telemetry.caused_by(match.correlation_id):
            new.append(await tell(tx, released, clock) if released else match)
    await matches.add_matches(tx, new)
    return [*draft.kept, *(step.match for step in draft.resized), *new]


async def _tell_outlooks(tx: Transaction, outlooks: list[Outlook], clock: Clock) -> None:
    told = await rounds.outlooks_by_request(tx, (one.request_id for one in outlooks))
    for one in outlooks:
        version, record = told.get(one.request_id, (0, {}))
        if outlook.has_news(one, record):
            await tell_outlook(tx, one, version + 1, clock)


def _round(planned: Planned, draft: Draft, outlooks: list[Outlook], round_id: UUID) -> Round:
    memory, plan = planned.memory, planned.thought.plan
    return Round(
        round_id=round_id,
        area_id=memory.area_id,
        started_at=memory.now,
        seconds=round(planned.seconds, 3),
        kind="repair" if planned.is_repair else "full",
        method=plan.method,
        objective=plan.objective,
        bound=plan.bound,
        gap=plan.gap,
        counts=_counts(planned, draft),
        versions=_versions(planned),
        report=report.equity_report(memory, outlooks),
    )


def _counts(planned: Planned, draft: Draft) -> dict[str, int]:
    problem = planned.instance
    return {
        "offers": len(problem.offers),
        "sessions": sum(len(offer.sessions) for offer in problem.offers),
        "requests": len(planned.memory.wishes),
        "fixed": sum(existing.status == "accepted" for existing in problem.existing),
        "planned": len(draft.new),
        "kept": len(draft.kept),
        "resized": len(draft.resized),
        "dropped": len(draft.dropped),
        "skipped": draft.skipped,
        "places_held": sum(match.pupils for match in draft.standing if match.held),
        "places_released": sum(match.pupils for match in draft.released),
    }


def _versions(planned: Planned) -> dict[str, Any]:
    policy = planned.memory.policy
    return {
        "solver": solver_version(),
        "seed": planned.limits.seed,
        "steps": planned.limits.steps,
        "ending": planned.thought.plan.ending,
        "policy": policy.version,
        "equity_rule": policy.equity_rule,
        "touched": asdict(planned.task.touched) if planned.task.touched else None,
        "look_ahead": dict(planned.thought.foreseen.notes) if planned.thought.foreseen else None,
    }
