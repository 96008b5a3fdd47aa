"""Topic `employers`: who offers.

Written by registry. Read by matcher. Each record is the whole employer.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Entity


class Employer(Entity):
    """An organisation that offers encounters."""

    topic: ClassVar[str] = "employers"
    types: ClassVar[frozenset[str]] = frozenset({"employer.added.v1", "employer.amended.v1", "employer.restated.v1"})

    employer_id: UUID
    name: str
    sectors: tuple[str, ...] = ()
    size_band: str | None = None
    home_area_id: UUID
    max_sessions: int | None = Field(None, ge=0, description="Most sessions over all its offers; none: no limit.")
    cornerstone_of: tuple[UUID, ...] = Field((), description="Hubs it is a cornerstone employer of.")

    @property
    def entity_id(self) -> UUID:
        """The employer's id."""
        return self.employer_id
