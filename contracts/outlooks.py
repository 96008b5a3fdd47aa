"""Topic `outlooks`: why a request has nothing yet, or not all, what came nearest, and how long it may take.

Written by matcher after a round. Read by registry.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.event import Entity, Value


class Excluded(Value):
    """How many offers one rule kept out."""

    code: str = Field(examples=["H1-distance"])
    offers: int
    text: str


class HeldBack(Value):
    """A planned match that is not proposed yet, because more is expected of waiting."""

    code: str = Field(description="needier_expected, better_expected or undecided; more may come.")
    offer_id: UUID
    pupils: int
    until: AwareDatetime = Field(description="It is proposed then at the latest, if it is still the best plan.")
    text: str


class Outlook(Entity):
    """Where one request stands after the last round."""

    topic: ClassVar[str] = "outlooks"
    types: ClassVar[frozenset[str]] = frozenset({"outlook.changed.v1", "outlook.restated.v1"})

    request_id: UUID
    round_id: UUID
    area_id: UUID
    at: AwareDatetime
    state: str = Field(description="served, partly, planned, waiting or closed.")
    need: dict[str, int] = Field(description="Credits still lacking per benchmark, matches counted.")
    excluded: tuple[Excluded, ...] = ()
    nearest_miss: str = ""
    held_back: tuple[HeldBack, ...] = ()
    expected_wait_days: int | None = None

    @property
    def entity_id(self) -> UUID:
        """The request's id."""
        return self.request_id
