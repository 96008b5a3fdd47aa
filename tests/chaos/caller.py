"""Calls the API as a careful program does: whatever gets lost is sent again, until there is an answer."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx

Thing = dict[str, Any]
_AGAIN = frozenset({425, 429, 500, 502, 503, 504})
_SECONDS_MAX = 60.0


@dataclass(frozen=True)
class Answered:
    """A definite answer. `repeated`: an earlier attempt may have had its effect already."""

    status: int
    body: Thing
    version: int | None
    repeated: bool

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


class Caller:
    """One key, one stream of calls. Raises `asyncio.TimeoutError` where no answer comes for a minute."""

    def __init__(self, http: httpx.AsyncClient, key: str, chance: Random, lost: Counter[str]) -> None:
        self._http = http
        self.key = key
        self._chance = chance
        self._lost = lost

    def with_key(self, key: str) -> Caller:
        """The same as somebody else."""
        return Caller(self._http, key, Random(self._chance.random()), self._lost)

    async def write(self, method: str, path: str, body: Thing | None = None, version: int | None = None) -> Answered:
        """Do it once, however often it has to be sent. An `Idempotency-Key` makes the repeats harmless."""
        headers = {"Idempotency-Key": str(uuid.UUID(int=self._chance.getrandbits(128), version=4))}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return await self._insist(method, path, body, headers)

    async def must(self, path: str, body: Thing) -> Thing:
        """Create something without which the load makes no sense."""
        answered = await self.write("POST", path, body)
        if not answered.is_good:
            raise RuntimeError(f"POST {path} answered {answered.status}: {answered.body}")
        return answered.body

    async def read(self, path: str) -> Answered:
        """Look at something."""
        return await self._insist("GET", path, None, {})

    async def _insist(self, method: str, path: str, body: Thing | None, headers: dict[str, str]) -> Answered:
        headers = {"Authorization": f"Bearer {self.key}", **headers}
        attempts = 0
        async with asyncio.timeout(_SECONDS_MAX):
            while True:
                attempts += 1
                answer = await _attempt(self._http, method, path, json=body, headers=headers)
                if answer is not None:
                    return _answered(answer, repeated=attempts > 1)
                self._lost[method] += 1
                await asyncio.sleep(self._chance.uniform(0.1, 0.5))


async def press(http: httpx.AsyncClient, page: str, act: str, fields: Thing, lost: Counter[str]) -> int:
    """Send a page's form until there is an answer; its status. Repeats are harmless: the page says so."""
    async with asyncio.timeout(_SECONDS_MAX):
        while True:
            answer = await _attempt(http, "POST", f"{page}/{act}", data=fields)
            if answer is not None:
                return answer.status_code
            lost["page"] += 1
            await asyncio.sleep(0.3)


async def _attempt(http: httpx.AsyncClient, method: str, path: str, **options: Any) -> httpx.Response | None:
    """The answer, or None where it is to be tried again: lost on the way, or the server says so."""
    try:
        answer = await http.request(method, path, **options)
    except httpx.TransportError:
        return None
    return None if answer.status_code in _AGAIN else answer


def _answered(answer: httpx.Response, *, repeated: bool) -> Answered:
    etag = answer.headers.get("etag", "").strip('"')
    try:
        body = answer.json() if answer.content else {}
    except ValueError:
        body = {"text": answer.text[:200]}
    return Answered(answer.status_code, body, int(etag) if etag.isdigit() else None, repeated)
