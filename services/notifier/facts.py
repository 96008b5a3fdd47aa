"""The facts of a match as a letter shows them: rows, progress, and what is new. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.activities import SEND_SUPPORT
from contracts.contacts import Contact
from contracts.distances import miles
from contracts.gatsby import BENCHMARKS
from contracts.matches import Match, Progress, Terms
from services.notifier import invitation as calendar
from services.notifier import letters, wording
from services.notifier.wording import clean, one_line


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


def rows(about: Subject, *, detailed: bool) -> list[Row]:
    terms, is_school = about.match.terms, about.audience == "school"
    deadline = about.deadline
    shown = [
        Row("Answer by" if is_school else "Confirm by", wording.deadline(deadline) if deadline else "", strong=True),
        Row("When", wording.session(terms), strong=True),
        Row("Where", _where(terms, about.audience)),
        Row("Who", _who(about)),
        Row("What", clean(terms.title, 300)),
    ]
    if detailed:
        shown += [
            Row("What pupils do", clean(terms.what_pupils_do, 1500)),
            Row("What it is for", clean(terms.purpose, 800), tuple(clean(o, 300) for o in terms.learning_outcomes)),
            Row("To prepare" if is_school else "You asked for", clean(terms.requirements, 1000)),
            Row("Access and support", _support(terms)),
        ]
    return [row for row in [*shown, *_partner(about)] if row.text or row.items]


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


def bars(terms: Terms) -> list[Bar]:
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


def changes(before: Terms | None, now: Terms) -> list[str]:
    if before is None:
        return []
    changed = [name for name in _NAMED if getattr(before, name) != getattr(now, name)]
    return [f"{_NAMED[name]}: {_shown(getattr(now, name))}" for name in changed]


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        value = "; ".join(str(part) for part in value)
    return clean(str(value), 600) or "nothing any more"
