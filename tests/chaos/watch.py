"""Looks at the databases all the while, past the proxies: what is late, and whether a session is over its places."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from contracts.topics import TOPICS
from tests.chaos.stage import PACE, Stage

READERS = {topic.name: topic.readers for topic in TOPICS}
_PAUSE_SECONDS = 0.4
_LOOKS_IN_ROW = 3
_CHECK_AGAIN_SECONDS = 8.0

OVERBOOKED = """
    SELECT m.session_id::text, sum(m.places)::int AS taken, (o.record ->> 'max_pupils')::int AS places
      FROM own.matches m JOIN memory.offers o ON o.id = m.offer_id
     WHERE m.places > 0
       -- What had ended and took place after all holds its places whether they fit or not.
       AND NOT EXISTS (SELECT FROM jsonb_array_elements(m.history) AS was
                        WHERE was ->> 'state' NOT IN ('proposed', 'accepted', 'confirmed', 'delivered'))
     GROUP BY m.session_id, o.id
    HAVING sum(m.places) > (o.record ->> 'max_pupils')::int AND bool_or(m.state <> 'delivered')
"""
_LETTERS = """
    SELECT min(due_at) FROM own.letters
     WHERE state IN ('waiting', 'sending') AND due_at <= $1 AND (hold_until IS NULL OR hold_until <= $1)
"""
_NEWS = """
    SELECT extract(epoch FROM min(since))::float FROM own.news JOIN own.areas ON id = area_id WHERE news > planned
"""


@dataclass
class Sample:
    """How late the latest thing is, at one moment; None where a database could not be asked."""

    at: float
    late: dict[str, float] | None
    late_seconds: float

    @property
    def is_well(self) -> bool:
        """Whether everything gets through."""
        return self.late is not None and all(seconds < self.late_seconds for seconds in self.late.values())

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is under way."""
        return self.late is not None and not any(self.late.values())


@dataclass
class Watch:
    """Samples, and what no sample should have shown."""

    stage: Stage
    late_seconds: float
    """What takes longer than this is late."""
    samples: list[Sample] = field(default_factory=list)
    overbooked: dict[str, str] = field(default_factory=dict)
    _pending: defaultdict[str, dict[Any, float]] = field(default_factory=lambda: defaultdict(dict))
    _known: set[Any] = field(default_factory=set)
    _since: dict[str, datetime] = field(default_factory=dict)
    _connections: dict[str, Any] = field(default_factory=dict)
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def look(self) -> Sample:
        """Take one sample; only one at a time, whoever asks."""
        async with self._alone:
            return await self._look()

    async def _look(self) -> Sample:
        at = time.time()
        try:
            async with asyncio.timeout(5):
                late = await self._late(at)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            late = None
            await self._hang_up()
        self.samples.append(Sample(at, late, self.late_seconds))
        return self.samples[-1]

    async def well(self, seconds: float) -> Sample:
        """Wait until three looks in a row find that everything gets through; the last, whether it does or not."""
        return await self._wait(seconds, lambda sample: sample.is_well)

    async def quiet(self, seconds: float) -> Sample:
        """Wait until three looks in a row find nothing under way; the last, whether it does or not."""
        return await self._wait(seconds, lambda sample: sample.is_quiet)

    async def _wait(self, seconds: float, is_reached: Callable[[Sample], bool]) -> Sample:
        give_up, in_row = time.monotonic() + seconds, 0
        while True:
            sample = await self.look()
            in_row = in_row + 1 if is_reached(sample) else 0
            if in_row == _LOOKS_IN_ROW or time.monotonic() > give_up:
                return sample
            await asyncio.sleep(_PAUSE_SECONDS)

    async def close(self) -> None:
        """Hang up."""
        await self._hang_up()

    async def _late(self, at: float) -> dict[str, float]:
        for writer in ("registry", "matcher", "notifier"):
            await self._note_recorded(writer)
        late = {}
        for reader in ("registry", "matcher", "notifier"):
            late[f"{reader} hears"] = await self._oldest_unheard(reader, at)
        matcher, notifier = await self._ask("matcher"), await self._ask("notifier")
        since = await matcher.fetchval(_NEWS)
        late["matcher plans"] = max(at - since, 0.01) if since else 0.0
        business = self.stage.clock.now()
        due = await notifier.fetchval(_LETTERS, business)
        late["notifier sends"] = max((business - due).total_seconds() / PACE, 0.01) if due else 0.0
        for row in await matcher.fetch(OVERBOOKED):
            self.overbooked[row["session_id"]] = f"{row['taken']} of {row['places']} places at {business.isoformat()}"
        return late

    async def _note_recorded(self, writer: str) -> None:
        """New rows of the outbox have to be heard by each reader of their topic. A row may become visible late."""
        connection = await self._ask(writer)
        rows = await connection.fetch(
            """
            SELECT topic, (headers ->> 'ce_id')::uuid AS id, extract(epoch FROM recorded_at)::float AS at, recorded_at
              FROM own.outbox WHERE recorded_at > $1::timestamptz - interval '20 seconds'
            """,
            self._since.get(writer, datetime.fromisoformat("2020-01-01T00:00:00+00:00")),
        )
        for row in rows:
            if row["id"] not in self._known:
                self._known.add(row["id"])
                for reader in READERS[row["topic"]]:
                    self._pending[reader][row["id"]] = row["at"]
        if rows:
            self._since[writer] = max(row["recorded_at"] for row in rows)

    async def _oldest_unheard(self, reader: str, at: float) -> float:
        pending = self._pending[reader]
        if not pending:
            return 0.0
        connection = await self._ask(reader)
        heard = await connection.fetch(
            "SELECT event_id FROM memory.inbox WHERE event_id = ANY($1::uuid[])", list(pending)
        )
        for row in heard:
            pending.pop(row["event_id"], None)
        if any(at - recorded > _CHECK_AGAIN_SECONDS for recorded in pending.values()):
            await self._drop_forgotten(reader)
        return max(at - min(pending.values()), 0.01) if pending else 0.0

    async def _drop_forgotten(self, reader: str) -> None:
        """What tells of an erased person is removed from the outbox before it is ever published."""
        there = set()
        for writer in ("registry", "matcher", "notifier"):
            connection = await self._ask(writer)
            rows = await connection.fetch(
                "SELECT (headers ->> 'ce_id')::uuid AS id FROM own.outbox WHERE (headers ->> 'ce_id')::uuid = ANY($1)",
                list(self._pending[reader]),
            )
            there |= {row["id"] for row in rows}
        self._pending[reader] = {id_: at for id_, at in self._pending[reader].items() if id_ in there}

    async def _ask(self, service: str) -> Any:
        if service not in self._connections:
            url = self.stage.addresses.databases[service]
            self._connections[service] = await asyncpg.connect(url, timeout=3, command_timeout=5)
        return self._connections[service]

    async def _hang_up(self) -> None:
        for connection in self._connections.values():
            connection.terminate()
        self._connections.clear()
