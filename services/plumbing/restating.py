"""The command that tells again, through the outbox, the present state of every entity that a service owns.

For a topic that lost it. A state told again is a fact like any other: newer by one version, with an id of its own; but
nothing in it is new, so that readers who have it already neither send nor change anything.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Collection
from uuid import UUID

from services.plumbing import outbox, postgres, telemetry
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool, transaction
from services.plumbing.recovery import Owned, Recovery
from services.plumbing.settings import Settings

BATCH = 100
_FIRST = UUID(int=0)


async def run(recovery: Recovery, settings: Settings, options: argparse.Namespace) -> int:
    """Restate all topics of the service or the one named; the exit code."""
    telemetry.configure_logging(recovery.service, "restate", settings.log_level)
    ours = [owned.entity.topic for owned in recovery.owned]
    topics = [options.topic] if options.topic else ours
    if not set(topics) <= set(ours):
        print(f"{recovery.service} owns {', '.join(ours)}, not {options.topic}.")  # noqa: T201 - its answer
        return 2
    pool = await postgres.open_pool(settings, f"{recovery.service}-restate")
    try:
        told = await restate(pool, recovery, topics, Clock.from_setting(settings.clock))
    finally:
        await pool.close()
    for topic, count in told.items():
        print(f"{topic}: {count} told again")  # noqa: T201 - this is its answer
    return 0


async def restate(pool: Pool, recovery: Recovery, topics: Collection[str], clock: Clock) -> Counter[str]:
    """Record the present state of every entity on these topics, some at a time; how many, by topic."""
    told = Counter(dict.fromkeys(topics, 0))
    for owned in recovery.owned:
        if owned.entity.topic in topics:
            with telemetry.caused_by():
                told[owned.entity.topic] = await _restate_one(pool, recovery.service, owned, clock)
    return told


async def _restate_one(pool: Pool, service: str, owned: Owned, clock: Clock) -> int:
    last, told = _FIRST, 0
    while True:
        async with transaction(pool) as tx:
            batch = await owned.raise_versions(tx, last, BATCH)
            for entity, version in batch:
                await outbox.say(tx, entity, owned.type_, version=version, clock=clock, source=service)
        if not batch:
            return told
        last, told = batch[-1][0].entity_id, told + len(batch)
