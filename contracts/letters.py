"""Topic `letters`: what was said to whom by email, and whether it got there. Never an address.

Written by notifier. Read by matcher and registry.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.event import Entity

KINDS: dict[str, str] = {
    "school_match_proposed": "A match is proposed to a school",
    "school_answer_reminder": "The deadline for an answer is near",
    "school_match_confirmed": "A match is confirmed to a school",
    "school_match_changed": "Details of a confirmed match changed",
    "school_match_ended": "A match was cancelled or withdrawn",
    "school_did_it_take_place": "How many pupils took part?",
    "employer_asked_to_confirm": "An employer is asked to confirm",
    "employer_match_confirmed": "A match is confirmed to an employer",
    "employer_match_ended": "A match was cancelled",
    "employer_match_changed": "Details of a confirmed match changed",
}

STATES: dict[str, str] = {
    "sent": "The mail server took it",
    "refused": "The mail server refused it for good; the next contact is written to",
    "unknown": "The mail server did not answer after the content; never silently repeated",
    "bounced": "It came back",
    "too_late": "Too little time was left to answer; not sent",
    "stale": "Its reason passed before it was sent",
    "undeliverable": "No contact is left to write to",
}


class Letter(Entity):
    """One thing said to one contact about one match."""

    topic: ClassVar[str] = "letters"
    types: ClassVar[frozenset[str]] = frozenset(
        {
            "letter.sent.v1",
            "letter.refused.v1",
            "letter.unknown.v1",
            "letter.bounced.v1",
            "letter.too_late.v1",
            "letter.stale.v1",
            "letter.undeliverable.v1",
            "letter.restated.v1",
        }
    )

    letter_id: UUID
    match_id: UUID
    kind: str
    audience: str = Field(description="school or employer.")
    contact_id: UUID | None = Field(None, description="None when undeliverable for want of a contact.")
    terms_version: int
    state: str
    at: AwareDatetime
    detail: str = Field("", description="For operators; no address.")

    @property
    def entity_id(self) -> UUID:
        """The letter's id."""
        return self.letter_id
