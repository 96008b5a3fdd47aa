"""How long API keys hold: until they run out, are revoked, or their overlap with the next one is over."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from services.registry.domain.keys import Role
from services.registry.domain.mistakes import Conflict, Fault, Unacceptable


@dataclass(frozen=True, kw_only=True)
class Key:
    """What anybody may know of a key: all but its secret."""

    key_id: UUID
    prefix: str
    role: Role
    organisation_id: UUID
    label: str
    created_at: dt.datetime
    expires_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None
    last_used_at: dt.datetime | None = None
    rotated_from: UUID | None = None


@dataclass(frozen=True)
class Holder:
    """For whom a key is made, what for, and until when; and the key before it."""

    role: Role
    organisation_id: UUID
    label: str
    expires_at: dt.datetime | None = None
    rotated_from: UUID | None = None


def earlier(one: dt.datetime | None, other: dt.datetime | None) -> dt.datetime | None:
    """The earlier of two ends, of which None is never."""
    ends = [end for end in (one, other) if end is not None]
    return min(ends, default=None)


def check_expiry(expires_at: dt.datetime | None, now: dt.datetime) -> None:
    """Raise Unacceptable for a key that would never hold."""
    if expires_at is not None and expires_at <= now:
        fault = Fault("#/expires_at", "This is past.", "Send a later time, or leave it away.")
        raise Unacceptable("The key would never hold.", fault)


def check_rotatable(key: Key, successor: UUID | None, now: dt.datetime) -> None:
    """Raise Conflict for a key that does not hold any more, or has a successor already."""
    if successor is not None:
        raise Conflict("This key was rotated already; rotate its successor.", key_id=str(successor))
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        raise Conflict("This key does not hold any more; make a new one.")
