"""What stands at the top of each page: how things are, in one line, and what to do, in one or two.

Braces are filled by `words`. `other` is the employer for a school, and the school for an employer.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Literal

from contracts.reasons import sentence
from services.registry.domain.answers import Audience
from services.registry.pages import when
from services.registry.pages.sights import Page, Sight

Tone = Literal["ask", "wait", "good", "ended"]
LABELS: dict[Tone, str] = {"ask": "To do", "wait": "Under way", "good": "Settled", "ended": "Closed"}


@dataclass(frozen=True)
class Banner:
    """The head of a page."""

    tone: Tone
    heading: str
    text: str

    @property
    def label(self) -> str:
        """The tone in a word, so that colour is never the only sign."""
        return LABELS[self.tone]


_AGAIN = "Your request stays open, and we write to you as soon as something else fits. There is nothing more to do."
_FREE = "The places are free again and go to another school. There is nothing more to do."

_BOTH: dict[Page, Banner] = {
    "confirmed": Banner("good", "This encounter is confirmed", "{day}: {pupils_expected} of {cohort} with {other}."),
    "took_place": Banner("ask", "Did it take place?", "Please record how many pupils took part: it counts for them."),
    "delivered": Banner("good", "{pupils_recorded} took part", "Recorded on {recorded_on}. Thank you."),
    "not_held": Banner("ended", "Recorded: it was not held", "Reason: {reason}. Recorded on {recorded_on}."),
    "cancelled": Banner("ended", "This encounter was cancelled", "{by} cancelled it{cancelled_on}. Reason: {reason}."),
    "date_passed": Banner("ended", "The date has passed", "It was due on {day} and can no longer be answered."),
    "recorded": Banner(
        "wait", "Your answer is recorded", "{who} said yes{said_on}. We will confirm by email: please wait for that."
    ),
    "changing": Banner(
        "wait",
        "Details are being changed just now",
        "This match was amended a moment ago. Please come back in a few minutes, or wait for our next email.",
    ),
    "ended": Banner("ended", "This match has ended", "Reason: {reason}. There is nothing more to do."),
}
_SCHOOL: dict[Page, Banner] = {
    "open": Banner(
        "ask", "Can your school take this up?", "Please answer by {answer_by}. One click is enough: no names needed."
    ),
    "asked_other": Banner("wait", "This match is being prepared", "We will write to you by email."),
    "waiting": Banner(
        "wait",
        "Accepted: now {other} confirms",
        "{who} said yes{said_on}. {other} has until {confirm_by}; then we write to you.",
    ),
    "declined": Banner(
        "ended", "Your school declined this match", f"{{who}} said no{{said_on}}. Reason: {{reason}}. {_AGAIN}"
    ),
    "refused": Banner("ended", "{other} cannot take part after all", _AGAIN),
    "lapsed": Banner(
        "ended", "The time to answer has passed", f"No answer had reached us by {{answer_by}}, so it ended. {_AGAIN}"
    ),
    "unconfirmed": Banner("ended", "{other} did not confirm in time", _AGAIN),
    "withdrawn": Banner("ended", "{withdrawn}", "You can no longer answer it. There is nothing more to do."),
    "terms_changed": Banner(
        "ended",
        "This offer has changed",
        "Its date, time, place or activity is no longer what we wrote to you, so this match has ended. "
        "If the new details suit your request, you get a new email.",
    ),
}
_EMPLOYER: dict[Page, Banner] = {
    "open": Banner("ask", "Can you confirm?", "{other} has said yes. Please confirm by {confirm_by}."),
    "asked_other": Banner(
        "wait", "{other} has been asked", "The school has until {answer_by}. There is nothing for you to do yet."
    ),
    "declined": Banner("ended", "{other} cannot take part", _FREE),
    "refused": Banner("ended", "You cannot take part", f"{{who}} said no{{said_on}}. Reason: {{reason}}. {_FREE}"),
    "lapsed": Banner("ended", "{other} did not answer in time", _FREE),
    "unconfirmed": Banner(
        "ended", "The time to confirm has passed", f"No answer had reached us by {{confirm_by}}. {_FREE}"
    ),
    "withdrawn": Banner("ended", "{withdrawn}", "There is nothing more to do for this match."),
    "terms_changed": Banner(
        "ended", "Your offer has changed", "This match ended with the old details. Schools are matched to the new ones."
    ),
}


def banner(sight: Sight) -> Banner:
    """The head of the page, its braces filled."""
    page = sight.page
    own = _SCHOOL if sight.audience == "school" else _EMPLOYER
    found = own.get(page) or _BOTH.get(page) or _BOTH["ended"]
    if page == "recorded" and sight.said is None:
        found = replace(found, heading="{other} has said yes" if sight.audience == "employer" else "Under way")
    filled = words(sight)
    return replace(found, heading=found.heading.format_map(filled), text=found.text.format_map(filled))


def words(sight: Sight) -> dict[str, str]:
    """The braces of all banners."""
    match, answer = sight.match, sight.answer
    said, delivery, cancelled = sight.said, answer.delivery, answer.cancelled
    terms = match.terms
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
        "withdrawn": _withdrawn(sight),
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


def _withdrawn(sight: Sight) -> str:
    request_gone = sight.match.reason == "request_withdrawn" or sight.standing.request_state != "open"
    if sight.audience == "school":
        return "Your school's request has been withdrawn" if request_gone else "The employer has withdrawn this offer"
    return "The school has withdrawn its request" if request_gone else "Your offer has been withdrawn"
