"""School requests, kept whole beside what their schools said of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from contracts.requests import SchoolRequest
from services.plumbing.postgres import Transaction
from services.registry.domain.mistakes import NotFound


@dataclass(frozen=True)
class KeptRequest:
    """A request, its version, and what the school has said of it."""

    request: SchoolRequest
    version: int
    said: dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which requests a list is about. None: any. `schools`: those that its reader may look into."""

    school_id: UUID | None = None
    cohort_id: UUID | None = None
    state: str | None = None
    schools: list[UUID] | None = None


async def add_request(tx: Transaction, request: SchoolRequest, said: dict[str, Any]) -> bool:
    """Keep a new request; False where its cohort has an open one. Waits for another that is being added."""
    added = await tx.fetchval(
        """
        INSERT INTO own.requests (request_id, version, school_id, cohort_id, state, terms_version, said, entity)
        VALUES ($1, 1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (cohort_id) WHERE state = 'open' DO NOTHING
        RETURNING true
        """,
        request.request_id,
        request.school_id,
        request.cohort_id,
        request.state,
        request.terms_version,
        said,
        request.model_dump(mode="json"),
    )
    return bool(added)


async def keep_request(tx: Transaction, kept: KeptRequest) -> None:
    """Write a locked request anew."""
    await tx.execute(
        """
        UPDATE own.requests
           SET version = $2, state = $3, terms_version = $4, said = $5, entity = $6
         WHERE request_id = $1
        """,
        kept.request.request_id,
        kept.version,
        kept.request.state,
        kept.request.terms_version,
        kept.said,
        kept.request.model_dump(mode="json"),
    )


async def get_request(tx: Transaction, request_id: UUID) -> KeptRequest:
    row = await tx.fetchrow("SELECT entity, version, said FROM own.requests WHERE request_id = $1", request_id)
    return _kept(row)


async def lock_request(tx: Transaction, request_id: UUID) -> KeptRequest:
    """The request; until the transaction ends nobody changes it, and nobody answers a match that stands on it."""
    row = await tx.fetchrow(
        "SELECT entity, version, said FROM own.requests WHERE request_id = $1 FOR UPDATE", request_id
    )
    return _kept(row)


async def find_open_request_id(tx: Transaction, cohort_id: UUID) -> UUID | None:
    found: UUID | None = await tx.fetchval(
        "SELECT request_id FROM own.requests WHERE cohort_id = $1 AND state = 'open'", cohort_id
    )
    return found


async def requests(tx: Transaction, wanted: Wanted, after: UUID | None, limit: int) -> list[SchoolRequest]:
    """Requests in the order in which they were posted."""
    rows = await tx.fetch(
        """
        SELECT entity
          FROM own.requests
         WHERE ($1::uuid IS NULL OR school_id = $1)
           AND ($2::uuid IS NULL OR cohort_id = $2)
           AND ($3::text IS NULL OR state = $3)
           AND ($4::uuid[] IS NULL OR school_id = ANY ($4))
           AND ($5::uuid IS NULL OR request_id > $5)
         ORDER BY request_id
         LIMIT $6
        """,
        wanted.school_id,
        wanted.cohort_id,
        wanted.state,
        wanted.schools,
        after,
        limit,
    )
    return [SchoolRequest.model_validate(row["entity"]) for row in rows]


def _kept(row: asyncpg.Record | None) -> KeptRequest:
    if row is None:
        raise NotFound("There is no request with this id, or not for this key.")
    return KeptRequest(SchoolRequest.model_validate(row["entity"]), row["version"], row["said"])
