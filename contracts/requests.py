"""Topic `requests`: what schools ask for, one open request per cohort.

Written by registry. Read by matcher. Each record is the whole request; what is still needed is computed by the matcher.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.event import Entity
from contracts.schools import Days


class SchoolRequest(Entity):
    """A school's request for one cohort, over several benchmarks."""

    topic: ClassVar[str] = "requests"
    types: ClassVar[frozenset[str]] = frozenset(
        {"request.posted.v1", "request.amended.v1", "request.withdrawn.v1", "request.restated.v1"}
    )

    request_id: UUID
    school_id: UUID
    cohort_id: UUID
    state: str = Field(description="open or withdrawn; any other is not planned.")
    reason: str | None = Field(None, description="Coded, when withdrawn.")
    terms_version: int = Field(ge=1)
    posted_at: AwareDatetime
    contact_id: UUID | None = Field(None, description="Whom at the school to write to first.")

    benchmarks: tuple[str, ...]
    activities: tuple[str, ...]
    sectors: dict[str, int] = Field(
        default_factory=lambda: {"*": 50}, description='Preference 0..100 per sector; "*" for all others.'
    )
    possible: tuple[Days, ...] = Field(description="When it can be; never empty.")
    impossible: tuple[Days, ...] = ()
    notice_days: int = Field(14, ge=0)
    max_travel_km: float = Field(25, ge=0)
    send_needs: tuple[str, ...] = ()
    min_group: int = Field(1, ge=1)
    max_places: int = Field(ge=1, description="Most pupil places over all its matches.")
    split: bool = Field(default=True, description="False: every match takes the whole cohort.")

    @property
    def entity_id(self) -> UUID:
        """The request's id."""
        return self.request_id
