"""What of a person, or of an old email, has to go."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.plumbing.postgres import Transaction


async def unsent_emails_about(tx: Transaction, contact_id: UUID) -> list[UUID]:
    """Emails to the person, or naming the person, that wait to be sent; kept until `tx` ends."""
    rows = await tx.fetch(
        """
        SELECT email_id FROM own.emails
         WHERE state = 'ready' AND (contact_id = $1 OR $1 = ANY(mentions))
         ORDER BY email_id
           FOR UPDATE
        """,
        contact_id,
    )
    return [row["email_id"] for row in rows]


async def forget_old(tx: Transaction, before: datetime) -> None:
    """Remove the text of unknown emails that ended before then: whoever wanted to find out has."""
    await tx.execute(
        "UPDATE own.emails SET message = NULL WHERE state = 'unknown' AND ended_at < $1 AND message IS NOT NULL", before
    )


async def forget_person(tx: Transaction, contact_id: UUID) -> None:
    """Remove every rendered email to the person or naming the person that is not just on its way."""
    await tx.execute(
        """
        UPDATE own.emails SET recipient = NULL, message = NULL
         WHERE state NOT IN ('ready', 'sending') AND (contact_id = $1 OR $1 = ANY(mentions))
        """,
        contact_id,
    )


async def forget_erased(tx: Transaction) -> list[UUID]:
    """The same for everybody who is known to be erased; who they are."""
    rows = await tx.fetch("SELECT contact_id FROM memory.contacts WHERE contact->>'state' = 'erased' ORDER BY 1")
    for row in rows:
        await forget_person(tx, row["contact_id"])
    return [row["contact_id"] for row in rows]
