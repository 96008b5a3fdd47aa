"""Posts over HTTP as an employer's own program would: a key, idempotency keys, problems read and shown."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx

AT_ONCE = 8
SEED_SPACE = uuid.UUID("0199c000-0000-7000-8000-0000000000de")


class Refused(Exception):
    """The API answered with a problem; its text is the message."""


class Client:
    """The API with one key. Safe to use from several tasks: at most eight calls are under way at once."""

    def __init__(self, http: httpx.AsyncClient, key: str) -> None:
        self._http = http
        self._key = key
        self._room = asyncio.Semaphore(AT_ONCE)
        self.calls = 0

    def with_key(self, key: str) -> Client:
        """The same API as somebody else."""
        return Client(self._http, key)

    async def post(self, path: str, body: dict[str, Any], version: int | None = None) -> dict[str, Any]:
        """Create or act; the same body to the same path has its effect once, however often it is sent.

        `version` is the one that the caller has seen, where an act asks for it.
        """
        headers = {"Idempotency-Key": str(uuid.uuid5(SEED_SPACE, f"{path} {sorted(body.items())!r}"))}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return await self._call("POST", path, body, headers)

    async def delete(self, path: str) -> None:
        """Remove what is there."""
        await self._call("DELETE", path)

    async def get(self, path: str) -> dict[str, Any]:
        """Read one thing or one page."""
        return await self._call("GET", path)

    async def all(self, path: str) -> list[dict[str, Any]]:
        """Every item of a list, page after page."""
        items: list[dict[str, Any]] = []
        joint = "&" if "?" in path else "?"
        cursor = ""
        while True:
            page = await self.get(f"{path}{joint}limit=200{cursor}")
            items += page["items"]
            if not page["next"]:
                return items
            cursor = f"&cursor={page['next']}"

    async def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._key}", **(headers or {})}
        async with self._room:
            answer = await self._http.request(method, path, json=body, headers=headers)
            while answer.status_code in (429, 503):
                await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
                answer = await self._http.request(method, path, json=body, headers=headers)
        self.calls += 1
        if answer.is_error:
            raise Refused(f"{method} {path} answered {answer.status_code}: {answer.text}")
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found
