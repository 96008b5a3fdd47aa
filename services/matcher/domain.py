"""The life of a match: what it is, what can happen to it, and what comes of it in every state. Pure.

The whole life-cycle is one table, state by happening. No cell parks a fact: what comes too late is kept in the
history, what comes too early waits for the next record of its entity, and `delivered` wins over everything: what took
place is recorded on any match that was told. (Only a correction, which registry judges, makes it `not_held` again.)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from contracts.matches import Change, Match, Terms, Why

HOLDING = frozenset({"planned", "proposed", "accepted", "confirmed", "delivered"})
"""States whose match takes places."""
AGREED = frozenset({"accepted", "confirmed"})
ENDED = frozenset(
    {"declined", "lapsed", "refused", "cancelled", "withdrawn", "terms_changed", "undeliverable", "not_held"}
)
"""Told, and over without pupils."""
STATES = ("planned", "proposed", "accepted", "confirmed", "delivered", "not_held", "ended", "dropped")
"""The table's columns. `ended` stands for all of ENDED but `not_held`."""

_TABLE = """
happening             planned   proposed       accepted       confirmed      delivered  not_held   ended      dropped
released              proposed  stands         stands         stands         stands     stands     stands     stands
better_plan           dropped   stands         stands         stands         stands     stands     stands     stands
school_accepted       waits     accepted       noted          noted          noted      noted      noted      stands
school_declined       waits     declined       noted          noted          noted      noted      noted      stands
school_lapsed         waits     lapsed         noted          noted          noted      noted      noted      stands
school_unreachable    waits     undeliverable  noted          noted          noted      noted      noted      stands
employer_accepted     waits     waits          confirmed      noted          noted      noted      noted      stands
employer_declined     waits     refused        refused        noted          noted      noted      noted      stands
employer_lapsed       waits     waits          lapsed         noted          noted      noted      noted      stands
employer_unreachable  waits     waits          undeliverable  noted          noted      noted      noted      stands
cancelled             waits     cancelled      cancelled      cancelled      noted      noted      noted      stands
delivered             waits     delivered      delivered      delivered      counted    delivered  delivered  stands
not_held              waits     not_held       not_held       not_held       not_held   stands     noted      stands
offer_withdrawn       dropped   withdrawn      withdrawn      withdrawn      stands     stands     stands     stands
request_withdrawn     dropped   withdrawn      withdrawn      withdrawn      stands     stands     stands     stands
session_cancelled     dropped   withdrawn      withdrawn      withdrawn      stands     stands     stands     stands
fewer_places          dropped   withdrawn      withdrawn      withdrawn      stands     stands     stands     stands
request_amended       dropped   withdrawn      withdrawn      withdrawn      stands     stands     stands     stands
terms_changed         dropped   terms_changed  terms_changed  terms_changed  stands     stands     stands     stands
left_hub              dropped   withdrawn      stands         stands         stands     stands     stands     stands
text_changed          stands    stands         stands         changed        stands     stands     stands     stands
weighed               stands    weighed        weighed        weighed        stands     stands     stands     stands
"""
# waits: nothing is kept; the entity's next record says it again. stands: none of this match's business.


def _read(table: str) -> dict[str, dict[str, str]]:
    (_, *states), *rows = (line.split() for line in table.strip().splitlines())
    return {happening: dict(zip(states, outcomes, strict=True)) for happening, *outcomes in rows}


OUTCOMES: Mapping[str, Mapping[str, str]] = _read(_TABLE)
"""Happening, then state, to outcome."""

REASONS: Mapping[str, str] = {
    "better_plan": "better_plan",
    "school_lapsed": "no_answer",
    "employer_lapsed": "no_confirmation",
    "offer_withdrawn": "offer_withdrawn",
    "request_withdrawn": "request_withdrawn",
    "session_cancelled": "session_cancelled",
    "fewer_places": "fewer_places",
    "request_amended": "request_amended",
    "terms_changed": "terms_changed",
    "left_hub": "left_hub",
}
"""The coded reason of an ending, where whoever caused it gives none."""


