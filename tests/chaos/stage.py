"""The whole system with nothing shared: every process doubled where it may be, and a proxy before everything."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from deploy.embedded.kafka import Proxied
from deploy.embedded.ports import free_port
from deploy.embedded.stack import EmbeddedStack
from deploy.embedded.system import Parts, System, Wanted
from services.plumbing.clock import Clock
from tests.chaos.proxies import Proxies

PACE = 20
"""Business seconds per second: an hour passes within minutes, so that deadlines fall due meanwhile."""
BEGINS = datetime.fromisoformat("2025-11-04T08:30:00+00:00")
"""A Tuesday in term."""
DOUBLES = {
    "registry-relay": 2,
    "matcher-consumer": 2,
    "matcher-rounds": 2,
    "matcher-relay": 2,
    "notifier-sender": 2,
    "notifier-relay": 2,
}
SESSION_SECONDS = 3.0
RELAY_IDLE_SECONDS = 3.0
LEASE_SECONDS = 5.0
QUICK = {
    # Short, so that what takes minutes in the world takes seconds here.
    "KAFKA_SESSION_TIMEOUT": SESSION_SECONDS,
    "KAFKA_REQUEST_TIMEOUT": 4,
    "STATEMENT_TIMEOUT": 3,
    "IDLE_IN_TRANSACTION_TIMEOUT": 3,
    "BACKOFF_MAX": 2,
    "RELAY_POLL": 0.3,
    "RELAY_LOCK_IDLE_MAX": RELAY_IDLE_SECONDS,
    "LEASE": LEASE_SECONDS,
    "DEBOUNCE": 0.2,
    "DEBOUNCE_MAX": 1,
    "OVERTAKING_MAX": 3,
    "SOLVERS": 1,
    "SENDER_POLL": 0.2,
    "SMTP_TIMEOUT": 1.5,
    # By the business clock, which is quicker than the others.
    "RETRY_FIRST": PACE * 0.3,
    "RETRY_LONGEST": PACE * 2,
    "CONTACT_WAIT": 86_400,
    "REPEAT_WAIT": 2,
    "REQUESTS_PER_SECOND": 500,
    "LINK_REQUESTS_PER_SECOND": 50,
    "LINK_REQUESTS_AT_ONCE": 500,
    "GRACEFUL_TIMEOUT": 8,
}


@dataclass(frozen=True)
class Addresses:
    """Where everything is, past the proxies: for the checker and for the faults, which must not be disturbed."""

    kafka: str
    postgres: str
    databases: dict[str, str]
    mail_url: str
    mail_folder: Path


class Stage:
    """Everything that runs, for as long as the block does."""

    def __init__(self, say: Callable[[str], None] = print, doubles: Mapping[str, int] = DOUBLES) -> None:
        self._say = say
        self._doubles = doubles
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self.proxies = opened.enter_context(Proxies())
            doors = self.proxies.doors
            front = free_port()
            self.stack = opened.enter_context(EmbeddedStack(self._say, Proxied(front, doors["kafka"].port)))
            doors["kafka"].target = front
            doors["postgres"].target = urlsplit(self.stack.postgres_admin_url).port or 0
            self.clock_setting = f"from:{BEGINS.isoformat()}@{time.time() + 20:.0f}*{PACE}"
            self.system = opened.enter_context(self._system())
            self._open = opened.pop_all()
        self.supervisor = self.system.supervisor
        self.api_url = f"http://127.0.0.1:{doors['api'].port}"
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def _system(self) -> System:
        doors = self.proxies.doors
        proxied_postgres = _with_port(self.stack.postgres_admin_url, doors["postgres"].port)
        parts = Parts(f"127.0.0.1:{doors['kafka'].port}", proxied_postgres, self.stack.supervisor)
        self.mail_folder = self.stack.supervisor.data / "mails"
        extra = {f"ENCOUNTERS_{name}": str(value) for name, value in QUICK.items()}
        extra["ENCOUNTERS_PUBLIC_URL"] = f"http://127.0.0.1:{doors['api'].port}"
        extra["ENCOUNTERS_SMTP_PORT"] = str(doors["mail"].port)
        wanted = Wanted(self.clock_setting, extra=extra, doubles=self._doubles, mail_folder=self.mail_folder)
        system = System(parts, wanted, self._say)
        doors["api"].target = urlsplit(system.api_url).port or 0
        doors["mail"].target = system.smtp_port
        return system

    @property
    def clock(self) -> Clock:
        """The business clock of every process."""
        return Clock.from_setting(self.clock_setting)

    @property
    def addresses(self) -> Addresses:
        """Where everything is, past the proxies."""
        port = urlsplit(self.stack.postgres_admin_url).port or 0
        databases = {name: _with_port(url, port) for name, url in self.system.databases.items()}
        kafka, admin = self.stack.kafka_bootstrap, self.stack.postgres_admin_url
        return Addresses(kafka, admin, databases, self.system.mail_url, self.mail_folder)

    def business_seconds(self, seconds: float) -> timedelta:
        """How far the business clock goes in so many seconds."""
        return timedelta(seconds=seconds * PACE)


def _with_port(url: str, port: int) -> str:
    parts = urlsplit(url)
    credentials, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{credentials}@{host.partition(':')[0]}:{port}"))
