"""The process that speaks HTTP."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from services.plumbing import http
from services.plumbing.postgres import Pool, transaction
from services.plumbing.processes import Process
from services.registry.api.app import create_app
from services.registry.settings import ApiSettings

_PROBED_EVERY = timedelta(seconds=5)


async def run(process: Process[ApiSettings]) -> None:
    """Answer requests until the process is asked to stop; it is not ready while the database does not answer."""
    settings = process.settings
    async with process.pool() as pool:
        app = create_app(settings, pool, process.clock, process.health)
        # Made once, now: it takes a moment that nobody should wait for.
        app.openapi()
        probing = asyncio.ensure_future(
            process.repeat(lambda: _probe(pool), pause=_PROBED_EVERY, within=3 * _PROBED_EVERY)
        )
        try:
            await http.serve(process, app, settings.http_host, settings.http_port)
        finally:
            probing.cancel()


async def _probe(pool: Pool) -> None:
    async with transaction(pool) as tx:
        await tx.execute("SELECT 1")
