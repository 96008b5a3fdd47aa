"""The command for a service whose database was restored from a backup, before anything else of it runs.

It takes what its own topics know newer, raises its versions far above any that was ever told, tells everything again,
and forgets once more whoever was erased. What it heard from others it hears anew afterwards, when all have done this:
`rebuild`.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Mapping
from pathlib import Path
from uuid import UUID

from services.plumbing import outbox, parked, restating, telemetry
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool, Transaction, transaction
from services.plumbing.rebuilding import open_patient_pool
from services.plumbing.recovery import NewestFacts, Recovery
from services.plumbing.rereading import CannotReread, newest_facts
from services.plumbing.settings import Settings

LEAP = 1_000_000
"""Versions go on from the next full million: nobody tells a million facts of one entity between two backups."""


class StillRuns(Exception):
    """A process of the service is at work: it would act on what is only half recovered."""


async def run(recovery: Recovery, settings: Settings, options: argparse.Namespace) -> int:
    """Recover and say so; 1 where it was refused, and nothing has changed."""
    telemetry.configure_logging(recovery.service, "recover", settings.log_level)
    pool = await open_patient_pool(settings, f"{recovery.service}-recover")
    try:
        said = await recover(pool, recovery, settings, people_in(options.erasures))
    except (CannotReread, StillRuns, ValueError) as error:
        print(f"Nothing has changed: {error}.")  # noqa: T201 - its answer
        return 1
    finally:
        await pool.close()
    print("; ".join(f"{what} {count}" for what, count in said.items()))  # noqa: T201 - its answer
    return 0


async def recover(pool: Pool, recovery: Recovery, settings: Settings, people: Collection[UUID] = ()) -> dict[str, int]:
    """Recover; how much of what. Safe to run again. Raises CannotReread or StillRuns."""
    read = {*(owned.entity for owned in recovery.owned), *recovery.also_reads}
    newest, unreadable = await newest_facts(settings, sorted(read, key=lambda entity: entity.topic))
    async with transaction(pool) as tx:
        await _check_is_alone(tx, recovery.service)
        taken = await _take(tx, recovery, newest, people)
    told = await restating.restate(
        pool, recovery, [owned.entity.topic for owned in recovery.owned], Clock.from_setting(settings.clock)
    )
    return {
        "unreadable": unreadable,
        **{f"taken {what}": count for what, count in taken.items()},
        **{f"told again {topic}": count for topic, count in told.items()},
    }


async def _take(
    tx: Transaction, recovery: Recovery, newest: NewestFacts, people: Collection[UUID]
) -> Mapping[str, int]:
    # An older fact that went out now would come after newer ones; all that it says is told again.
    await outbox.forget_all(tx)
    # What was parked is older than what is told again, and may name somebody who was erased since.
    await parked.erase_all(tx)
    taken = await recovery.take(tx, newest)
    erased = await recovery.erase(tx, people)
    await recovery.leap(tx, LEAP)
    return {**taken, "erased": erased}


def people_in(file: Path | None) -> list[UUID]:
    """The people that a file names, one id a line. Raises ValueError for a line that is no id."""
    return [UUID(line) for line in file.read_text().split()] if file else []


async def _check_is_alone(tx: Transaction, service: str) -> None:
    rows = await tx.fetch(
        """
        SELECT DISTINCT application_name FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE $1 AND application_name <> $2
        """,
        f"{service}-%",
        f"{service}-recover",
    )
    if rows:
        raise StillRuns(f"{', '.join(sorted(row[0] for row in rows))} is at work; stop it first")
