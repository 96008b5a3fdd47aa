"""The database guards capacity, whoever takes places and however many at once."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from services.matcher.capacity import Ledger, keys_of, limits_of
from services.matcher.domain import LiveMatch
from services.matcher.store import capacity, matches
from services.plumbing.postgres import transaction
from tests.matcher.given_live import Matcher, a_live_match, a_session, an_offer, id_

TAKERS = 40


async def with_room(matcher: Matcher, *, places: int = 30, groups: int = 3, sessions: int = 1) -> None:
    """Counters for an offer with two sessions, a request, and an employer without a cap."""
    offer = an_offer("offer", a_session(), a_session("session 2"), max_pupils=places, max_groups=groups)
    limits = {**limits_of(offer), ("offer_sessions", id_("offer")): sessions}
    async with transaction(matcher.pool) as tx:
        await capacity.set_limits(tx, {**limits, ("employer_sessions", id_("employer")): None})
        await capacity.set_limits(tx, {("request_places", id_(f"request {n}")): 100 for n in range(TAKERS)})


def taker(number: int, pupils: int = 10, session: str = "session 1") -> LiveMatch:
    match = a_live_match("planned", f"match {number}", request_id=id_(f"request {number}"), pupils=pupils)
    return replace(match, session_id=id_(session))


async def take(matcher: Matcher, match: LiveMatch) -> bool:
    """Take places as a round does: lock, look, move, add."""
    async with transaction(matcher.pool) as tx:
        ledger = Ledger(await capacity.lock_counts(tx, keys_of(match)))
        if not ledger.take(match):
            return False
        await capacity.move_counts(tx, ledger.moved())
        await matches.add_matches(tx, [match])
        return True


async def take_blindly(matcher: Matcher, match: LiveMatch) -> bool:
    """Take places without looking: only the database can refuse."""
    async with transaction(matcher.pool) as tx:
        await capacity.move_counts(tx, {("session_places", match.session_id): match.places})
        await matches.add_matches(tx, [match])
        return True


async def test_of_many_takers_at_once_as_many_succeed_as_fit(matcher: Matcher) -> None:
    await with_room(matcher, places=30, groups=10)

    took = await asyncio.gather(*(take(matcher, taker(number)) for number in range(TAKERS)))

    assert sum(took) == 3
    assert await matcher.taken("session_places", "session 1") == (30, 30)
    assert await matcher.taken("session_groups", "session 1") == (10, 3)
    assert await matcher.pool.fetchval("SELECT sum(places) FROM own.matches") == 30


async def test_groups_and_sessions_run_out_before_places(matcher: Matcher) -> None:
    await with_room(matcher, places=1000, groups=2, sessions=1)
    takers = [taker(n, session=f"session {1 + n % 2}") for n in range(TAKERS)]

    took = await asyncio.gather(*(take(matcher, match) for match in takers))

    assert sum(took) == 2
    assert await matcher.taken("offer_sessions", "offer") == (1, 1)
    assert await matcher.taken("employer_sessions", "employer") == (None, 1)


async def test_takers_of_many_counters_never_wait_in_a_circle(matcher: Matcher) -> None:
    await with_room(matcher, places=1000, groups=1000, sessions=2)

    async def take_and_give_back(number: int) -> None:
        both = [taker(number, session="session 1"), taker(number, session="session 2")]
        async with transaction(matcher.pool) as tx:
            ledger = Ledger(await capacity.lock_counts(tx, [key for match in both for key in keys_of(match)][::-1]))
            assert all(ledger.take(match) for match in both)
            ledger.give_back(both[number % 2])
            await capacity.move_counts(tx, ledger.moved())

    await asyncio.gather(*(take_and_give_back(number) for number in range(TAKERS)))

    assert await matcher.taken("session_places", "session 1") == (1000, 10 * TAKERS // 2)


async def test_the_database_refuses_what_nobody_checked(matcher: Matcher) -> None:
    await with_room(matcher, places=30)

    took = await asyncio.gather(
        *(take_blindly(matcher, taker(number)) for number in range(TAKERS)), return_exceptions=True
    )

    refused = [one for one in took if isinstance(one, asyncpg.CheckViolationError)]
    assert (took.count(True), len(refused)) == (3, TAKERS - 3)
    assert await matcher.pool.fetchval("SELECT sum(places) FROM own.matches") == 30


async def test_the_database_refuses_a_second_open_match_of_a_pair(matcher: Matcher) -> None:
    await with_room(matcher)
    assert await take(matcher, taker(1))

    again = replace(taker(1), id=id_("again"))

    with pytest.raises(asyncpg.UniqueViolationError):
        await take(matcher, again)
    assert await matcher.taken("session_places", "session 1") == (30, 10)


async def test_a_pair_that_ended_may_be_matched_again(matcher: Matcher) -> None:
    await with_room(matcher)
    async with transaction(matcher.pool) as tx:
        await matches.add_matches(tx, [a_live_match("declined", request_id=id_("request 1"))])

    assert await take(matcher, taker(1))


async def test_a_limit_never_falls_below_what_is_taken(matcher: Matcher) -> None:
    await with_room(matcher)
    await take(matcher, taker(1, pupils=25))

    async with transaction(matcher.pool) as tx:
        await capacity.set_limits(tx, {("session_places", id_("session 1")): 20})

    assert await matcher.taken("session_places", "session 1") == (25, 25)


async def test_a_counter_that_nobody_made_lets_nothing_fit(matcher: Matcher) -> None:
    assert not await take(matcher, taker(1))
