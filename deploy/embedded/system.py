"""The whole of Encounters, every process by name, beside a broker, a database server and a mail catcher.

    with EmbeddedStack() as stack, System(parts_of(stack), Wanted(clock="real")) as system:
        system.api_url, system.mail_url
        system.supervisor.kill("matcher-rounds")

For the demonstration, the journeys in the tests, and whoever wants to break it. Operators use docker compose.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.embedded.ports import free_port
from deploy.embedded.stack import EmbeddedStack
from deploy.embedded.supervisor import Program, Supervisor
from deploy.topics import create_topics
from services.plumbing import migrate

SERVICES = Path(__file__).resolve().parents[2] / "services"
PROCESSES: dict[str, tuple[str, ...]] = {
    "registry": ("api", "consumer", "ticker", "relay"),
    "matcher": ("consumer", "rounds", "relay"),
    "notifier": ("consumer", "sender", "relay"),
}
MAIL_CATCHER = "mail"
# The matcher's first start in a new clone compiles the solver, which takes most of a minute and is kept.
READY_SECONDS = 300.0


@dataclass(frozen=True)
class Parts:
    """What the system stands on: where broker and database server are, and who owns the processes."""

    kafka_bootstrap: str
    postgres_admin_url: str
    supervisor: Supervisor


def parts_of(stack: EmbeddedStack) -> Parts:
    """An embedded stack's own."""
    return Parts(stack.kafka_bootstrap, stack.postgres_admin_url, stack.supervisor)


@dataclass(frozen=True)
class Wanted:
    """What is particular about this system; `extra` is added to every process's environment."""

    clock: str = "real"
    topic_prefix: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    doubles: Mapping[str, int] = field(default_factory=dict)
    """How many of a process, by its name ("matcher-rounds"); one unless said here."""
    mail_folder: Path | None = None
    """Where the mail catcher keeps every mail as a file, so that they outlive it."""


