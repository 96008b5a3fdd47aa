"""Emails: composed, claimed, begun, ended; taken back where they have not gone out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.plumbing.postgres import Transaction


@dataclass(frozen=True)
class NewEmail:
    """An email as composed."""

    email_id: UUID
    contact_id: UUID
    contact_version: int
    hub_id: UUID
    mentions: Sequence[UUID]
    recipient: str
    message: bytes


@dataclass(frozen=True)
class Email:
    """An email under way."""

    email_id: UUID
    contact_id: UUID
    contact_version: int
    hub_id: UUID
    state: str
    recipient: str | None
    message: bytes | None
    composed_at: datetime
    attempts: int
    lease: UUID | None
    names_erased: bool
    """Its text names somebody who has been erased since."""


async def add_email(tx: Transaction, email: NewEmail, now: datetime) -> None:
    await tx.execute(
        """
        INSERT INTO own.emails (email_id, contact_id, contact_version, hub_id, mentions, recipient, message,
                                composed_at, due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        """,
        email.email_id,
        email.contact_id,
        email.contact_version,
        email.hub_id,
        list(email.mentions),
        email.recipient,
        email.message,
        now,
    )


async def emails_since(tx: Transaction, contact_id: UUID, since: datetime) -> int:
    """How many emails went to the person, or are about to, that were composed since then."""
    return int(
        await tx.fetchval(
            """
            SELECT count(*) FROM own.emails
             WHERE contact_id = $1 AND composed_at >= $2 AND state IN ('ready', 'sending', 'sent', 'unknown')
            """,
            contact_id,
            since,
        )
    )


async def ready_emails(tx: Transaction, now: datetime, limit: int) -> list[tuple[UUID, UUID, list[UUID]]]:
    """Emails that may go: id, contact, and the matches they are about. Nothing is locked yet."""
    rows = await tx.fetch(
        """
        SELECT e.email_id, e.contact_id,
               ARRAY(SELECT DISTINCT l.match_id FROM own.letters l WHERE l.email_id = e.email_id) AS matches
          FROM own.emails e
         WHERE e.state = 'ready' AND e.due_at <= $1
         ORDER BY e.due_at, e.email_id
         LIMIT $2
        """,
        now,
        limit,
    )
    return [(row["email_id"], row["contact_id"], row["matches"]) for row in rows]


async def lock_ready_email(tx: Transaction, email_id: UUID, now: datetime) -> Email | None:
    """The email, ours until `tx` ends; None if somebody else has it or had it."""
    row = await tx.fetchrow(
        """
        SELECT email_id, contact_id, contact_version, hub_id, state, recipient, message, composed_at, attempts, lease,
               EXISTS (SELECT FROM memory.contacts c
                        WHERE c.contact_id = ANY(mentions) AND c.contact->>'state' = 'erased') AS names_erased
          FROM own.emails
         WHERE email_id = $1 AND state = 'ready' AND due_at <= $2
           FOR UPDATE SKIP LOCKED
        """,
        email_id,
        now,
    )
    return Email(**row) if row else None


async def lease_email(tx: Transaction, email_id: UUID, lease: UUID, length: timedelta) -> None:
    """Let the holder of `lease` send the email, for so long."""
    await tx.execute(
        """
        UPDATE own.emails
           SET state = 'sending', lease = $2, leased_until = now() + $3::interval, attempts = attempts + 1,
               data_started_at = NULL
         WHERE email_id = $1
        """,
        email_id,
        lease,
        length,
    )


async def lock_leased_email(tx: Transaction, email_id: UUID, lease: UUID) -> Email | None:
    """The email, if `lease` still holds and its content has not gone out."""
    row = await tx.fetchrow(
        """
        SELECT email_id, contact_id, contact_version, hub_id, state, recipient, message, composed_at, attempts, lease,
               EXISTS (SELECT FROM memory.contacts c
                        WHERE c.contact_id = ANY(mentions) AND c.contact->>'state' = 'erased') AS names_erased
          FROM own.emails
         WHERE email_id = $1 AND lease = $2 AND state = 'sending' AND leased_until > now() AND data_started_at IS NULL
           FOR UPDATE
        """,
        email_id,
        lease,
    )
    return Email(**row) if row else None


async def mark_data_started(tx: Transaction, email_id: UUID, now: datetime, length: timedelta) -> None:
    """From the commit on, a lost connection means that nobody knows."""
    await tx.execute(
        "UPDATE own.emails SET data_started_at = $2, leased_until = now() + $3::interval WHERE email_id = $1",
        email_id,
        now,
        length,
    )


async def lock_attempted_email(tx: Transaction, email_id: UUID, lease: UUID) -> Email | None:
    """The email whose last attempt was made under `lease`; also where it was given up meanwhile as unknown."""
    row = await tx.fetchrow(
        """
        SELECT email_id, contact_id, contact_version, hub_id, state, recipient, message, composed_at, attempts, lease,
               EXISTS (SELECT FROM memory.contacts c
                        WHERE c.contact_id = ANY(mentions) AND c.contact->>'state' = 'erased') AS names_erased
          FROM own.emails
         WHERE email_id = $1 AND lease = $2 AND state IN ('sending', 'unknown')
           FOR UPDATE
        """,
        email_id,
        lease,
    )
    return Email(**row) if row else None


async def end_email(tx: Transaction, email_id: UUID, state: str, now: datetime, detail: str) -> None:
    """Note how it ended. Only an unknown one keeps its bytes, for whoever has to find out."""
    await tx.execute(
        """
        UPDATE own.emails
           SET state = $2, ended_at = $3, detail = $4, recipient = NULL,
               message = CASE WHEN $2 = 'unknown' AND NOT EXISTS (
                   SELECT FROM memory.contacts c
                    WHERE c.contact->>'state' = 'erased'
                      AND (c.contact_id = emails.contact_id OR c.contact_id = ANY(mentions))
               ) THEN message END
         WHERE email_id = $1
        """,
        email_id,
        state,
        now,
        detail,
    )


async def postpone_email(tx: Transaction, email_id: UUID, due_at: datetime, detail: str) -> None:
    """It did not go out and may be tried again from `due_at` on."""
    await tx.execute(
        """
        UPDATE own.emails
           SET state = 'ready', due_at = $2, detail = $3, lease = NULL, leased_until = NULL, data_started_at = NULL
         WHERE email_id = $1
        """,
        email_id,
        due_at,
        detail,
    )


async def lost_emails(tx: Transaction, limit: int) -> list[tuple[UUID, UUID, bool, list[UUID]]]:
    """Emails whose sender has not been heard of in time: id, lease, whether content went out, their matches."""
    rows = await tx.fetch(
        """
        SELECT email_id, lease, data_started_at IS NOT NULL AS started,
               ARRAY(SELECT DISTINCT l.match_id FROM own.letters l WHERE l.email_id = e.email_id) AS matches
          FROM own.emails e
         WHERE state = 'sending' AND leased_until <= now()
         ORDER BY leased_until
         LIMIT $1
        """,
        limit,
    )
    return [(row["email_id"], row["lease"], row["started"], row["matches"]) for row in rows]


async def lock_lost_email(tx: Transaction, email_id: UUID, lease: UUID, *, started: bool) -> bool:
    """Whether the email is still lost, as it was seen; ours until `tx` ends."""
    return bool(
        await tx.fetchval(
            """
            SELECT true FROM own.emails
             WHERE email_id = $1 AND lease = $2 AND state = 'sending' AND leased_until <= now()
               AND (data_started_at IS NOT NULL) = $3
               FOR UPDATE SKIP LOCKED
            """,
            email_id,
            lease,
            started,
        )
    )
