"""TCP proxies in front of Kafka, PostgreSQL, the mail server and the API: connections can be cut in the middle.

Nothing well kept does this as a Python wheel (`toxic-proxy` and `ku-proxy` were last released in 2023, the others need
a server that is no wheel), so it is written here: bytes one way, bytes the other way, and a knife.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any, Self

from deploy.embedded.ports import free_port

_CHUNK = 65_536


class Proxy:
    """One door: whoever comes to `port` is led to `target`, as long as nothing is done to it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.target = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._knife = False

    async def listen(self) -> None:
        """Take connections from now on."""
        self._server = await asyncio.start_server(self._lead, "127.0.0.1", self.port)

    def close(self) -> None:
        """Take no more connections, and end those that are open."""
        self._server.close()
        self.cut()

    def cut(self) -> int:
        """End every connection now, wherever it is; say how many sides that were."""
        cut = len(self._open)
        for writer in list(self._open):
            writer.transport.abort()
        return cut

    def cut_in_the_middle(self) -> None:
        """Let half of the next piece pass, and end all connections then."""
        self._knife = True

    def stall(self) -> None:
        """Let nothing pass, and nobody know."""
        self._flows.clear()

    def flow(self) -> None:
        """Let everything pass again."""
        self._knife = False
        self._flows.set()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            onward = await asyncio.open_connection("127.0.0.1", self.target)
            both = {writer, onward[1]}
            self._open |= both
            ways = [self._carry(reader, onward[1]), self._carry(onward[0], writer)]
            carrying = [asyncio.ensure_future(way) for way in ways]
            try:
                await asyncio.wait(carrying, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in carrying:
                    way.cancel()
                self._open -= both
                for side in both:
                    side.transport.abort() if self._knife else side.close()
        writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(_CHUNK):
                await self._flows.wait()
                if self._knife:
                    self._knife = False
                    writer.write(piece[: len(piece) // 2])
                    await asyncio.sleep(0)
                    self.cut()
                    return
                writer.write(piece)
                await writer.drain()


class Proxies:
    """The doors, on a loop and a thread of their own: they work while everybody else waits."""

    NAMES = ("kafka", "postgres", "mail", "api")

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)
        self._thread.start()
        self.doors: dict[str, Proxy] = self._run(_open(self.NAMES))
        return self

    def __exit__(self, *_: object) -> None:
        self._run(_end_all(list(self.doors.values())))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def act(self, name: str, what: str) -> None:
        """Do `what` ("cut", "stall", …) to the door `name`, from any thread."""
        self._loop.call_soon_threadsafe(getattr(self.doors[name], what))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)


async def _open(names: tuple[str, ...]) -> dict[str, Proxy]:
    doors = {name: Proxy() for name in names}
    for door in doors.values():
        await door.listen()
    return doors


async def _end_all(doors: list[Proxy]) -> None:
    """Close the doors, and wait until nobody carries anything any more."""
    for door in doors:
        door.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    # A transport's socket is closed in the loop's next turn.
    await asyncio.sleep(0.1)
