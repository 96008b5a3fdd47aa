"""The rounds process: areas that have news are planned, and planned matches are told when their window is over.

An area never waits for another: several are planned at a time, each under its own lease, and nothing is held open
while the solver thinks.
"""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

from contracts.rounds import Round
from services.matcher import reading
from services.matcher.area import AreaMemory
from services.matcher.expecting import ahead_of
from services.matcher.instance import Instance
from services.matcher.releasing import release_due
from services.matcher.settings import MatcherSettings
from services.matcher.solver import Infeasible
from services.matcher.store import areas, waiting
from services.matcher.store import rounds as store
from services.matcher.store.areas import Lease, Patience
from services.matcher.store.reading import read_area
from services.matcher.thinkers import Think, Thinkers
from services.matcher.thinking import Limits, PlanBroken, Task, Thought, Touched
from services.matcher.writing import TRIES, Planned, write_plan
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool, transaction
from services.plumbing.processes import Process

PURGED_AT_ONCE = 200
# A round that was overtaken takes a solver process from others: so soon it is noticed.
KEEPING_SECONDS = 0.5
log = structlog.stdlib.get_logger(__name__)

ROUNDS = Counter("rounds_total", "Rounds by how they ended", ["ended"])
SECONDS = Histogram("round_solver_seconds", "What the solver took", buckets=(0.05, 0.1, 0.3, 1, 3, 10, 30, 60, 120))
GAP = Gauge("round_gap", "The share by which a better plan could at most exceed the last one")
HELD = Gauge("places_held_back", "Places that the last round of an area held back", ["area_id"])
RELEASED = Counter("places_released_total", "Places that rounds held back no longer")
FAILED = Counter("look_ahead_failed_total", "Rounds that were planned without looking ahead, because it failed")
GIVEN_UP = Gauge("areas_given_up", "Areas whose rounds could not write what they planned, again and again")
WAITING = Gauge("waiting_facts", "What was heard and still lacks something", ["lacks"])
WAITING_SECONDS = Gauge("waiting_oldest_seconds", "How long the oldest of them has waited", ["lacks"])


@dataclass(frozen=True)
class Rules:
    """How rounds are run."""

    patience: Patience
    limits: Limits
    small: int = 4_000
    """Up to so many offers times requests a full round takes a moment, and repairing first would gain nothing."""
    ahead_seconds: float = 20
    """What a round may take to ask its scenarios. Repairs ask none."""

    @classmethod
    def of(cls, settings: MatcherSettings) -> "Rules":
        """As the operator set them."""
        return cls(
            Patience(settings.debounce, settings.debounce_max, settings.lease, settings.overtaking_max),
            Limits(settings.seed, settings.solve_steps, settings.solve_seconds_max),
            ahead_seconds=settings.look_ahead_seconds_max,
        )


async def run(process: Process[MatcherSettings]) -> None:
    """Plan, release and count until asked to stop."""
    settings = process.settings
    rules = Rules.of(settings)
    thinkers = Thinkers(settings.solvers + 1, rules.limits)
    try:
        await thinkers.start()
        async with process.pool() as pool:
            await _turn_loops(process, pool, thinkers.think, rules)
    finally:
        thinkers.close()


async def _turn_loops(process: Process[MatcherSettings], pool: Pool, think: Think, rules: Rules) -> None:
    settings, clock = process.settings, process.clock
    patient = timedelta(seconds=settings.solve_seconds_max + settings.look_ahead_seconds_max) + timedelta(minutes=1)

    async def plan() -> object:
        return await run_one(pool, think, clock, rules)

    async def repair() -> object:
        return await run_one(pool, think, clock, rules, only_repairs=True)

    async def release() -> object:
        return await release_due(pool, clock)

    async def count() -> None:
        await count_waiting(pool)
        await purge_inputs(pool, clock, settings.round_inputs_kept)

    await asyncio.gather(
        *(process.repeat(plan, settings.rounds_poll, patient, f"plan {n}") for n in range(settings.solvers)),
        # Somebody declined while all the others plan whole areas: the next school need not wait for them.
        process.repeat(repair, settings.rounds_poll, patient, "repair"),
        process.repeat(release, settings.rounds_poll, patient, "release"),
        process.repeat(count, timedelta(seconds=10), patient, "count what waits"),
    )


