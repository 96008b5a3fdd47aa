"""How a preview is told: what would end and why, what would stay, and what may not be meant."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.matches import OPEN_STATES, Match
from contracts.reasons import sentence
from services.registry.domain.fit import Pairing
from services.registry.domain.mistakes import Fault
from services.registry.domain.previews import Outcome


class Hint(BaseModel):
    """Something that is allowed, and yet may disappoint."""

    pointer: str = Field(description="JSON pointer, as a fragment, into the answer.", examples=["#/sessions/0/date"])
    detail: str
    remedy: str


class MatchInView(BaseModel):
    """One open match, in brief."""

    match_id: UUID
    state: str
    session_id: UUID
    date: dt.date
    school_name: str
    cohort_label: str
    employer_name: str
    title: str
    pupils: int
    reason: str | None = Field(None, description="Coded: why it would end.")
    reason_text: str = ""


class Preview(BaseModel):
    """What a change would do. Matches that are only planned were told to nobody and are not named."""

    would_end: list[MatchInView]
    would_stay: list[MatchInView]
    ends_by_state: dict[str, int] = Field(description="How many would end, by the state they are in.")
    new_terms: bool = Field(description="Whether `terms_version` would rise.")
    warnings: list[Hint] = []


def preview(outcomes: Iterable[Outcome], *, new_terms: bool, warnings: Iterable[Fault] = ()) -> Preview:
    """The preview of these outcomes."""
    views = [_in_view(outcome.pairing.match, outcome.reason) for outcome in outcomes]
    ending = [view for view in views if view.reason]
    return Preview(
        would_end=ending,
        would_stay=[view for view in views if not view.reason],
        ends_by_state=dict(Counter(view.state for view in ending)),
        new_terms=new_terms,
        warnings=hints(warnings),
    )


def open_matches(pairings: Iterable[Pairing]) -> list[MatchInView]:
    """Those that may still take place, by date."""
    views = [_in_view(pairing.match) for pairing in pairings if pairing.match.state in OPEN_STATES]
    return sorted(views, key=lambda view: (view.date, view.match_id))


def _in_view(match: Match, reason: str | None = None) -> MatchInView:
    return MatchInView(
        match_id=match.match_id,
        state=match.state,
        session_id=match.session_id,
        pupils=match.pupils,
        reason=reason,
        reason_text=sentence(reason),
        **match.terms.model_dump(include={"date", "school_name", "cohort_label", "employer_name", "title"}),
    )


def hints(warnings: Iterable[Fault]) -> list[Hint]:
    """Warnings as they are answered."""
    return [Hint(pointer=w.pointer, detail=w.detail, remedy=w.remedy) for w in warnings]
