"""Facts that cross: in every state of a match, every fact twice at once, and every two facts that can come together.

What comes of it is what one order or the other would have made of it, by the table of the match's life; the places are
right whichever came first.
"""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from contracts.answers import Answer
from contracts.event import Entity
from contracts.letters import Letter
from services.matcher.capacity import Count, Ledger, keys_of
from services.matcher.domain import OUTCOMES, STATES, LiveMatch
from services.matcher.store import capacity, matches
from services.plumbing.patience import Failure, attempt
from services.plumbing.postgres import transaction
from tests.matcher.given_live import (
    TUESDAY,
    WRONG_COUNTERS,
    Matcher,
    a_fact,
    a_hub,
    a_live_match,
    a_request,
    a_school,
    a_session,
    an_employer,
    an_offer,
    cancelled,
    delivered,
    id_,
    said,
)

AT_ONCE = 8
OPEN = ("planned", "proposed", "accepted", "confirmed")
IN = (*OPEN, "delivered", "not_held", "cancelled")


@dataclass(frozen=True)
class Case:
    """A match of its own, with everything that it stands on, by one number."""

    number: int
    state: str

    def name(self, what: str) -> str:
        return f"{what} {self.number}"

    @property
    def match_id(self) -> UUID:
        return id_(self.name("match"))

    def offer(self, **more: Any) -> Any:
        session = a_session(self.name("session"), **more.pop("session", {}))
        told = {
            "areas": (id_(self.name("area")),),
            "employer_id": id_(self.name("employer")),
            "employer_confirms": True,
        }
        return an_offer(self.name("offer"), session, **(told | more))

    def school(self, **more: Any) -> Any:
        return a_school(self.name("school"), hub=self.name("hub"), **more)

    def request(self, **more: Any) -> Any:
        return a_request(self.name("request"), school=self.name("school"), **more)

    def employer(self, **more: Any) -> Any:
        return an_employer(self.name("employer"), **more)

    def answer(self, **what: Any) -> Answer:
        return Answer(match_id=self.match_id, **what)

    def letter(self, kind: str, audience: str) -> Letter:
        return Letter(
            letter_id=id_(self.name(kind)),
            match_id=self.match_id,
            kind=kind,
            audience=audience,
            terms_version=1,
            state="undeliverable",
            at=TUESDAY,
        )

    def match(self) -> LiveMatch:
        own = {
            "area_id": id_(self.name("area")),
            "hub_id": id_(self.name("hub")),
            "offer_id": id_(self.name("offer")),
            "session_id": id_(self.name("session")),
            "employer_id": id_(self.name("employer")),
            "request_id": id_(self.name("request")),
            "school_id": id_(self.name("school")),
            "cohort_id": id_(f"cohort of {self.name('school')}"),
        }
        made = a_live_match(self.state, self.name("match"), **own, employer_confirms=True)
        # Not yet told ones stay so during the test, unless a round decides otherwise.
        return replace(made, release_at=TUESDAY + timedelta(days=1)) if self.state == "planned" else made


@dataclass(frozen=True)
class Crossing:
    """A fact that can cross others. `source`: facts of one source come one after the other, and never cross."""

    source: str
    happenings: tuple[str | None, ...]
    """The rows of the table that it may be; None: nothing."""
    entity: Callable[[Case], Entity] | None = None


FACTS: dict[str, Crossing] = {
    "school accepts": Crossing("match", ("school_accepted",), lambda c: c.answer(school=said("accepted"))),
    "school declines": Crossing("match", ("school_declined",), lambda c: c.answer(school=said("declined", "travel"))),
    "school lapses": Crossing("match", ("school_lapsed",), lambda c: c.answer(school=said("lapsed", "no_answer"))),
    "employer accepts": Crossing("match", ("employer_accepted",), lambda c: c.answer(employer=said("accepted"))),
    "employer refuses": Crossing(
        "match", ("employer_declined",), lambda c: c.answer(employer=said("declined", "other"))
    ),
    "employer lapses": Crossing(
        "match", ("employer_lapsed",), lambda c: c.answer(employer=said("lapsed", "no_confirmation"))
    ),
    "called off": Crossing("match", ("cancelled",), lambda c: c.answer(cancelled=cancelled())),
    "took place": Crossing("match", ("delivered",), lambda c: c.answer(delivery=delivered(28))),
    "was not held": Crossing("match", ("not_held",), lambda c: c.answer(delivery=delivered(0, held=False))),
    "school unreachable": Crossing(
        "letter", ("school_unreachable",), lambda c: c.letter("school_match_proposed", "school")
    ),
    "employer unreachable": Crossing(
        "letter", ("employer_unreachable",), lambda c: c.letter("employer_asked_to_confirm", "employer")
    ),
    "offer withdrawn": Crossing("offer", ("offer_withdrawn",), lambda c: c.offer(state="withdrawn")),
    "session cancelled": Crossing("offer", ("session_cancelled",), lambda c: c.offer(session={"state": "cancelled"})),
    "session moved": Crossing("offer", ("terms_changed",), lambda c: c.offer(session={"day": date(2026, 11, 12)})),
    "fewer places": Crossing("offer", ("fewer_places",), lambda c: c.offer(max_pupils=5)),
    "other words": Crossing("offer", ("text_changed",), lambda c: c.offer(title="Another morning", terms_version=2)),
    "request withdrawn": Crossing("request", ("request_withdrawn",), lambda c: c.request(state="withdrawn")),
    "request amended": Crossing("request", ("request_amended",), lambda c: c.request(max_places=5)),
    "smaller cap": Crossing("employer", ("fewer_places",), lambda c: c.employer(max_sessions=0)),
    "school leaves": Crossing("school", ("left_hub",), lambda c: c.school(memberships=())),
    "a round": Crossing("round", (None, "better_plan", "released")),
}
_STAY = {"noted", "stands", "waits", "weighed", "changed"}


