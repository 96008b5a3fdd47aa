"""Coded reasons: why a match was declined, refused, cancelled, withdrawn, or ended in another way.

The code travels; the sentence is for people. A reader that meets a code it does not know shows `sentence`'s fallback.
"""

from __future__ import annotations

SCHOOL_DECLINES: dict[str, str] = {
    "date_unsuitable": "The date does not suit us",
    "timetable_clash": "It clashes with exams, trips or other events",
    "travel": "It is too far, or transport is not possible",
    "staffing": "We cannot staff it",
    "cost": "The cost to us is too high",
    "not_relevant": "It is not relevant for this year group",
    "support_needs": "It does not fit our pupils' support needs",
    "already_covered": "The need is already covered",
    "other": "Another reason",
}
EMPLOYER_REFUSES: dict[str, str] = {
    "staff_unavailable": "Our people are not available",
    "date_unsuitable": "The date no longer suits us",
    "group_size": "The group is too large or too small",
    "requirements_unmet": "Something we need cannot be arranged",
    "other": "Another reason",
}
WITHDRAWALS: dict[str, str] = {
    "staff_unavailable": "Our people are not available",
    "site_closed": "The site is closed or being rebuilt",
    "business_change": "Our plans have changed",
    "arranged_elsewhere": "It has been arranged elsewhere",
    "posted_in_error": "It was posted in error",
    "no_longer_needed": "It is no longer needed",
    "other": "Another reason",
}
CANCELLATIONS: dict[str, str] = {
    "staff_unavailable": "Staff are not available",
    "illness": "Illness",
    "transport": "Transport fell through",
    "weather": "Weather or site closure",
    "school_event": "Another event at the school",
    "site_closed": "The site is closed",
    "low_numbers": "Too few pupils can take part",
    "safeguarding": "A safeguarding concern",
    "other": "Another reason",
}
NOT_HELD: dict[str, str] = {
    "employer_absent": "The employer did not come, or was closed",
    "school_absent": "The school did not come",
    "postponed": "It was put off",
    "weather": "Weather or site closure",
    "other": "Another reason",
}
ENDINGS: dict[str, str] = {
    "no_answer": "No answer by the deadline",
    "no_confirmation": "The employer did not confirm by the deadline",
    "offer_withdrawn": "The employer withdrew the offer",
    "request_withdrawn": "The school withdrew its request",
    "terms_changed": "Date, time, place or activity changed",
    "fewer_places": "The employer reduced the places",
    "request_amended": "The school changed its request",
    "session_cancelled": "The employer cancelled this date",
    "left_hub": "The school left the hub",
    "nobody_reached": "No contact could be reached",
    "too_late": "Too little time was left to answer",
    "better_plan": "A better plan was found before anybody was told",
    "contradicted": "Both facts crossed; this one came too late",
}
_ALL: dict[str, str] = {
    **ENDINGS,
    **NOT_HELD,
    **CANCELLATIONS,
    **WITHDRAWALS,
    **EMPLOYER_REFUSES,
    **SCHOOL_DECLINES,
}


def sentence(code: str | None) -> str:
    """The reason for people; an unknown code is shown in its own words, no code as an empty text."""
    if code is None:
        return ""
    return _ALL.get(code, code.replace("_", " ").capitalize())
