"""Kafka and PostgreSQL together, for as long as a block runs.

    with EmbeddedStack() as stack:
        stack.kafka_bootstrap       # 127.0.0.1:24816
        stack.postgres_admin_url    # postgresql://postgres:…@127.0.0.1:27181/postgres
        stack.supervisor.start(Program("registry-relay", […]))

        stack.supervisor.kill("kafka")
        stack.supervisor.restart("kafka")     # the same port, the same data

Several may run on one machine at once. `python -m deploy.embedded.stack` runs one until Ctrl-C.
"""

import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Self

from deploy.embedded import kafka, postgres
from deploy.embedded.kafka import Proxied
from deploy.embedded.supervisor import Supervisor
from deploy.embedded.trouble import Trouble


class EmbeddedStack:
    """A broker, a database server, and the supervisor that owns them; everything is gone when it closes."""

    supervisor: Supervisor

    def __init__(self, say: Callable[[str], None] = print, proxied: Proxied | None = None) -> None:
        self._say = say
        self._proxied = proxied
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self.supervisor = opened.enter_context(Supervisor())
            if self.supervisor.ended_leftovers:
                self._say(f"Ended {self.supervisor.ended_leftovers} processes that an earlier run left behind.")
            began = time.monotonic()
            self._postgres = postgres.prepare(self.supervisor.data / "postgres", self._say)
            self.supervisor.start(self._postgres.program(), wait=False)
            self._kafka = kafka.prepare(self.supervisor.data / "kafka", self._say, self._proxied)
            opened.callback(self._stop_kafka_if_java_learnt)
            self.supervisor.start(self._kafka.program(), wait=False)
            for name in ("postgres", "kafka"):
                self.supervisor.wait_until_ready(name)
            self._say(f"PostgreSQL and Kafka are ready after {time.monotonic() - began:.1f} s.")
            self._open = opened.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    @property
    def kafka_bootstrap(self) -> str:
        return self._kafka.bootstrap

    @property
    def postgres_admin_url(self) -> str:
        """Enters the database `postgres` as its superuser."""
        return self._postgres.admin_url

    def _stop_kafka_if_java_learnt(self) -> None:
        if not self._kafka.has_learnt and self.supervisor.is_running("kafka"):
            self._say("Keeping what Java learnt about Kafka, so that it starts in half the time from now on.")
            self.supervisor.stop("kafka", seconds=60)
            self._kafka.keep_what_java_learnt()


def main() -> None:
    """Run a stack by hand, for tests with `--stack addresses` or for tools."""
    try:
        with EmbeddedStack() as stack:
            print(f"export ENCOUNTERS_TEST_KAFKA_BOOTSTRAP={stack.kafka_bootstrap}")
            print(f"export ENCOUNTERS_TEST_POSTGRES_URL={stack.postgres_admin_url}")
            print("Ctrl-C ends it.")
            signal.pause()
    except Trouble as trouble:
        sys.exit(str(trouble))
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
