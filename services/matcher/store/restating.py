"""Entities to be told again: the next ones by id, each a version up. Nobody changes them until the transaction ends."""

from collections.abc import Sequence
from uuid import UUID

from contracts.event import Entity
from contracts.outlooks import Outlook
from contracts.rounds import Round
from services.matcher.store.matches import match_of
from services.plumbing.postgres import Transaction

Raised = Sequence[tuple[Entity, int]]


async def raise_matches(tx: Transaction, after: UUID, limit: int) -> Raised:
    """Those that somebody was told of."""
    rows = await tx.fetch(
        """
        WITH raised AS (
            UPDATE own.matches SET version = version + 1
             WHERE id IN (SELECT id FROM own.matches WHERE id > $1 AND version > 0 ORDER BY id LIMIT $2 FOR UPDATE)
            RETURNING id, version, state, reason, ended_by, area_id, hub_id, offer_id, session_id, employer_id,
                      request_id, school_id, cohort_id, round_id, pupils, places, first_day, last_day, counts_to,
                      terms_version, offer_terms_version, request_terms_version, terms, why, employer_confirms,
                      planned_at, release_at, answer_by, confirm_by, urgent, history, heard, correlation_id
        )
        SELECT * FROM raised ORDER BY id
        """,
        after,
        limit,
    )
    return [(match.told(), match.version) for match in (match_of(dict(row)) for row in rows)]


async def raise_outlooks(tx: Transaction, after: UUID, limit: int) -> Raised:
    rows = await tx.fetch(
        """
        WITH raised AS (
            UPDATE own.outlooks SET version = version + 1
             WHERE request_id IN (SELECT request_id FROM own.outlooks WHERE request_id > $1
                                   ORDER BY request_id LIMIT $2 FOR UPDATE)
            RETURNING request_id, version, record
        )
        SELECT version, record FROM raised ORDER BY request_id
        """,
        after,
        limit,
    )
    return [(Outlook.model_validate(row["record"]), row["version"]) for row in rows]


async def raise_rounds(tx: Transaction, after: UUID, limit: int) -> Raised:
    rows = await tx.fetch(
        """
        WITH raised AS (
            UPDATE own.rounds SET version = version + 1
             WHERE id IN (SELECT id FROM own.rounds WHERE id > $1 ORDER BY id LIMIT $2 FOR UPDATE)
            RETURNING id, version, record
        )
        SELECT version, record FROM raised ORDER BY id
        """,
        after,
        limit,
    )
    return [(Round.model_validate(row["record"]), row["version"]) for row in rows]
