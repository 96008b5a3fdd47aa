"""The route that all pages use: the link is read, a transaction opened, and every trouble becomes a page of its own."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import lru_cache
from typing import Any

import asyncpg
import structlog
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from contracts.links import BadLink, LinkExpired, LinkKey, read
from services.plumbing.clock import Clock
from services.plumbing.errors import DatabaseAway
from services.plumbing.postgres import transaction
from services.registry.domain.mistakes import TooMany
from services.registry.pages.banners import Banner
from services.registry.pages.rendering import page

_Act = Callable[[Request], Coroutine[Any, Any, Response]]
log = structlog.stdlib.get_logger(__name__)


class NotKnownYet(Exception):
    """A good link for a match that has not been heard of yet: the email was faster."""


class ContactErased(Exception):
    """A good link of somebody who was removed from the contacts."""


_AWAY = (503, Banner("wait", "One moment, please", "We cannot show this page just now. Please try again in a minute."))
# The most special comes first: a link that has run out is also no good link.
_TROUBLES: dict[type[Exception], tuple[int, Banner]] = {
    LinkExpired: (
        410,
        Banner("ended", "This link has run out", "Links in our emails work for a limited time. Nothing was changed."),
    ),
    BadLink: (
        404,
        Banner(
            "ended",
            "We do not know this link",
            "It may have been cut off on its way. Please open it from the email again, or copy the whole of it.",
        ),
    ),
    NotKnownYet: (
        503,
        Banner("wait", "One moment, please", "We are still preparing this page. Please try again in a few seconds."),
    ),
    ContactErased: (
        410,
        Banner(
            "ended",
            "This link is no longer in use",
            "The person it was sent to is no longer among our contacts. Your Careers Hub can help.",
        ),
    ),
    TooMany: (
        429,
        Banner("wait", "One moment, please", "This page was opened very often just now. Please try again in a minute."),
    ),
    HTTPException: (400, Banner("ended", "We could not read that", "Please go back, and try it once more.")),
    DatabaseAway: _AWAY,
    asyncpg.PostgresConnectionError: _AWAY,
    asyncpg.OperatorInterventionError: _AWAY,
    asyncpg.TransactionRollbackError: _AWAY,
    asyncpg.LockNotAvailableError: _AWAY,
    OSError: _AWAY,
}


class PageRoute(APIRoute):
    """A route for whoever holds a signed link."""

    def get_route_handler(self) -> _Act:
        """The act, with everything around it."""
        act = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await _visit(request, act)
            except tuple(_TROUBLES) as trouble:
                return _trouble(trouble)

        return shown


async def _visit(request: Request, act: _Act) -> Response:
    clock: Clock = request.app.state.clock
    keys = _keys(request.app.state.settings.link_keys.get_secret_value())
    request.state.link = read(request.path_params["token"], keys, clock.now())
    request.app.state.link_rates.spend(request.state.link)
    async with transaction(request.app.state.pool) as tx:
        request.state.tx = tx
        return await act(request)


def _trouble(trouble: Exception) -> Response:
    status, banner = next(answer for kind, answer in _TROUBLES.items() if isinstance(trouble, kind))
    if banner is _AWAY[1]:
        log.warning("a page could not be shown just now", error=repr(trouble))
    return message(banner, status)


def message(banner: Banner, status: int = 200, action: str | None = None, button: str = "") -> Response:
    """A page that is a banner alone, perhaps with a button that posts to `action`."""
    return page("message.html", status, head=banner, action=action, button=button)


@lru_cache(maxsize=4)
def _keys(text: str) -> tuple[LinkKey, ...]:
    return LinkKey.parse(text)
