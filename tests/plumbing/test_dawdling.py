"""Clients that take their time free their connection; those who wait for us keep it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from deploy.embedded.ports import free_port
from services.plumbing import dawdling, http
from services.plumbing.clock import Clock
from services.plumbing.processes import Process
from services.plumbing.settings import Settings
from tests.plumbing.specimen_api import new_app

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
REQUEST = b"GET /%s HTTP/1.1\r\nHost: specimen\r\n\r\n"
LONG = 30


@pytest.fixture
async def connection(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Streams]:
    """A connection to a server that waits a moment for headers."""
    monkeypatch.setattr(dawdling, "HEADERS_SECONDS", 1.0)
    settings, port = Settings.model_validate({"database_url": "postgresql://nowhere"}), free_port()
    process = Process("specimen", "api", settings, Clock())
    serving = asyncio.ensure_future(http.serve(process, new_app(), "127.0.0.1", port))
    await asyncio.sleep(0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield reader, writer
    writer.close()
    process.stopping.set()
    await serving


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nHost: spec", b"GET / HTTP/1.1\r\nHost: specimen\r\nX-Slow: "]
)
async def test_headers_that_do_not_come_end_the_connection(connection: Streams, sent: bytes) -> None:
    reader, writer = connection
    writer.write(sent)

    async with asyncio.timeout(LONG):
        assert await reader.read() == b""


async def test_so_do_those_of_a_second_request(connection: Streams) -> None:
    reader, writer = connection
    writer.write(REQUEST % b"things/1")
    await reader.readuntil(b"\r\n\r\n")
    writer.write(REQUEST[:20])

    async with asyncio.timeout(LONG):
        rest = await reader.read()
    assert rest.count(b"HTTP/1.1") == 0


async def test_who_waits_for_our_answer_keeps_the_connection(connection: Streams) -> None:
    reader, writer = connection
    writer.write(REQUEST % b"slow")

    async with asyncio.timeout(LONG):
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
