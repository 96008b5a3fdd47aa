"""A service with nothing but plumbing: it notes the things it hears of, and says an echo of some.

Run as `python -m tests.plumbing.specimen consumer`, so that tests can kill, freeze and stop real processes.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any, ClassVar, Literal
from uuid import UUID

import asyncpg

from contracts.event import Entity, Fact
from services.plumbing import outbox
from services.plumbing.clock import Clock
from services.plumbing.entry import Service, enter
from services.plumbing.handlers import Handlers
from services.plumbing.postgres import Transaction
from services.plumbing.processes import Process
from services.plumbing.settings import Settings


class Thing(Entity):
    """What the specimen is told to do about it is in the thing itself."""

    topic: ClassVar[str] = "things"
    types: ClassVar[frozenset[str]] = frozenset({"thing.made.v1"})

    thing_id: UUID
    does: Literal["note", "wait", "break", "echo"] = "note"
    seconds: float = 0
    text: str = ""

    @property
    def entity_id(self) -> UUID:
        return self.thing_id


class Echo(Thing):
    """What the specimen says about a thing."""

    topic: ClassVar[str] = "echoes"
    types: ClassVar[frozenset[str]] = frozenset({"echo.heard.v1"})


class SpecimenSettings(Settings):
    http_port: int = 0


handlers = Handlers("specimen")


@handlers.on(Thing)
async def on_thing(tx: Transaction, fact: Fact[Thing], clock: Clock) -> None:
    thing = fact.data
    await _note_effect(tx, fact)
    if thing.does == "break":
        raise ValueError(f"a handler's own mistake\0 about {thing.text}")
    if thing.does == "wait":
        await _begin(fact.id)
        await _wait(tx, thing.seconds)
    if thing.does == "echo":
        echo = Echo(thing_id=thing.thing_id, text=thing.text)
        await outbox.say(tx, echo, "echo.heard.v1", version=1, clock=clock, source="specimen")


@handlers.on(Echo)
async def on_echo(tx: Transaction, fact: Fact[Echo], clock: Clock) -> None:
    await _note_effect(tx, fact)


async def _note_effect(tx: Transaction, fact: Fact[Any]) -> None:
    await tx.execute(
        "INSERT INTO own.effects (event_id, thing_id, version, done_by) VALUES ($1, $2, $3, $4)",
        fact.id,
        fact.data.thing_id,
        fact.aggregate_version,
        os.getpid(),
    )


async def _begin(event_id: UUID) -> None:
    connection = await asyncpg.connect(os.environ["ENCOUNTERS_DATABASE_URL"])
    await connection.execute("INSERT INTO own.beginnings (event_id, begun_by) VALUES ($1, $2)", event_id, os.getpid())
    await connection.close()


async def _wait(tx: Transaction, seconds: float) -> None:
    """Be busy for so long, or until the test says that it is enough."""
    for _ in range(int(seconds / 0.05)):
        if await tx.fetchval("SELECT EXISTS (SELECT FROM own.enough)"):
            return
        await asyncio.sleep(0.05)


async def idle(process: Process[SpecimenSettings]) -> None:
    """A process that has nothing to do but to be asked to stop."""
    await process.stopping.wait()


async def stubborn(process: Process[SpecimenSettings]) -> None:
    """A process that does not stop when asked."""
    await asyncio.sleep(process.settings.graceful_timeout.total_seconds() + 60)


SPECIMEN = Service(
    "specimen",
    settings="tests.plumbing.specimen:SpecimenSettings",
    processes={
        "idle": "tests.plumbing.specimen:idle",
        "stubborn": "tests.plumbing.specimen:stubborn",
        "api": "tests.plumbing.specimen_api:run",
    },
    handlers="tests.plumbing.specimen:handlers",
    migrations="tests.plumbing.specimen",
)

if __name__ == "__main__":
    sys.exit(enter(SPECIMEN, sys.argv[1:]))
