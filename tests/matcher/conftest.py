"""A matcher with a fresh database."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from pydantic import SecretStr

from services.matcher.settings import MatcherSettings
from services.plumbing.postgres import open_pool
from tests.matcher.given_live import Matcher


@pytest.fixture
async def matcher(fresh_database: Callable[[str], Awaitable[str]]) -> AsyncIterator[Matcher]:
    """A matcher that has heard of nothing."""
    settings = MatcherSettings(database_url=SecretStr(await fresh_database("matcher")), pool_size_max=20)
    pool = await open_pool(settings, "matcher-tests")
    try:
        yield Matcher(pool)
    finally:
        await pool.close()
