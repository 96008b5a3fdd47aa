"""Letters that have fallen due: whom to, with what, and what was said about the match before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.contacts import Contact
from contracts.matches import Terms
from services.notifier.recipients import Candidate
from services.notifier.store.letters import Row
from services.plumbing.postgres import Transaction


async def letters_without_contact(tx: Transaction, now: datetime, limit: int) -> list[Row]:
    """Letters that have fallen due and have nobody to go to yet, oldest first; no other sender takes them meanwhile."""
    rows = await tx.fetch(
        """
        SELECT letter_id, version, match_id, hub_id, organisation_id, kind, audience, terms_version, contact_id,
               state, due_at, ended_at, detail, correlation_id, causation_id
          FROM own.letters
         WHERE state = 'waiting' AND contact_id IS NULL AND due_at <= $1 AND (hold_until IS NULL OR hold_until <= $1)
         ORDER BY due_at, letter_id
         LIMIT $2
           FOR UPDATE SKIP LOCKED
        """,
        now,
        limit,
    )
    return [Row(**row) for row in rows]


async def candidates_for(tx: Transaction, organisation_id: UUID) -> list[Candidate]:
    """The organisation's contacts, each with whether the last email to this very address was refused."""
    rows = await tx.fetch(
        """
        SELECT c.contact,
               coalesce((SELECT l.state IN ('refused', 'bounced') FROM own.letters l
                          WHERE l.contact_id = c.contact_id AND l.contact_version = c.version
                            AND l.state IN ('sent', 'refused', 'bounced')
                          ORDER BY l.ended_at DESC LIMIT 1), false) AS refused
          FROM memory.contacts c
         WHERE c.organisation_id = $1
        """,
        organisation_id,
    )
    return [Candidate(Contact.model_validate(row["contact"]), row["refused"]) for row in rows]


async def contacts_tried(tx: Transaction, letter: Row) -> list[UUID]:
    """Who was written to with the same thing in vain."""
    rows = await tx.fetch(
        """
        SELECT contact_id FROM own.letters
         WHERE match_id = $1 AND kind = $2 AND terms_version = $3 AND state IN ('refused', 'bounced')
        """,
        letter.match_id,
        letter.kind,
        letter.terms_version,
    )
    return [row["contact_id"] for row in rows]


async def contacts_reached(tx: Transaction, match_id: UUID, audience: str) -> list[UUID]:
    """Who on this side was written to about this match and may have read it, the latest first."""
    rows = await tx.fetch(
        """
        SELECT contact_id, max(ended_at) FROM own.letters
         WHERE match_id = $1 AND audience = $2 AND state IN ('sent', 'unknown') AND contact_id IS NOT NULL
         GROUP BY contact_id
         ORDER BY max(ended_at) DESC
        """,
        match_id,
        audience,
    )
    return [row["contact_id"] for row in rows]


async def give_contact(tx: Transaction, letter_id: UUID, addressed_id: UUID, contact_id: UUID | None) -> None:
    """Address the letter, or take its contact away; either way it gets the id that says so."""
    await tx.execute(
        """
        UPDATE own.letters SET letter_id = $2, contact_id = $3, email_id = NULL, hold_until = NULL
         WHERE letter_id = $1
        """,
        letter_id,
        addressed_id,
        contact_id,
    )


async def hold_letters(tx: Transaction, letter_ids: Sequence[UUID], until: datetime | None) -> None:
    """Do not look at these letters again before `until`."""
    await tx.execute("UPDATE own.letters SET hold_until = $2 WHERE letter_id = ANY($1)", letter_ids, until)


