"""The catcher's mails, and whose match each link in them is about."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import httpx

from contracts.links import Link, LinkKey, read

T = TypeVar("T")
LINK = re.compile(r"https?://[^\s\"'<>]+/m/([A-Za-z0-9_-]+)")


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived."""

    id: str
    to: str
    subject: str
    text: str

    @property
    def links(self) -> dict[str, str]:
        """The links to pages, by their token."""
        return {found.group(1): found.group(0) for found in LINK.finditer(self.text)}


class Mails:
    """Reads the catcher; a mail that was read once is remembered."""

    def __init__(self, http: httpx.AsyncClient, keys: tuple[LinkKey, ...], now: Callable[[], datetime]) -> None:
        self._http = http
        self._keys = keys
        self._now = now
        self._known: dict[str, Mail] = {}

    async def all(self) -> list[Mail]:
        """Every mail, the oldest first."""
        listed: list[dict[str, Any]] = (await self._http.get("/api/messages")).json()["items"]
        for one in reversed(listed):
            if one["id"] not in self._known:
                whole = (await self._http.get(f"/api/messages/{one['id']}")).json()
                self._known[one["id"]] = Mail(one["id"], one["to"], one["subject"], whole["text"])
        return list(self._known.values())

    async def types_in(self, mail: Mail) -> list[str]:
        """The content types of the mail's attachments."""
        whole = (await self._http.get(f"/api/messages/{mail.id}")).json()
        return [attachment["type"] for attachment in whole["attachments"]]

    async def links(self) -> dict[tuple[str, str], str]:
        """The newest link to each match's page, by match and audience."""
        found: dict[tuple[str, str], str] = {}
        for mail in await self.all():
            for token, link in mail.links.items():
                told = self._read(token)
                found[str(told.match_id), told.audience] = link
        return found

    async def links_by_school(self) -> dict[str, str]:
        """The newest link to each match's page for its school, by match."""
        return {match: link for (match, audience), link in (await self.links()).items() if audience == "school"}

    async def link_of(
        self,
        match: dict[str, Any],
        audience: str,
        until: Callable[[str, Callable[[], Awaitable[str | None]]], Awaitable[str]],
    ) -> str:
        """The link to the match's page for one side, waited for."""

        async def look() -> str | None:
            return (await self.links()).get((match["match_id"], audience))

        return await until(f"an email to the {audience}", look)

    def _read(self, token: str) -> Link:
        return read(token, self._keys, self._now())
