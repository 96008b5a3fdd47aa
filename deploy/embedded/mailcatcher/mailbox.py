"""The mails that arrived, and what can be read in them."""

from __future__ import annotations

import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

KEPT_MAX = 5000
_LINK = re.compile(r"https?://[^\s<>\"')]+")


@dataclass(frozen=True)
class Attachment:
    """A file that came with a mail."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One mail as the server took it: its envelope and its bytes."""

    envelope_from: str
    envelope_to: tuple[str, ...]
    source: bytes
    id: str = field(default_factory=lambda: uuid4().hex)
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @cached_property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.source, policy=email.policy.default)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"] or "")

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def links(self) -> list[str]:
        """Every address to follow in the text part, once, in order."""
        return list(dict.fromkeys(_LINK.findall(self.text)))

    @property
    def attachments(self) -> list[Attachment]:
        return [_attachment(part) for part in self.message.iter_attachments()]

    def summary(self) -> dict[str, Any]:
        """What a list of mails shows."""
        return {
            "id": self.id,
            "received_at": self.received_at.isoformat(),
            "envelope_from": self.envelope_from,
            "envelope_to": list(self.envelope_to),
            "from": str(self.message["From"] or ""),
            "to": str(self.message["To"] or ""),
            "subject": self.subject,
            "message_id": self.message_id,
        }

    def whole(self) -> dict[str, Any]:
        """Everything in it, for a program."""
        return {
            **self.summary(),
            "headers": [[name, str(value)] for name, value in self.message.items()],
            "text": self.text,
            "html": self.html,
            "links": self.links,
            "attachments": [{"name": a.name, "type": a.type, "bytes": len(a.content)} for a in self.attachments],
        }

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""


def _attachment(part: EmailMessage) -> Attachment:
    content = part.get_content()
    raw = content.encode() if isinstance(content, str) else bytes(content)
    return Attachment(part.get_filename() or "attachment", part.get_content_type(), raw)


class Mailbox:
    """The mails, newest first; the oldest go when there are too many."""

    def __init__(self, folder: Path | None = None) -> None:
        self._mails: list[Mail] = []
        self._folder = folder

    def keep(self, mail: Mail) -> None:
        """Add a mail; the folder, if any, gets it as a file too."""
        self._mails.append(mail)
        del self._mails[:-KEPT_MAX]
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
            whole = self._folder / f"{mail.received_at:%Y%m%dT%H%M%S.%f}-{mail.id}.eml"
            # Nobody sees half of one, also where we are killed meanwhile.
            part = whole.with_suffix(".part")
            part.write_bytes(mail.source)
            part.replace(whole)

    def __iter__(self) -> Iterator[Mail]:
        return iter(reversed(self._mails))

    def __len__(self) -> int:
        return len(self._mails)

    def to(self, address: str) -> list[Mail]:
        """The mails to one address, newest first; all for an empty one."""
        wanted = address.casefold()
        return [mail for mail in self if not wanted or wanted in (to.casefold() for to in mail.envelope_to)]

    def find(self, mail_id: str) -> Mail | None:
        """The mail of that id, if it is still here."""
        return next((mail for mail in self if mail.id == mail_id), None)

    def clear(self) -> None:
        """Forget every mail."""
        self._mails.clear()
