"""One email to the mail server, with control over the one moment that matters: before the content goes out.

Up to the content everything can be tried again. Once it is under way only the server's reply says what became of it,
and without a reply nobody knows.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

import structlog
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from services.notifier.settings import SenderSettings

log = structlog.stdlib.get_logger(__name__)

_TROUBLE = (SMTPException, OSError, TimeoutError, ssl.SSLError)
_REFUSED_FROM = 500


@dataclass(frozen=True)
class Envelope:
    """What the mail server is given."""

    sender: str
    recipient: str
    message: bytes


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt. `detail` names the stage and the code, never an address."""

    state: Literal["sent", "again", "refused", "unknown", "withheld"]
    detail: str = ""


class NotWithoutTLS(SMTPException):
    """The server offers no encryption, and the password does not go out in the clear."""


class Courier:
    """A connection to the mail server, kept for the next email while it lasts."""

    def __init__(self, settings: SenderSettings) -> None:
        self._settings = settings
        self._client: SMTP | None = None

    async def deliver(self, envelope: Envelope, before_content: Callable[[], Awaitable[bool]]) -> Outcome:
        """Hand `envelope` over. `before_content` runs once the server agrees to it; if it says no, nothing is sent.

        Raises only what `before_content` raises, and then the content has not gone out.
        """
        refusal = await self._introduce(envelope)
        if refusal:
            return refusal
        if not await before_content():
            self.close()
            return Outcome("withheld")
        return await self._hand_over(envelope)

    def close(self) -> None:
        """Cut the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def _introduce(self, envelope: Envelope) -> Outcome | None:
        stage = "connect"
        try:
            client = await self._connected()
            stage = "MAIL"
            await client.mail(envelope.sender)
            stage = "RCPT"
            await client.rcpt(envelope.recipient)
        except _TROUBLE as trouble:
            self.close()
            detail = f"{stage}: {_describe(trouble)}"
            # Only a refused recipient is the recipient's: everything before concerns ourselves.
            refused = stage == "RCPT" and _code(trouble) >= _REFUSED_FROM
            log.warning("the mail server did not take an email", stage=stage, trouble=_describe(trouble))
            return Outcome("refused" if refused else "again", detail)
        return None

    async def _hand_over(self, envelope: Envelope) -> Outcome:
        assert self._client is not None  # noqa: S101 - introduced
        try:
            reply = await self._client.data(envelope.message)
        except _TROUBLE as trouble:
            self.close()
            code, detail = _code(trouble), f"DATA: {_describe(trouble)}"
            log.warning("an email was not taken, or nobody knows", stage="DATA", trouble=_describe(trouble))
            if code <= 0:
                return Outcome("unknown", detail)
            return Outcome("refused" if code >= _REFUSED_FROM else "again", detail)
        return Outcome("sent", f"DATA: {reply.code}")

    async def _connected(self) -> SMTP:
        if self._client is not None:
            try:
                await self._client.rset()
            except _TROUBLE:
                self.close()
            else:
                return self._client
        self._client = self._new_client()
        await self._client.connect()
        await self._log_in(self._client)
        return self._client

    def _new_client(self) -> SMTP:
        settings = self._settings
        return SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            local_hostname=settings.mail_domain,
            timeout=settings.smtp_timeout.total_seconds(),
            use_tls=settings.smtp_tls == "implicit",
            start_tls={"auto": None, "required": True, "implicit": False, "none": False}[settings.smtp_tls],
            validate_certs=settings.smtp_verify,
        )

    async def _log_in(self, client: SMTP) -> None:
        user, password = self._settings.smtp_user, self._settings.smtp_password
        if user is None or password is None:
            return
        if client.get_transport_info("ssl_object") is None:
            raise NotWithoutTLS("the mail server offers no encryption")
        await client.login(user, password.get_secret_value())


def _code(trouble: BaseException) -> int:
    """The server's reply code; 0 where there was no reply that one could read."""
    return trouble.code if isinstance(trouble, SMTPResponseException) and trouble.code >= 400 else 0  # noqa: PLR2004


def _describe(trouble: BaseException) -> str:
    """The code, with the enhanced one if there is one. The rest of a reply often names the address."""
    if not isinstance(trouble, SMTPResponseException):
        return type(trouble).__name__
    enhanced = trouble.message.split(" ", 1)[0]
    is_enhanced = enhanced.replace(".", "").isdigit() and enhanced.count(".") == 2  # noqa: PLR2004 - as in 5.1.1
    return f"{trouble.code} {enhanced}" if is_enhanced else str(trouble.code)
