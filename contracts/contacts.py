"""Topic `contacts`: the adults we write to. The only topic that carries a name or an address.

Written by registry. Read by notifier alone. An erasure is a fact under the same key, so that no older fact brings the
person back.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Entity


class Contact(Entity):
    """One adult at a school, an employer or a hub; erased ones keep only their ids."""

    topic: ClassVar[str] = "contacts"
    types: ClassVar[frozenset[str]] = frozenset(
        {"contact.added.v1", "contact.amended.v1", "contact.erased.v1", "contact.restated.v1"}
    )

    contact_id: UUID
    organisation: str = Field(description="school, employer or hub.")
    organisation_id: UUID
    state: str = Field("active", description="active or erased; nobody else than active ones is written to.")
    name: str = ""
    email: str = ""
    roles: tuple[str, ...] = ()
    order: int = Field(1, ge=1, description="Escalation order within the organisation.")
    unsubscribed: bool = False

    @property
    def entity_id(self) -> UUID:
        """The contact's id."""
        return self.contact_id