async def people_with_letters(tx: Transaction, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """Whom letters are due to, and from which hub; those who have waited longest first."""
    rows = await tx.fetch(
        """
        SELECT contact_id, hub_id FROM own.letters
         WHERE state = 'waiting' AND email_id IS NULL AND contact_id IS NOT NULL AND due_at <= $1
           AND (hold_until IS NULL OR hold_until <= $1)
         GROUP BY contact_id, hub_id
         ORDER BY min(due_at)
         LIMIT $2
        """,
        now,
        limit,
    )
    return [(row["contact_id"], row["hub_id"]) for row in rows]


async def due_letters(tx: Transaction, contact_id: UUID, hub_id: UUID, now: datetime) -> list[Row]:
    """All letters due to the person from the hub and in no email yet, those held back too; kept until `tx` ends."""
    rows = await tx.fetch(
        """
        SELECT letter_id, version, match_id, hub_id, organisation_id, kind, audience, terms_version, contact_id,
               state, due_at, ended_at, detail, correlation_id, causation_id
          FROM own.letters
         WHERE state = 'waiting' AND email_id IS NULL AND contact_id = $1 AND hub_id = $2 AND due_at <= $3
         ORDER BY letter_id
           FOR UPDATE
        """,
        contact_id,
        hub_id,
        now,
    )
    return [Row(**row) for row in rows]


async def put_into_email(tx: Transaction, letter_id: UUID, email_id: UUID, version: int, told: Terms) -> None:
    """Tie the letter to the email that will carry it: to this version of the contact, with these terms."""
    await tx.execute(
        "UPDATE own.letters SET email_id = $2, contact_version = $3, told = $4, hold_until = NULL WHERE letter_id = $1",
        letter_id,
        email_id,
        version,
        told.model_dump(mode="json"),
    )


async def asked_at(tx: Transaction, match_id: UUID) -> datetime | None:
    """When the school was asked about the match."""
    at: datetime | None = await tx.fetchval(
        """
        SELECT max(ended_at) FROM own.letters
         WHERE match_id = $1 AND kind = 'school_match_proposed' AND state IN ('sent', 'unknown')
        """,
        match_id,
    )
    return at


async def told_terms(tx: Transaction, match_id: UUID, audience: str) -> Terms | None:
    """The terms that this side was told last."""
    told: dict[str, Any] | None = await tx.fetchval(
        """
        SELECT told FROM own.letters
         WHERE match_id = $1 AND audience = $2 AND state IN ('sending', 'sent', 'unknown') AND told IS NOT NULL
         ORDER BY ended_at DESC NULLS FIRST
         LIMIT 1
        """,
        match_id,
        audience,
    )
    return Terms.model_validate(told) if told else None


async def was_told_confirmed(tx: Transaction, match_id: UUID, audience: str) -> bool:
    """Whether this side was told, or may have been, that the match is confirmed."""
    return bool(
        await tx.fetchval(
            """
            SELECT EXISTS (SELECT FROM own.letters
                            WHERE match_id = $1 AND audience = $2 AND state IN ('sending', 'sent', 'unknown')
                              AND kind LIKE '%\\_match\\_confirmed')
            """,
            match_id,
            audience,
        )
    )


async def waiting_counts(tx: Transaction, before: datetime) -> dict[str, int]:
    """How many letters have waited since `before`, by what they lack: a contact, leave to go out, or a mail server."""
    row = await tx.fetchrow(
        """
        SELECT count(*) FILTER (WHERE contact_id IS NULL) AS contact,
               count(*) FILTER (WHERE contact_id IS NOT NULL AND email_id IS NULL) AS leave,
               count(*) FILTER (WHERE email_id IS NOT NULL) AS server
          FROM own.letters
         WHERE state IN ('waiting', 'sending') AND due_at <= $1
        """,
        before,
    )
    return dict(row or {})


async def under_way(tx: Transaction) -> dict[str, int]:
    """How many letters are neither sent nor given up, by state."""
    rows = await tx.fetch(
        "SELECT state, count(*) FROM own.letters WHERE state IN ('waiting', 'sending') GROUP BY state"
    )
    return {"waiting": 0, "sending": 0, **{row["state"]: row["count"] for row in rows}}


async def matches_due(tx: Transaction, contact_id: UUID, hub_id: UUID, now: datetime) -> list[UUID]:
    """The matches that the letters due to the person are about. Nothing is locked."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT match_id FROM own.letters
         WHERE state = 'waiting' AND email_id IS NULL AND contact_id = $1 AND hub_id = $2 AND due_at <= $3
        """,
        contact_id,
        hub_id,
        now,
    )
    return [row["match_id"] for row in rows]
