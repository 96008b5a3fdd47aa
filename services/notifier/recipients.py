"""Whom to write to: an organisation's contacts in order, past those who cannot or do not want to be reached. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.contacts import Contact

# What browsers take as an address: no quotes, no comments, nothing that could end a header.
_ATOM, _LABEL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", "[A-Za-z0-9-]+"
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})*")
_ADDRESS_MAX = 254


@dataclass(frozen=True)
class Candidate:
    """A contact of the organisation concerned."""

    contact: Contact
    refused: bool = False
    """The last email to this very address was refused."""

    @property
    def is_reachable(self) -> bool:
        """Whether there is somebody to write to who has not asked us to stop."""
        return can_be_written_to(self.contact)


def can_be_written_to(contact: Contact) -> bool:
    """Whether the contact has an address and has not asked us to stop."""
    return contact.state == "active" and not contact.unsubscribed and _is_an_address(contact.email.strip())


def choose(candidates: Sequence[Candidate], preferred: Sequence[UUID], tried: Collection[UUID] = ()) -> Contact | None:
    """The contact to write to: a preferred one first, then by order; addresses that were refused come last.

    `tried` were written to about this in vain: neither they nor anybody else at the same address are written to again.
    """
    dead = {_address(c.contact) for c in candidates if c.contact.contact_id in tried}
    left = [
        c
        for c in candidates
        if c.is_reachable and c.contact.contact_id not in tried and _address(c.contact) not in dead
    ]
    rank = {contact_id: place for place, contact_id in reversed(list(enumerate(preferred)))}
    left.sort(
        key=lambda c: (c.refused, rank.get(c.contact.contact_id, len(rank)), c.contact.order, c.contact.contact_id)
    )
    return left[0].contact if left else None


def _is_an_address(text: str) -> bool:
    """Whether it can stand in a header and be said to any mail server."""
    return len(text) <= _ADDRESS_MAX and _ADDRESS.fullmatch(text) is not None


def _address(contact: Contact) -> str:
    return contact.email.strip().casefold()
