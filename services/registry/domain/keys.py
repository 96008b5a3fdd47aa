"""API keys: 256 random bits, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Role = Literal["employer", "school", "hub", "operator"]

OPERATORS = UUID(int=0)
"""The organisation of operators: there is one installation, and it has no row."""

_FORM = re.compile(r"enc_([0-9a-f]{12})_([0-9a-f]{64})")


@dataclass(frozen=True)
class Caller:
    """Who sent the request, by its key: in which role, and for which organisation."""

    key_id: UUID
    role: Role
    organisation_id: UUID

    @property
    def is_operator(self) -> bool:
        """Operators may do what anybody may."""
        return self.role == "operator"


@dataclass(frozen=True)
class StoredKey:
    """What is known of a key when somebody shows it."""

    caller: Caller
    hash: bytes
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def holds(self, secret_hash: bytes, now: datetime) -> bool:
        """Whether the secret is the right one and the key is still good. Takes the same time for any secret."""
        same = hmac.compare_digest(self.hash, secret_hash)
        return same and self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True)
class Secret:
    """What makes a key: `text` is what its holder gets to see, this once; prefix and hash are all we keep of it."""

    prefix: str
    text: str
    hash: bytes


def make_secret() -> Secret:
    """A public prefix to find the key by, and 256 random bits."""
    prefix, secret = secrets.token_hex(6), secrets.token_hex(32)
    return Secret(prefix, f"enc_{prefix}_{secret}", hash_of(secret))


def hash_of(secret: str) -> bytes:
    """SHA-256: enough for 256 random bits, which nobody can guess, and fast on every request."""
    return hashlib.sha256(secret.encode()).digest()


def read_key(text: str) -> tuple[str, bytes] | None:
    """Prefix and hash of the secret, or None where `text` cannot be a key of ours."""
    form = _FORM.fullmatch(text)
    return (form[1], hash_of(form[2])) if form else None
