"""A town to make offers in and requests from, and a registry that several tests may share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from pydantic import SecretStr

from services.plumbing import postgres
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool
from services.registry.api.app import create_app
from services.registry.settings import ApiSettings
from tests.registry.given import Registry
from tests.registry.given_offers import CALENDAR


@asynccontextmanager
async def registry_over(database_url: str) -> AsyncIterator[Registry]:
    """The API over a database, on a Tuesday morning in term."""
    settings = ApiSettings(database_url=SecretStr(database_url), link_keys=SecretStr("test:" + "0" * 64))
    pool = await postgres.open_pool(settings, "tests")
    app = create_app(settings, pool, Clock.stopped(datetime(2026, 10, 6, 9, tzinfo=UTC)))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as http:
        yield await Registry.open(app, pool, http)
    await pool.close()


@dataclass(frozen=True)
class Town:
    """An area with one hub, one school in it with a cohort, and one employer; ids as text, and a key for each."""

    registry: Registry
    area: str
    hub: str
    school: str
    cohort: str
    school_contact: str
    employer: str
    contact: str
    employer_key: str
    school_key: str
    hub_key: str


async def a_town(registry: Registry) -> Town:
    """A town with its terms, 120 pupils in Year 10 of 2026/27, and one contact each for school and employer."""
    hub = await registry.a_hub(calendar=CALENDAR.model_dump(mode="json"))
    school_id = (await registry.a_school(hub["hub_id"]))["school_id"]
    cohort = await registry.a_cohort(school_id)
    employer_id = (await registry.an_employer(hub["area_id"]))["employer_id"]
    return Town(
        registry=registry,
        area=hub["area_id"],
        hub=hub["hub_id"],
        school=school_id,
        cohort=cohort["cohort_id"],
        school_contact=(await registry.a_contact("schools", school_id))["contact_id"],
        employer=employer_id,
        contact=(await registry.a_contact("employers", employer_id))["contact_id"],
        employer_key=await registry.key("employer", employer_id),
        school_key=await registry.key("school", school_id),
        hub_key=await registry.key("hub", hub["hub_id"]),
    )


async def someone_waits_for_a_lock(pool: Pool) -> None:
    """Come back once another session waits for a row."""
    for _ in range(500):
        if await pool.fetchval("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')"):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waited")
