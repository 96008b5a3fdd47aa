"""A registry over a real PostgreSQL, asked over HTTP in this process; `given` makes what a test takes for granted."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr

from services.plumbing import postgres
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool
from services.registry.api.app import create_app
from services.registry.settings import ApiSettings
from tests.databases import Templates
from tests.registry.given import Registry
from tests.registry.given_matches import World

A_TUESDAY_IN_TERM = datetime(2026, 10, 6, 9, 0, tzinfo=UTC)


@pytest.fixture
async def registry_settings(fresh_database: Callable[[str], Awaitable[str]]) -> ApiSettings:
    return _settings(await fresh_database("registry"))


@pytest.fixture
async def registry_pool(registry_settings: ApiSettings) -> AsyncIterator[Pool]:
    pool = await postgres.open_pool(registry_settings, "tests")
    yield pool
    await pool.close()


@pytest.fixture
async def registry(registry_settings: ApiSettings, registry_pool: Pool) -> AsyncIterator[Registry]:
    """The API on a Tuesday morning in term, with an operator's key at hand."""
    async with _open(registry_settings, registry_pool) as opened:
        yield opened


@pytest.fixture(scope="module")
async def shared_registry(templates: Templates) -> AsyncIterator[Registry]:
    """One for a whole module of tests that change nothing: tables of bad requests."""
    database_url = await templates.copy("registry")
    pool = await postgres.open_pool(_settings(database_url), "tests")
    async with _open(_settings(database_url), pool) as opened:
        yield opened
    await pool.close()
    await templates.drop(database_url)


def _settings(database_url: str) -> ApiSettings:
    return ApiSettings(database_url=SecretStr(database_url), link_keys=SecretStr("test:" + "0" * 64))


@asynccontextmanager
async def _open(settings: ApiSettings, pool: Pool) -> AsyncIterator[Registry]:
    app = create_app(settings, pool, Clock.stopped(A_TUESDAY_IN_TERM))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as http:
        yield await Registry.open(app, pool, http)


@pytest.fixture
async def world(registry: Registry) -> World:
    """A school, an employer, an offer and a request, ready for matches."""
    return await World.made(registry)
