"""Databases for tests: one migrated template per service and run, a copy of it per test."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from services.plumbing import migrate

SERVICES = Path(__file__).resolve().parents[1] / "services"


@dataclass
class Templates:
    """Makes databases on one server."""

    admin_url: str
    made: dict[str, str] = field(default_factory=dict)

    async def copy(self, service: str) -> str:
        """The URL of a new database with the tables of `service`."""
        if service not in self.made:
            self.made[service] = await self._make(service)
        name = _new_name(service)
        await self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.made[service]}"')
        return self._url(name)

    async def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        await self._execute(f'DROP DATABASE IF EXISTS "{urlsplit(url).path[1:]}" WITH (FORCE)')

    async def forget(self) -> None:
        """Remove the templates themselves."""
        for name in self.made.values():
            await self.drop(self._url(name))

    async def _make(self, service: str) -> str:
        name = _new_name(f"{service}_template")
        await self._execute(f'CREATE DATABASE "{name}"')
        await migrate.apply(self._url(name), _migrations(service))
        return name

    async def _execute(self, statement: str) -> None:
        # A connection each time: a test may have taken the server away meanwhile.
        admin = await asyncpg.connect(self.admin_url)
        try:
            await admin.execute(statement)
        finally:
            await admin.close()

    def _url(self, name: str) -> str:
        return urlunsplit(urlsplit(self.admin_url)._replace(path=f"/{name}"))


@asynccontextmanager
async def templates(admin_url: str) -> AsyncIterator[Templates]:
    """Templates on the server at `admin_url`; gone when the block ends."""
    made = Templates(admin_url)
    try:
        yield made
    finally:
        await made.forget()


def _migrations(service: str) -> Path:
    """The folder of a service; plumbing's own files come first for everyone, so that it has none besides."""
    if service == "plumbing":
        return SERVICES / "plumbing" / "migrations" / "none-besides"
    folder = SERVICES / service / "migrations"
    if not folder.is_dir():
        raise FileNotFoundError(f"{service} has no migrations: {folder}")
    return folder


def _new_name(what: str) -> str:
    return f"{what}_{uuid.uuid4().hex[:12]}"
