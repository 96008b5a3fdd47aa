"""Which letters a match asks for, and which have lost their reason. Pure.

A letter is one thing said to one contact about one match: its id is made from what it says, so that the same thing is
never said twice, however often the facts behind it are heard. Handlers write letters without a contact; whom to write
to is chosen when they fall due, when it is known best who is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts.answers import Answer
from contracts.hubs import Hub
from contracts.letters import KINDS
from contracts.matches import OPEN_STATES, Match
from services.notifier import hours

Audience = Literal["school", "employer"]

TOLD = frozenset({"sending", "sent", "unknown"})
"""States of a letter whose reader knows, or may know, what it says."""
ASKING = frozenset({"school_match_proposed", "school_answer_reminder", "employer_asked_to_confirm"})
"""Kinds that want an answer by a deadline."""
_CONFIRMING = {
    "school": ("school_match_confirmed", "school_match_changed"),
    "employer": ("employer_match_confirmed", "employer_match_changed"),
}
_ASKED = {
    "school": ("school_match_proposed", "school_answer_reminder"),
    "employer": ("employer_asked_to_confirm",),
}
_SILENT_ENDINGS = {
    # Whoever let a deadline pass is not reminded of it afterwards.
    "school": "no_answer",
    "employer": "no_confirmation",
}
_AFTER_THE_END = timedelta(minutes=30)
_REMINDER_GAP = timedelta(hours=24)
_NAMESPACE = uuid5(NAMESPACE_URL, "encounters:letters")


@dataclass(frozen=True)
class Wanted:
    """Something that should be said about a match, and from when on."""

    kind: str
    terms_version: int
    due_at: datetime

    @property
    def occasion(self) -> tuple[str, int]:
        """What tells it from the match's other letters."""
        return self.kind, self.terms_version


@dataclass(frozen=True)
class Written:
    """A letter that is there already, in whatever state."""

    letter_id: UUID
    kind: str
    terms_version: int
    state: str

    @property
    def occasion(self) -> tuple[str, int]:
        """What tells it from the match's other letters."""
        return self.kind, self.terms_version


@dataclass(frozen=True)
class Case:
    """All that decides which letters a match asks for."""

    match: Match
    answer: Answer
    hub: Hub
    written: Sequence[Written]

    def told(self, *kinds: str) -> int | None:
        """The newest terms version at which a letter of these kinds was told; None if never."""
        return max((w.terms_version for w in self.written if w.kind in kinds and w.state in TOLD), default=None)


def letter_id(match_id: UUID, kind: str, terms_version: int, contact_id: UUID | None) -> UUID:
    """The id of a letter, from what it says and to whom; until a contact is chosen, from what it says."""
    return uuid5(_NAMESPACE, f"{match_id}/{kind}/{terms_version}/{contact_id or '-'}")


def audience_of(kind: str) -> Audience:
    """Whom a kind of letter is written to."""
    return "employer" if kind.startswith("employer_") else "school"


def wanted_letters(case: Case, now: datetime) -> list[Wanted]:
    """Everything that should be said about the match as things stand, said already or not."""
    wanted = [*_to_school(case, now), *_to_employer(case, now)]
    return [letter for letter in wanted if letter.kind in KINDS and not _told_before(case, letter)]


def without_reason(case: Case, now: datetime) -> list[Written]:
    """The letters still waiting that nothing asks for any more: answered, withdrawn, ended, or of superseded terms."""
    occasions = {letter.occasion for letter in wanted_letters(case, now)}
    return [w for w in case.written if w.state == "waiting" and w.occasion not in occasions]


def _told_before(case: Case, letter: Wanted) -> bool:
    """Whether the same was told for earlier terms: only news of a change may be told again."""
    told = case.told(letter.kind)
    return told is not None and told != letter.terms_version and not letter.kind.endswith("_match_changed")


def _to_school(case: Case, now: datetime) -> Iterator[Wanted]:
    match, answer = case.match, case.answer
    if match.state == "proposed" and answer.school is None and answer.cancelled is None:
        yield Wanted("school_match_proposed", match.terms_version, now)
        yield from _reminder(case)
    elif _stands_confirmed(case):
        yield _confirmed_or_changed(case, "school", now)
        yield Wanted("school_did_it_take_place", match.terms_version, ends_at(match) + _AFTER_THE_END)
    elif _wants_to_know_the_end(case, "school"):
        yield Wanted("school_match_ended", match.terms_version, now)


def _to_employer(case: Case, now: datetime) -> Iterator[Wanted]:
    match, answer = case.match, case.answer
    if match.state == "accepted" and match.employer_confirms:
        if answer.employer is None and answer.cancelled is None:
            yield Wanted("employer_asked_to_confirm", match.terms_version, now)
    elif _stands_confirmed(case):
        yield _confirmed_or_changed(case, "employer", now)
    elif _wants_to_know_the_end(case, "employer"):
        yield Wanted("employer_match_ended", match.terms_version, now)


def _stands_confirmed(case: Case) -> bool:
    return case.match.state == "confirmed" and case.answer.cancelled is None and case.answer.delivery is None


def _reminder(case: Case) -> Iterator[Wanted]:
    match, policy = case.match, case.hub.letters
    if not policy.reminder_working_days:
        return
    is_day = hours.days_for("school", policy, case.hub.calendar)
    due_at = hours.days_before(match.answer_by, policy.reminder_working_days, policy, is_day)
    if due_at >= proposed_at(match) + _REMINDER_GAP:
        yield Wanted("school_answer_reminder", match.terms_version, due_at)


def _confirmed_or_changed(case: Case, audience: Audience, now: datetime) -> Wanted:
    confirmed, changed = _CONFIRMING[audience]
    told, terms_version = case.told(confirmed, changed), case.match.terms_version
    if told is None or (told == terms_version and case.told(confirmed) == terms_version):
        return Wanted(confirmed, terms_version, now)
    return Wanted(changed, terms_version, now)


def _wants_to_know_the_end(case: Case, audience: Audience) -> bool:
    match = case.match
    if match.state in OPEN_STATES or match.state in {"delivered", "not_held"}:
        return False
    if case.told(*_CONFIRMING[audience]) is not None:
        # It stands in a calendar: even whoever cancelled it gets the entry's removal.
        return True
    was_asked = case.told(*_ASKED[audience]) is not None
    return was_asked and match.ended_by != audience and match.reason != _SILENT_ENDINGS[audience]


def proposed_at(match: Match) -> datetime:
    """When the match was proposed."""
    return next((change.at for change in match.history if change.state == "proposed"), match.history[0].at)


def starts_at(match: Match) -> datetime:
    """When the session begins."""
    return hours.in_london(match.terms.date, match.terms.starts)


def ends_at(match: Match) -> datetime:
    """When the session's last day ends."""
    return hours.in_london(match.terms.end_date or match.terms.date, match.terms.ends)


def deadline_of(kind: str, match: Match) -> datetime | None:
    """By when a letter of this kind wants its answer."""
    if kind not in ASKING:
        return None
    return match.confirm_by if audience_of(kind) == "employer" else match.answer_by
