"""Topic `schools`: institutions, where they are, their dated memberships, and their cohorts.

Written by registry. Read by matcher. Each record is the whole school. Head-counts only: no pupil is ever named.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Entity, Value


class Days(Value):
    """A range of dates, both included."""

    first: dt.date
    last: dt.date


class Membership(Value):
    """A school's place in a hub, from a day on, perhaps up to and including another."""

    hub_id: UUID
    cluster_id: UUID | None = None
    since: dt.date
    until: dt.date | None = None

    def holds_on(self, day: dt.date) -> bool:
        """Whether the school is a member on `day`."""
        return self.since <= day and (self.until is None or day <= self.until)


class Cohort(Value):
    """A group of pupils: one year group, programme or pathway of one school in one academic year."""

    cohort_id: UUID
    kind: str = Field("year_group", description="year_group, programme or pathway.")
    label: str = Field(examples=["Year 10"])
    year: int = Field(ge=7, le=14)
    academic_year: str = Field(examples=["2026/27"])
    pupils: int = Field(ge=0)
    met_elsewhere: dict[str, int] = Field(
        default_factory=dict,
        description="Credits from elsewhere per benchmark: pupils met (gb5, gb7), pupil-days (gb6).",
    )


class School(Entity):
    """Any institution in a hub, known by its URN."""

    topic: ClassVar[str] = "schools"
    types: ClassVar[frozenset[str]] = frozenset(
        {"school.added.v1", "school.amended.v1", "school.closed.v1", "school.restated.v1"}
    )

    school_id: UUID
    urn: int
    name: str
    phase: str = Field(examples=["secondary", "special", "college", "alternative_provision"])
    state: str = Field("open", description="open or closed.")
    postcode: str
    lat: float
    lon: float
    fsm_pct: float = Field(0, description="Share of pupils eligible for free school meals, percent.")
    max_parallel: int = Field(2, ge=1, description="Most encounters in the school in one half-day.")
    memberships: tuple[Membership, ...] = ()
    closures: tuple[Days, ...] = ()
    cohorts: tuple[Cohort, ...] = ()

    @property
    def entity_id(self) -> UUID:
        """The school's id."""
        return self.school_id
