"""Topic `offers`: what employers put on the table.

Written by registry. Read by matcher. Each record is the whole offer; `type` says what happened last.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Entity, Value


class Session(Value):
    """One dated occurrence of an offer. Keeps its id for ever; a removed one stays as cancelled."""

    session_id: UUID
    date: dt.date
    end_date: dt.date | None = Field(None, description="Last day, where the session takes several.")
    part: str = Field(description="am, pm or day; any other takes the whole day.")
    starts: dt.time = Field(description="London time.")
    ends: dt.time = Field(description="London time.")
    state: str = Field("open", description="open or cancelled; any other is not planned.")


class Place(Value):
    """Where the employer is: the workplace, or where its people set out from."""

    address: str = ""
    postcode: str
    lat: float
    lon: float


class Offer(Entity):
    """An employer's promise of an activity with places, on dates, at a place or online."""

    topic: ClassVar[str] = "offers"
    types: ClassVar[frozenset[str]] = frozenset(
        {"offer.published.v1", "offer.amended.v1", "offer.withdrawn.v1", "offer.restated.v1"}
    )

    offer_id: UUID
    employer_id: UUID
    reference: str | None = Field(None, description="The employer's own, unique per employer.")
    state: str = Field(description="open or withdrawn; any other is not planned.")
    reason: str | None = Field(None, description="Coded, when withdrawn.")
    terms_version: int = Field(ge=1)
    areas: tuple[UUID, ...] = Field(description="Areas served; never empty.")
    contact_id: UUID | None = Field(None, description="Whom at the employer to write to.")

    activity: str
    title: str
    purpose: str
    learning_outcomes: tuple[str, ...] = ()
    what_pupils_do: str
    counts_to: dict[str, int] = Field(description="Credits per pupil and benchmark.")
    sectors: tuple[str, ...] = ()

    mode: str = Field(description="at_school, at_workplace or virtual; any other is not planned.")
    place: Place
    radius_km: float | None = Field(None, gt=0, description="Furthest school served; none: no limit.")

    sessions: tuple[Session, ...]
    min_pupils: int = Field(ge=1, description="Per group.")
    max_pupils: int = Field(ge=1, description="Per session, over all its groups.")
    max_groups: int = Field(1, ge=1, description="Groups per session.")
    max_groups_per_school: int | None = Field(None, ge=1)
    max_sessions: int = Field(ge=1, description="At most this many of the sessions take place.")
    individual: bool = False
    years: tuple[int, ...]
    phases: tuple[str, ...]
    send_support: tuple[str, ...] = ()
    notice_days: int = Field(ge=0)
    requirements: str = Field("", description="What the school has to prepare or bring.")
    accessibility: str = ""
    employer_confirms: bool = Field(default=False, description="The employer must confirm each accepted match.")

    @property
    def entity_id(self) -> UUID:
        """The offer's id."""
        return self.offer_id
