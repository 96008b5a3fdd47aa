"""The load: employers, schools, readers of mails and operators, each drawing what to do next from the seed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random

import httpx

from services.plumbing.clock import Clock
from tests.chaos.caller import Caller
from tests.chaos.journal import Journal
from tests.chaos.letterbox import Letterbox
from tests.chaos.town import Town


@dataclass
class World:
    """What every actor is given."""

    town: Town
    operator: Caller
    pages: httpx.AsyncClient
    letterbox: Letterbox
    journal: Journal
    clock: Clock
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    offers: list[tuple[str, str]] = field(default_factory=list)
    """Published ones, with the key of their employer."""
    requests: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Open ones by cohort, with the key of their school."""

    def now(self) -> str:
        """Business time, for the journal."""
        return self.clock.now().isoformat()


Act = Callable[[World, Caller, Random], Awaitable[None]]


@dataclass(frozen=True)
class Actor:
    """Somebody who does one of several things again and again, some more often than others."""

    name: str
    acts: Sequence[tuple[Act, int]]
    pause: tuple[float, float] = (0.2, 0.7)

    async def play(self, world: World, seed: int, calm: float = 1.0) -> None:
        """Act until the load is to stop, pausing `calm` times longer than usual.

        What the seed decides is what is tried; what comes of it, the system.
        """
        chance = Random(f"{seed}/{self.name}")
        acts, weights = zip(*self.acts, strict=True)
        while not world.stopping.is_set():
            (act,) = chance.choices(acts, weights)
            try:
                await act(world, world.operator.with_key(world.operator.key), chance)
            except TimeoutError:
                world.journal.lost[f"{act.__name__} (given up)"] += 1
            await _pause(calm * chance.uniform(*self.pause), world.stopping)


async def _pause(seconds: float, stopping: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
