"""Looking into the databases of a whole system, giving its operator's commands, and waiting until it is quiet."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient

from deploy.demo.stage import until
from deploy.embedded.system import PROCESSES, System
from deploy.topics import create_topics
from services.plumbing.postgres import Pool
from services.plumbing.rebuilding import open_patient_pool
from services.plumbing.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
QUIET_WITHIN_SECONDS = 75.0
Rows = list[Any]
OF_THE_TELLING = ("version", "correlation_id", "told_at", "settled")
"""What tells an entity that was told again from one that was not."""

# The same thing as each service sees it; where they agree, all of a pair's answers are the same.
VIEWS: dict[str, dict[str, str]] = {
    "matches": {
        "matcher": "SELECT id, version, state, pupils, terms_version FROM own.matches WHERE version > 0 ORDER BY 1",
        "registry": "SELECT match_id, version, state, pupils, (record ->> 'terms_version')::int"
        " FROM memory.matches ORDER BY 1",
        "notifier": "SELECT match_id, version, match ->> 'state', (match ->> 'pupils')::int,"
        " (match ->> 'terms_version')::int FROM memory.matches ORDER BY 1",
    },
    "offers": {
        "registry": "SELECT offer_id, version, state FROM own.offers ORDER BY 1",
        "matcher": "SELECT id, version, state FROM memory.offers ORDER BY 1",
    },
    "requests": {
        "registry": "SELECT request_id, version, state FROM own.requests ORDER BY 1",
        "matcher": "SELECT id, version, state FROM memory.requests ORDER BY 1",
    },
    "schools": {
        "registry": "SELECT school_id, version FROM own.schools ORDER BY 1",
        "matcher": "SELECT id, version FROM memory.schools ORDER BY 1",
    },
    "hubs": {
        "registry": "SELECT hub_id, version FROM own.hubs ORDER BY 1",
        "matcher": "SELECT id, version FROM memory.hubs ORDER BY 1",
        "notifier": "SELECT hub_id, version FROM memory.hubs ORDER BY 1",
    },
    "contacts": {
        "registry": "SELECT contact_id, version, state, email FROM own.contacts ORDER BY 1",
        "notifier": "SELECT contact_id, version, contact ->> 'state', contact ->> 'email'"
        " FROM memory.contacts ORDER BY 1",
    },
    "answers": {
        "registry": "SELECT match_id, version FROM own.answers WHERE version > 0 ORDER BY 1",
        "matcher": "SELECT id, version FROM memory.answers ORDER BY 1",
        "notifier": "SELECT match_id, version FROM memory.answers ORDER BY 1",
    },
    "letters": {
        "notifier": "SELECT letter_id, version, state FROM own.letters"
        " WHERE state NOT IN ('waiting', 'sending') ORDER BY 1",
        "registry": "SELECT letter_id, version, state FROM memory.letters ORDER BY 1",
        "matcher": "SELECT id, version, record ->> 'state' FROM memory.letters ORDER BY 1",
    },
    "outlooks": {
        "matcher": "SELECT request_id, version FROM own.outlooks ORDER BY 1",
        "registry": "SELECT request_id, version FROM memory.outlooks ORDER BY 1",
    },
    "rounds": {
        "matcher": "SELECT id, version FROM own.rounds ORDER BY 1",
        "registry": "SELECT round_id, version FROM memory.rounds ORDER BY 1",
    },
}


@dataclass(frozen=True)
class Said:
    """How an operator's command ended."""

    code: int
    text: str


