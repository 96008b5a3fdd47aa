"""The process that speaks HTTP."""

from __future__ import annotations

from services.plumbing import http
from services.plumbing.processes import Process
from services.registry.api.app import create_app
from services.registry.settings import ApiSettings


async def run(process: Process[ApiSettings]) -> None:
    """Answer requests until the process is asked to stop."""
    settings = process.settings
    async with process.pool() as pool:
        app = create_app(settings, pool, process.clock, process.health)
        # Made once, now: it takes a moment that nobody should wait for.
        app.openapi()
        await http.serve(process, app, settings.http_host, settings.http_port)
