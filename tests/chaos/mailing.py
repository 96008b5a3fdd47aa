"""Trouble at the mail server, by its own switches."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import httpx

from tests.chaos.plan import Fault


async def fail(mail_url: str, fault: Fault) -> None:
    """Fail as the words say, for a while."""
    kind, _, rest = fault.target.partition(":")
    pairs = (word.partition("=") for word in rest.split(","))
    await post_fault(mail_url, {"kind": kind, **{name: value for name, _, value in pairs}})
    await asyncio.sleep(fault.seconds)
    await be_friendly(mail_url)


async def post_fault(mail_url: str, fault: dict[str, Any]) -> None:
    """Add one. Where another fault has just taken the server away there is nothing to add it to."""
    with contextlib.suppress(httpx.TransportError):
        async with httpx.AsyncClient(base_url=mail_url, timeout=5) as http:
            (await http.post("/api/faults", json=fault)).raise_for_status()


async def be_friendly(mail_url: str) -> None:
    """Take all trouble away; a server that is down starts without any."""
    with contextlib.suppress(httpx.TransportError):
        async with httpx.AsyncClient(base_url=mail_url, timeout=5) as http:
            await http.delete("/api/faults")