class System:
    """Databases, topics, the mail catcher and all processes; they end with the supervisor at the latest."""

    def __init__(self, parts: Parts, wanted: Wanted, say: Callable[[str], None] = print) -> None:
        self.parts = parts
        self.supervisor = parts.supervisor
        self.wanted = wanted
        self._say = say
        self.databases: dict[str, str] = {}
        self._ports = {name: free_port() for name in ("api", "smtp", "mail")}
        self.link_keys = f"k001:{secrets.token_hex(32)}"
        self.health_ports: dict[str, int] = {}

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self._ports['api']}"

    @property
    def mail_url(self) -> str:
        return f"http://127.0.0.1:{self._ports['mail']}"

    @property
    def smtp_port(self) -> int:
        return self._ports["smtp"]

    def __enter__(self) -> Self:
        asyncio.run(self._prepare())
        self._say(
            "Databases are migrated, topics are made; starting the processes (the first time, the solver is compiled)."
        )
        self._start_mail_catcher()
        self.start_processes()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_processes()
        self.supervisor.stop(MAIL_CATCHER)

    def process_names(self) -> list[str]:
        """Every process of ours; doubles are called `name-2`, `name-3`, and so on."""
        names = [f"{service}-{process}" for service, processes in PROCESSES.items() for process in processes]
        copies = [f"{name}-{n}" for name, count in self.wanted.doubles.items() for n in range(2, count + 1)]
        return [*names, *copies]

    def start_processes(self, clock: str | None = None) -> None:
        """Start every process and return when all are ready; with `clock`, at that time from now on."""
        environment = {"ENCOUNTERS_CLOCK": clock} if clock else {}
        for name in self.process_names():
            self.supervisor.start(self._program(name, environment), wait=False)
        for name in self.process_names():
            self.supervisor.wait_until_ready(name)

    def start_another(self, name: str) -> None:
        """Start one more of a process, such as "matcher-rounds-3", without waiting until it is ready."""
        self.supervisor.start(self._program(name, {}), wait=False)

    def stop_processes(self) -> None:
        """Ask every process to end, all at the same time."""
        names = self.process_names()
        with ThreadPoolExecutor(len(names)) as asking:
            list(asking.map(self.supervisor.stop, names))

    def command(self, service: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
        """An operator's command of a service, and the environment it needs."""
        return [sys.executable, "-m", f"services.{service}", *arguments], self._environment(service)

    async def _prepare(self) -> None:
        admin = await asyncpg.connect(self.parts.postgres_admin_url)
        try:
            for service in PROCESSES:
                self.databases[service] = await self._create_database(admin, service)
        finally:
            await admin.close()
        for service, url in self.databases.items():
            await migrate.apply(url, SERVICES / service / "migrations")
        await create_topics(self.parts.kafka_bootstrap, self.wanted.topic_prefix)

    async def _create_database(self, admin: asyncpg.Connection, service: str) -> str:
        name = "".join(c for c in f"{service}_{self.wanted.topic_prefix}" if c.isalnum() or c == "_").rstrip("_")
        password = secrets.token_hex(16)
        await admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        await admin.execute(f"CREATE DATABASE {name} OWNER {name}")
        await admin.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
        address = urlsplit(self.parts.postgres_admin_url)
        return urlunsplit(address._replace(netloc=f"{name}:{password}@{address.hostname}:{address.port}", path=name))

    def _start_mail_catcher(self) -> None:
        argv = [sys.executable, "-m", "deploy.embedded.mailcatcher"]
        argv += ["--smtp-port", str(self._ports["smtp"]), "--http-port", str(self._ports["mail"])]
        if self.wanted.mail_folder:
            argv += ["--folder", str(self.wanted.mail_folder)]
        program = Program(
            MAIL_CATCHER, argv, cwd=SERVICES.parent, ready=lambda: answers(f"{self.mail_url}/api/messages")
        )
        self.supervisor.start(program)

    def _program(self, name: str, more: Mapping[str, str]) -> Program:
        service, process = name.split("-")[:2]
        if name != "registry-api" and name not in self.health_ports:
            self.health_ports[name] = free_port()
        port = self._ports["api"] if name == "registry-api" else self.health_ports[name]
        argv = [sys.executable, "-m", f"services.{service}", process]
        environment = {**self._environment(service), "ENCOUNTERS_HEALTH_PORT": str(port), **more}
        if name == "registry-api":
            environment |= {"ENCOUNTERS_HTTP_PORT": str(port), "ENCOUNTERS_HEALTH_PORT": "0"}
        ready = f"http://127.0.0.1:{port}/readyz"
        return Program(
            name,
            argv,
            env=environment,
            cwd=SERVICES.parent,
            ready=lambda: answers(ready),
            ready_seconds=READY_SECONDS,
        )

    def _environment(self, service: str) -> dict[str, str]:
        return {
            "ENCOUNTERS_DATABASE_URL": self.databases[service],
            "ENCOUNTERS_KAFKA_BOOTSTRAP": self.parts.kafka_bootstrap,
            "ENCOUNTERS_TOPIC_PREFIX": self.wanted.topic_prefix,
            "ENCOUNTERS_CLOCK": self.wanted.clock,
            "ENCOUNTERS_LINK_KEYS": self.link_keys,
            "ENCOUNTERS_PUBLIC_URL": self.api_url,
            "ENCOUNTERS_SMTP_HOST": "127.0.0.1",
            "ENCOUNTERS_SMTP_PORT": str(self._ports["smtp"]),
            "ENCOUNTERS_MAIL_FROM": "matches@encounters.example",
            "ENCOUNTERS_MAIL_DOMAIN": "encounters.example",
            **self.wanted.extra,
        }


def answers(url: str) -> bool:
    """Whether `url` answers with 2xx just now."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own, on the loopback address
            return bool(200 <= answer.status < 300)  # noqa: PLR2004
    except (OSError, urllib.error.URLError):
        return False
