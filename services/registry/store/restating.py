"""Entities to be told again: the next ones by id, each a version up. Nobody changes them until the transaction ends."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts.answers import Answer
from contracts.contacts import Contact
from contracts.employers import Employer
from contracts.event import Entity
from contracts.hubs import Hub
from contracts.offers import Offer
from contracts.requests import SchoolRequest
from contracts.schools import School
from services.plumbing.postgres import Transaction
from services.registry.store import answers as said

Raised = Sequence[tuple[Entity, int]]


async def raise_hubs(tx: Transaction, after: UUID, limit: int) -> Raised:
    ids = await tx.fetch(
        """
        UPDATE own.hubs SET version = version + 1
         WHERE hub_id IN (SELECT hub_id FROM own.hubs WHERE hub_id > $1 ORDER BY hub_id LIMIT $2 FOR UPDATE)
        RETURNING hub_id
        """,
        after,
        limit,
    )
    rows = await tx.fetch(
        "SELECT entity, version FROM own.whole_hubs WHERE hub_id = ANY($1) ORDER BY hub_id",
        [row["hub_id"] for row in ids],
    )
    return [(Hub.model_validate(row["entity"]), row["version"]) for row in rows]


async def raise_schools(tx: Transaction, after: UUID, limit: int) -> Raised:
    ids = await tx.fetch(
        """
        UPDATE own.schools SET version = version + 1
         WHERE school_id IN (SELECT school_id FROM own.schools WHERE school_id > $1 ORDER BY school_id LIMIT $2
                                FOR UPDATE)
        RETURNING school_id
        """,
        after,
        limit,
    )
    rows = await tx.fetch(
        "SELECT entity, version FROM own.whole_schools WHERE school_id = ANY($1) ORDER BY school_id",
        [row["school_id"] for row in ids],
    )
    return [(School.model_validate(row["entity"]), row["version"]) for row in rows]


async def raise_employers(tx: Transaction, after: UUID, limit: int) -> Raised:
    ids = await tx.fetch(
        """
        UPDATE own.employers SET version = version + 1
         WHERE employer_id IN (SELECT employer_id FROM own.employers WHERE employer_id > $1
                                ORDER BY employer_id LIMIT $2 FOR UPDATE)
        RETURNING employer_id
        """,
        after,
        limit,
    )
    rows = await tx.fetch(
        "SELECT entity, version FROM own.whole_employers WHERE employer_id = ANY($1) ORDER BY employer_id",
        [row["employer_id"] for row in ids],
    )
    return [(Employer.model_validate(row["entity"]), row["version"]) for row in rows]


async def raise_contacts(tx: Transaction, after: UUID, limit: int) -> Raised:
    """Erased ones too: that they are is what must not be lost."""
    rows = await tx.fetch(
        """
        WITH raised AS (
            UPDATE own.contacts SET version = version + 1
             WHERE contact_id IN (SELECT contact_id FROM own.contacts WHERE contact_id > $1
                                   ORDER BY contact_id LIMIT $2 FOR UPDATE)
            RETURNING *
        )
        SELECT version, to_jsonb(raised) AS entity FROM raised ORDER BY contact_id
        """,
        after,
        limit,
    )
    return [(Contact.model_validate(row["entity"]), row["version"]) for row in rows]


async def raise_offers(tx: Transaction, after: UUID, limit: int) -> Raised:
    rows = await tx.fetch(
        """
        WITH raised AS (
            UPDATE own.offers SET version = version + 1
             WHERE offer_id IN (SELECT offer_id FROM own.offers WHERE offer_id > $1 ORDER BY offer_id LIMIT $2
                                   FOR UPDATE)
            RETURNING offer_id, version, entity
        )
        SELECT entity, version FROM raised ORDER BY offer_id
        """,
        after,
        limit,
    )
    return [(Offer.model_validate(row["entity"]), row["version"]) for row in rows]


async def raise_requests(tx: Transaction, after: UUID, limit: int) -> Raised:
    rows = await tx.fetch(
        """
        WITH raised AS (
            UPDATE own.requests SET version = version + 1
             WHERE request_id IN (SELECT request_id FROM own.requests WHERE request_id > $1
                                   ORDER BY request_id LIMIT $2 FOR UPDATE)
            RETURNING request_id, version, entity
        )
        SELECT entity, version FROM raised ORDER BY request_id
        """,
        after,
        limit,
    )
    return [(SchoolRequest.model_validate(row["entity"]), row["version"]) for row in rows]


async def raise_answers(tx: Transaction, after: UUID, limit: int) -> Raised:
    """Of matches about which anything was said: a row of version 0 is only a lock."""
    rows = await tx.fetch(
        """
        UPDATE own.answers SET version = version + 1
         WHERE match_id IN (SELECT match_id FROM own.answers WHERE match_id > $1 AND version > 0
                             ORDER BY match_id LIMIT $2 FOR UPDATE)
        RETURNING match_id
        """,
        after,
        limit,
    )
    ids = sorted(row["match_id"] for row in rows)
    stored = await said.answers(tx, ids)
    told: list[tuple[Answer, int]] = [(stored[id_].answer, stored[id_].version) for id_ in ids]
    return told
