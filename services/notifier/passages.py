"""What one letter says: the wording of its kind, filled in from the match as told. Pure.

Each kind's wording is a file in `templates/`; the layouts `email.html` and `email.txt` show the same passages twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from contracts.activities import activity_name
from contracts.reasons import sentence
from contracts.safeguarding import safeguarding_facts
from services.notifier import facts, letters, wording
from services.notifier import invitation as calendar
from services.notifier.facts import Bar, Row, Subject
from services.notifier.invitation import Invitation
from services.notifier.wording import clean, one_line

TEMPLATES = Path(__file__).with_name("templates")
_WITH_DETAILS = ("proposed", "reminder", "asked_to_confirm", "confirmed", "changed")
_OF_THE_EMPLOYER = {
    "nobody_reached": "the employer could not be reached",
    "too_late": "too little time was left for the employer to confirm",
}
"""Reasons that a school only hears of where they are the other side's."""
_OWN_ENDINGS = frozenset({"request_withdrawn", "request_amended", "left_hub"})
_OFFER_ENDINGS = frozenset({"offer_withdrawn", "session_cancelled", "fewer_places"})


@dataclass(frozen=True)
class Passage:
    """One letter's part of an email."""

    about: Subject
    subject: str
    heading: str
    lead: str
    button: str
    note: str
    rows: list[Row]
    progress: list[Bar] = field(default_factory=list)
    why: list[str] = field(default_factory=list)
    safeguarding: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    invitation: Invitation | None = None

    @property
    def url(self) -> str:
        return self.about.url

    @property
    def whose(self) -> str:
        return "your progress" if self.about.audience == "school" else "the school's progress"


def environment() -> Environment:
    """The templates: HTML is escaped, and a name that nobody gave is an error, not an empty space."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["lines"] = _with_line_breaks
    return made


def passage(about: Subject, jinja: Environment, origin: calendar.Origin, now: datetime) -> Passage:
    """What the letter says."""
    words: Any = jinja.get_template(f"{about.kind}.txt").make_module(_words(about))
    terms, detailed = about.match.terms, about.kind.endswith(_WITH_DETAILS)
    proposing = about.kind in letters.ASKING
    return Passage(
        about=about,
        subject=one_line(words.subject, 160),
        heading=one_line(words.heading),
        lead=one_line(words.lead, 600),
        button=str(words.button),
        note=one_line(words.note, 600),
        rows=facts.rows(about, detailed=detailed),
        progress=facts.bars(terms) if proposing and about.audience == "school" else [],
        why=[clean(why.text, 300) for why in terms.why] if proposing and about.audience == "school" else [],
        safeguarding=safeguarding_facts(terms, about.audience) if detailed else [],
        changes=facts.changes(about.told_before, terms) if about.kind.endswith("_changed") else [],
        invitation=_invitation(about, origin, now),
    )


def _words(about: Subject) -> dict[str, object]:
    match, terms, deadline = about.match, about.match.terms, about.deadline
    activity = one_line(activity_name(terms.activity))
    at_workplace = terms.mode == "at_workplace"
    employer, cohort = one_line(terms.employer_name), one_line(terms.cohort_label)
    return {
        "Activity": activity,
        "activity": wording.lower_first(activity),
        "at_workplace": at_workplace,
        "at_school": terms.mode == "at_school",
        "employer": employer,
        "with_employer": f"{'at' if at_workplace else 'with'} {employer}",
        "school": one_line(terms.school_name),
        "cohort": cohort,
        "group": f"{wording.pupils(match.pupils)} in {cohort}",
        "one": match.pupils == 1,
        "pupils_places": "a place" if match.pupils == 1 else f"{match.pupils} places",
        "day": wording.day(terms.date),
        "short_day": wording.short_day(terms.date),
        "deadline": wording.deadline(deadline) if deadline else "",
        "short_deadline": wording.short_deadline(deadline) if deadline else "",
        "reason": _OF_THE_EMPLOYER.get(match.reason or "") or _reason(match.reason),
        "own_doing": match.ended_by == about.audience,
        "agreed": about.agreed,
        "withdrawn": match.state == "withdrawn",
        "request_open": match.reason not in _OWN_ENDINGS,
        "offer_open": match.reason not in _OFFER_ENDINGS and match.ended_by != "employer",
    }


def _reason(code: str | None) -> str:
    return wording.lower_first(one_line(sentence(code)).rstrip("."))


def _invitation(about: Subject, origin: calendar.Origin, now: datetime) -> Invitation | None:
    if about.kind.endswith(("_confirmed", "_changed")):
        return calendar.invitation(about.match, about.match_version, "PUBLISH", origin, now)
    if about.kind.endswith("_ended") and about.agreed:
        return calendar.invitation(about.match, about.match_version, "CANCEL", origin, now)
    return None


def _with_line_breaks(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in text.splitlines())
