"""Everything a round reads about one area, in one snapshot."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from asyncpg import Record

from contracts.employers import Employer
from contracts.event import Entity
from contracts.hubs import Hub
from contracts.offers import Offer
from contracts.requests import SchoolRequest
from contracts.schools import School
from services.matcher.area import AreaMemory
from services.matcher.domain import ENDED, HOLDING, LiveMatch
from services.matcher.store.areas import Lease, freed_since, news_of
from services.matcher.store.arrivals import read_past
from services.matcher.store.matches import match_of
from services.plumbing.postgres import Transaction

REMEMBERED = timedelta(days=4 * 365)
"""What came longer ago tells nothing about this year."""
EntityT = TypeVar("EntityT", bound=Entity)


async def read_area(tx: Transaction, lease: Lease, now: datetime) -> AreaMemory:
    """What is known about the area; `tx` has done nothing before.

    The news is read with everything else from one snapshot, so what comes later is in a higher number.
    """
    await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    area_id = lease.area_id
    news = await news_of(tx, area_id)
    hubs = await tx.fetch("SELECT id, version, record FROM memory.hubs WHERE area_id = $1", area_id)
    schools = await _schools_of_hubs(tx, [row["id"] for row in hubs])
    requests = await _open_requests(tx, [row["id"] for row in schools])
    offers = await _open_offers(tx, area_id)
    employers = await _employers(tx, {row["employer_id"] for row in offers})
    known_requests, known_employers = _entities(SchoolRequest, requests), _entities(Employer, employers)
    matches = await _matches(tx, known_requests, known_employers)
    known_schools = _entities(School, schools)
    missing = {match.school_id for match in matches} - set(known_schools)
    return AreaMemory(
        area_id=area_id,
        news=news,
        now=now,
        hubs=_entities(Hub, hubs),
        schools=known_schools | _entities(School, await _schools(tx, missing)),
        employers=known_employers,
        offers=_entities(Offer, offers),
        requests=known_requests,
        matches=tuple(matches),
        versions={row["id"]: row["version"] for row in (*schools, *requests, *offers, *employers)},
        freed=frozenset((freed.offer_id, freed.request_id) for freed in await freed_since(tx, area_id)),
        causes={row["id"]: (row["told_at"], row["correlation_id"]) for row in (*requests, *offers)},
        is_repair=lease.is_repair,
        past=None if lease.is_repair else await read_past(tx, area_id, now - REMEMBERED),
    )


async def _schools_of_hubs(tx: Transaction, hub_ids: list[UUID]) -> list[Record]:
    return await tx.fetch("SELECT id, version, record FROM memory.schools WHERE hub_ids && $1::uuid[]", hub_ids)


async def _schools(tx: Transaction, ids: Iterable[UUID]) -> list[Record]:
    return await tx.fetch("SELECT id, version, record FROM memory.schools WHERE id = ANY($1)", sorted(ids))


async def _open_requests(tx: Transaction, school_ids: list[UUID]) -> list[Record]:
    return await tx.fetch(
        """
        SELECT id, version, told_at, correlation_id, record FROM memory.requests
         WHERE school_id = ANY($1) AND state = 'open'
        """,
        school_ids,
    )


async def _open_offers(tx: Transaction, area_id: UUID) -> list[Record]:
    return await tx.fetch(
        """
        SELECT id, version, employer_id, told_at, correlation_id, record FROM memory.offers
         WHERE areas @> ARRAY[$1::uuid] AND state = 'open'
        """,
        area_id,
    )


async def _employers(tx: Transaction, ids: Iterable[UUID]) -> list[Record]:
    return await tx.fetch("SELECT id, version, record FROM memory.employers WHERE id = ANY($1)", sorted(ids))


async def _matches(
    tx: Transaction, requests: dict[UUID, SchoolRequest], employers: dict[UUID, Employer]
) -> list[LiveMatch]:
    """Whatever takes places from these employers or gave credits to these cohorts, and what these requests declined."""
    rows = await tx.fetch(
        """
        SELECT id, version, state, reason, ended_by, area_id, hub_id, offer_id, session_id, employer_id, request_id,
               school_id, cohort_id, round_id, pupils, places, first_day, last_day, counts_to, terms_version,
               offer_terms_version, request_terms_version, terms, why, employer_confirms, planned_at, release_at,
               answer_by, confirm_by, urgent, history, heard, correlation_id, held
          FROM own.matches
         WHERE (state = ANY($1) AND (cohort_id = ANY($2) OR employer_id = ANY($3)))
            OR (state = ANY($4) AND request_id = ANY($5))
        """,
        sorted(HOLDING),
        sorted({request.cohort_id for request in requests.values()}),
        sorted(employers),
        sorted(ENDED),
        sorted(requests),
    )
    return [match_of(dict(row)) for row in rows]


def _entities(kind: type[EntityT], rows: Iterable[Record]) -> dict[UUID, EntityT]:
    return {row["id"]: kind.model_validate(row["record"]) for row in rows}
