"""Stopping emails: a page with a button, and the one-click POST that mail programs send (RFC 8058)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from contracts.links import BadLink, Link
from services.registry.pages.banners import Banner
from services.registry.pages.route import ContactErased, PageRoute, message
from services.registry.store.contacts import mark_unsubscribed
from services.registry.store.surroundings import Reader, find_reader

router = APIRouter(route_class=PageRoute, include_in_schema=False)
ASK = Banner(
    "ask",
    "Stop all emails to you?",
    "We will not write to you again, and write to your colleagues instead. Nothing changes for matches under way.",
)
DONE = Banner(
    "good", "You get no more emails from us", "If you would like them again, your Careers Hub can arrange it."
)


@router.api_route("/u/{token}", methods=["GET", "HEAD"])
async def show(request: Request) -> Response:
    reader = await _reader(request)
    return message(DONE) if reader.unsubscribed else message(ASK, action=request.url.path, button="Stop all emails")


@router.post("/u/{token}")  # noqa: FAST003 - the route reads the token
async def unsubscribe(request: Request) -> Response:
    """Whatever the body says: mail programs send `List-Unsubscribe=One-Click`, the page nothing."""
    reader = await _reader(request)
    link: Link = request.state.link
    if not reader.unsubscribed:
        await mark_unsubscribed(request.state.tx, link.contact_id, request.app.state.clock)
    return message(DONE)


async def _reader(request: Request) -> Reader:
    link: Link = request.state.link
    if link.audience != "unsubscribe":
        raise BadLink("this link is not for stopping emails")
    reader = await find_reader(request.state.tx, link.contact_id)
    if reader is None:
        raise ContactErased
    return reader
