"""The specimen, installed: for tests that need plumbing under something that runs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from services.plumbing import migrate, postgres
from services.plumbing.postgres import Pool
from services.plumbing.settings import Settings
from tests.plumbing.installation import Installation, make_topics
from tests.plumbing.specimen import SPECIMEN

LARGE_BYTES_MAX = 8 * 1024 * 1024


@pytest.fixture
async def database_url(fresh_database: Callable[[str], Awaitable[str]]) -> str:
    """A database with plumbing's tables and the specimen's."""
    url = await fresh_database("plumbing")
    await migrate.apply(url, SPECIMEN.migrations_folder())
    return url


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    opened = await postgres.open_pool(Settings.model_validate({"database_url": database_url}), "test")
    yield opened
    await opened.close()


@pytest.fixture
async def specimen(
    database_url: str, pool: Pool, kafka_bootstrap: str, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Installation]:
    """The specimen installed: nothing runs yet; whatever the test starts is gone after it."""
    await make_topics(kafka_bootstrap, topic_prefix, partitions=3)
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, max_request_size=LARGE_BYTES_MAX) as producer:
        installed = Installation(database_url, kafka_bootstrap, topic_prefix, pool, producer, tmp_path)
        yield installed
        for running in installed.running:
            running.kill()
            print(running.log.name, running.log.read_text()[-6000:], sep="\n")  # noqa: T201 - shown if the test failed
