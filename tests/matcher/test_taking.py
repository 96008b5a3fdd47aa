"""After a restore a match is made from its topic: the row is the one that told it, and its places are counted."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.answers import Answer
from contracts.event import Fact, fact_of
from contracts.matches import Match
from contracts.rounds import Round
from services.matcher import store
from services.matcher.domain import LiveMatch
from services.matcher.hearing import words_of_answer
from services.matcher.recovery import live_match, recovery
from services.matcher.store import taking
from services.plumbing.postgres import transaction
from tests.matcher.given_live import (
    TUESDAY,
    Matcher,
    a_fact,
    a_hub,
    a_request,
    a_school,
    an_employer,
    an_offer,
    cancelled,
    delivered,
    said,
)

HOUR = timedelta(hours=1)
YES, NO = said("accepted", at=TUESDAY + HOUR), said("declined", "date_unsuitable", at=TUESDAY + HOUR)
LIVES: dict[str, list[dict[str, Any]]] = {
    "proposed": [],
    "accepted": [{"school": YES}],
    "confirmed": [{"school": YES}, {"school": YES, "employer": said("accepted", at=TUESDAY + 2 * HOUR)}],
    "declined": [{"school": NO}],
    "cancelled": [{"school": YES}, {"school": YES, "cancelled": cancelled(at=TUESDAY + 3 * HOUR)}],
    "delivered": [{"school": YES}, {"school": YES, "delivery": delivered(17, TUESDAY + 4 * HOUR)}],
    "delivered though cancelled": [
        {"school": YES, "cancelled": cancelled(at=TUESDAY + 3 * HOUR)},
        {
            "school": YES,
            "cancelled": cancelled(at=TUESDAY + 3 * HOUR),
            "delivery": delivered(17, TUESDAY + 4 * HOUR),
        },
    ],
}


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
async def test_a_match_made_from_its_topic_is_as_it_told(matcher: Matcher, life: list[dict[str, Any]]) -> None:
    ours, answer, fact = await lived(matcher, life)

    made = live_match(fact, words_of_answer(answer))

    # When it was planned, and which posting led to it, was told to nobody.
    assert made == replace(
        ours, planned_at=made.planned_at, release_at=made.release_at, correlation_id=made.correlation_id
    )


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
async def test_an_older_database_takes_it_and_counts_its_places(matcher: Matcher, life: list[dict[str, Any]]) -> None:
    ours, answer, fact = await lived(matcher, life)
    taken = await matcher.pool.fetch("SELECT kind, id, taken FROM own.capacity WHERE taken > 0 ORDER BY kind, id")
    await matcher.pool.execute("DELETE FROM own.matches; DELETE FROM own.capacity; DELETE FROM own.outlooks")

    newest = {"matches": {fact.key: fact}, "outlooks": {}, "rounds": {}, "letters": {}, "answers": {}}
    newest["answers"] = {b"": a_fact(answer)} if life else {}
    async with transaction(matcher.pool) as tx:
        assert (await recovery.take(tx, newest))["matches"] == 1
        assert (await recovery.take(tx, newest))["matches"] == 0

    assert (await matcher.matches())[0]["state"] == ours.state
    now = await matcher.pool.fetch("SELECT kind, id, taken FROM own.capacity WHERE taken > 0 ORDER BY kind, id")
    assert now == taken


async def test_a_round_that_is_not_here_is_taken_once_and_its_version_with_it(matcher: Matcher) -> None:
    await lived(matcher, [])
    told = fact_of(Round).model_validate((await matcher.told("rounds"))[-1]).model_copy(update={"aggregate_version": 3})
    await matcher.pool.execute("DELETE FROM own.rounds WHERE id = $1", told.subject)

    async with transaction(matcher.pool) as tx:
        taken = [await taking.take_round(tx, told) for _ in range(2)]

    assert taken == [True, False]
    kept = await matcher.pool.fetchrow("SELECT version, instance_gz FROM own.rounds WHERE id = $1", told.subject)
    assert kept is not None
    assert tuple(kept) == (3, b"")


async def lived(matcher: Matcher, life: list[dict[str, Any]]) -> tuple[LiveMatch, Answer, Fact[Any]]:
    """A match with this life: its row, all that was said of it, and the last that was told."""
    await matcher.hear(a_hub(), an_employer(), a_school(), a_request(), an_offer(employer_confirms=True))
    await matcher.plan_all()
    match_id = (await matcher.the_match())["id"]
    for what in life:
        await matcher.answer(match_id, **what)
    async with transaction(matcher.pool) as tx:
        (ours,) = await store.matches.lock_matches(tx, [match_id])
    told = (await matcher.told())[-1]
    return ours, Answer(match_id=match_id, **(life[-1] if life else {})), fact_of(Match).model_validate(told)
