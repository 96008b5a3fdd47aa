"""Which page a person sees: from the match as heard, what was said about it, where its offer stands, and the day.

Pure. What was said is shown as recorded; "confirmed" only once the matcher says so.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from contracts.answers import Answer, Said
from contracts.matches import Match
from services.registry.domain.answers import AGREED, Audience, Standing, waits_for, was_agreed

Page = Literal[
    "open",
    "asked_other",
    "recorded",
    "waiting",
    "changing",
    "confirmed",
    "took_place",
    "delivered",
    "not_held",
    "declined",
    "refused",
    "lapsed",
    "unconfirmed",
    "withdrawn",
    "terms_changed",
    "cancelled",
    "date_passed",
    "ended",
]
_ENDINGS: dict[str, Page] = {
    "delivered": "delivered",
    "not_held": "not_held",
    "declined": "declined",
    "refused": "refused",
    "withdrawn": "withdrawn",
    "terms_changed": "terms_changed",
    "cancelled": "cancelled",
}


@dataclass(frozen=True)
class Sight:
    """All that a page about a match is made from."""

    match: Match
    answer: Answer
    standing: Standing
    audience: Audience
    today: dt.date
    contact_id: UUID | None = None
    match_version: int = 1

    @property
    def said(self) -> Said | None:
        """What this audience has said, or let lapse."""
        return self.answer.school if self.audience == "school" else self.answer.employer

    @property
    def page(self) -> Page:
        """The page that fits."""
        return _ended(self) or _spoken(self) or _agreed(self) or _asked(self)

    @property
    def is_over(self) -> bool:
        """Whether the last day of the session has passed."""
        return (self.match.terms.end_date or self.match.terms.date) < self.today

    @property
    def can_cancel(self) -> bool:
        """Whether this audience may call the match off."""
        return self.page in {"waiting", "confirmed", "took_place"} and not self.is_over and self.match.state in AGREED

    @property
    def has_begun(self) -> bool:
        """Whether the first day of the session is here."""
        return self.match.terms.date <= self.today

    @property
    def can_record(self) -> bool:
        """Whether this audience may say how many took part: what took place counts, even if it was called off."""
        return self.has_begun and was_agreed(self.match) and (self.answer.delivery is None or self.can_correct)

    @property
    def can_correct(self) -> bool:
        """Whether this audience may correct what is recorded."""
        return self.audience == "school" and self.page in {"delivered", "not_held"}


def _ended(sight: Sight) -> Page | None:
    """What took place wins over everything; then what was called off; then what the matcher ended."""
    match, answer = sight.match, sight.answer
    if answer.delivery is not None:
        return "delivered" if answer.delivery.held else "not_held"
    if answer.cancelled is not None:
        return "cancelled"
    if match.state == "lapsed":
        return "unconfirmed" if match.reason == "no_confirmation" else "lapsed"
    if match.state in {"proposed", *AGREED}:
        return None
    return _ENDINGS.get(match.state, "ended")


def _spoken(sight: Sight) -> Page | None:
    """A no, or a missed deadline, that the matcher has not taken up yet; then a withdrawal it has not taken up."""
    pages: tuple[tuple[Said | None, dict[str, Page]], ...] = (
        (sight.answer.school, {"declined": "declined", "lapsed": "lapsed"}),
        (sight.answer.employer, {"declined": "refused", "lapsed": "unconfirmed"}),
    )
    for said, page_of in pages:
        if said is not None and said.verdict in page_of:
            return page_of[said.verdict]
    return None if sight.standing.is_open or sight.has_begun else "withdrawn"


def _agreed(sight: Sight) -> Page | None:
    """Confirmed, or on its way to it."""
    match, answer = sight.match, sight.answer
    if match.state == "confirmed":
        return "took_place" if sight.has_begun else "confirmed"
    if match.state == "accepted" and sight.is_over:
        return "took_place"
    if sight.said is not None:
        return "waiting" if waits_for(match) == "employer" and answer.employer is None else "recorded"
    return None


def _asked(sight: Sight) -> Page:
    """Not answered by this audience yet."""
    if waits_for(sight.match) != sight.audience:
        return "asked_other" if sight.match.state == "proposed" else "recorded"
    if sight.match.terms.date < sight.today:
        return "date_passed"
    return "changing" if sight.standing.has_moved_past(sight.match) else "open"
