"""Matches as rows: found, locked in the order of their ids, added and saved."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.matches import Change, Terms, Why
from services.matcher.domain import HOLDING, LiveMatch
from services.plumbing.postgres import Transaction


async def lock_matches(tx: Transaction, ids: Iterable[UUID]) -> list[LiveMatch]:
    """Lock and read those of these matches that exist."""
    rows = await tx.fetch(
        """
        SELECT id, version, state, reason, ended_by, area_id, hub_id, offer_id, session_id, employer_id, request_id,
               school_id, cohort_id, round_id, pupils, places, first_day, last_day, counts_to, terms_version,
               offer_terms_version, request_terms_version, terms, why, employer_confirms, planned_at, release_at,
               answer_by, confirm_by, urgent, history, heard, correlation_id, held
          FROM own.matches WHERE id = ANY($1) ORDER BY id FOR UPDATE
        """,
        sorted(set(ids)),
    )
    return [match_of(dict(row)) for row in rows]


async def lock_holding(tx: Transaction, ids: Iterable[UUID]) -> list[LiveMatch]:
    """Lock these matches; those that take places then."""
    return [match for match in await lock_matches(tx, ids) if match.state in HOLDING]


async def ids_of_offer(tx: Transaction, offer_id: UUID) -> list[UUID]:
    """The offer's matches that take places."""
    rows = await tx.fetch("SELECT id FROM own.matches WHERE offer_id = $1 AND state = ANY($2)", offer_id, list(HOLDING))
    return [row["id"] for row in rows]


async def ids_of_request(tx: Transaction, request_id: UUID) -> list[UUID]:
    """The request's matches that take places."""
    rows = await tx.fetch(
        "SELECT id FROM own.matches WHERE request_id = $1 AND state = ANY($2)", request_id, list(HOLDING)
    )
    return [row["id"] for row in rows]


async def ids_of_employer(tx: Transaction, employer_id: UUID) -> list[UUID]:
    """The employer's matches that take places."""
    rows = await tx.fetch(
        "SELECT id FROM own.matches WHERE employer_id = $1 AND state = ANY($2)", employer_id, list(HOLDING)
    )
    return [row["id"] for row in rows]


async def ids_of_school(tx: Transaction, school_id: UUID) -> list[UUID]:
    """The school's matches that nobody relies on yet."""
    rows = await tx.fetch(
        "SELECT id FROM own.matches WHERE school_id = $1 AND state IN ('planned', 'proposed')", school_id
    )
    return [row["id"] for row in rows]


async def ids_planned(tx: Transaction, area_id: UUID) -> list[UUID]:
    """The area's matches that nobody was told of."""
    rows = await tx.fetch("SELECT id FROM own.matches WHERE area_id = $1 AND state = 'planned'", area_id)
    return [row["id"] for row in rows]


async def ids_due(tx: Transaction, now: datetime, limit: int) -> list[UUID]:
    """Planned matches whose window is over, the longest waiting first; those that are being moved wait a turn.

    Those that lack a side in memory wait for it without a place in the queue: they must not keep the others back.
    """
    rows = await tx.fetch(
        """
        SELECT m.id
          FROM own.matches m
          JOIN memory.offers o ON o.id = m.offer_id
          JOIN memory.requests r ON r.id = m.request_id
          JOIN memory.schools s ON s.id = m.school_id
         WHERE m.state = 'planned' AND m.release_at <= $1
           AND EXISTS (SELECT FROM memory.employers WHERE id = m.employer_id)
           AND EXISTS (SELECT FROM memory.hubs WHERE id = m.hub_id)
           AND o.record -> 'sessions' @> jsonb_build_array(jsonb_build_object('session_id', m.session_id))
           AND s.record -> 'cohorts' @> jsonb_build_array(jsonb_build_object('cohort_id', r.record -> 'cohort_id'))
         ORDER BY m.release_at, m.id LIMIT $2 FOR UPDATE OF m SKIP LOCKED
        """,
        now,
        limit,
    )
    return [row["id"] for row in rows]


async def find_sides(tx: Transaction, match: LiveMatch) -> Mapping[str, Any] | None:
    """The records of both sides of a match; None while one has not been heard of."""
    row = await tx.fetchrow(
        """
        SELECT offers.record AS offer, employers.record AS employer, requests.record AS request,
               schools.record AS school, hubs.record AS hub
          FROM memory.offers, memory.employers, memory.requests, memory.schools, memory.hubs
         WHERE offers.id = $1 AND employers.id = $2 AND requests.id = $3 AND schools.id = $4 AND hubs.id = $5
        """,
        match.offer_id,
        match.employer_id,
        match.request_id,
        match.school_id,
        match.hub_id,
    )
    return dict(row) if row else None


