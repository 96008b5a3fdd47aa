"""The whole system, started once for all journeys: every process, real Kafka and PostgreSQL, a real SMTP server."""

import shutil
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.embedded.supervisor import Supervisor
from deploy.embedded.system import Parts, System, Wanted
from tests.journeys.town import Town, open_town
from tests.stack import Stack

A_TUESDAY_IN_TERM = "2025-11-04T09:05:00+00:00"


LOGS = Path(".run/journeys-logs")


@pytest.fixture(scope="package")
def system(stack: Stack, request: pytest.FixtureRequest) -> Iterator[System]:
    clock = f"from:{A_TUESDAY_IN_TERM}@{time.time():.0f}"
    quick = {"ENCOUNTERS_DEBOUNCE": "0.3"}
    with Supervisor() as supervisor:
        parts = Parts(stack.kafka_bootstrap, stack.postgres_admin_url, supervisor)
        with System(parts, Wanted(clock, topic_prefix="journeys.", extra=quick)) as running:
            failed_before = request.session.testsfailed
            yield running
            if request.session.testsfailed > failed_before:
                keep_logs(supervisor)


def keep_logs(supervisor: Supervisor) -> None:
    """The processes' logs go with the system; of one that failed they are wanted."""
    LOGS.mkdir(parents=True, exist_ok=True)
    for log in supervisor.data.glob("*.log"):
        shutil.copy(log, LOGS)


@pytest.fixture
async def town(system: System) -> AsyncIterator[Town]:
    """A hub of the test's own, in an area of its own."""
    async with open_town(system) as town:
        yield town
