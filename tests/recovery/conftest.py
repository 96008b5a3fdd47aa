"""The whole system, started once for these tests: every process, real Kafka and PostgreSQL, a real SMTP server."""

import time
from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.embedded.supervisor import Supervisor
from deploy.embedded.system import Parts, System, Wanted
from tests.journeys.conftest import A_TUESDAY_IN_TERM, keep_logs
from tests.journeys.town import Town, open_town
from tests.recovery.history import live
from tests.recovery.installation import Installation
from tests.stack import Stack


@pytest.fixture(scope="package")
def system(stack: Stack, request: pytest.FixtureRequest) -> Iterator[System]:
    clock = f"from:{A_TUESDAY_IN_TERM}@{time.time():.0f}"
    quick = {"ENCOUNTERS_DEBOUNCE": "0.3", "ENCOUNTERS_BACKOFF_MAX": "1", "ENCOUNTERS_RELAY_POLL": "0.2"}
    with Supervisor() as supervisor:
        parts = Parts(stack.kafka_bootstrap, stack.postgres_admin_url, supervisor)
        with System(parts, Wanted(clock, topic_prefix="recovery.", extra=quick)) as running:
            failed_before = request.session.testsfailed
            yield running
            if request.session.testsfailed > failed_before:
                keep_logs(supervisor)


@pytest.fixture(scope="package")
async def town(system: System) -> AsyncIterator[Town]:
    """One hub in an area of its own, with something of everything behind it."""
    async with open_town(system) as town:
        await live(town)
        yield town


@pytest.fixture
def installation(system: System) -> Installation:
    """What stands behind the town: databases to look into, commands to give."""
    return Installation(system)
