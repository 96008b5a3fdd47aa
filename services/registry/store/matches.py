"""Matches as the matcher told them: kept whole, newest version only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.matches import Match
from services.plumbing.postgres import Transaction


@dataclass(frozen=True)
class HeardMatch:
    """A match and the version of it that was heard."""

    match: Match
    version: int


@dataclass(frozen=True)
class Wanted:
    """Which matches a list is about. None: any."""

    offer_id: UUID | None = None
    request_id: UUID | None = None
    employer_id: UUID | None = None
    school_id: UUID | None = None
    hub_id: UUID | None = None
    state: str | None = None


async def remember_match(tx: Transaction, match: Match, version: int) -> bool:
    """Keep `match` unless this or a newer version is here already; say whether it was kept."""
    return bool(
        await tx.fetchval(
            """
            INSERT INTO memory.matches (
                match_id, version, state, offer_id, session_id, employer_id, request_id, school_id, cohort_id,
                hub_id, area_id, round_id, pupils, day, answer_by, confirm_by, record)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            ON CONFLICT (match_id) DO UPDATE
               SET version = excluded.version, state = excluded.state, round_id = excluded.round_id,
                   pupils = excluded.pupils, day = excluded.day, answer_by = excluded.answer_by,
                   confirm_by = excluded.confirm_by, record = excluded.record
             WHERE matches.version < excluded.version
            RETURNING true
            """,
            match.match_id,
            version,
            match.state,
            match.offer_id,
            match.session_id,
            match.employer_id,
            match.request_id,
            match.school_id,
            match.cohort_id,
            match.hub_id,
            match.area_id,
            match.round_id,
            match.pupils,
            match.terms.date,
            match.answer_by,
            match.confirm_by,
            match.model_dump(mode="json"),
        )
    )


async def find_match(tx: Transaction, match_id: UUID) -> HeardMatch | None:
    row = await tx.fetchrow("SELECT version, record FROM memory.matches WHERE match_id = $1", match_id)
    return HeardMatch(Match.model_validate(row["record"]), row["version"]) if row else None


async def matches(tx: Transaction, wanted: Wanted, after: UUID | None, limit: int) -> Sequence[HeardMatch]:
    """Matches in the order of their ids, which is the order in which they were planned."""
    rows = await tx.fetch(
        """
        SELECT version, record
          FROM memory.matches
         WHERE ($1::uuid IS NULL OR offer_id = $1)
           AND ($2::uuid IS NULL OR request_id = $2)
           AND ($3::uuid IS NULL OR employer_id = $3)
           AND ($4::uuid IS NULL OR school_id = $4)
           AND ($5::uuid IS NULL OR hub_id = $5)
           AND ($6::text IS NULL OR state = $6)
           AND ($7::uuid IS NULL OR match_id > $7)
         ORDER BY match_id
         LIMIT $8
        """,
        wanted.offer_id,
        wanted.request_id,
        wanted.employer_id,
        wanted.school_id,
        wanted.hub_id,
        wanted.state,
        after,
        limit,
    )
    return [HeardMatch(Match.model_validate(row["record"]), row["version"]) for row in rows]
