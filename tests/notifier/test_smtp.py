"""Every trouble a mail server can make, and what the courier makes of it."""

import ssl
from datetime import timedelta

import pytest
from pydantic import SecretStr

from deploy.embedded import ports
from services.notifier.settings import SenderSettings
from services.notifier.smtp import Courier, Envelope, Outcome
from tests.mail import MailServer, mail_server

EMAIL = Envelope(
    "bounce+1@encounters.example", "priya@school.example", b"Subject: hello\r\n\r\nA line.\r\n.\r\n..two\r\n"
)


def settings_for(port: int, **said: object) -> SenderSettings:
    given = {
        "database_url": SecretStr("postgresql://nowhere"),
        "link_keys": SecretStr("test:" + "0" * 64),
        "public_url": "https://encounters.example",
        "mail_from": "matches@encounters.example",
        "mail_domain": "encounters.example",
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_timeout": timedelta(seconds=0.3),
        **said,
    }
    return SenderSettings.model_validate(given)


async def deliver(port: int, **said: object) -> tuple[Outcome, int]:
    """The outcome, and how often the content was about to go out."""
    begun = 0

    async def begin() -> bool:
        nonlocal begun
        begun += 1
        return True

    courier = Courier(settings_for(port, **said))
    try:
        return await courier.deliver(EMAIL, begin), begun
    finally:
        courier.close()


async def test_a_good_server_takes_the_email_as_it_is(mail_catcher: MailServer):
    outcome, begun = await deliver(mail_catcher.port)

    assert (outcome, begun) == (Outcome("sent", "DATA: 250"), 1)
    (mail,) = mail_catcher.mails()
    assert mail.source == EMAIL.message
    assert mail.envelope_from == "bounce+1@encounters.example"


@pytest.mark.parametrize(
    "fault, state, detail, begun, arrived",
    [
        ("temporary:stage=mail", "again", "MAIL: 451 4.3.2", 0, 0),
        ("permanent:stage=mail", "again", "MAIL: 550 5.7.1", 0, 0),
        ("drop:stage=mail", "again", "MAIL: SMTPServerDisconnected", 0, 0),
        ("hang:stage=mail", "again", "MAIL: SMTPReadTimeoutError", 0, 0),
        ("temporary", "again", "RCPT: 450 4.2.1", 0, 0),
        ("permanent", "refused", "RCPT: 550 5.1.1", 0, 0),
        ("drop:stage=rcpt", "again", "RCPT: SMTPServerDisconnected", 0, 0),
        ("hang:stage=rcpt", "again", "RCPT: SMTPReadTimeoutError", 0, 0),
        ("temporary:stage=data", "again", "DATA: 451 4.3.2", 1, 0),
        ("permanent:stage=data", "refused", "DATA: 550 5.7.1", 1, 0),
        ("drop:stage=data", "unknown", "DATA: SMTPServerDisconnected", 1, 0),
        ("temporary:stage=content", "again", "DATA: 451 4.3.0", 1, 0),
        ("permanent:stage=content", "refused", "DATA: 554 5.6.0", 1, 0),
        ("drop", "unknown", "DATA: SMTPServerDisconnected", 1, 1),
        ("drop:keep=no", "unknown", "DATA: SMTPServerDisconnected", 1, 0),
        ("hang", "unknown", "DATA: SMTPReadTimeoutError", 1, 1),
        ("slow:seconds=0.05", "sent", "DATA: 250", 1, 1),
    ],
)
async def test_each_trouble_has_its_outcome(
    mail_catcher: MailServer, fault: str, state: str, detail: str, begun: int, arrived: int
):
    mail_catcher.trouble(fault)

    outcome, times_begun = await deliver(mail_catcher.port)

    assert (outcome.state, outcome.detail, times_begun) == (state, detail, begun)
    assert len(mail_catcher.mails()) == arrived


async def test_a_server_that_is_away_is_tried_again_later():
    outcome, begun = await deliver(ports.free_port())

    assert (outcome.state, begun) == ("again", 0)


async def test_what_the_server_says_about_an_address_stays_out_of_the_detail(mail_catcher: MailServer):
    mail_catcher.trouble("permanent:address=priya")

    outcome, _ = await deliver(mail_catcher.port)

    assert "priya" not in outcome.detail


async def test_an_email_held_back_at_the_last_moment_is_not_sent(mail_catcher: MailServer):
    courier = Courier(settings_for(mail_catcher.port))

    async def hold_back() -> bool:
        return False

    assert await courier.deliver(EMAIL, hold_back) == Outcome("withheld")
    assert mail_catcher.mails() == []


async def test_a_connection_serves_the_next_email_and_is_opened_anew_if_it_broke(mail_catcher: MailServer):
    courier = Courier(settings_for(mail_catcher.port))

    async def begin() -> bool:
        return True

    assert (await courier.deliver(EMAIL, begin)).state == "sent"
    assert (await courier.deliver(EMAIL, begin)).state == "sent"
    mail_catcher.trouble("drop:times=1")
    assert (await courier.deliver(EMAIL, begin)).state == "unknown"
    assert (await courier.deliver(EMAIL, begin)).state == "sent"
    courier.close()


async def test_encryption_is_used_where_it_is_offered(server_tls: ssl.SSLContext):
    async with mail_server(tls=server_tls) as server:
        outcome, _ = await deliver(server.port, smtp_verify=False)

        assert outcome.state == "sent"
        assert server.catcher.encrypted == 1


async def test_a_bad_certificate_is_not_trusted(server_tls: ssl.SSLContext):
    async with mail_server(tls=server_tls) as server:
        outcome, begun = await deliver(server.port)

        assert (outcome.state, begun) == ("again", 0)


async def test_required_encryption_that_is_not_offered_sends_nothing(mail_catcher: MailServer):
    outcome, begun = await deliver(mail_catcher.port, smtp_tls="required")

    assert (outcome.state, begun) == ("again", 0)


async def test_the_right_password_opens_the_door(server_tls: ssl.SSLContext):
    async with mail_server(tls=server_tls, login=("notifier", "secret")) as server:
        right = {"smtp_user": "notifier", "smtp_password": SecretStr("secret"), "smtp_verify": False}
        assert (await deliver(server.port, **right))[0].state == "sent"

        wrong = {**right, "smtp_password": SecretStr("guess")}
        assert (await deliver(server.port, **wrong))[0].state == "again"


def test_a_password_without_encryption_is_refused_at_the_start():
    with pytest.raises(ValueError, match="a password needs encryption"):
        settings_for(25, smtp_tls="none", smtp_user="notifier", smtp_password=SecretStr("secret"))


def test_an_empty_password_is_none():
    assert settings_for(25, smtp_tls="none", smtp_password=SecretStr("")).smtp_password is None


async def test_a_password_never_goes_out_in_the_clear(mail_catcher: MailServer):
    outcome, begun = await deliver(mail_catcher.port, smtp_user="notifier", smtp_password=SecretStr("secret"))

    assert (outcome.state, outcome.detail, begun) == ("again", "connect: NotWithoutTLS", 0)
