"""Kafka and PostgreSQL as containers, on ports of this machine that stay the same when they are restarted."""

import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import docker
import docker.errors
import psutil

# Read when testcontainers is imported. Its own tidier is an image more to pull; our blocks stop what they start.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")

from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer

from deploy.embedded import kafka, leftovers, ports
from deploy.embedded.trouble import Trouble

READY_SECONDS = 60
LABEL = "encounters.tests"  # whose it is: machine, process, when that began
KAFKA_SETTINGS = {
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    "KAFKA_LISTENERS": "CLIENT://:9092,INTERNAL://:9094,CONTROLLER://:9093",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CLIENT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_INTER_BROKER_LISTENER_NAME": "INTERNAL",
    "KAFKA_LOG_DIRS": "/var/lib/kafka/data",
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "1",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS": "1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "500",
    "KAFKA_BROKER_SESSION_TIMEOUT_MS": "2000",
    "KAFKA_BROKER_HEARTBEAT_INTERVAL_MS": "500",
    "KAFKA_LOG_SEGMENT_DELETE_DELAY_MS": "1000",
    "KAFKA_HEAP_OPTS": "-Xms64m -Xmx256m",
}
POSTGRES_COMMAND = "postgres -c fsync=off -c full_page_writes=off -c max_connections=400"


@dataclass(frozen=True)
class Running:
    """One container that can be taken away and given back."""

    container: DockerContainer
    is_ready: Callable[[], bool]

    def kill(self) -> None:
        self.container.get_wrapped_container().kill()

    def restart(self) -> None:
        self.container.get_wrapped_container().restart(timeout=15)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        give_up = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            if self.has_ended() or time.monotonic() > give_up:
                output, errors = self.container.get_logs()
                said = (output + errors).decode(errors="replace")[-2000:]
                raise Trouble(f"{self.container.image} ended, or was not ready within {READY_SECONDS} seconds:\n{said}")
            time.sleep(0.1)

    def has_ended(self) -> bool:
        self.container.reload()
        return self.container.status == "exited"


@contextmanager
def kafka_container(image: str) -> Iterator[tuple[Running, str]]:
    """A broker and its bootstrap address."""
    port = ports.free_port()
    bootstrap = f"127.0.0.1:{port}"
    advertised = f"CLIENT://{bootstrap},INTERNAL://localhost:9094"
    container = DockerContainer(image).with_envs(**KAFKA_SETTINGS, KAFKA_ADVERTISED_LISTENERS=advertised)
    with _started(container.with_bind_ports(9092, port)):
        broker = Running(container, lambda: ports.answers(port) and kafka.answers(bootstrap))
        broker.wait_until_ready()
        yield broker, bootstrap


@contextmanager
def postgres_container(image: str) -> Iterator[tuple[Running, str]]:
    """A database server and its superuser's URL."""
    port = ports.free_port()
    container = PostgresContainer(image, username="postgres", password="postgres", dbname="postgres", driver=None)
    with _started(container.with_command(POSTGRES_COMMAND).with_bind_ports(5432, port)):
        ask = ["pg_isready", "-q", "-h", "127.0.0.1"]
        server = Running(container, lambda: container.exec(ask).exit_code == 0)
        server.wait_until_ready()
        yield server, f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres"


def clear() -> None:
    """Remove containers whose test run, on this machine, was killed before it could."""
    for left in docker.from_env().containers.list(all=True, filters={"label": LABEL}):
        machine, pid, started = left.labels[LABEL].split("|")
        if machine == platform.node() and not leftovers.is_running(int(pid), float(started)):
            left.remove(force=True, v=True)


@contextmanager
def _started(container: DockerContainer) -> Iterator[None]:
    own = psutil.Process()
    container.with_kwargs(labels={LABEL: f"{platform.node()}|{own.pid}|{own.create_time()}"})
    try:
        container.start()
    except docker.errors.ImageNotFound:
        raise Trouble(f"The Docker engine has no image {container.image} and cannot pull it.") from None
    except docker.errors.DockerException as refused:
        raise Trouble(f"{container.image} cannot be started on the Docker engine: {refused}") from None
    try:
        yield
    finally:
        container.stop()
