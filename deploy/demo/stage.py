"""Who is on stage, how to wait for what is to happen, and how a person uses the pages behind links."""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from deploy.demo.client import Client
from deploy.demo.mails import Mails

T = TypeVar("T")
Thing = dict[str, Any]
PATIENCE_SECONDS = 120.0


class NotSeen(Exception):
    """A step did not show what it should have shown in time."""


@dataclass
class Stage:
    """Who is on it: keys, and what was posted, by the ids of the open data."""

    operator: Client
    mails: Mails
    pages: httpx.AsyncClient
    say: Callable[[str], None]
    area: Thing = field(default_factory=dict)
    hub: Thing = field(default_factory=dict)
    schools: dict[str, Thing] = field(default_factory=dict)
    employers: dict[str, Thing] = field(default_factory=dict)
    cohorts: dict[tuple[str, int], Thing] = field(default_factory=dict)
    offers: list[Thing] = field(default_factory=list)
    requests: list[Thing] = field(default_factory=list)

    async def matches(self, *states: str) -> list[Thing]:
        """The matches that somebody was told about, in these states (all, if none is named)."""
        found = await self.operator.all("/v1/matches")
        return [match for match in found if not states or match["state"] in states]

    async def match(self, match_id: str) -> Thing:
        """One match as it stands."""
        return await self.operator.get(f"/v1/matches/{match_id}")


async def until(what: str, look: Callable[[], Awaitable[T | None]]) -> T:
    """What `look` finds, asked again and again. Raises NotSeen if it finds nothing for two minutes."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        if found := await look():
            return found
        await asyncio.sleep(0.1)
    raise NotSeen(f"Waited {PATIENCE_SECONDS:.0f} seconds in vain for this: {what}.")


async def open_page(stage: Stage, match: Thing) -> str:
    """Follow the link in the school's email, as a person does; the page's address."""
    link = await stage.mails.link_of(match, "school", until)

    async def look() -> str | None:
        return link if (await stage.pages.get(link)).is_success else None

    return await until("the page behind the link", look)


async def press(stage: Stage, page: str, act: str, fields: dict[str, str]) -> None:
    """Send the page's form."""
    answer = await stage.pages.post(f"{page}/{act}", data=fields, follow_redirects=True)
    if answer.is_error:
        text = html.unescape(re.sub(r"<[^>]+>", " ", answer.text))
        raise NotSeen(f"The page answered {answer.status_code} to {act}: {' '.join(text.split())[:300]}")
