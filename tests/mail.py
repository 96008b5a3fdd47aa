"""A real mail server for tests: takes mails over SMTP on a port of its own, and fails on demand."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from deploy.embedded.mailcatcher.faults import Fault
from deploy.embedded.mailcatcher.mailbox import Mail
from deploy.embedded.mailcatcher.server import Catcher, Door, listen


@dataclass
class MailServer:
    """A running mail server and what it took."""

    catcher: Catcher
    port: int

    def mails(self, to: str = "") -> list[Mail]:
        """What arrived, oldest first: to one address, or all."""
        return list(reversed(self.catcher.mailbox.to(to)))

    def trouble(self, words: str) -> None:
        """Fail from now on, as `temporary:times=2` or `permanent:address=head@school.example` say."""
        self.catcher.faults.on.append(Fault.from_words(words))

    def recover(self) -> None:
        """Fail no more."""
        self.catcher.faults.on.clear()


@asynccontextmanager
async def mail_server(
    tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None
) -> AsyncIterator[MailServer]:
    """A mail server that runs inside the block; with `tls` it offers STARTTLS, with `login` it asks for a password."""
    catcher = Catcher()
    server = await listen(catcher, "127.0.0.1", 0, Door(tls=tls, login=login))
    try:
        yield MailServer(catcher, server.sockets[0].getsockname()[1])
    finally:
        server.close()
        # Connections that hang on purpose end with the loop's next turn.
        await asyncio.sleep(0)


@pytest.fixture
async def mail_catcher() -> AsyncIterator[MailServer]:
    """A mail server of the test's own."""
    async with mail_server() as server:
        yield server
