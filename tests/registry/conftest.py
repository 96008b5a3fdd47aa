"""A registry over a real PostgreSQL, asked over HTTP in this process; `given` makes what a test takes for granted."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr

from services.plumbing import postgres
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool
from services.registry.api.app import create_app
from services.registry.settings import ApiSettings
from tests.registry.given import Registry
from tests.registry.given_matches import World

A_TUESDAY_IN_TERM = datetime(2026, 10, 6, 9, 0, tzinfo=UTC)


@pytest.fixture
async def registry_settings(fresh_database: Callable[[str], Awaitable[str]]) -> ApiSettings:
    database_url = SecretStr(await fresh_database("registry"))
    return ApiSettings(database_url=database_url, link_keys=SecretStr("test:" + "0" * 64))


@pytest.fixture
async def registry_pool(registry_settings: ApiSettings) -> AsyncIterator[Pool]:
    pool = await postgres.open_pool(registry_settings, "tests")
    yield pool
    await pool.close()


@pytest.fixture
async def registry(registry_settings: ApiSettings, registry_pool: Pool) -> AsyncIterator[Registry]:
    """The API on a Tuesday morning in term, with an operator's key at hand."""
    app = create_app(registry_settings, registry_pool, Clock.stopped(A_TUESDAY_IN_TERM))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as http:
        yield await Registry.open(app, registry_pool, http)


@pytest.fixture
async def world(registry: Registry) -> World:
    """A school, an employer, an offer and a request, ready for matches."""
    return await World.made(registry)
