"""When the letters due to one person go out: together, at decent hours, not too many a day, and not too late. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from contracts.hubs import LetterPolicy
from services.notifier import hours
from services.notifier.hours import IsDay

_PRESSING = timedelta(hours=24)
_LAST_REMINDER = timedelta(hours=2)
_REMINDER_GAP = timedelta(hours=20)
_LASTING = timedelta(days=60)


@dataclass(frozen=True)
class Due:
    """A letter that has fallen due, with what decides when it may go."""

    letter_id: UUID
    kind: str
    due_at: datetime
    starts_at: datetime
    ends_at: datetime
    deadline: datetime | None = None
    """By when it wants its answer."""
    urgent: bool = False
    """The match is: it does not wait for others to go with."""
    asked_at: datetime | None = None
    """For a reminder: when the question itself went out."""


@dataclass(frozen=True)
class Rules:
    """What the hub allows, and what has gone to the person today."""

    policy: LetterPolicy
    is_day: IsDay
    emails_today: int = 0


@dataclass(frozen=True)
class Plan:
    """What becomes of the letters due to one person, now."""

    go: list[UUID] = field(default_factory=list)
    hold: list[UUID] = field(default_factory=list)
    hold_until: datetime | None = None
    too_late: list[UUID] = field(default_factory=list)
    stale: list[UUID] = field(default_factory=list)


def plan(due: Sequence[Due], rules: Rules, now: datetime) -> Plan:
    """Sort the letters due to one person. If one of them may go now, all that still have a reason go with it."""
    stale = [letter for letter in due if _is_past(letter, now)]
    alive = [letter for letter in due if letter not in stale]
    earliest = {letter.letter_id: earliest_for(letter, alive, rules, now) for letter in alive}
    late = [letter for letter in alive if _is_too_late(letter, earliest[letter.letter_id], rules.policy)]
    left = [letter.letter_id for letter in alive if letter not in late]
    first = min((earliest[letter_id] for letter_id in left), default=now)
    goes = bool(left) and first <= now
    return Plan(
        go=left if goes else [],
        hold=[] if goes else left,
        hold_until=None if goes or not left else first,
        too_late=[letter.letter_id for letter in late],
        stale=[letter.letter_id for letter in stale],
    )


def earliest_for(letter: Due, beside: Sequence[Due], rules: Rules, now: datetime) -> datetime:
    """When the letter may go: with the others, in allowed hours, below the day's cap, unless it presses."""
    policy = rules.policy
    if policy.urgent and letter.deadline:
        return now
    ready = now
    if not letter.urgent:
        together_since = min((other.due_at for other in beside), default=letter.due_at)
        ready = max(now, together_since + timedelta(minutes=policy.digest_minutes))
    if rules.emails_today >= policy.emails_per_day:
        ready = max(ready, hours.start_of_tomorrow(now))
    allowed = hours.next_allowed(ready, policy, rules.is_day)
    return now if _presses(letter, allowed) else allowed


def _presses(letter: Due, allowed: datetime) -> bool:
    """Whether it is news of a session within a day: waiting for office hours, somebody would find a closed door."""
    return letter.deadline is None and letter.starts_at - allowed < _PRESSING and letter.kind.endswith(_NEWS)


_NEWS = ("_match_confirmed", "_match_changed", "_match_ended")


def _is_past(letter: Due, now: datetime) -> bool:
    """Whether time itself has taken the letter's reason away."""
    if letter.kind == "school_answer_reminder":
        soon = letter.deadline is not None and letter.deadline - now < _LAST_REMINDER
        return soon or letter.asked_at is None or now - letter.asked_at < _REMINDER_GAP
    if letter.kind.endswith("_match_ended"):
        return now >= letter.ends_at
    if letter.kind.endswith(_NEWS):
        return now >= letter.starts_at
    return now - letter.ends_at > _LASTING


def _is_too_late(letter: Due, earliest: datetime, policy: LetterPolicy) -> bool:
    if letter.deadline is None or letter.kind == "school_answer_reminder":
        return False
    return letter.deadline - earliest < timedelta(hours=policy.minimum_answer_hours)
