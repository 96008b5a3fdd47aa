"""What was heard from others: kept if it is newer than what is there."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from contracts.answers import Answer
from contracts.employers import Employer
from contracts.event import Entity, Fact
from contracts.hubs import Hub
from contracts.letters import Letter
from contracts.offers import Offer
from contracts.requests import SchoolRequest
from contracts.schools import School
from services.matcher.problem import Wish, wish_of
from services.plumbing.postgres import Transaction

Heard = set[UUID] | None
"""None: something as new or newer is known already. Else what the entity was tied to before, to tell them too."""


def _record(entity: Entity) -> Any:
    return entity.model_dump(mode="json")


async def remember_hub(tx: Transaction, fact: Fact[Hub]) -> Heard:
    """Keep the hub; its area before this fact, if it had one."""
    row = await tx.fetchrow(
        """
        WITH before AS (SELECT area_id FROM memory.hubs WHERE id = $1)
        INSERT INTO memory.hubs (id, version, area_id, record) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO UPDATE
           SET version = excluded.version, area_id = excluded.area_id, record = excluded.record
         WHERE hubs.version < excluded.version
        RETURNING (SELECT area_id FROM before) AS before
        """,
        fact.data.hub_id,
        fact.aggregate_version,
        fact.data.area_id,
        _record(fact.data),
    )
    return None if row is None else {row["before"]} - {None}


async def remember_school(tx: Transaction, fact: Fact[School]) -> Heard:
    """Keep the school; its hubs before this fact."""
    row = await tx.fetchrow(
        """
        WITH before AS (SELECT hub_ids FROM memory.schools WHERE id = $1)
        INSERT INTO memory.schools (id, version, hub_ids, record) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO UPDATE
           SET version = excluded.version, hub_ids = excluded.hub_ids, record = excluded.record, heard_at = now()
         WHERE schools.version < excluded.version
        RETURNING (SELECT hub_ids FROM before) AS before
        """,
        fact.data.school_id,
        fact.aggregate_version,
        sorted({membership.hub_id for membership in fact.data.memberships}),
        _record(fact.data),
    )
    return None if row is None else set(row["before"] or ())


async def remember_employer(tx: Transaction, fact: Fact[Employer]) -> bool:
    """Keep the employer; say whether it was kept."""
    kept = await tx.fetchval(
        """
        INSERT INTO memory.employers (id, version, record) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE
           SET version = excluded.version, record = excluded.record
         WHERE employers.version < excluded.version
        RETURNING true
        """,
        fact.data.employer_id,
        fact.aggregate_version,
        _record(fact.data),
    )
    return bool(kept)


async def remember_offer(tx: Transaction, fact: Fact[Offer]) -> Heard:
    """Keep the offer; the areas it served before this fact."""
    row = await tx.fetchrow(
        """
        WITH before AS (SELECT areas FROM memory.offers WHERE id = $1)
        INSERT INTO memory.offers (id, version, state, employer_id, areas, correlation_id, told_at, record)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (id) DO UPDATE
           SET version = excluded.version, state = excluded.state, employer_id = excluded.employer_id,
               areas = excluded.areas, correlation_id = excluded.correlation_id, told_at = excluded.told_at,
               heard_at = now(), record = excluded.record
         WHERE offers.version < excluded.version
        RETURNING (SELECT areas FROM before) AS before
        """,
        fact.data.offer_id,
        fact.aggregate_version,
        fact.data.state,
        fact.data.employer_id,
        list(fact.data.areas),
        fact.correlation_id,
        fact.time,
        _record(fact.data),
    )
    return None if row is None else set(row["before"] or ())


async def remember_request(tx: Transaction, fact: Fact[SchoolRequest]) -> bool:
    """Keep the request; say whether it was kept."""
    kept = await tx.fetchval(
        """
        INSERT INTO memory.requests (id, version, state, school_id, correlation_id, told_at, record)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO UPDATE
           SET version = excluded.version, state = excluded.state, school_id = excluded.school_id,
               correlation_id = excluded.correlation_id, told_at = excluded.told_at, heard_at = now(),
               record = excluded.record
         WHERE requests.version < excluded.version
        RETURNING true
        """,
        fact.data.request_id,
        fact.aggregate_version,
        fact.data.state,
        fact.data.school_id,
        fact.correlation_id,
        fact.time,
        _record(fact.data),
    )
    return bool(kept)


async def remember_answer(tx: Transaction, fact: Fact[Answer]) -> bool:
    """Keep what was said about a match; say whether it was kept."""
    kept = await tx.fetchval(
        """
        INSERT INTO memory.answers (id, version, record) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE
           SET version = excluded.version, record = excluded.record, heard_at = now()
         WHERE answers.version < excluded.version
        RETURNING true
        """,
        fact.data.match_id,
        fact.aggregate_version,
        _record(fact.data),
    )
    return bool(kept)


async def remember_letter(tx: Transaction, fact: Fact[Letter]) -> bool:
    """Keep a letter's state; say whether it was kept."""
    kept = await tx.fetchval(
        """
        INSERT INTO memory.letters (id, version, match_id, record) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO UPDATE
           SET version = excluded.version, record = excluded.record, heard_at = now()
         WHERE letters.version < excluded.version
        RETURNING true
        """,
        fact.data.letter_id,
        fact.aggregate_version,
        fact.data.match_id,
        _record(fact.data),
    )
    return bool(kept)


