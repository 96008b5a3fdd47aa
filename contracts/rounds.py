"""Topic `rounds`: one run of the solver over one area, in figures.

Written by matcher. Read by registry. Deleted after 400 days; a round's input stays with the matcher.
"""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.event import Entity


class Round(Entity):
    """What one run of the solver found."""

    topic: ClassVar[str] = "rounds"
    types: ClassVar[frozenset[str]] = frozenset({"round.finished.v1", "round.restated.v1"})

    round_id: UUID
    area_id: UUID
    started_at: AwareDatetime
    seconds: float
    kind: str = Field("full", description="full or repair.")
    method: str
    objective: int
    bound: int | None = None
    gap: float | None = None
    counts: dict[str, int] = Field(
        description="offers, sessions, requests, fixed, planned, kept, dropped, skipped; places held and released."
    )
    versions: dict[str, Any] = Field(default_factory=dict, description="solver, policy, equity rule, seed, look-ahead.")
    report: dict[str, Any] = Field(default_factory=dict, description="Equity figures of the round.")

    @property
    def entity_id(self) -> UUID:
        """The round's id."""
        return self.round_id
