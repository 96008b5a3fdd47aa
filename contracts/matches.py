"""Topic `matches`: what holds between a session and a school request.

Written by matcher, from `proposed` on: a planned match is told to nobody. Read by registry and notifier.
Each record is the whole match with its history and its terms as told.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.event import Entity, Value

OPEN_STATES = frozenset({"planned", "proposed", "accepted", "confirmed"})
"""States of a match that may still take place; with `delivered` they hold their places."""


class Change(Value):
    """One step in a match's life."""

    state: str
    at: AwareDatetime
    by: str = Field(description="matcher, school, employer, hub or registry.")
    reason: str | None = Field(None, description="Coded.")


class Progress(Value):
    """A cohort's progress in one benchmark without and with this match, in credits."""

    benchmark: str
    target: int
    before: int
    after: int

    @property
    def percent_before(self) -> int:
        """Share of the target reached without the match, in whole percent, rounded down."""
        return _percent(self.before, self.target)

    @property
    def percent_after(self) -> int:
        """Share of the target reached with the match, in whole percent, rounded down."""
        return _percent(self.after, self.target)


def _percent(part: int, whole: int) -> int:
    return 100 if whole <= 0 else min(100, 100 * part // whole)


class Why(Value):
    """One reason for a match: a code for programs, a sentence for people."""

    code: str
    text: str


class Terms(Value):
    """What was told: email and page show exactly this."""

    activity: str
    title: str
    purpose: str
    learning_outcomes: tuple[str, ...] = ()
    what_pupils_do: str
    requirements: str = ""
    accessibility: str = ""
    send_support: tuple[str, ...] = ()
    mode: str
    address: str = ""
    postcode: str
    date: dt.date
    end_date: dt.date | None = None
    part: str
    starts: dt.time
    ends: dt.time
    pupils: int
    employer_name: str
    school_name: str
    school_urn: int
    school_postcode: str
    cohort_label: str
    distance_km: int = 0
    counts_to: dict[str, int]
    progress: tuple[Progress, ...] = ()
    why: tuple[Why, ...] = ()
    employer_contact_id: UUID | None = None
    school_contact_id: UUID | None = None


class Match(Entity):
    """The pair of a session and a school request, with its pupils and its life."""

    topic: ClassVar[str] = "matches"
    types: ClassVar[frozenset[str]] = frozenset(
        {
            "match.proposed.v1",
            "match.accepted.v1",
            "match.confirmed.v1",
            "match.changed.v1",
            "match.ended.v1",
            "match.delivered.v1",
            "match.not_held.v1",
            "match.noted.v1",
            "match.restated.v1",
        }
    )

    match_id: UUID
    area_id: UUID
    hub_id: UUID
    offer_id: UUID
    session_id: UUID
    employer_id: UUID
    request_id: UUID
    school_id: UUID
    cohort_id: UUID
    round_id: UUID
    state: str
    reason: str | None = Field(None, description="Coded: why it ended.")
    ended_by: str | None = None
    pupils: int = Field(ge=0, description="Asked for; once delivered, how many took part.")
    terms_version: int = Field(ge=1)
    offer_terms_version: int | None = Field(
        None, description="Of the offer, when this match was last weighed against it."
    )
    request_terms_version: int | None = Field(
        None, description="Of the request, when this match was last weighed against it."
    )
    terms: Terms
    employer_confirms: bool = False
    answer_by: AwareDatetime
    confirm_by: AwareDatetime | None = None
    urgent: bool = False
    history: tuple[Change, ...]

    @property
    def entity_id(self) -> UUID:
        """The match's id."""
        return self.match_id

    @property
    def calendar_uid(self) -> str:
        """The id of its calendar entry, the same in letters and on pages."""
        return f"{self.match_id}@encounters"
