"""One run: the load and the faults together, then peace, then the checker's verdict."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from contracts.links import LinkKey
from tests.chaos.caller import Caller
from tests.chaos.cast import CAST
from tests.chaos.checker.promises import Breach, verify
from tests.chaos.checker.reading import Places, read_state
from tests.chaos.checker.state import State
from tests.chaos.faults import Breaker, Incident
from tests.chaos.journal import Journal
from tests.chaos.letterbox import Letterbox
from tests.chaos.load import World
from tests.chaos.plan import Fault
from tests.chaos.stage import Stage
from tests.chaos.town import build
from tests.chaos.watch import Sample, Watch

ORIGINATORS = {"matcher-rounds", "matcher-rounds-2", "notifier-sender", "notifier-sender-2"}
"""Who acts because of the time alone: stopped before the books are read."""


@dataclass(frozen=True)
class Wish:
    """What a run is to be like."""

    seed: int
    faults: list[Fault]
    at_once: int = 4
    wave: int = 7
    """So many faults come close together; then it waits until all is well again, so that there is work to disturb."""
    calm: float = 1.0
    """So many times longer everybody pauses between what they do."""
    late_seconds: float = 5.0
    """With nothing broken everything gets through faster than this."""
    warm_seconds: float = 5.0
    settle_seconds: float = 0.0
    """After a wave: so long it takes until what it did can be seen to be late."""
    rest_seconds: float = 3.0
    well_seconds: float = 20.0
    quiet_seconds: float = 150.0

    @classmethod
    def to_measure(cls, seed: int, faults: list[Fault]) -> Wish:
        """One fault at a time, under a load that leaves two cores idle: what is late is so because of the fault."""
        return cls(seed, faults, 1, 1, calm=6, late_seconds=2.0, settle_seconds=4, rest_seconds=0.5, well_seconds=180)

    @property
    def waves(self) -> list[list[Fault]]:
        """The faults, as they come together."""
        return [self.faults[start : start + self.wave] for start in range(0, len(self.faults), self.wave)]


@dataclass
class Result:
    """What came of it."""

    wish: Wish
    state: State
    breaches: list[Breach]
    incidents: list[Incident]
    samples: list[Sample]
    journal: Journal
    ended_unasked: dict[str, int]
    seconds: dict[str, float] = field(default_factory=dict)


async def run(stage: Stage, wish: Wish, say: Callable[[str], None]) -> Result:
    """Everything from the first call to the verdict, on a stage that stands."""
    journal, began = Journal(), time.monotonic()
    async with _connections(stage) as (api, pages):
        world = await _world(stage, wish, journal, (api, pages))
        say(f"Seed {wish.seed}: the town stands; {len(wish.faults)} faults under load.")
        set_up = time.monotonic()
        breaker, watch = Breaker(stage), Watch(stage, wish.late_seconds)
        await _disturb(world, wish, breaker, watch)
        disturbed = time.monotonic()
        say(f"Seed {wish.seed}: the faults are over after {disturbed - set_up:.0f} s; waiting until it is quiet.")
        calm = await _calm_down(stage, wish, watch)
        state = await _books(stage, journal, world.operator)
    state.meta |= {"seed": wish.seed, "overbooked": dict(watch.overbooked), **calm}
    seconds = {"set up": set_up - began, "faults": disturbed - set_up, "quiet": time.monotonic() - disturbed}
    unasked = dict(breaker.ended_unasked)
    return Result(wish, state, verify(state), breaker.incidents, watch.samples, journal, unasked, seconds)


class _connections:  # noqa: N801 - reads as a function
    """Clients for the API and for the pages, that expect connections to break."""

    def __init__(self, stage: Stage) -> None:
        limits = httpx.Limits(max_connections=40)
        self._api = httpx.AsyncClient(base_url=stage.api_url, timeout=8, limits=limits)
        self._pages = httpx.AsyncClient(timeout=8, limits=limits)

    async def __aenter__(self) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
        return self._api, self._pages

    async def __aexit__(self, *_: object) -> None:
        await self._api.aclose()
        await self._pages.aclose()


async def _world(
    stage: Stage, wish: Wish, journal: Journal, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> World:
    chance = Random(f"{wish.seed}/town")
    key = await asyncio.to_thread(_operator_key, stage)
    operator = Caller(clients[0], key, chance, journal.lost)
    town = await build(operator, chance)
    letterbox = Letterbox(stage.mail_folder, LinkKey.parse(stage.system.link_keys), stage.clock)
    return World(town, operator, clients[1], letterbox, journal, stage.clock)


def _operator_key(stage: Stage) -> str:
    argv, environment = stage.system.command("registry", "operator-key")
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


async def _disturb(world: World, wish: Wish, breaker: Breaker, watch: Watch) -> None:
    """The load, and on top of it the faults."""
    actors = [asyncio.ensure_future(actor.play(world, wish.seed, wish.calm)) for actor in CAST]
    watching = [asyncio.ensure_future(watch.run()), asyncio.ensure_future(breaker.watch_over())]

    async def rest() -> None:
        await asyncio.sleep(wish.settle_seconds)
        await watch.well(wish.well_seconds)
        await asyncio.sleep(wish.rest_seconds)

    await asyncio.sleep(wish.warm_seconds)
    await breaker.break_all(wish.waves, wish.at_once, rest)
    for task in watching:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*watching)
    world.stopping.set()
    await breaker.mend()
    await asyncio.gather(*actors)


async def _calm_down(stage: Stage, wish: Wish, watch: Watch) -> dict[str, Any]:
    """No timers any more, then quiet, then nobody who acts by the time alone: since when, and what is late for ever."""
    await watch.well(wish.quiet_seconds)
    timers_until = stage.clock.now().isoformat()
    await asyncio.to_thread(stage.supervisor.stop, "registry-ticker")
    first = await watch.quiet(wish.quiet_seconds)
    quiet_at = stage.clock.now().isoformat()
    for name in ORIGINATORS & set(stage.system.process_names()):
        await asyncio.to_thread(stage.supervisor.stop, name)
    last = await watch.quiet(30)
    await watch.close()
    late = {} if first.is_quiet else first.late or {"a database": wish.quiet_seconds}
    hearing = {name: seconds for name, seconds in (last.late or {}).items() if name.endswith("hears") and seconds}
    late = {name: seconds for name, seconds in {**late, **hearing}.items() if seconds}
    return {"timers_until": timers_until, "quiet_at": quiet_at, "late": late}


async def _books(stage: Stage, journal: Journal, operator: Caller) -> State:
    """What is written down everywhere, with nobody writing any more."""
    progress = {}
    for school in (await operator.read("/v1/schools?limit=200")).body["items"]:
        shown = await operator.read(f"/v1/schools/{school['school_id']}/progress")
        progress[school["school_id"]] = shown.body["items"]
    addresses = stage.addresses
    places = Places(addresses.kafka, addresses.databases, addresses.mail_folder)
    return await read_state(places, journal.as_json(), progress)
