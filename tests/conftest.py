"""Fixtures for every test: real Kafka and PostgreSQL from `--stack`, a fresh database and a topic prefix per test."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import hypothesis
import pytest
import structlog

from deploy.embedded.trouble import Trouble
from tests import databases, topics
from tests.mail import mail_catcher  # noqa: F401 - a fixture
from tests.stack import DESCRIPTIONS, KINDS, Say, Stack

# On a busy machine a slow example is no fault. What decides whether a change lands tries the same examples each time;
# `--hypothesis-profile=search` looks for new ones.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, print_blob=True)
hypothesis.settings.load_profile("house")

# Whoever uses one of these, at any remove, is of that level.
LEVELS = {"postgres_admin_url": "postgres", "kafka_bootstrap": "kafka", "mail_catcher": "smtp"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--stack", choices=list(KINDS), default="embedded", help="where Kafka and PostgreSQL come from")


def pytest_report_header(config: pytest.Config) -> str:
    kind = config.getoption("--stack")
    return f"stack: {kind}, {DESCRIPTIONS[kind]}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture, level in LEVELS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(level)


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Say:
    """Says a sentence on the terminal at once, past pytest's capturing: what starts may take a while."""
    captured = pytestconfig.pluginmanager.getplugin("capturemanager")

    def aloud(sentence: str) -> None:
        with captured.global_and_fixture_disabled():
            print(f"\n[stack] {sentence}", end="", flush=True)  # noqa: T201

    return aloud


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    """Log lines go where pytest keeps them; unconfigured, structlog takes a second to draw each traceback."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer(key_order=["event"])],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config, say: Say) -> Iterator[Stack]:
    """The broker and the database server of this run; started when the first test asks."""
    try:
        with KINDS[pytestconfig.getoption("--stack")](say) as running:
            yield running
    except Trouble as trouble:
        pytest.exit(str(trouble), returncode=3)


@pytest.fixture(scope="session")
def kafka_bootstrap(stack: Stack) -> str:
    """The address of a real broker."""
    return stack.kafka_bootstrap


@pytest.fixture(scope="session")
def postgres_admin_url(stack: Stack) -> str:
    """The superuser's URL of a real database server. Tests want `fresh_database`."""
    return stack.postgres_admin_url


@pytest.fixture(scope="session")
async def templates(postgres_admin_url: str) -> AsyncIterator[databases.Templates]:
    async with databases.templates(postgres_admin_url) as made:
        yield made


@pytest.fixture
async def fresh_database(templates: databases.Templates) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """Databases of the test's own, by service: awaited, it gives the URL of one with the tables and no rows.

    It knows "registry", "matcher", "notifier"; "plumbing" has the tables that every service has. Asked twice it makes
    two; all are gone after the test.
    """
    made: list[str] = []

    async def make(service: str) -> str:
        made.append(await templates.copy(service))
        return made[-1]

    yield make
    for url in made:
        await templates.drop(url)


@pytest.fixture
async def topic_prefix(kafka_bootstrap: str) -> AsyncIterator[str]:
    """What this test's topics, groups and transactional ids begin with; its topics are deleted after it."""
    prefix = f"test-{uuid.uuid4().hex[:12]}."
    yield prefix
    await topics.delete(kafka_bootstrap, prefix)