async def is_newest(tx: Transaction, fact: Fact[Any]) -> bool:
    """Whether matches may be judged by this: nothing newer about its entity ever had an effect on them."""
    return await may_judge(tx, fact.subject, fact.aggregate_version)


async def may_judge(tx: Transaction, entity_id: UUID, version: int) -> bool:
    """Whether nothing newer about the entity ever had an effect on matches; from now on this has."""
    newest = await tx.fetchval(
        """
        INSERT INTO own.acted_upon (id, version) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET version = excluded.version WHERE acted_upon.version <= excluded.version
        RETURNING true
        """,
        entity_id,
        version,
    )
    return bool(newest)


async def find_hub(tx: Transaction, hub_id: UUID) -> Hub | None:
    record = await tx.fetchval("SELECT record FROM memory.hubs WHERE id = $1", hub_id)
    return Hub.model_validate(record) if record else None


async def offers_by_id(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Offer]:
    """Those of these offers that have been heard of."""
    rows = await tx.fetch("SELECT id, record FROM memory.offers WHERE id = ANY($1)", sorted(set(ids)))
    return {row["id"]: Offer.model_validate(row["record"]) for row in rows}


async def wishes_by_request(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Wish]:
    """Those of these requests whose school and cohort have been heard of."""
    rows = await tx.fetch(
        """
        SELECT requests.record AS request, schools.record AS school
          FROM memory.requests JOIN memory.schools ON schools.id = requests.school_id
         WHERE requests.id = ANY($1)
        """,
        sorted(set(ids)),
    )
    found = (
        wish_of(SchoolRequest.model_validate(row["request"]), School.model_validate(row["school"])) for row in rows
    )
    return {wish.request.request_id: wish for wish in found if wish}


async def lock_versions(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, int]:
    """The versions of these employers, offers, requests and schools; none of them changes until `tx` ends."""
    wanted = sorted(set(ids))
    employers = await tx.fetch(
        "SELECT id, version FROM memory.employers WHERE id = ANY($1) ORDER BY id FOR SHARE", wanted
    )
    offers = await tx.fetch("SELECT id, version FROM memory.offers WHERE id = ANY($1) ORDER BY id FOR SHARE", wanted)
    requests = await tx.fetch(
        "SELECT id, version FROM memory.requests WHERE id = ANY($1) ORDER BY id FOR SHARE", wanted
    )
    schools = await tx.fetch("SELECT id, version FROM memory.schools WHERE id = ANY($1) ORDER BY id FOR SHARE", wanted)
    return {row["id"]: row["version"] for row in (*employers, *offers, *requests, *schools)}


async def areas_of_hubs(tx: Transaction, hub_ids: Iterable[UUID]) -> set[UUID]:
    """The areas of those of these hubs that have been heard of."""
    rows = await tx.fetch("SELECT DISTINCT area_id FROM memory.hubs WHERE id = ANY($1)", sorted(set(hub_ids)))
    return {row["area_id"] for row in rows}


async def areas_of_school(tx: Transaction, school_id: UUID) -> set[UUID]:
    """The areas of the school's hubs, as far as they have been heard of."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT hubs.area_id
          FROM memory.schools JOIN memory.hubs ON hubs.id = ANY(schools.hub_ids)
         WHERE schools.id = $1
        """,
        school_id,
    )
    return {row["area_id"] for row in rows}


async def areas_of_offers(tx: Transaction, offer_ids: Iterable[UUID]) -> set[UUID]:
    """The areas that these offers serve."""
    rows = await tx.fetch(
        "SELECT DISTINCT unnest(areas) AS area_id FROM memory.offers WHERE id = ANY($1)", sorted(set(offer_ids))
    )
    return {row["area_id"] for row in rows}


async def areas_of_employer(tx: Transaction, employer_id: UUID) -> set[UUID]:
    """The areas that the employer's open offers serve."""
    rows = await tx.fetch(
        "SELECT DISTINCT unnest(areas) AS area_id FROM memory.offers WHERE employer_id = $1 AND state = 'open'",
        employer_id,
    )
    return {row["area_id"] for row in rows}