@dataclass(frozen=True)
class Installation:
    """One running system."""

    system: System

    def settings(self, service: str) -> Settings:
        wanted = self.system.wanted
        return Settings.model_validate(
            {
                "database_url": self.system.databases[service],
                "kafka_bootstrap": self.system.parts.kafka_bootstrap,
                "topic_prefix": wanted.topic_prefix,
                "clock": wanted.clock,
            }
        )

    async def order(self, service: str, *arguments: str) -> Said:
        """Give a service's command in a process of its own, as an operator does."""
        argv, environment = self.system.command(service, *arguments)
        done = await asyncio.to_thread(
            subprocess.run,
            argv,
            env={**os.environ, **environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        return Said(done.returncode, done.stdout + (done.stderr if done.returncode > 1 else ""))

    @asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[asyncpg.Connection[Any]]:
        connection = await asyncpg.connect(self.system.databases[service])
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def patient_pool(self, service: str, name: str) -> AsyncIterator[Pool]:
        """As a command has it that reads whole topics on its way."""
        pool = await open_patient_pool(self.settings(service), f"{service}-{name}")
        try:
            yield pool
        finally:
            await pool.close()

    async def ask(self, service: str, question: str, *values: Any) -> Rows:
        """The rows of one question to one database, as tuples."""
        async with self.database(service) as connection:
            return [tuple(row) for row in await connection.fetch(question, *values)]

    async def tell(self, service: str, statement: str) -> None:
        async with self.database(service) as connection:
            await connection.execute(statement)

    async def memory(self, service: str, but: tuple[str, ...] = ()) -> dict[str, Rows]:
        """Every row of what the service remembers of others, less when it was heard and what `but` names."""
        less = ["heard_at", *but]
        tables = await self.ask(
            service,
            "SELECT table_name::text FROM information_schema.tables"
            " WHERE table_schema = 'memory' AND table_name <> 'inbox' ORDER BY 1",
        )
        return {
            name: sorted(
                await self.ask(service, f"SELECT (to_jsonb(t) - $1::text[])::text FROM memory.{name} t", less)  # noqa: S608
            )
            for (name,) in tables
        }

    async def told(self, service: str) -> int:
        """How many facts the service ever recorded."""
        return int((await self.ask(service, "SELECT coalesce(max(id), 0) FROM own.outbox"))[0][0])

    async def rounds(self) -> int:
        return int((await self.ask("matcher", "SELECT count(*) FROM own.rounds"))[0][0])

    async def disagreements(self) -> list[str]:
        """What two services see differently, or has not been carried or planned yet; empty where all is quiet."""
        found = []
        for thing, questions in VIEWS.items():
            seen = {service: await self.ask(service, question) for service, question in questions.items()}
            first, *others = seen
            found += [f"{thing}: {first} and {other}" for other in others if seen[other] != seen[first]]
        for service in PROCESSES:
            if await self.ask(service, "SELECT 1 FROM own.outbox WHERE published_at IS NULL LIMIT 1"):
                found.append(f"{service}'s outbox")
        if await self.ask("matcher", "SELECT 1 FROM own.areas JOIN own.news ON area_id = id WHERE news > planned"):
            found.append("news that nobody has planned")
        if await self.ask("notifier", "SELECT 1 FROM own.emails WHERE state IN ('ready', 'sending')"):
            found.append("emails under way")
        return found

    async def carried(self) -> None:
        """Return when every outbox is empty."""

        async def look() -> bool | None:
            waiting = [await self.ask(s, "SELECT 1 FROM own.outbox WHERE published_at IS NULL") for s in PROCESSES]
            return not any(waiting) or None

        await until("empty outboxes", look)

    async def quiet(self) -> None:
        """Return when everything is carried, planned, sent, and seen alike by all; and still is a moment later."""
        give_up = time.monotonic() + QUIET_WITHIN_SECONDS
        seen_quiet = 0
        while seen_quiet < 2:
            last = await self.disagreements()
            seen_quiet = 0 if last else seen_quiet + 1
            assert time.monotonic() < give_up, f"not quiet: {last}"
            await asyncio.sleep(0.3)

    async def lose_topics(self, *names: str) -> None:
        """Delete these topics with all their records, and make them anew."""
        wanted = self.system.wanted.topic_prefix
        admin = AIOKafkaAdminClient(bootstrap_servers=self.system.parts.kafka_bootstrap)
        await admin.start()
        try:
            await admin.delete_topics([wanted + name for name in names])

            async def gone() -> bool | None:
                return not {wanted + name for name in names} & set(await admin.list_topics()) or None

            await until("topics to be gone", gone)
        finally:
            await admin.close()
        await create_topics(self.system.parts.kafka_bootstrap, wanted, names=names)
