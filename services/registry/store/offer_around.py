"""What judging an offer takes: its employer, the areas it names, their hubs' calendars."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from contracts.hubs import Calendar
from services.plumbing.postgres import Transaction
from services.registry import places
from services.registry.domain.mistakes import NotFound
from services.registry.domain.offers.around import Around
from services.registry.domain.offers.said import OfferTerms


async def offer_around(tx: Transaction, employer_id: UUID, said: OfferTerms, today: dt.date) -> Around:
    """The surroundings in which `said` is judged. Raises NotFound where there is no such employer."""
    row = await tx.fetchrow(
        """
        SELECT home_area_id,
               ARRAY(SELECT area_id FROM own.areas WHERE area_id = ANY ($2)) AS areas,
               ARRAY(SELECT contact_id
                       FROM own.contacts
                      WHERE organisation = 'employer' AND organisation_id = $1 AND state = 'active') AS contacts,
               ARRAY(SELECT calendar
                       FROM own.hubs
                      WHERE area_id = ANY (COALESCE($2, ARRAY [home_area_id]))) AS calendars
          FROM own.employers
         WHERE employer_id = $1
        """,
        employer_id,
        said.areas,
    )
    if row is None:
        raise NotFound("There is no employer with this id.")
    return Around(
        today=today,
        employer_id=employer_id,
        home_area_id=row["home_area_id"],
        areas=frozenset(row["areas"]),
        contacts=frozenset(row["contacts"]),
        calendars=tuple(map(Calendar.model_validate, row["calendars"])),
        spot=places.locate(said.place.postcode),
    )
