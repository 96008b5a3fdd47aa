"""What one letter says: the wording of its kind, filled in from the match as told. Pure.

Each kind's wording is a file in `templates/`; the layouts `email.html` and `email.txt` show the same passages twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from contracts.activities import SEND_SUPPORT, activity_name
from contracts.contacts import Contact
from contracts.distances import miles
from contracts.gatsby import BENCHMARKS
from contracts.matches import Match, Progress, Terms
from contracts.reasons import sentence
from services.notifier import invitation as calendar
from services.notifier import letters, safeguarding, wording
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
class Subject:
    """What a letter is about, and all that its wording needs."""

    letter_id: UUID
    kind: str
    match: Match
    match_version: int
    url: str
    told_before: Terms | None = None
    """What the same audience was told last: a change is named against it."""
    agreed: bool = False
    """Whether the audience had been told that it was confirmed."""
    partner: Contact | None = None
    """Whom to reach on the other side, once it is agreed."""

    @property
    def audience(self) -> letters.Audience:
        return letters.audience_of(self.kind)

    @property
    def deadline(self) -> datetime | None:
        return letters.deadline_of(self.kind, self.match)


@dataclass(frozen=True)
class Row:
    """One line of facts."""

    label: str
    text: str
    items: tuple[str, ...] = ()
    strong: bool = False


@dataclass(frozen=True)
class Bar:
    """Progress in one benchmark, in whole percent."""

    cohort: str
    name: str
    figures: str
    before: int
    gained: int

    @property
    def left(self) -> int:
        return 100 - self.before - self.gained


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
        rows=_rows(about, detailed=detailed),
        progress=[*_bars(terms)] if proposing and about.audience == "school" else [],
        why=[clean(why.text, 300) for why in terms.why] if proposing and about.audience == "school" else [],
        safeguarding=safeguarding.facts(terms, about.audience) if detailed else [],
        changes=_changes(about.told_before, terms) if about.kind.endswith("_changed") else [],
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


def _rows(about: Subject, *, detailed: bool) -> list[Row]:
    terms, is_school = about.match.terms, about.audience == "school"
    deadline = about.deadline
    rows = [
        Row("Answer by" if is_school else "Confirm by", wording.deadline(deadline) if deadline else "", strong=True),
        Row("When", wording.session(terms), strong=True),
        Row("Where", _where(terms, about.audience)),
        Row("Who", _who(about)),
        Row("What", clean(terms.title, 300)),
    ]
    if detailed:
        rows += [
            Row("What pupils do", clean(terms.what_pupils_do, 1500)),
            Row("What it is for", clean(terms.purpose, 800), tuple(clean(o, 300) for o in terms.learning_outcomes)),
            Row("To prepare" if is_school else "You asked for", clean(terms.requirements, 1000)),
            Row("Access and support", _support(terms)),
        ]
    return [row for row in [*rows, *_partner(about)] if row.text or row.items]


def _where(terms: Terms, audience: str) -> str:
    if terms.mode == "at_school" and audience == "school":
        return "At your school"
    if terms.mode == "at_workplace" and audience == "school":
        return f"{calendar.place(terms)} ({miles(terms.distance_km)} from you)"
    return calendar.place(terms)


def _who(about: Subject) -> str:
    match, terms = about.match, about.match.terms
    group = f"{wording.pupils(match.pupils)} in {one_line(terms.cohort_label)}"
    if about.audience == "employer":
        return f"{group} from {one_line(terms.school_name)}"
    if terms.mode == "at_workplace":
        return f"{group}, received by people from {one_line(terms.employer_name)}"
    return f"People from {one_line(terms.employer_name)} for {group}"


def _support(terms: Terms) -> str:
    support = [SEND_SUPPORT.get(code, code.replace("_", " ")) for code in terms.send_support]
    parts = [
        clean(terms.accessibility, 600),
        wording.joined([support[0], *map(str.lower, support[1:])]) if support else "",
    ]
    return "\n".join(part for part in parts if part)


def _partner(about: Subject) -> list[Row]:
    partner = about.partner
    if partner is None or not about.kind.endswith(("confirmed", "changed")):
        return []
    where = one_line(about.match.terms.employer_name if about.audience == "school" else about.match.terms.school_name)
    who = ", ".join(part for part in (one_line(partner.name, 100), one_line(partner.email, 254)) if part)
    return [Row(f"Your contact at {where}", who)]


def _bars(terms: Terms) -> list[Bar]:
    return [_bar(progress, one_line(terms.cohort_label)) for progress in terms.progress if progress.target > 0]


def _bar(progress: Progress, cohort: str) -> Bar:
    before, after = progress.percent_before, progress.percent_after
    name = BENCHMARKS.get(progress.benchmark, "")
    figures = f"{before}% → {after}%"
    if before == after:
        figures = f"{before}%, {progress.after - progress.before:,} more of {progress.target:,}"
    number = progress.benchmark.removeprefix("gb")
    return Bar(
        cohort, f"Benchmark {number}, {name[:1].lower() + name[1:]}".rstrip(", "), figures, before, after - before
    )


_NAMED = {
    "title": "What",
    "what_pupils_do": "What pupils do",
    "purpose": "What it is for",
    "learning_outcomes": "What pupils take from it",
    "requirements": "To prepare",
    "accessibility": "Access",
    "send_support": "Support",
    "pupils": "Number of pupils",
    "address": "Address",
    "starts": "Start",
    "ends": "End",
}


def _changes(before: Terms | None, now: Terms) -> list[str]:
    if before is None:
        return []
    changed = [name for name in _NAMED if getattr(before, name) != getattr(now, name)]
    return [f"{_NAMED[name]}: {_shown(getattr(now, name))}" for name in changed]


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        value = "; ".join(str(part) for part in value)
    return clean(str(value), 600) or "nothing any more"


def _invitation(about: Subject, origin: calendar.Origin, now: datetime) -> Invitation | None:
    if about.kind.endswith(("_confirmed", "_changed")):
        return calendar.invitation(about.match, about.match_version, "PUBLISH", origin, now)
    if about.kind.endswith("_ended") and about.agreed:
        return calendar.invitation(about.match, about.match_version, "CANCEL", origin, now)
    return None


def _with_line_breaks(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in text.splitlines())
