"""What an operator sets for the sender; the notifier's other processes need none of it."""

from datetime import timedelta
from email.headerregistry import Address
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from contracts.links import LinkKey
from services.plumbing.settings import Duration, Settings


class SenderSettings(Settings):
    """Mail server, sender, links, and how patient the sender is."""

    link_keys: SecretStr = Field(description="As `contracts.links.LinkKey.parse` reads them; shared with the registry.")
    public_url: str = Field(description="Where people reach the registry's pages.")

    mail_from: str = Field(description="The address in From.")
    mail_domain: str = Field(description="Of Message-IDs and envelope senders.")
    smtp_host: str
    smtp_port: int = 587
    smtp_tls: Literal["auto", "required", "implicit", "none"] = Field(
        "auto", description="auto: STARTTLS where it is offered; a password never goes out in the clear."
    )
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_verify: bool = Field(default=True, description="Whether the server's certificate must be good.")
    smtp_timeout: Duration = Field(timedelta(seconds=30), description="For each reply of the mail server.")

    senders: int = Field(2, ge=1, description="Emails under way at once in this process.")
    sender_poll: Duration = timedelta(seconds=1)
    lease: Duration = Field(
        timedelta(minutes=5),
        description="After this long an email's sender counts as lost; several times smtp_timeout.",
    )
    contact_wait: Duration = Field(
        timedelta(minutes=15), description="How long a letter waits for a contact to appear."
    )
    retry_first: Duration = timedelta(seconds=30)
    retry_longest: Duration = timedelta(hours=1)
    retry_for: Duration = Field(timedelta(days=2), description="Then a mail server that is always busy counts as no.")

    @property
    def keys(self) -> tuple[LinkKey, ...]:
        """The signing keys, newest first."""
        return LinkKey.parse(self.link_keys.get_secret_value())

    @field_validator("smtp_password")
    @classmethod
    def _goes_out_encrypted(cls, password: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        # An empty file is there where a mail server asks for no login.
        if password is None or not password.get_secret_value():
            return None
        if others.data.get("smtp_tls") == "none":
            raise ValueError("a password needs encryption: ENCOUNTERS_SMTP_TLS must not be none")
        return password

    @field_validator("link_keys")
    @classmethod
    def _are_keys(cls, text: SecretStr) -> SecretStr:
        LinkKey.parse(text.get_secret_value())
        return text

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        return Address(addr_spec=text).addr_spec

    @field_validator("smtp_user")
    @classmethod
    def _empty_is_nobody(cls, user: str | None) -> str | None:
        return user or None

    @field_validator("public_url")
    @classmethod
    def _ends_without_a_slash(cls, text: str) -> str:
        return text.rstrip("/")
