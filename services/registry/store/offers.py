"""Offers, kept whole beside what their employers said of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from contracts.offers import Offer
from services.plumbing.postgres import Transaction
from services.registry.domain.mistakes import NotFound


@dataclass(frozen=True)
class KeptOffer:
    """An offer, its version, and what the employer has said of it; of the sessions the offer itself tells."""

    offer: Offer
    version: int
    said: dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which offers a list is about. None: any. `areas`: those that its reader may look into."""

    employer_id: UUID | None = None
    state: str | None = None
    reference: str | None = None
    area_id: UUID | None = None
    areas: list[UUID] | None = None


async def add_offer(tx: Transaction, offer: Offer, said: dict[str, Any]) -> bool:
    """Keep a new offer; False where its employer has used its reference before."""
    added = await tx.fetchval(
        """
        INSERT INTO own.offers (offer_id, version, employer_id, reference, state, terms_version, areas, said, entity)
        VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (employer_id, reference) DO NOTHING
        RETURNING true
        """,
        offer.offer_id,
        offer.employer_id,
        offer.reference,
        offer.state,
        offer.terms_version,
        offer.areas,
        said,
        offer.model_dump(mode="json"),
    )
    return bool(added)


async def keep_offer(tx: Transaction, kept: KeptOffer) -> None:
    """Write a locked offer anew."""
    await tx.execute(
        """
        UPDATE own.offers
           SET version = $2, state = $3, terms_version = $4, areas = $5, said = $6, entity = $7
         WHERE offer_id = $1
        """,
        kept.offer.offer_id,
        kept.version,
        kept.offer.state,
        kept.offer.terms_version,
        kept.offer.areas,
        kept.said,
        kept.offer.model_dump(mode="json"),
    )


async def get_offer(tx: Transaction, offer_id: UUID) -> KeptOffer:
    row = await tx.fetchrow("SELECT entity, version, said FROM own.offers WHERE offer_id = $1", offer_id)
    return _kept(row)


async def lock_offer(tx: Transaction, offer_id: UUID) -> KeptOffer:
    """The offer; until the transaction ends nobody changes it, and nobody answers a match that stands on it."""
    row = await tx.fetchrow("SELECT entity, version, said FROM own.offers WHERE offer_id = $1 FOR UPDATE", offer_id)
    return _kept(row)


async def get_offer_id_by_reference(tx: Transaction, employer_id: UUID, reference: str) -> UUID:
    found: UUID = await tx.fetchval(
        "SELECT offer_id FROM own.offers WHERE employer_id = $1 AND reference = $2", employer_id, reference
    )
    return found


async def offers(tx: Transaction, wanted: Wanted, after: UUID | None, limit: int) -> list[Offer]:
    """Offers in the order in which they were published."""
    rows = await tx.fetch(
        """
        SELECT entity
          FROM own.offers
         WHERE ($1::uuid IS NULL OR employer_id = $1)
           AND ($2::text IS NULL OR state = $2)
           AND ($3::text IS NULL OR reference = $3)
           AND ($4::uuid IS NULL OR areas @> ARRAY [$4])
           AND ($5::uuid[] IS NULL OR areas && $5)
           AND ($6::uuid IS NULL OR offer_id > $6)
         ORDER BY offer_id
         LIMIT $7
        """,
        wanted.employer_id,
        wanted.state,
        wanted.reference,
        wanted.area_id,
        wanted.areas,
        after,
        limit,
    )
    return [Offer.model_validate(row["entity"]) for row in rows]


def _kept(row: asyncpg.Record | None) -> KeptOffer:
    if row is None:
        raise NotFound("There is no offer with this id, or not for this key.")
    return KeptOffer(Offer.model_validate(row["entity"]), row["version"], row["said"])
