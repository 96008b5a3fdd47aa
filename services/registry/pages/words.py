"""The words of a page that depend on the match: who, when, why, how many."""

from __future__ import annotations

import datetime as dt

from contracts.reasons import sentence
from services.registry.domain.answers import Audience
from services.registry.pages import when
from services.registry.pages.sights import Sight

AGAIN = "Your request stays open, and we write to you as soon as something else fits. There is nothing more to do."
FREE = "The places are free again and go to another school. There is nothing more to do."

_WITHDRAWN: dict[str, dict[Audience, str]] = {
    "offer_withdrawn": {
        "school": "The employer has withdrawn this offer",
        "employer": "Your offer has been withdrawn",
    },
    "request_withdrawn": {
        "school": "Your school's request has been withdrawn",
        "employer": "The school has withdrawn its request",
    },
    "session_cancelled": {
        "school": "The employer has cancelled this date",
        "employer": "This date of your offer is cancelled",
    },
    "fewer_places": {
        "school": "The employer has fewer places now",
        "employer": "Your offer has fewer places now",
    },
    "request_amended": {
        "school": "Your school's request has changed",
        "employer": "The school has changed its request",
    },
    "left_hub": {
        "school": "Your school is no longer in this hub",
        "employer": "The school is no longer in this hub",
    },
}
_OPEN_STILL = frozenset({"offer_withdrawn", "session_cancelled", "fewer_places", "request_amended"})
"""Reasons after which the school's request is still open."""


def words(sight: Sight) -> dict[str, str]:
    """The braces of all banners."""
    match, answer = sight.match, sight.answer
    said, delivery, cancelled = sight.said, answer.delivery, answer.cancelled
    terms, why = match.terms, _why_withdrawn(sight)
    return {
        "other": terms.employer_name if sight.audience == "school" else terms.school_name,
        "day": when.session(terms),
        "answer_by": when.moment(match.answer_by),
        "confirm_by": when.moment(match.confirm_by) if match.confirm_by else "the deadline",
        "who": _who(sight),
        "said_on": _on(said.at if said else None),
        "cancelled_on": _on(cancelled.at if cancelled else None),
        "recorded_on": when.date_of(delivery.at) if delivery else "the day",
        "reason": reason(sight),
        "by": _party(cancelled.by if cancelled else match.ended_by, sight.audience),
        "withdrawn": _WITHDRAWN[why][sight.audience],
        "what_next": AGAIN if why in _OPEN_STILL else "There is nothing more to do.",
        "cohort": terms.cohort_label,
        "pupils_expected": pupils(terms.pupils),
        "pupils_recorded": pupils(delivery.pupils if delivery else match.pupils),
    }


def pupils(number: int) -> str:
    """60 pupils, 1 pupil, no pupils."""
    return f"{number or 'No'} pupil{'' if number == 1 else 's'}"


def reason(sight: Sight) -> str:
    """The coded reason of what the page shows, as a sentence without its full stop."""
    entries = (sight.answer.delivery, sight.answer.cancelled, sight.said)
    coded = next((entry.reason for entry in entries if entry and entry.reason), sight.match.reason)
    return sentence(coded) or "not given"


def _who(sight: Sight) -> str:
    """You, a colleague, or the organisation. Never a name: a link may have been forwarded."""
    if sight.said is None or sight.said.contact_id is None:
        return "Your school" if sight.audience == "school" else "Your organisation"
    return "You" if sight.said.contact_id == sight.contact_id else "A colleague"


def _on(at: dt.datetime | None) -> str:
    return f" on {when.date_of(at)}" if at else ""


def _party(party: str | None, audience: Audience) -> str:
    if party == audience:
        return "Your school" if audience == "school" else "Your organisation"
    return {"school": "The school", "employer": "The employer", "hub": "The Careers Hub"}.get(party or "", "Somebody")


def _why_withdrawn(sight: Sight) -> str:
    """The code that the matcher gave; before it has, which side is gone."""
    if sight.match.state == "withdrawn" and sight.match.reason in _WITHDRAWN:
        return str(sight.match.reason)
    return "offer_withdrawn" if sight.standing.offer_state != "open" else "request_withdrawn"
