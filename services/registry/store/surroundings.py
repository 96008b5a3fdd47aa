"""What a page needs to know besides the match: the hub's name and mailbox, and whether its reader is still there."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.plumbing.postgres import Transaction


@dataclass(frozen=True)
class HubOnPages:
    """How a hub shows on a page."""

    name: str = ""
    reply_to: str | None = None


@dataclass(frozen=True)
class Reader:
    """Whom a page is for."""

    unsubscribed: bool


async def hub_on_pages(tx: Transaction, hub_id: UUID) -> HubOnPages:
    """The hub's name and its mailbox for questions; nothing for a hub that is not known."""
    row = await tx.fetchrow("SELECT name, letters ->> 'reply_to' AS reply_to FROM own.hubs WHERE hub_id = $1", hub_id)
    return HubOnPages(**row) if row else HubOnPages()


async def find_reader(tx: Transaction, contact_id: UUID) -> Reader | None:
    """The contact a link was sent to; None once erased, for erased people have no links."""
    row = await tx.fetchrow(
        "SELECT unsubscribed FROM own.contacts WHERE contact_id = $1 AND state = 'active'", contact_id
    )
    return Reader(**row) if row else None


async def hold_reader(tx: Transaction, contact_id: UUID) -> Reader | None:
    """As `find_reader`; and nobody can erase the contact until `tx` ends, so that their words are redacted too."""
    row = await tx.fetchrow(
        "SELECT unsubscribed FROM own.contacts WHERE contact_id = $1 AND state = 'active' FOR SHARE", contact_id
    )
    return Reader(**row) if row else None
