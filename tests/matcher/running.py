"""Processes of the matcher that a test may hurt, on a database and topics of its own."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from contracts.event import Entity, Fact
from deploy.embedded.ports import free_port
from deploy.embedded.supervisor import LAUNCH
from services.plumbing.postgres import Pool
from tests.matcher.given_live import TUESDAY, Matcher, a_fact
from tests.plumbing.running import Running, until

ROOT = Path(__file__).resolve().parents[2]
QUICK = {"debounce": "0.1", "relay_poll": "0.2", "backoff_max": "1", "kafka_session_timeout": "6", "solvers": "1"}


@dataclass
class Installation:
    """One database, perhaps one topic prefix, and the processes that run on them."""

    database_url: str
    matcher: Matcher
    folder: Path
    kafka_bootstrap: str = ""
    prefix: str = ""
    running: list[Running] = field(default_factory=list)

    @property
    def pool(self) -> Pool:
        return self.matcher.pool

    async def start(self, process: str, **changed: str) -> Running:
        """Start a process and wait until it is ready; it dies with the test run at the latest."""
        started = self.launch(process, **changed)
        await until(started.is_ready, seconds=90)
        return started

    def launch(self, process: str, **changed: str) -> Running:
        """Start a process without waiting for it."""
        port = free_port()
        values = {
            "database_url": self.database_url,
            "kafka_bootstrap": self.kafka_bootstrap,
            "topic_prefix": self.prefix,
            "clock": f"from:{TUESDAY.isoformat()}@{self.folder.stat().st_mtime}",
            "health_port": str(port),
            **QUICK,
            **changed,
        }
        environment = {f"ENCOUNTERS_{name}".upper(): value for name, value in values.items()}
        log = self.folder / f"{len(self.running)}-{process}.log"
        command = [sys.executable, "-m", "services.matcher", process]
        with log.open("wb") as output:
            child = subprocess.Popen(
                [sys.executable, "-I", "-S", LAUNCH, str(os.getpid()), "-", *command],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=output,
                stderr=output,
            )
        self.running.append(Running(child, log, port))
        return self.running[-1]

    async def send(self, producer: AIOKafkaProducer, *entities: Entity) -> None:
        """Put facts about these on their topics as registry's relay would."""
        for entity in entities:
            self.matcher.versions[entity.entity_id] += 1
            fact: Fact[Any] = a_fact(entity, self.matcher.versions[entity.entity_id])
            await producer.send_and_wait(self.prefix + fact.topic, fact.to_bytes(), key=fact.key)

    async def end(self) -> None:
        """End what still runs."""
        for one in self.running:
            if one.process.poll() is None:
                one.process.send_signal(signal.SIGCONT)
                one.kill()


async def next_fact(consumer: AIOKafkaConsumer) -> dict[str, Any]:
    """The next fact on the consumer's topics."""
    record = await consumer.getone()
    fact: dict[str, Any] = json.loads(record.value)
    return fact


def solvers_of(pid: int) -> list[psutil.Process]:
    """The solver processes under a process that thinks."""
    solvers = []
    for child in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # It was about to end.
            if "multiprocessing.spawn" in " ".join(child.cmdline()):
                solvers.append(child)
    return solvers


def kill_solvers(pid: int) -> None:
    """Kill them all. Once one has died, the others are ended by their pool: whoever comes first."""
    for solver in solvers_of(pid):
        with suppress(psutil.NoSuchProcess):
            solver.kill()
