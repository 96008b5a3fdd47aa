"""Lists, page by page: an opaque cursor that holds for the list it came from, and a link to the next page."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from services.registry.domain.mistakes import Fault, Unacceptable

LIMIT_MAX = 200
_DIGEST_BYTES = 8
ItemT = TypeVar("ItemT")


class Listing(BaseModel, Generic[ItemT]):
    """One page of a list, oldest first."""

    items: list[ItemT]
    next: str | None = Field(None, description="Send it as `cursor` for the next page; null on the last one.")


@dataclass(frozen=True)
class Page:
    """Which page is asked for: `limit` items whose ids come after `after`."""

    limit: int
    after: UUID | None
    request: Request
    response: Response

    @property
    def fetch(self) -> int:
        """How many rows to read: one more than is shown tells whether there is a next page."""
        return self.limit + 1

    def listing(self, items: Sequence[ItemT], id_of: Callable[[ItemT], UUID]) -> Listing[ItemT]:
        """The page made of the rows read, with the cursor of the next one in the body and in `Link`."""
        shown = list(items[: self.limit])
        if len(items) <= self.limit:
            return Listing(items=shown, next=None)
        cursor = _write(id_of(shown[-1]), self.request)
        query = urlencode({**self.request.query_params, "cursor": cursor})
        self.response.headers["Link"] = f'<{self.request.url.path}?{query}>; rel="next"'
        return Listing(items=shown, next=cursor)


def _page(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX, description="Most items on the page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
) -> Page:
    return Page(limit, _read(cursor, request) if cursor is not None else None, request, response)


Paging = Annotated[Page, Depends(_page)]


def _write(after: UUID, request: Request) -> str:
    return base64.urlsafe_b64encode(after.bytes + _digest(request)).rstrip(b"=").decode()


def _read(cursor: str, request: Request) -> UUID:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 16 + _DIGEST_BYTES or raw[16:] != _digest(request):
        raise Unacceptable(
            "The cursor does not belong to this list.",
            Fault("#/cursor", "This cursor was not given for this list with these filters.", _REMEDY, "query"),
        )
    return UUID(bytes=raw[:16])


_REMEDY = "Take `next` from the page before, with the same filters; leave it away for the first page."


def _digest(request: Request) -> bytes:
    """Ties a cursor to its list: the address and every filter, but not the size of the page."""
    filters = sorted((n, v) for n, v in request.query_params.multi_items() if n not in ("cursor", "limit"))
    return hashlib.sha256(repr((request.url.path, filters)).encode()).digest()[:_DIGEST_BYTES]
