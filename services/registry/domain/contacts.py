"""Contacts: several per organisation, in the order in which they are written to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from contracts.contacts import Contact
from services.registry.domain.mistakes import Conflict

Organisation = Literal["school", "employer", "hub"]
CONTACTS_MAX = 50


def next_order(contacts: Sequence[Contact]) -> int:
    """The number of one more contact: after everybody who is there."""
    return max((contact.order for contact in contacts), default=0) + 1


def check_address_is_new(contacts: Sequence[Contact], contact: Contact) -> None:
    """Raise Conflict where another contact of the organisation has the address, or there are too many already."""
    others = [other for other in contacts if other.contact_id != contact.contact_id]
    for other in others:
        if other.email.casefold() == contact.email.casefold():
            raise Conflict("The organisation has a contact with this address.", contact_id=str(other.contact_id))
    if len(others) >= CONTACTS_MAX:
        raise Conflict(f"An organisation has {CONTACTS_MAX} contacts at most; erase one that has left.")


def erased(contact: Contact) -> Contact:
    """What is left of a contact: its ids, and where in the order it was."""
    return Contact(
        contact_id=contact.contact_id,
        organisation=contact.organisation,
        organisation_id=contact.organisation_id,
        state="erased",
        order=contact.order,
        unsubscribed=contact.unsubscribed,
    )
