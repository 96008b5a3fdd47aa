"""What stands at the top of each page: how things are, in one line, and what to do, in one or two.

Braces are filled by `words`. `other` is the employer for a school, and the school for an employer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from services.registry.pages.sights import Page, Sight
from services.registry.pages.words import AGAIN, FREE, words

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
        "ended", "Your school declined this match", f"{{who}} said no{{said_on}}. Reason: {{reason}}. {AGAIN}"
    ),
    "refused": Banner("ended", "{other} cannot take part after all", AGAIN),
    "lapsed": Banner(
        "ended", "The time to answer has passed", f"No answer had reached us by {{answer_by}}, so it ended. {AGAIN}"
    ),
    "unconfirmed": Banner("ended", "{other} did not confirm in time", AGAIN),
    "withdrawn": Banner("ended", "{withdrawn}", "So this match has ended. {what_next}"),
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
    "declined": Banner("ended", "{other} cannot take part", FREE),
    "refused": Banner("ended", "You cannot take part", f"{{who}} said no{{said_on}}. Reason: {{reason}}. {FREE}"),
    "lapsed": Banner("ended", "{other} did not answer in time", FREE),
    "unconfirmed": Banner(
        "ended", "The time to confirm has passed", f"No answer had reached us by {{confirm_by}}. {FREE}"
    ),
    "withdrawn": Banner("ended", "{withdrawn}", "So this match has ended. There is nothing more to do."),
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