def became(state: str, happening: str | None) -> str:
    """The state after it, by the table."""
    if happening is None:
        return state
    column = state if state in STATES else "ended"
    what = OUTCOMES[happening][column]
    return state if what in _STAY else {"counted": "delivered"}.get(what, what)


def possible(state: str, facts: Iterable[str]) -> set[str]:
    """Every state that some order of these facts leads to."""
    found = set()
    for order in itertools.permutations(facts):
        for happenings in itertools.product(*(FACTS[fact].happenings for fact in order)):
            after = state
            for happening in happenings:
                after = became(after, happening)
            found.add(after)
    return found


def crossing_pairs(state: str) -> list[tuple[str, str]]:
    """Two facts of different sources that do something here, both of them while the match is open."""
    acting = {fact for fact in FACTS if possible(state, (fact,)) != {state}}
    return [
        (one, other)
        for one, other in itertools.combinations(FACTS, 2)
        if FACTS[one].source != FACTS[other].source
        and (
            len(possible(state, (one, other))) > 1
            or {one, other} <= acting
            or ({one, other} & acting and state not in OPEN)
        )
    ]


async def set_up(matcher: Matcher, case: Case) -> None:
    """The match in its state, with its places taken."""
    await matcher.hear(a_hub(case.name("hub"), area=case.name("area")), case.employer(), case.offer())
    await matcher.hear(case.school(), case.request())
    match = case.match()
    async with transaction(matcher.pool) as tx:
        await matches.add_matches(tx, [match])
        if match.places:
            ledger = Ledger({key: Count(None) for key in keys_of(match)})
            ledger.take(match)
            await capacity.move_counts(tx, ledger.moved())


def doing(matcher: Matcher, case: Case, fact: str) -> Awaitable[None]:
    """What makes it happen: a record that the consumer takes, or a round."""
    make = FACTS[fact].entity
    if make is None:
        return insist(matcher.plan)
    entity = make(case)
    version = 1 if isinstance(entity, Answer | Letter) else 2
    told = a_fact(entity, version)
    return insist(lambda: matcher.hear_fact(told))


async def insist(work: Callable[[], Awaitable[Any]]) -> None:
    """As consumer and rounds do: trouble that passes comes again."""
    while isinstance(outcome := await attempt(work()), Failure):
        assert outcome.passes, outcome


async def cross(matcher: Matcher, case: Case, facts: tuple[str, ...]) -> None:
    """Let the facts come at the same time, and look at what came of it."""
    await set_up(matcher, case)
    await asyncio.gather(*(doing(matcher, case, fact) for fact in facts))

    row = await matcher.pool.fetchrow("SELECT state, places, version FROM own.matches WHERE id = $1", case.match_id)
    assert row is not None
    assert row["state"] in possible(case.state, facts), f"{facts} on {case.state}: {row['state']}"
    told = await versions_told(matcher, case.match_id)
    assert told == list(range(case.match().version + 1, row["version"] + 1)), f"{facts} on {case.state}: {told}"


async def versions_told(matcher: Matcher, match_id: UUID) -> list[int]:
    key = str(match_id).encode()
    rows = await matcher.pool.fetch("SELECT body FROM own.outbox WHERE topic = 'matches' AND key = $1 ORDER BY id", key)
    return [json.loads(row["body"])["aggregate_version"] for row in rows]


async def cross_all(matcher: Matcher, state: str, groups: list[tuple[str, ...]]) -> None:
    """All of these, several at a time; in the end every counter says what the matches take."""
    for start in range(0, len(groups), AT_ONCE):
        cases = enumerate(groups[start : start + AT_ONCE], start)
        await asyncio.gather(*(cross(matcher, Case(number, state), facts) for number, facts in cases))
    assert await matcher.pool.fetch(WRONG_COUNTERS) == []


@pytest.mark.parametrize("state", IN)
async def test_every_fact_that_comes_twice_at_once_has_its_effect_once(matcher: Matcher, state: str) -> None:
    """As two records with the same version, taken by two processes: as after a rebalance and a restated topic."""
    await cross_all(matcher, state, [(fact, fact) for fact in FACTS])


@pytest.mark.parametrize("state", IN)
async def test_any_two_facts_that_cross_leave_what_one_order_would(matcher: Matcher, state: str) -> None:
    await cross_all(matcher, state, list(crossing_pairs(state)))


@pytest.mark.parametrize("state", IN)
async def test_an_answer_and_its_successor_that_cross_count_once_each(matcher: Matcher, state: str) -> None:
    """Two processes may hold an older and a newer record of one match for a moment."""
    case = Case(1, state)
    await set_up(matcher, case)
    yes = case.answer(school=said("accepted"))
    both = yes.model_copy(update={"cancelled": cancelled(at=TUESDAY + timedelta(minutes=1))})
    facts = [a_fact(yes, 1), a_fact(both, 2), a_fact(both, 2)]

    await asyncio.gather(*(insist(partial(matcher.hear_fact, fact)) for fact in facts))

    (row,) = await matcher.matches()
    expected = became(became(state, "school_accepted"), "cancelled")
    assert row["state"] == expected
    steps = [(step["at"], step["by"]) for step in row["history"] if step["by"] == "school"]
    assert len(steps) == len(set(steps))
    assert await matcher.pool.fetch(WRONG_COUNTERS) == []
