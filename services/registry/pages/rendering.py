"""Templates into answers, with the headers that every page has."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

_HERE = Path(__file__).resolve().parent
STATIC = _HERE / "static"
MEDIA_TYPES = {"style.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml"}
HEADERS = {
    # The address is a secret: it must not leave with a referrer, a cache or a search engine.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}
RETRY_AFTER_SECONDS = 10
_COME_AGAIN = {429, 503}


def page(template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """The page made of `template`."""
    files = {"stylesheet": _asset("style.css"), "mark": _asset("mark.svg")}
    body = (
        _templates().get_template(template).render({"hub_name": "", "reply_to": None, "faults": (), **files, **context})
    )
    retry = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status in _COME_AGAIN else {}
    return HTMLResponse(body, status, HEADERS | retry)


def asset(name: str) -> Response:
    """A file that pages link to. Raises KeyError for any other name."""
    media_type = MEDIA_TYPES[name]
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response((STATIC / name).read_bytes(), headers=headers, media_type=media_type)


@cache
def _asset(name: str) -> str:
    """The address of a file; it changes with the content, so that browsers may keep it for ever."""
    return f"/pages/{name}?{hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