async def run_one(pool: Pool, think: Think, clock: Clock, rules: Rules, *, only_repairs: bool = False) -> Round | None:
    """Plan one area that has news; None if none has, or if the area was taken over meanwhile."""
    async with transaction(pool) as tx:
        lease = await areas.lease_area(tx, clock.today(), rules.patience, only_repairs=only_repairs)
    if lease is None:
        return None
    async with transaction(pool) as tx:
        memory = await read_area(tx, lease, clock.now())
    if not memory.hubs:
        await _leave(pool, lease, memory)
        return None
    problem = reading.read(memory)
    task = _task(memory, problem, rules)

    try:
        started = time.monotonic()
        thought = await _kept(pool, lease, rules.patience.lease, _think(think, problem, task))
        seconds = time.monotonic() - started
        planned = Planned(lease, memory, problem, thought, seconds, rules.limits, task)
        async with transaction(pool) as tx:
            written = await write_plan(tx, planned, clock)
    except areas.Fenced as overtaken:
        # A repair came in between, or another matcher after a lease that ran out. The area's news is still news.
        ROUNDS.labels("fenced").inc()
        log.warning("Fenced: a plan was thrown away", area_id=str(lease.area_id), why=str(overtaken))
        return None
    _tell_operators(written)
    return written


def _task(memory: AreaMemory, problem: Instance, rules: Rules) -> Task:
    if memory.is_repair:
        return Task(touched=touched_by(memory, problem, rules.small))
    return Task(ahead=ahead_of(memory, problem, rules.ahead_seconds))


async def _think(think: Think, problem: Instance, task: Task) -> Thought:
    """Think, and let operators be alarmed by a plan that breaks a rule: nothing of it is written."""
    try:
        return await think(problem, task)
    except (PlanBroken, Infeasible):
        ROUNDS.labels("broken").inc()
        raise


def touched_by(memory: AreaMemory, problem: Instance, small: int) -> Touched | None:
    """What came free, where repairing is quicker than planning everything anew; None where it is not."""
    is_small = len(problem.offers) * len(problem.requests) <= small and not memory.policy.holds_back
    if is_small or not memory.freed:
        return None
    offers, requests = ({str(id_) for id_ in ids} for ids in zip(*memory.freed, strict=True))
    return Touched(sorted(offers), sorted(requests))


async def _leave(pool: Pool, lease: Lease, memory: AreaMemory) -> None:
    """No hub of the area has been heard of: its offers wait, and its hub will be news."""
    async with transaction(pool) as tx:
        await areas.hold_lease(tx, lease)
        await areas.mark_planned(tx, lease, memory.news, memory.today)


async def _kept(pool: Pool, lease: Lease, lasts: timedelta, thinking: Coroutine[Any, Any, Thought]) -> Thought:
    """What is thought, while the lease is renewed. Raises Fenced as soon as somebody else has the area."""
    ours = asyncio.ensure_future(thinking)
    keeping = asyncio.ensure_future(_keep(pool, lease, lasts))
    try:
        await asyncio.wait([ours, keeping], return_when=asyncio.FIRST_COMPLETED)
        if not ours.done() and isinstance(lost := keeping.exception(), areas.Fenced):
            raise lost
        # A renewal that failed otherwise shows when the plan is written: under a lease that ran out, perhaps fenced.
        return await ours
    finally:
        ours.cancel()
        keeping.cancel()
        await asyncio.gather(ours, keeping, return_exceptions=True)


async def _keep(pool: Pool, lease: Lease, lasts: timedelta) -> None:
    while True:
        await asyncio.sleep(min(KEEPING_SECONDS, lasts.total_seconds() / 3))
        await areas.renew_lease(pool, lease, lasts)


async def count_waiting(pool: Pool) -> None:
    """Show operators what was heard and still lacks its school, hub, employer or match, and areas that are given up."""
    async with transaction(pool) as tx:
        GIVEN_UP.set(await areas.count_skipping(tx, TRIES))
        for lacks, count, oldest_seconds in await waiting.waiting_facts(tx):
            WAITING.labels(lacks).set(count)
            WAITING_SECONDS.labels(lacks).set(oldest_seconds)


async def purge_inputs(pool: Pool, clock: Clock, kept: timedelta) -> int:
    """Forget what went into rounds longer ago than `kept`; how many. Only what is kept can be replayed."""
    async with transaction(pool) as tx:
        return await store.purge_inputs(tx, clock.now() - kept, PURGED_AT_ONCE)


def _tell_operators(done: Round) -> None:
    ROUNDS.labels("written").inc()
    SECONDS.observe(done.seconds)
    if done.gap is not None:
        GAP.set(done.gap)
    HELD.labels(str(done.area_id)).set(done.counts["places_held"])
    RELEASED.inc(done.counts["places_released"])
    if done.counts["skipped"]:
        log.warning("not all of the plan could be written", round_id=str(done.round_id), skipped=done.counts["skipped"])
    if failed := (done.versions["look_ahead"] or {}).get("failed"):
        FAILED.inc()
        log.error("the round could not look ahead", round_id=str(done.round_id), fault=failed)
    log.info(
        "round",
        round_id=str(done.round_id),
        area_id=str(done.area_id),
        seconds=done.seconds,
        gap=done.gap,
        **done.counts,
    )
