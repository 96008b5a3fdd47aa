"""The one place from which tests get a broker and a database server.

`--stack embedded` (unless told otherwise) starts both from pip alone; `--stack containers` starts them on a Docker
engine; `--stack addresses` uses what ENCOUNTERS_TEST_KAFKA_BOOTSTRAP and ENCOUNTERS_TEST_POSTGRES_URL name.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from deploy.embedded.trouble import Trouble

KAFKA = "kafka"
POSTGRES = "postgres"
KAFKA_IMAGE = "apache/kafka:4.3.1"
POSTGRES_IMAGE = "postgres:17.11"
ADDRESSES = {KAFKA: "ENCOUNTERS_TEST_KAFKA_BOOTSTRAP", POSTGRES: "ENCOUNTERS_TEST_POSTGRES_URL"}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Stack:
    """Where the broker and the database are, and how to take one away and give it back with its data and its port.

    `kill` and `restart` take "kafka" or "postgres", return when it is done, and block: `await asyncio.to_thread(…)`.
    """

    kafka_bootstrap: str
    postgres_admin_url: str
    kill: Callable[[str], None]
    restart: Callable[[str], None]


@contextmanager
def embedded(say: Say) -> Iterator[Stack]:
    from deploy.embedded.stack import EmbeddedStack  # noqa: PLC0415  (Only this kind needs Java.)

    with EmbeddedStack(say) as stack:
        supervisor = stack.supervisor
        yield Stack(stack.kafka_bootstrap, stack.postgres_admin_url, supervisor.kill, supervisor.restart)


@contextmanager
def containers(say: Say) -> Iterator[Stack]:
    from tests.containers import clear, kafka_container, postgres_container  # noqa: PLC0415  (Only this kind needs Docker.)

    say(f"Starting {KAFKA_IMAGE} and {POSTGRES_IMAGE}.")
    clear()
    with ExitStack() as started:
        postgres, postgres_url = started.enter_context(postgres_container(POSTGRES_IMAGE))
        kafka, bootstrap = started.enter_context(kafka_container(KAFKA_IMAGE))
        by_name = {KAFKA: kafka, POSTGRES: postgres}
        yield Stack(
            bootstrap,
            postgres_url,
            kill=lambda name: by_name[name].kill(),
            restart=lambda name: by_name[name].restart(),
        )


@contextmanager
def addresses(_say: Say) -> Iterator[Stack]:
    missing = [name for name in ADDRESSES.values() if name not in os.environ]
    if missing:
        raise Trouble(f"--stack addresses reads {' and '.join(missing)}, which the environment does not name.")

    def not_ours(name: str) -> None:
        raise Trouble(f"This test takes {name} away, and what --stack addresses names is not ours to stop.")

    yield Stack(os.environ[ADDRESSES[KAFKA]], os.environ[ADDRESSES[POSTGRES]], not_ours, not_ours)


KINDS = {"embedded": embedded, "containers": containers, "addresses": addresses}
DESCRIPTIONS = {
    "embedded": "a real Kafka and a real PostgreSQL started here, from pip alone",
    "containers": f"{KAFKA_IMAGE} and {POSTGRES_IMAGE} on the Docker engine",
    "addresses": f"what {' and '.join(ADDRESSES.values())} name",
}