async def credits_of_cohort(
    tx: Transaction, cohort_id: UUID, states: Iterable[str]
) -> list[tuple[dict[str, int], int]]:
    """Credits per pupil, and pupils, of the cohort's matches in these states."""
    rows = await tx.fetch(
        "SELECT counts_to, pupils FROM own.matches WHERE cohort_id = $1 AND state = ANY($2)", cohort_id, sorted(states)
    )
    return [(row["counts_to"], row["pupils"]) for row in rows]


async def open_pairs(tx: Transaction, request_ids: Iterable[UUID]) -> set[tuple[UUID, UUID]]:
    """Sessions and requests that are matched, whoever planned it."""
    rows = await tx.fetch(
        """
        SELECT session_id, request_id FROM own.matches
         WHERE request_id = ANY($1) AND state IN ('planned', 'proposed', 'accepted', 'confirmed')
        """,
        sorted(set(request_ids)),
    )
    return {(row["session_id"], row["request_id"]) for row in rows}


async def add_matches(tx: Transaction, matches: Iterable[LiveMatch]) -> None:
    """Add new matches. Raises asyncpg.UniqueViolationError where the pair is matched already."""
    await tx.executemany(
        """
        INSERT INTO own.matches (
            id, version, state, reason, ended_by, area_id, hub_id, offer_id, session_id, employer_id, request_id,
            school_id, cohort_id, round_id, pupils, places, first_day, last_day, counts_to, terms_version,
            offer_terms_version, request_terms_version, terms, why, employer_confirms, planned_at, release_at,
            answer_by, confirm_by, urgent, history, heard, correlation_id, held)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)
        """,
        [_values(match) for match in matches],
    )


async def save_matches(tx: Transaction, matches: Iterable[LiveMatch]) -> None:
    """Save what can change in locked matches."""
    await tx.executemany(
        """
        UPDATE own.matches
           SET version = $2, state = $3, reason = $4, ended_by = $5, pupils = $6, places = $7, terms_version = $8,
               offer_terms_version = $9, request_terms_version = $10, terms = $11, why = $12, employer_confirms = $13,
               answer_by = $14, confirm_by = $15, urgent = $16, history = $17, heard = $18, counts_to = $19,
               release_at = $20, held = $21
         WHERE id = $1
        """,
        [
            (
                *(match.id, match.version, match.state, match.reason, match.ended_by, match.pupils, match.places),
                *(match.terms_version, match.offer_terms_version, match.request_terms_version),
                *(_terms(match), _json(match.why), match.employer_confirms, match.answer_by, match.confirm_by),
                *(match.urgent, _json(match.history), sorted(match.heard), dict(match.counts_to)),
                *(match.release_at, match.held),
            )
            for match in matches
        ],
    )


def match_of(row: Mapping[str, Any]) -> LiveMatch:
    """The match in a row that has all columns."""
    return LiveMatch(
        **{
            **row,
            "terms": Terms.model_validate(row["terms"]) if row["terms"] else None,
            "why": tuple(Why.model_validate(why) for why in row["why"]),
            "history": tuple(Change.model_validate(change) for change in row["history"]),
            "heard": frozenset(row["heard"]),
        }
    )


def _values(match: LiveMatch) -> tuple[Any, ...]:
    return (
        *(match.id, match.version, match.state, match.reason, match.ended_by, match.area_id, match.hub_id),
        *(match.offer_id, match.session_id, match.employer_id, match.request_id, match.school_id, match.cohort_id),
        *(match.round_id, match.pupils, match.places, match.first_day, match.last_day, dict(match.counts_to)),
        *(match.terms_version, match.offer_terms_version, match.request_terms_version, _terms(match)),
        *(_json(match.why), match.employer_confirms, match.planned_at, match.release_at, match.answer_by),
        *(match.confirm_by, match.urgent, _json(match.history), sorted(match.heard), match.correlation_id),
        match.held,
    )


def _terms(match: LiveMatch) -> Any:
    return match.terms.model_dump(mode="json") if match.terms else None


def _json(parts: Iterable[Why | Change]) -> list[Any]:
    return [part.model_dump(mode="json") for part in parts]
