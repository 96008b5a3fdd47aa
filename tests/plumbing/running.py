"""Processes of the specimen, each of its own, for tests to hurt; and waiting for what must become true."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from deploy.embedded.ports import free_port
from deploy.embedded.supervisor import LAUNCH
from tests.stack import Stack

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]


async def until(check: Callable[[], Awaitable[T]], seconds: float = 25) -> T:
    """The first true value of `check`, asked again and again; fails with the last value when time is up."""
    deadline = time.monotonic() + seconds
    while not (value := await check()):
        assert time.monotonic() < deadline, f"still {value!r} after {seconds} s"
        await asyncio.sleep(0.05)
    return value


@asynccontextmanager
async def away(stack: Stack, name: str) -> AsyncIterator[None]:
    """Kafka or PostgreSQL is gone for as long as the block, and then comes back with its data."""
    await asyncio.to_thread(stack.kill, name)
    try:
        yield
    finally:
        await asyncio.to_thread(stack.restart, name)


@dataclass
class Running:
    """One process of the specimen."""

    process: subprocess.Popen[bytes]
    log: Path
    health_port: int

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    async def stop(self, seconds: float = 20) -> int:
        """Ask it to end; the exit code."""
        self.process.terminate()
        return await asyncio.to_thread(self.process.wait, seconds)

    async def get(self, path: str) -> tuple[int, str]:
        """Status and body of a health route; status 0 while nothing answers."""
        return await asyncio.to_thread(fetch, f"http://127.0.0.1:{self.health_port}{path}")

    async def is_ready(self) -> bool:
        return (await self.get("/readyz"))[0] == 200

    def lines(self, event: str = "") -> list[dict[str, Any]]:
        """What it logged, or of that the lines of one event."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines if event in ("", line["event"])]


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own process
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def start_specimen(process: str, *arguments: str, log: Path, **values: object) -> Running:
    """Start a process of its own with these settings and no others; it dies with the test run at the latest."""
    port = free_port()
    environment = {f"ENCOUNTERS_{name}".upper(): _as_text(value) for name, value in values.items()}
    environment["ENCOUNTERS_HEALTH_PORT"] = str(port)
    command = [sys.executable, "-m", "tests.plumbing.specimen", process, *arguments]
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", LAUNCH, str(os.getpid()), "-", *command],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
        )
    return Running(child, log, port)


def _as_text(value: object) -> str:
    return str(value.total_seconds()) if hasattr(value, "total_seconds") else str(value)
