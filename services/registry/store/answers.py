"""What was said about matches. Entries are added, never changed; the first of each audience holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from contracts.answers import Answer, Cancelled, Delivery, Said
from contracts.matches import Match
from services.plumbing.postgres import Transaction
from services.registry.domain.answers import Audience, Standing


@dataclass(frozen=True)
class StoredAnswer:
    """All that was said about one match, and how many facts told of it."""

    answer: Answer
    version: int


async def lock_standing(tx: Transaction, match: Match) -> Standing:
    """Where offer and request stand, neither of which can be amended or withdrawn until `tx` ends.

    Offers are locked before requests, as everywhere. A row that is not there counts as withdrawn.
    """
    offer = await tx.fetchrow(
        "SELECT state, terms_version FROM own.offers WHERE offer_id = $1 FOR SHARE", match.offer_id
    )
    request = await tx.fetchrow(
        "SELECT state, terms_version FROM own.requests WHERE request_id = $1 FOR SHARE", match.request_id
    )
    return _standing(offer, request)


async def find_standing(tx: Transaction, match: Match) -> Standing:
    """Where offer and request stand just now."""
    offer = await tx.fetchrow("SELECT state, terms_version FROM own.offers WHERE offer_id = $1", match.offer_id)
    request = await tx.fetchrow("SELECT state, terms_version FROM own.requests WHERE request_id = $1", match.request_id)
    return _standing(offer, request)


async def lock_answer(tx: Transaction, match_id: UUID) -> StoredAnswer:
    """All that was said, to which nobody else can add until `tx` ends. Makes the row that is locked, if need be."""
    await tx.execute(
        "INSERT INTO own.answers (match_id, version) VALUES ($1, 0) ON CONFLICT (match_id) DO NOTHING", match_id
    )
    await tx.execute("SELECT 1 FROM own.answers WHERE match_id = $1 FOR UPDATE", match_id)
    return await get_answer(tx, match_id)


async def get_answer(tx: Transaction, match_id: UUID) -> StoredAnswer:
    """All that was said; an empty answer of version 0 if nothing was."""
    return (await answers(tx, [match_id]))[match_id]


async def answers(tx: Transaction, match_ids: Collection[UUID]) -> dict[UUID, StoredAnswer]:
    """All that was said about each of these matches; an empty answer of version 0 if nothing was."""
    rows = await tx.fetch(
        """
        SELECT asked.match_id, coalesce(answers.version, 0) AS version,
               (SELECT to_jsonb(said) FROM own.said
                 WHERE said.match_id = asked.match_id AND audience = 'school') AS school,
               (SELECT to_jsonb(said) FROM own.said
                 WHERE said.match_id = asked.match_id AND audience = 'employer') AS employer,
               (SELECT to_jsonb(cancellations) FROM own.cancellations
                 WHERE cancellations.match_id = asked.match_id) AS cancelled,
               (SELECT to_jsonb(deliveries) FROM own.deliveries
                 WHERE deliveries.match_id = asked.match_id ORDER BY number DESC LIMIT 1) AS delivery
          FROM unnest($1::uuid[]) AS asked (match_id)
          LEFT JOIN own.answers ON answers.match_id = asked.match_id
        """,
        list(match_ids),
    )
    # What else the rows hold is passed over, as in any record of the topic.
    return {row["match_id"]: StoredAnswer(Answer.model_validate(dict(row)), row["version"]) for row in rows}


async def add_said(tx: Transaction, match_id: UUID, audience: Audience, said: Said) -> None:
    await tx.execute(
        """
        INSERT INTO own.said (match_id, audience, verdict, reason, comment, at, contact_id, terms_version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        match_id,
        audience,
        said.verdict,
        said.reason,
        said.comment,
        said.at,
        said.contact_id,
        said.terms_version,
    )


async def add_cancellation(tx: Transaction, match_id: UUID, cancelled: Cancelled) -> None:
    await tx.execute(
        """
        INSERT INTO own.cancellations (match_id, by, reason, comment, at, contact_id)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        match_id,
        cancelled.by,
        cancelled.reason,
        cancelled.comment,
        cancelled.at,
        cancelled.contact_id,
    )


async def add_delivery(tx: Transaction, match_id: UUID, delivery: Delivery) -> None:
    """Add a record of the day, behind those that are there."""
    await tx.execute(
        """
        INSERT INTO own.deliveries (match_id, number, held, pupils, reason, by, at, contact_id)
        SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6, $7
          FROM own.deliveries
         WHERE match_id = $1
        """,
        match_id,
        delivery.held,
        delivery.pupils,
        delivery.reason,
        delivery.by,
        delivery.at,
        delivery.contact_id,
    )


async def raise_version(tx: Transaction, match_id: UUID) -> int:
    """The version of the fact that is about to be recorded."""
    return int(
        await tx.fetchval(
            "UPDATE own.answers SET version = version + 1 WHERE match_id = $1 RETURNING version", match_id
        )
    )


async def cohort_pupils(tx: Transaction, match: Match) -> int:
    """The most pupils who can have taken part: the cohort's, or those of the match if the cohort has shrunk since."""
    pupils = await tx.fetchval("SELECT pupils FROM own.cohorts WHERE cohort_id = $1", match.cohort_id)
    return max(pupils or 0, match.terms.pupils)


async def lock_answers_of(tx: Transaction, contact_id: UUID) -> Sequence[UUID]:
    """The matches about which the contact said anything, and to which nobody can add until `tx` ends."""
    rows = await tx.fetch(
        """
        SELECT match_id FROM own.answers
         WHERE match_id IN (SELECT match_id FROM own.said WHERE contact_id = $1
                            UNION SELECT match_id FROM own.cancellations WHERE contact_id = $1
                            UNION SELECT match_id FROM own.deliveries WHERE contact_id = $1)
         ORDER BY match_id
           FOR UPDATE
        """,
        contact_id,
    )
    return [row["match_id"] for row in rows]


async def redact_contact(tx: Transaction, contact_id: UUID) -> None:
    """Forget who spoke and what they wrote, not what was decided."""
    await tx.execute("UPDATE own.said SET contact_id = NULL, comment = '' WHERE contact_id = $1", contact_id)
    await tx.execute("UPDATE own.cancellations SET contact_id = NULL, comment = '' WHERE contact_id = $1", contact_id)
    await tx.execute("UPDATE own.deliveries SET contact_id = NULL WHERE contact_id = $1", contact_id)


def _standing(offer: asyncpg.Record | None, request: asyncpg.Record | None) -> Standing:
    gone: dict[str, Any] = {"state": "withdrawn", "terms_version": 1}
    of_offer, of_request = offer or gone, request or gone
    return Standing(of_offer["state"], of_offer["terms_version"], of_request["state"], of_request["terms_version"])