@dataclass(frozen=True)
class LiveMatch:
    """A match as the matcher keeps it. `terms` is None until it is told; `places` is what the counters count."""

    id: UUID
    area_id: UUID
    hub_id: UUID
    offer_id: UUID
    session_id: UUID
    employer_id: UUID
    request_id: UUID
    school_id: UUID
    cohort_id: UUID
    round_id: UUID
    state: str
    pupils: int
    places: int
    first_day: date
    last_day: date
    counts_to: Mapping[str, int]
    offer_terms_version: int
    request_terms_version: int
    planned_at: datetime
    release_at: datetime
    correlation_id: UUID
    version: int = 0
    terms_version: int = 1
    reason: str | None = None
    ended_by: str | None = None
    terms: Terms | None = None
    why: tuple[Why, ...] = ()
    employer_confirms: bool = False
    answer_by: datetime | None = None
    confirm_by: datetime | None = None
    urgent: bool = False
    history: tuple[Change, ...] = ()
    heard: frozenset[str] = frozenset()
    held: str | None = None
    """Why a planned match is held back; None where it is not."""

    @property
    def is_open(self) -> bool:
        """Whether it may still take place."""
        return self.state in HOLDING and self.state != "delivered"

    def told(self) -> Match:
        """What the topic says of it. Raises ValueError for a match that nobody was told of."""
        if self.terms is None or self.answer_by is None:
            raise ValueError(f"match {self.id} is {self.state}: nobody is told of it")
        said = {name: getattr(self, name) for name in Match.model_fields if name != "match_id"}
        return Match(match_id=self.id, **said)


@dataclass(frozen=True)
class Word:
    """One thing that happened to a match: by whom, when, and why.

    `key` names what was said, so that it has its effect once; None for what the matcher itself weighs.
    """

    happening: str
    by: str
    at: datetime
    reason: str | None = None
    pupils: int | None = None
    key: str | None = None


@dataclass(frozen=True)
class Step:
    """What came of a word: the match before and after it, and the type of fact to publish, if any."""

    before: LiveMatch
    match: LiveMatch
    publishes: str | None = None

    @property
    def changes(self) -> bool:
        """Whether anything is different afterwards."""
        return self.match != self.before

    @property
    def frees(self) -> bool:
        """Whether others can take its places now."""
        return self.match.places < self.before.places


def outcome(state: str, happening: str) -> str:
    """The table's cell. Raises KeyError for a happening or state that it does not have."""
    column = state if state in STATES else "ended"
    if column == "ended" and state not in ENDED:
        raise KeyError(state)
    return OUTCOMES[happening][column]


def step(match: LiveMatch, word: Word) -> Step:
    """What `word` does to `match`. The same word twice has its effect once."""
    what = outcome(match.state, word.happening)
    if word.key in match.heard or what in {"stands", "waits"}:
        return Step(match, match)
    heard = replace(match, heard=match.heard | {word.key}) if word.key else match
    return Step(match, *_become(heard, what, word))


def _become(match: LiveMatch, what: str, word: Word) -> tuple[LiveMatch, str | None]:
    match what:
        case "noted":
            return _with_history(match, match.state, word, "contradicted"), "match.noted.v1"
        case "weighed":
            return match, "match.noted.v1"
        case "changed":
            return replace(match, terms_version=match.terms_version + 1), "match.changed.v1"
        case "proposed" | "accepted" | "confirmed":
            return _go_on(match, what, word)
        case "delivered" | "counted":
            return _delivered(match, word), "match.delivered.v1"
        case _:
            return _end(match, what, word)


def _go_on(match: LiveMatch, state: str, word: Word) -> tuple[LiveMatch, str]:
    gone_on = _with_history(match, state, word, None)
    if state != "accepted" or match.employer_confirms:
        return gone_on, f"match.{state}.v1"
    # Nobody else is asked: the school's yes is enough.
    return _with_history(gone_on, "confirmed", replace(word, by="matcher"), None), "match.confirmed.v1"


def _end(match: LiveMatch, state: str, word: Word) -> tuple[LiveMatch, str | None]:
    reason = word.reason or REASONS.get(word.happening)
    ended = replace(match, places=0, reason=reason, ended_by=word.by)
    publishes = {"dropped": None, "not_held": "match.not_held.v1"}.get(state, "match.ended.v1")
    return _with_history(ended, state, word, reason), publishes


def _delivered(match: LiveMatch, word: Word) -> LiveMatch:
    pupils = match.pupils if word.pupils is None else word.pupils
    return replace(_with_history(match, "delivered", word, None), pupils=pupils, reason=None, ended_by=None)


def _with_history(match: LiveMatch, state: str, word: Word, reason: str | None) -> LiveMatch:
    change = Change(state=state, at=word.at, by=word.by, reason=reason)
    return replace(match, state=state, held=None, history=(*match.history, change))
