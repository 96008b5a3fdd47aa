"""Matches with both sides and their pupils: what a preview is worked out from."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from contracts.matches import Match
from contracts.offers import Offer
from contracts.requests import SchoolRequest
from contracts.schools import Days
from services.plumbing.postgres import Transaction
from services.registry.domain.fit import Audience, Pairing


async def pairings(tx: Transaction, *, offer_id: UUID | None = None, request_id: UUID | None = None) -> list[Pairing]:
    """The matches of an offer, or of a request, that were told to somebody and hold places."""
    rows = await tx.fetch(
        """
        SELECT matches.record AS match, offers.entity AS offer, requests.entity AS request,
               cohorts.year, cohorts.pupils, schools.phase, schools.lat, schools.lon, schools.closures
          FROM memory.matches
          JOIN own.offers USING (offer_id)
          JOIN own.requests USING (request_id)
          JOIN own.schools ON schools.school_id = requests.school_id
          JOIN own.cohorts ON cohorts.cohort_id = requests.cohort_id
         WHERE (matches.offer_id = $1 OR matches.request_id = $2)
           AND matches.state IN ('proposed', 'accepted', 'confirmed', 'delivered')
        """,
        offer_id,
        request_id,
    )
    return [_pairing(row) for row in rows]


def _pairing(row: asyncpg.Record) -> Pairing:
    return Pairing(
        match=Match.model_validate(row["match"]),
        offer=Offer.model_validate(row["offer"]),
        request=SchoolRequest.model_validate(row["request"]),
        audience=Audience(
            year=row["year"],
            pupils=row["pupils"],
            phase=row["phase"],
            lat=row["lat"],
            lon=row["lon"],
            closures=tuple(Days.model_validate(days) for days in row["closures"]),
        ),
    )
