"""Processes of their own: how they start, say how they are, and end."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.embedded.ports import free_port
from services.plumbing.clock import Clock
from services.plumbing.health import Health
from services.plumbing.processes import Process
from services.plumbing.settings import Settings
from tests.plumbing.running import Running, fetch, start_specimen, until

NOWHERE = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"
Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a process of the specimen with the settings given."""
    running: list[Running] = []

    def start_one(process: str, *arguments: str, **values: object) -> Running:
        log = tmp_path / f"{len(running)}.log"
        running.append(start_specimen(process, *arguments, log=log, **{"database_url": NOWHERE, **values}))
        return running[-1]

    yield start_one
    for process in running:
        process.kill()
        print(process.log.read_text()[-3000:])  # noqa: T201 - shown if the test failed


async def lives(running: Running) -> bool:
    return (await running.get("/livez"))[0] == 200


async def test_a_process_asked_to_stop_ends_well(start: Start) -> None:
    running = start("idle")
    await until(lambda: lives(running))

    assert await running.stop(seconds=5) == 0
    assert [line["event"] for line in running.lines()] == ["started", "stopped"]


async def test_a_process_that_does_not_stop_in_time_is_ended(start: Start) -> None:
    running = start("stubborn", graceful_timeout=0.5)
    await until(lambda: lives(running))
    running.process.send_signal(signal.SIGINT)

    assert await asyncio.to_thread(running.process.wait, 5) == 1
    assert running.lines("did not stop in time")


async def test_a_process_whose_database_is_away_waits_alive_and_not_ready(start: Start) -> None:
    running = start("relay", backoff_max=0.5)
    await until(lambda: lives(running))

    assert not await running.is_ready()
    assert "has not had a turn yet" in (await running.get("/readyz"))[1]
    assert await running.stop(seconds=5) == 0


async def test_a_port_that_is_taken_ends_the_process(start: Start) -> None:
    running = start("idle")
    await until(lambda: lives(running))
    second = start("api", http_port=running.health_port)

    assert await asyncio.to_thread(second.process.wait, 10) == 1
    (line,) = second.lines("failed")
    assert f"{running.health_port}: Address already in use" in line["exception"]


async def test_a_request_under_way_is_answered_though_the_process_stops(start: Start) -> None:
    port = free_port()
    running = start("api", http_port=port)
    await until(lambda: _answers(port))
    asking = asyncio.ensure_future(asyncio.to_thread(fetch, f"http://127.0.0.1:{port}/slow"))
    await asyncio.sleep(0.3)

    began = time.monotonic()
    assert await running.stop(seconds=10) == 0
    assert await asking == (200, '"done"')
    assert time.monotonic() - began < 5


async def test_a_link_in_an_email_leaves_no_trace_of_its_signature(start: Start) -> None:
    port = free_port()
    running = start("api", http_port=port)
    await until(lambda: _answers(port))

    await asyncio.to_thread(fetch, f"http://127.0.0.1:{port}/things/signature?token=hush")
    await until(lambda: _has_line(running, "answered"))

    metrics = (await running.get("/metrics"))[1]
    assert 'http_requests_total{method="GET",route="/things/{secret}",status="200"} 1.0' in metrics
    assert "signature" not in running.log.read_text() + metrics
    assert "hush" not in running.log.read_text() + metrics
    (asked,), answered = running.lines("asked"), running.lines("answered")[-1]
    assert asked["correlation_id"] == answered["correlation_id"]


def test_checks_say_what_is_wrong() -> None:
    health = Health(starting=True)
    assert health.troubles() == {"process": "is starting"}

    health.add("fine", lambda: None)
    health.add("ill", lambda: "has a cold")

    assert health.troubles() == {"ill": "has a cold"}


def test_a_heartbeat_is_missed_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    health, now = Health(), [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    beat = health.heartbeat("loop", within=timedelta(seconds=30))

    assert health.troubles() == {"loop": "has not had a turn yet"}
    beat()
    assert health.troubles() == {}
    now[0] += 31
    assert health.troubles() == {"loop": "had its last turn 31 s ago"}


async def test_a_loop_rests_only_after_a_turn_that_found_nothing() -> None:
    process = Process("specimen", "loop", Settings.model_validate({"database_url": NOWHERE}), Clock())
    found = iter([True, True, False, ValueError("once"), True])

    async def turn() -> bool:
        outcome = next(found, None)
        if isinstance(outcome, Exception):
            raise outcome
        if outcome is None:
            process.stopping.set()
        return bool(outcome)

    began = time.monotonic()
    await process.repeat(turn, pause=timedelta(seconds=0.3), within=timedelta(seconds=5))

    assert 0.3 < time.monotonic() - began < 1.5
    assert process.health.troubles() == {}


async def _answers(port: int) -> bool:
    return (await asyncio.to_thread(fetch, f"http://127.0.0.1:{port}/readyz"))[0] == 200


async def _has_line(running: Running, event: str) -> bool:
    return bool(running.lines(event))
