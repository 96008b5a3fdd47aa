"""Too much at once is refused at once, with when to come again; whoever takes too long is not waited for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.plumbing import postgres
from services.registry.api import limits
from services.registry.api.limits import Crowd
from tests.registry.given import Registry


async def test_with_every_connection_taken_a_request_is_told_to_come_again(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "ACQUIRE_SECONDS_MAX", 0.2)

    async with AsyncExitStack() as taken:
        for _ in range(registry.pool.get_max_size()):
            await taken.enter_async_context(registry.pool.acquire())
        answer = await registry.get("/v1/areas")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json()["type"] == "/problems/busy"
    assert (await registry.get("/v1/areas")).status_code == 200


async def test_a_body_that_does_not_come_is_not_waited_for(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS_MAX", 0.3)

    async def body() -> AsyncIterator[bytes]:
        yield b'{"name": "An ar'
        await asyncio.Event().wait()

    async with asyncio.timeout(30):
        answer = await registry.http.post(
            "/v1/areas", content=body(), headers={"Authorization": f"Bearer {registry.operator}"}
        )

    assert answer.status_code == 408
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_beyond_so_many_under_way_the_next_is_told_at_once_to_come_again() -> None:
    go_on, begun = asyncio.Event(), asyncio.Event()

    async def wait(_: Request) -> Response:
        begun.set()
        await go_on.wait()
        return JSONResponse({})

    async def live(_: Request) -> Response:
        return JSONResponse({})

    app = Crowd(Starlette(routes=[Route("/wait", wait), Route("/livez", live)]), most=1)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://registry") as client:
        first = asyncio.ensure_future(client.get("/wait"))
        await begun.wait()
        refused, alive = await client.get("/wait"), await client.get("/livez")
        go_on.set()

        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
        assert alive.status_code == 200
        assert (await first).status_code == 200
        assert (await client.get("/wait")).status_code == 200
