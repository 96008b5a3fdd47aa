"""Ids that sort by the moment they were made."""

from uuid import UUID

from uuid_utils import compat


def uuid7() -> UUID:
    """A new UUIDv7 of the standard library's own type: later ones sort later, so indexes stay compact."""
    return compat.uuid7()
