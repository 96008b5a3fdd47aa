"""`python -m deploy.embedded.mailcatcher --smtp-port 2525 --http-port 8025`; a fault is `KIND[:name=value,…]`."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from deploy.embedded.mailcatcher.faults import Fault, Faults
from deploy.embedded.mailcatcher.mailbox import Mailbox
from deploy.embedded.mailcatcher.page import make_app
from deploy.embedded.mailcatcher.server import Catcher, listen


def main() -> None:
    """Serve both sides until SIGTERM or SIGINT."""
    given = _arguments().parse_args()
    catcher = Catcher(Mailbox(given.folder), Faults(list(given.fault)))
    asyncio.run(_serve(catcher, given))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded.mailcatcher", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, default=2525)
    parser.add_argument("--http-port", type=int, default=8025)
    parser.add_argument("--folder", type=Path, help="keep every mail as a file here too")
    parser.add_argument("--fault", type=Fault.from_words, action="append", default=[], help="as temporary:times=2")
    return parser


async def _serve(catcher: Catcher, given: argparse.Namespace) -> None:
    smtp = await listen(catcher, given.host, given.smtp_port)
    config = uvicorn.Config(
        make_app(catcher), host=given.host, port=given.http_port, log_level="warning", timeout_graceful_shutdown=1
    )
    print(f"mail on {given.host}:{given.smtp_port}, page on http://{given.host}:{given.http_port}", flush=True)
    server = _Server(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    try:
        await server.serve()
    finally:
        smtp.close()


class _Server(uvicorn.Server):
    """Ends when asked with exit code 0: uvicorn's own handling raises the signal once more."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        self.should_exit = True


if __name__ == "__main__":
    main()
