"""The mails in the catcher's folder as their readers see them: whose match each link is about."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from pathlib import Path

from contracts.links import BadLink, Link, LinkKey, read
from services.plumbing.clock import Clock

_LINK = re.compile(r"https?://[^\s\"'<>]+/m/([A-Za-z0-9_-]+)")


@dataclass(frozen=True)
class Invitation:
    """A link in a mail, to a match's page."""

    url: str
    link: Link


class Letterbox:
    """Reads each mail once."""

    def __init__(self, folder: Path, keys: tuple[LinkKey, ...], clock: Clock) -> None:
        self._folder = folder
        self._keys = keys
        self._clock = clock
        self._read: set[str] = set()

    def fresh(self) -> list[Invitation]:
        """The links in the mails that came since it was last asked."""
        new = sorted(path for path in self._folder.glob("*.eml") if path.name not in self._read)
        self._read |= {path.name for path in new}
        return [invitation for path in new for invitation in self._links(path)]

    def _links(self, path: Path) -> list[Invitation]:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        part = message.get_body(("plain",))
        text = part.get_content() if part else ""
        found: dict[str, Invitation] = {}
        for match in _LINK.finditer(text):
            try:
                link = read(match.group(1), self._keys, self._clock.now())
            except BadLink:
                continue
            found[match.group(1)] = Invitation(match.group(0), link)
        return list(found.values())
