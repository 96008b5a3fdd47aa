"""The command that drops what a service heard from others and hears it again, in one transaction.

Whoever reads sees the old memory until the new one is whole: no process has to stand still, and none acts on half of
it. Whoever would write waits, and comes again. What was remembered on the way and never acted upon has its effect
afterwards; nothing else is said or sent, because nothing else is new.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from services.plumbing import patience, postgres, telemetry
from services.plumbing.clock import Clock
from services.plumbing.patience import Failure
from services.plumbing.postgres import Pool, Transaction, transaction
from services.plumbing.recovery import Heard, Recovery
from services.plumbing.rereading import CannotReread, facts_in, reread
from services.plumbing.settings import Settings

LONG = timedelta(hours=2)
_TRIES = 5


class WouldForget(Exception):
    """A topic is empty of which the memory is not: whoever owns it has to restate it first."""


@dataclass(frozen=True)
class Rebuilt:
    """How many facts are remembered, by topic; how many records hold none; on how much was acted afterwards."""

    remembered: Counter[str]
    unreadable: int
    acted_on: int


async def run(recovery: Recovery, settings: Settings, options: argparse.Namespace) -> int:
    """Rebuild and say so; 1 where it was refused, and nothing has changed."""
    telemetry.configure_logging(recovery.service, "rebuild", settings.log_level)
    pool = await open_patient_pool(settings, f"{recovery.service}-rebuild")
    try:
        rebuilt = await rebuild(pool, recovery, settings, even_if_empty=options.even_if_empty)
    except (CannotReread, WouldForget) as error:
        _say(f"Nothing has changed: {error}.")
        return 1
    finally:
        await pool.close()
    _say(f"remembered {_listed(rebuilt.remembered)}; unreadable {rebuilt.unreadable}; acted on {rebuilt.acted_on}")
    return 0


async def rebuild(pool: Pool, recovery: Recovery, settings: Settings, *, even_if_empty: bool = False) -> Rebuilt:
    """Hear everything again, then act on what had no effect yet. Raises CannotReread or WouldForget.

    Cut short before it is whole, nothing has changed; cut short after, it is to be run once more.
    """
    remembered, unreadable = await remember_anew(pool, recovery, settings, even_if_empty=even_if_empty)
    acted_on = await recovery.catch_up(pool, Clock.from_setting(settings.clock))
    return Rebuilt(remembered, unreadable, acted_on)


async def remember_anew(
    pool: Pool, recovery: Recovery, settings: Settings, *, even_if_empty: bool = False
) -> tuple[Counter[str], int]:
    """Replace the whole memory by what the topics hold; how many facts of each, and how many records hold none.

    Raises CannotReread or WouldForget, and what PostgreSQL raises where the tables were not free in time.
    """
    for left in reversed(range(_TRIES)):
        outcome = await patience.attempt(_replace(pool, recovery, settings, even_if_empty=even_if_empty))
        if not isinstance(outcome, Failure):
            return outcome
        if not outcome.passes or not left:
            raise outcome.error
    raise AssertionError("the last try returned or raised")


async def _replace(
    pool: Pool, recovery: Recovery, settings: Settings, *, even_if_empty: bool
) -> tuple[Counter[str], int]:
    by_topic = {heard.entity.topic: heard for heard in recovery.heard}
    entities = {topic: heard.entity for topic, heard in by_topic.items()}
    remembered, unreadable = Counter(dict.fromkeys(by_topic, 0)), 0
    async with transaction(pool) as tx:
        forgotten = {heard.entity.topic: await _forget(tx, heard) for heard in recovery.heard}
        async for batch in reread(settings, by_topic):
            facts, refused = facts_in(batch, entities)
            unreadable += refused
            for fact in facts:
                try:
                    await by_topic[fact.topic].remember(tx, fact)
                except ValueError:
                    # Refused before it came to the database, as when it was parked.
                    unreadable += 1
        for heard in recovery.heard:
            remembered[heard.entity.topic] = await _count(tx, heard)
        lost = [topic for topic, rows in forgotten.items() if rows and not remembered[topic]]
        if lost and not even_if_empty:
            raise WouldForget(f"{', '.join(lost)} holds nothing, and the memory of it does; restate it first")
    return remembered, unreadable


async def _forget(tx: Transaction, heard: Heard) -> int:
    """Lock the table for everybody but readers, and empty it; how many rows it had."""
    await tx.execute(f"LOCK TABLE {heard.table} IN EXCLUSIVE MODE")
    rows = await _count(tx, heard)
    await tx.execute(f"DELETE FROM {heard.table}")  # noqa: S608 - the service's own name for it
    return rows


async def _count(tx: Transaction, heard: Heard) -> int:
    return int(await tx.fetchval(f"SELECT count(*) FROM {heard.table}"))  # noqa: S608 - the service's own name for it


async def open_patient_pool(settings: Settings, name: str) -> Pool:
    """A pool whose transactions may take long: they read whole topics on the way."""
    patient = {"statement_timeout": LONG, "idle_in_transaction_timeout": LONG}
    return await postgres.open_pool(settings.model_copy(update=patient), name)


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{topic} {count}" for topic, count in sorted(counts.items()))


def _say(line: str) -> None:
    print(line)  # noqa: T201 - this is its answer
