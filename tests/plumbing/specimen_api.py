"""The specimen's HTTP: a route for each way in which a request can end."""

import asyncio
from typing import Annotated

import structlog
from fastapi import Depends, FastAPI

from services.plumbing import http, telemetry
from services.plumbing.errors import DatabaseAway
from services.plumbing.processes import Process
from tests.plumbing.specimen import SpecimenSettings

log = structlog.stdlib.get_logger(__name__)


def new_app() -> FastAPI:
    app = FastAPI()
    app.add_middleware(http.Surroundings)

    @app.get("/things/{secret}")
    async def thing(secret: str) -> dict[str, str]:
        log.info("asked")
        return {"correlation_id": str(telemetry.causes()[0]), "length": str(len(secret))}

    async def commit_fails() -> None:
        raise DatabaseAway("no connection was free in time")

    @app.get("/away")
    async def away(_: Annotated[None, Depends(commit_fails)]) -> None: ...

    @app.get("/broken")
    async def broken() -> None:
        raise ValueError("a mistake")

    @app.get("/slow")
    async def slow() -> str:
        await asyncio.sleep(1.5)
        return "done"

    return app


async def run(process: Process[SpecimenSettings]) -> None:
    app = new_app()
    app.router.routes.extend(http.health_routes(process.health))
    await http.serve(process, app, "127.0.0.1", process.settings.http_port)
