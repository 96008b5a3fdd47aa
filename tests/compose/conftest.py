"""The system on a real Docker engine, started once for `make compose-test`.

The files here are called `stack_*.py`, and run in that order, by that word alone: each leaves the installation as the
next one finds it, and an engine is not everywhere.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from contracts.links import LinkKey
from deploy.demo.client import Client
from deploy.demo.stage import Stage
from services.plumbing.clock import Clock
from tests.compose.engine import Compose, installation
from tests.compose.mailpit import MailpitMails


@pytest.fixture(scope="session")
def compose() -> Iterator[Compose]:
    """A fresh installation; the first file starts it."""
    with installation("encounters-compose-test") as made:
        yield made


@pytest.fixture(scope="session")
def operator_key(compose: Compose) -> str:
    """A key made as docs/operations.md says."""
    return compose.execute("registry-api", "python", "-m", "services.registry", "operator-key").split()[-1]


@pytest.fixture(scope="session")
async def stage(compose: Compose, operator_key: str) -> AsyncIterator[Stage]:
    """The demonstration's stage, on this installation."""
    keys = LinkKey.parse((Path(compose.settings["ENCOUNTERS_SECRETS"]) / "link_keys").read_text().strip())
    async with (
        httpx.AsyncClient(base_url=compose.api(), timeout=30) as api,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{compose.ports['mail']}", timeout=30) as catcher,
        httpx.AsyncClient(timeout=30) as browser,
    ):
        now = Clock.from_setting(compose.settings["ENCOUNTERS_CLOCK"]).now
        yield Stage(Client(api, operator_key), MailpitMails(catcher, keys, now), browser, print)
