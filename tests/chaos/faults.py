"""Breaks things as the plan says, several at a time, and mends each of them again."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from deploy.embedded.trouble import Trouble
from tests.chaos import deliveries, freezing, mailing
from tests.chaos.plan import DOORS, SERVERS, Fault
from tests.chaos.stage import Stage

_TRIES = 20


@dataclass(frozen=True)
class Incident:
    """A fault that happened: when it began, and when what it had broken was whole again."""

    fault: Fault
    began: float
    ended: float

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.ended - self.began


@dataclass
class Breaker:
    """Carries the faults out. Two never hit the same thing at once."""

    stage: Stage
    incidents: list[Incident] = field(default_factory=list)
    ended_unasked: Counter[str] = field(default_factory=Counter)
    _locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _down: set[str] = field(default_factory=set)

    async def break_all(self, waves: list[list[Fault]], at_once: int, rest: Callable[[], Awaitable[object]]) -> None:
        """Wave after wave, `at_once` faults at a time; after each wave `rest` lets the system come to itself."""
        for wave in waves:
            room = asyncio.Semaphore(at_once)
            async with asyncio.TaskGroup() as group:
                for fault in wave:
                    await room.acquire()
                    task = group.create_task(self._break_alone(fault))
                    task.add_done_callback(partial(_leave, room))
                    await asyncio.sleep(fault.pause)
            await rest()

    async def _break_alone(self, fault: Fault) -> None:
        async with self._locks[_what_it_hits(fault)]:
            began = time.time()
            await self._break(fault)
            self.incidents.append(Incident(fault, began, time.time()))

    async def _break(self, fault: Fault) -> None:  # noqa: C901 - one line a kind
        match fault.kind:
            case "kill" | "away":
                await self._take_away(fault)
            case "freeze":
                await self._freeze(fault)
            case "freeze in an email":
                await freezing.in_an_email(self.stage, fault, self._names("notifier-sender"))
            case "freeze in a round":
                await freezing.in_a_round(self.stage, fault, self._names("matcher-rounds"))
            case "join and leave":
                await self._join_and_leave(fault)
            case "cut":
                self.stage.proxies.act(fault.target, "cut")
            case "cut in the middle":
                self.stage.proxies.act(fault.target, "cut_in_the_middle")
            case "stall":
                await self._stall(fault)
            case "smtp":
                await mailing.fail(self.stage.addresses.mail_url, fault)
            case "everything twice":
                await deliveries.everything_twice(self.stage.addresses.kafka, fault.target)
            case "old events again":
                await deliveries.old_events_again(self.stage.addresses.kafka, fault)
            case "group reset":
                await self._reset(fault)

    async def _take_away(self, fault: Fault) -> None:
        supervisor, name = self.stage.supervisor, fault.target
        self._down.add(name)
        try:
            if supervisor.is_running(name):
                end = supervisor.kill if fault.kind == "kill" else supervisor.stop
                await asyncio.to_thread(end, name)
            await asyncio.sleep(fault.seconds)
            await self._start_again(name)
        finally:
            self._down.discard(name)

    async def _start_again(self, name: str) -> None:
        """Our own processes take their time, and may be hit again before they are ready. Servers are waited for.

        They may need more than one try: after a kill -9 PostgreSQL's memory is not free at once.
        """
        if name not in SERVERS:
            await asyncio.to_thread(self.stage.supervisor.restart, name, wait=False)
            return
        for attempt in range(_TRIES):
            try:
                await asyncio.to_thread(self.stage.supervisor.restart, name)
            except Trouble:
                if attempt + 1 == _TRIES:
                    raise
                await asyncio.sleep(0.5)
            else:
                return

    async def _freeze(self, fault: Fault) -> None:
        if not self.stage.supervisor.is_running(fault.target):
            return
        pid = self.stage.supervisor.pid(fault.target)
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(fault.seconds)
        finally:
            os.kill(pid, signal.SIGCONT)

    async def _join_and_leave(self, fault: Fault) -> None:
        supervisor, name = self.stage.supervisor, fault.target
        self._down.add(name)
        if not supervisor.is_running(name):
            await asyncio.to_thread(self.stage.system.start_another, name)
        await asyncio.sleep(fault.seconds)
        await asyncio.to_thread(supervisor.stop, name)

    async def _stall(self, fault: Fault) -> None:
        self.stage.proxies.act(fault.target, "stall")
        await asyncio.sleep(fault.seconds)
        self.stage.proxies.act(fault.target, "flow")

    async def _reset(self, fault: Fault) -> None:
        names = [name for name in self._names(f"{fault.target}-consumer") if self.stage.supervisor.is_running(name)]
        self._down |= set(names)
        try:
            await asyncio.gather(*(asyncio.to_thread(self.stage.supervisor.stop, name) for name in names))
            await deliveries.reset_group(self.stage.addresses.kafka, fault.target)
            await asyncio.gather(*(self._start_again(name) for name in names))
        finally:
            self._down -= set(names)

    def _names(self, base: str) -> list[str]:
        """Every copy of a process."""
        names = self.stage.system.process_names()
        return [name for name in names if name == base or name.startswith(f"{base}-")]

    async def mend(self) -> None:
        """No fault any more: doors open, mail server friendly, everybody running."""
        for door in DOORS:
            self.stage.proxies.act(door, "flow")
        await mailing.be_friendly(self.stage.addresses.mail_url)
        self._down.clear()
        await self.start_what_ended(note=False)
        for name in self.stage.system.process_names():
            await asyncio.to_thread(self.stage.supervisor.wait_until_ready, name)

    async def start_what_ended(self, *, note: bool = True) -> None:
        """Start again whoever ended by itself, as an operator's machinery would."""
        expected = {*self.stage.system.process_names(), *SERVERS}
        for name in self.stage.supervisor.ended():
            if name in expected and name not in self._down:
                self.ended_unasked[name] += note
                self._down.add(name)
                try:
                    await self._start_again(name)
                finally:
                    self._down.discard(name)

    async def watch_over(self) -> None:
        """Do that until cancelled."""
        while True:
            await self.start_what_ended()
            await asyncio.sleep(0.5)


def _leave(room: asyncio.Semaphore, _done: object) -> None:
    room.release()


def _what_it_hits(fault: Fault) -> str:
    """Faults with the same answer wait for each other."""
    match fault.kind:
        case "smtp" | "freeze in an email":
            return "mail's faults"
        case "freeze in a round":
            return "rounds"
        case "cut" | "cut in the middle" | "stall":
            return f"door {fault.target}"
        case "everything twice" | "old events again":
            return "deliveries"
        case "group reset":
            return f"{fault.target}-consumer"
    return fault.target
