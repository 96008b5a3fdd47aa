"""Topic `answers`: all that was said about one match, by whom, when, and to which terms.

Written by registry, the one place where crossing facts are judged. Read by matcher and notifier.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.event import Entity, Value


class Said(Value):
    """What one audience said, or that it let the deadline pass. The first one holds."""

    verdict: str = Field(description="accepted, declined or lapsed.")
    reason: str | None = None
    comment: str = ""
    at: AwareDatetime
    contact_id: UUID | None = Field(None, description="Who; none for a lapse or an API key.")
    terms_version: int


class Cancelled(Value):
    """Somebody called a match off."""

    by: str = Field(description="school, employer or hub.")
    reason: str
    comment: str = ""
    at: AwareDatetime
    contact_id: UUID | None = None


class Delivery(Value):
    """Whether it took place, and how many pupils met the employer."""

    held: bool
    pupils: int = Field(ge=0)
    reason: str | None = Field(None, description="Coded, when it was not held.")
    by: str = Field(description="school, employer or hub.")
    at: AwareDatetime
    contact_id: UUID | None = None


class Answer(Entity):
    """Everything said about one match."""

    topic: ClassVar[str] = "answers"
    types: ClassVar[frozenset[str]] = frozenset(
        {
            "answer.accepted.v1",
            "answer.declined.v1",
            "answer.lapsed.v1",
            "answer.cancelled.v1",
            "answer.delivered.v1",
            "answer.not_held.v1",
            "answer.restated.v1",
        }
    )

    match_id: UUID
    school: Said | None = None
    employer: Said | None = None
    cancelled: Cancelled | None = None
    delivery: Delivery | None = None

    restated: ClassVar[str] = "answer.restated.v1"
    """Also told when somebody who had spoken is erased: older records of the match may hold their words."""

    @property
    def entity_id(self) -> UUID:
        """The match's id."""
        return self.match_id
