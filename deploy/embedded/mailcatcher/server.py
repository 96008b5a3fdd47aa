"""The SMTP side: aiosmtpd with the faults in its replies."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from deploy.embedded.mailcatcher.faults import Fault, Faults, Stage
from deploy.embedded.mailcatcher.mailbox import Mail, Mailbox

SIZE_BYTES_MAX = 10 * 1024 * 1024


@dataclass(frozen=True)
class Door:
    """How one gets in: in the clear, with STARTTLS, with a password."""

    tls: SSLContext | None = None
    tls_required: bool = False
    login: tuple[str, str] | None = None


@dataclass
class Catcher:
    """What the server does with a mail; aiosmtpd calls these by their names."""

    mailbox: Mailbox = field(default_factory=Mailbox)
    faults: Faults = field(default_factory=Faults)
    attempts: int = 0
    """Mails whose content arrived, kept or not."""
    encrypted: int = 0
    """Of these, over an encrypted connection."""

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name and arguments
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer to MAIL FROM."""
        trouble = await self._suffer("mail", [], server)
        if trouble is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return trouble or "250 OK"

    async def handle_RCPT(  # noqa: N802 - as above
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer to RCPT TO."""
        trouble = await self._suffer("rcpt", [address], server)
        if trouble is None:
            envelope.rcpt_tos.append(address)
        return trouble or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Answer to the final dot."""
        self.attempts += 1
        self.encrypted += session.ssl is not None
        mail = Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.original_content or b"")
        fault = self.faults.next("content", list(envelope.rcpt_tos))
        if fault is None or (fault.kind in {"hang", "drop"} and fault.keep) or fault.kind == "slow":
            self.mailbox.keep(mail)
        return await _play(fault, server) or f"250 2.0.0 Taken as {mail.id}"

    async def before_content(self, server: SMTP, recipients: list[str]) -> str | None:
        """Answer to the DATA command itself, where it is to fail."""
        return await self._suffer("data", recipients, server)

    async def _suffer(self, stage: Stage, addresses: list[str], server: SMTP) -> str | None:
        return await _play(self.faults.next(stage, addresses), server)


async def _play(fault: Fault | None, server: SMTP) -> str | None:
    if fault is None:
        return None
    if fault.kind in {"slow", "hang"}:
        await asyncio.sleep(fault.seconds)
    if fault.kind in {"drop", "hang"}:
        if isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        # The connection is gone: end here, as aiosmtpd itself does when the client goes.
        raise asyncio.CancelledError
    return None if fault.kind == "slow" else fault.reply


class FaultySMTP(SMTP):
    """aiosmtpd has no hook for the reply to the DATA command itself."""

    event_handler: Catcher

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Take the content, unless this reply is in trouble."""
        recipients = list(self.envelope.rcpt_tos) if self.envelope else []
        trouble = await self.event_handler.before_content(self, recipients)
        if trouble:
            await self.push(trouble)
        else:
            await super().smtp_DATA(arg)


async def listen(catcher: Catcher, host: str, port: int, door: Door | None = None) -> asyncio.Server:
    """Start taking mails; port 0 takes any free one."""
    options = _options(door or Door())
    return await asyncio.get_running_loop().create_server(
        lambda: FaultySMTP(catcher, hostname="mailcatcher", ident="mailcatcher", **options), host, port
    )


def _options(door: Door) -> dict[str, Any]:
    options: dict[str, Any] = {"data_size_limit": SIZE_BYTES_MAX, "enable_SMTPUTF8": True}
    if door.tls:
        options |= {"tls_context": door.tls, "require_starttls": door.tls_required}
    if door.login:
        options |= {
            "authenticator": _authenticator(door.login),
            "auth_required": True,
            "auth_require_tls": door.tls is not None,
        }
    return options


def _authenticator(login: tuple[str, str]) -> Any:
    def authenticate(*given: Any) -> AuthResult:
        said = given[-1]
        return AuthResult(success=(said.login.decode(), said.password.decode()) == login, handled=False)

    return authenticate
