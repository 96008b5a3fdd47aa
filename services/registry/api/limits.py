"""How large a body may be and how long it may take, and how many requests may be under way, whoever sends them."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.registry.api import refusals

BODY_BYTES_MAX = 1_000_000
BODY_SECONDS_MAX = 20.0
_OF_THE_PROCESS = frozenset({"/livez", "/readyz", "/metrics"})


class BodyLimit:
    """Middleware: a body that grows past the limit ends in 413 where it is read, one that does not come in 408."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what is received, and how long it takes."""
        received, is_whole = 0, False
        deadline = asyncio.get_running_loop().time() + BODY_SECONDS_MAX

        async def counted() -> Message:
            nonlocal received, is_whole
            if is_whole:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408) from None
            received += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if received > BODY_BYTES_MAX:
                raise HTTPException(413)
            return message

        await self._app(scope, counted if scope["type"] == "http" else receive, send)


class Crowd:
    """Middleware: beyond so many requests under way the next ones are told at once to come again.

    They would only wait for a connection to the database, and hold memory meanwhile.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through, or answer 503. What asks about the process itself always comes through."""
        if scope["type"] != "http" or scope["path"] in _OF_THE_PROCESS:
            await self._app(scope, receive, send)
            return
        if self._under_way >= self._most:
            await refusals.failed(Request(scope), 503)(scope, receive, send)
            return
        self._under_way += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way -= 1
