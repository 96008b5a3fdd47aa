"""The adults we write to. Of an erased one only the ids are left."""

from __future__ import annotations

from uuid import UUID

from contracts.contacts import Contact
from services.plumbing import outbox
from services.plumbing.clock import Clock
from services.plumbing.postgres import Transaction
from services.registry.domain.mistakes import NotFound
from services.registry.store.versions import Versioned, versioned


async def add_contact(tx: Transaction, contact: Contact) -> None:
    await tx.execute(
        """
        INSERT INTO own.contacts
               (contact_id, version, organisation, organisation_id, state, name, email, roles, "order", unsubscribed)
        VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        contact.contact_id,
        contact.organisation,
        contact.organisation_id,
        contact.state,
        contact.name,
        contact.email,
        list(contact.roles),
        contact.order,
        contact.unsubscribed,
    )


async def keep_contact(tx: Transaction, contact: Contact, version: int) -> None:
    await tx.execute(
        """
        UPDATE own.contacts
           SET version = $2, state = $3, name = $4, email = $5, roles = $6, "order" = $7, unsubscribed = $8
         WHERE contact_id = $1
        """,
        contact.contact_id,
        version,
        contact.state,
        contact.name,
        contact.email,
        list(contact.roles),
        contact.order,
        contact.unsubscribed,
    )


async def find_contact(tx: Transaction, contact_id: UUID) -> Versioned[Contact] | None:
    row = await tx.fetchrow(
        "SELECT version, to_jsonb(contacts) AS entity FROM own.contacts WHERE contact_id = $1", contact_id
    )
    return versioned(Contact, row) if row else None


async def get_contact(tx: Transaction, contact_id: UUID) -> Versioned[Contact]:
    """The contact. Raises NotFound."""
    found = await find_contact(tx, contact_id)
    if found is None:
        raise NotFound("There is no contact with this id, or not for this key.")
    return found


async def lock_contact(tx: Transaction, contact_id: UUID) -> Versioned[Contact]:
    """The contact, and nobody else changes it until the transaction ends. Raises NotFound."""
    await tx.execute("SELECT FROM own.contacts WHERE contact_id = $1 FOR UPDATE", contact_id)
    return await get_contact(tx, contact_id)


async def active_contacts(tx: Transaction, organisation: str, organisation_id: UUID) -> list[Contact]:
    """Whom to write to at an organisation, first to last; of two with the same number the older one first."""
    rows = await tx.fetch(
        """
        SELECT version, to_jsonb(contacts) AS entity
          FROM own.contacts
         WHERE organisation = $1 AND organisation_id = $2 AND state = 'active'
         ORDER BY "order", contact_id
        """,
        organisation,
        organisation_id,
    )
    return [versioned(Contact, row).entity for row in rows]


async def mark_unsubscribed(tx: Transaction, contact_id: UUID, clock: Clock) -> None:
    """Send this person no more emails, and say so. Nothing happens the second time. Raises NotFound."""
    old = await lock_contact(tx, contact_id)
    if old.entity.unsubscribed or old.entity.state == "erased":
        return
    contact = old.entity.model_copy(update={"unsubscribed": True})
    await keep_contact(tx, contact, old.version + 1)
    await outbox.say(tx, contact, "contact.amended.v1", version=old.version + 1, clock=clock, source="registry")


async def erased_contacts(tx: Transaction) -> list[UUID]:
    """Everybody who was ever erased."""
    rows = await tx.fetch("SELECT contact_id FROM own.contacts WHERE state = 'erased' ORDER BY contact_id")
    return [row["contact_id"] for row in rows]
