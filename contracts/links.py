"""The signed links in letters: made by notifier, checked by registry, stored by nobody.

A link names a match, an audience, a contact and the terms it was sent for, and runs out. The key is shared by the two
services and rotated with overlap: the first key signs, every key is accepted.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

Audience = Literal["school", "employer", "unsubscribe"]
_AUDIENCES: tuple[Audience, ...] = ("school", "employer", "unsubscribe")
_LAYOUT = struct.Struct(">B4sB16s16sIQ")
_FORMAT = 1
_TAG_BYTES = 32
_KEY_ID_BYTES = 4
_SECRET_BYTES_MIN = 32


class BadLink(ValueError):
    """The link was not made by us, or was changed."""


class LinkExpired(BadLink):
    """The link is ours but has run out."""


@dataclass(frozen=True)
class LinkKey:
    """One signing key; `id` is four characters, `secret` at least 32 bytes."""

    id: str
    secret: bytes

    @classmethod
    def parse(cls, text: str) -> tuple[LinkKey, ...]:
        """Read "id:hex[,id:hex…]", newest first. Raises ValueError that says what is wrong."""
        keys = []
        for part in text.strip().split(","):
            key_id, _, secret = part.strip().partition(":")
            if len(key_id.encode()) != _KEY_ID_BYTES or len(secret) < 2 * _SECRET_BYTES_MIN:
                raise ValueError("a link key is 'abcd:' and at least 64 hexadecimal digits")
            keys.append(cls(key_id, bytes.fromhex(secret)))
        return tuple(keys)


@dataclass(frozen=True)
class Link:
    """What a link stands for."""

    audience: Audience
    match_id: UUID
    contact_id: UUID
    terms_version: int
    expires: datetime


def sign(link: Link, keys: tuple[LinkKey, ...]) -> str:
    """The token of `link`, made with the first key."""
    body = _LAYOUT.pack(
        _FORMAT,
        keys[0].id.encode(),
        _AUDIENCES.index(link.audience),
        link.match_id.bytes,
        link.contact_id.bytes,
        link.terms_version,
        int(link.expires.timestamp()),
    )
    return _spell(body + _tag(body, keys[0]))


def read(token: str, keys: tuple[LinkKey, ...], now: datetime) -> Link:
    """The link behind `token`. Raises BadLink if it is not ours, LinkExpired if it has run out.

    A link has one spelling: bits that base64 leaves over at the end must be as `sign` left them.
    """
    body, tag = _split(token)
    version, key_id, audience, match_id, contact_id, terms_version, expires = _LAYOUT.unpack(body)
    key = next((key for key in keys if key.id.encode() == key_id), None)
    if key is None or version != _FORMAT or not hmac.compare_digest(tag, _tag(body, key)):
        raise BadLink("this link was not made by us")
    link = Link(
        _AUDIENCES[audience],
        UUID(bytes=match_id),
        UUID(bytes=contact_id),
        terms_version,
        datetime.fromtimestamp(expires, UTC),
    )
    if link.expires <= now:
        raise LinkExpired("this link has run out")
    return link


def _spell(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _tag(body: bytes, key: LinkKey) -> bytes:
    return hmac.new(key.secret, body, hashlib.sha256).digest()


def _split(token: str) -> tuple[bytes, bytes]:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadLink("this link was not made by us") from error
    if len(raw) != _LAYOUT.size + _TAG_BYTES or _spell(raw) != token:
        raise BadLink("this link was not made by us")
    return raw[: _LAYOUT.size], raw[_LAYOUT.size :]
