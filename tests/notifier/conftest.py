"""A notifier over a real PostgreSQL that sends to a real mail server."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.notifier.desk import Desk
from services.notifier.settings import SenderSettings
from services.notifier.smtp import Courier
from services.plumbing import postgres
from services.plumbing.clock import Clock
from tests.mail import MailServer
from tests.notifier.given import TUESDAY, Office

DatabaseMaker = Callable[[str], Awaitable[str]]


@pytest.fixture
async def sender_settings(fresh_database: DatabaseMaker, mail_catcher: MailServer) -> SenderSettings:
    return SenderSettings(
        database_url=SecretStr(await fresh_database("notifier")),
        link_keys=SecretStr("test:" + "0" * 64),
        public_url="https://encounters.example",
        mail_from="matches@encounters.example",
        mail_domain="encounters.example",
        smtp_host="127.0.0.1",
        smtp_port=mail_catcher.port,
        smtp_timeout=timedelta(seconds=0.4),
    )


@pytest.fixture
async def office(sender_settings: SenderSettings) -> AsyncIterator[Office]:
    """A notifier on a Tuesday morning in term that knows nothing yet."""
    pool = await postgres.open_pool(sender_settings, "tests")
    courier = Courier(sender_settings)
    yield Office(pool, Desk.of(sender_settings, Clock.stopped(TUESDAY)), courier)
    courier.close()
    await pool.close()


@pytest.fixture
def server_tls() -> ssl.SSLContext:
    """What a mail server needs to offer encryption, with a certificate that nobody vouches for."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(Path(__file__).with_name("self_signed.pem"))
    return context
