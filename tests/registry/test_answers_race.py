"""Facts that cross: whoever comes first to the match's row wins, and only that is told."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import httpx

from contracts.matches import Match
from services.plumbing.clock import Clock
from services.plumbing.postgres import transaction
from services.registry import ticker
from tests.registry.given_matches import ANSWER_BY, ON_THE_DAY, Entries, World

TIMES = 6


async def test_an_answer_and_its_deadline_never_both_win(world: World) -> None:
    world.registry.set_clock(Clock.stopped(ANSWER_BY))
    seen = set()
    for _ in range(TIMES):
        match = await world.a_match()
        await world.a_letter(match)

        answer, lapsed = await asyncio.gather(
            world.press(world.link(match), "accept"), ticker.fire_due(world.registry.pool, world.clock, set())
        )

        verdicts = await _verdicts(world, match)
        assert (verdicts, answer.status_code, lapsed) in ((["accepted"], 200, 0), (["lapsed"], 409, 1))
        seen.add(verdicts[0])
    assert seen <= {"accepted", "lapsed"}


async def test_of_two_colleagues_the_first_one_holds(world: World) -> None:
    for _ in range(TIMES):
        match = await world.a_match()
        other = world.link(match, contact_id=world.ids["colleague"])

        yes, no = await asyncio.gather(
            world.press(world.link(match), "accept"), world.press(other, "decline", reason="staffing")
        )

        outcome = (await _verdicts(world, match), yes.status_code, no.status_code)
        assert outcome in ((["accepted"], 200, 409), (["declined"], 409, 200))
        loser = no if yes.status_code == 200 else yes
        assert "the first answer holds" in loser.text


async def test_two_colleagues_who_agree_are_both_right(world: World) -> None:
    match = await world.a_match()
    links = [world.link(match), world.link(match, contact_id=world.ids["colleague"])]

    answers = await asyncio.gather(*[world.press(link, "accept") for link in links * 3])

    assert {answer.status_code for answer in answers} == {200}
    assert await _verdicts(world, match) == ["accepted"]
    assert [sum(words in answer.text for answer in answers) for words in ("You said", "A colleague said")] == [3, 3]


async def test_an_acceptance_and_a_withdrawal_are_told_in_the_order_they_won(world: World) -> None:
    match = await world.a_match()
    path = f"/v1/offers/{world.ids['offer_id']}/withdraw"

    accepted, withdrawn = await asyncio.gather(
        world.press(world.link(match), "accept"),
        world.registry.post(path, {"reason": "site_closed"}, version=1),
    )

    assert withdrawn.status_code == 200, withdrawn.text
    told = [type_ for type_, _ in await world.registry.said("answers", "offers")]
    won = (accepted.status_code, told)
    assert won in ((200, ["answer.accepted.v1", "offer.withdrawn.v1"]), (409, ["offer.withdrawn.v1"]))


async def test_an_answer_waits_for_a_withdrawal_under_way_and_then_is_refused(world: World) -> None:
    match = await world.a_match()
    async with transaction(world.registry.pool) as tx:
        await tx.execute("UPDATE own.offers SET state = 'withdrawn'")

        answering = asyncio.ensure_future(world.press(world.link(match), "accept"))
        await _until_somebody_waits(world)

    answer = await answering
    assert answer.status_code == 409
    assert "The employer has withdrawn this offer" in answer.text
    assert await _verdicts(world, match) == []


async def test_a_withdrawal_waits_for_an_answer_under_way(world: World) -> None:
    match = await world.a_match()
    async with transaction(world.registry.pool) as tx:
        await tx.execute("SELECT 1 FROM own.offers FOR SHARE")

        path = f"/v1/offers/{world.ids['offer_id']}/withdraw"
        withdrawing = asyncio.ensure_future(world.registry.post(path, {"reason": "site_closed"}, version=1))
        await _until_somebody_waits(world)
        answer = await world.press(world.link(match), "accept")

    assert (answer.status_code, (await withdrawing).status_code) == (200, 200)


async def test_school_and_employer_cancel_at_once_and_one_is_kept(world: World) -> None:
    match = await world.a_match("confirmed", Entries("accepted", "accepted"))

    answers = await asyncio.gather(
        *[world.press(world.link(match, side), "cancel", reason="illness") for side in ("school", "employer")]
    )

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len((await world.everything())["own.cancellations"]) == 1
    assert [type_ for type_, _ in await world.registry.said("answers")] == ["answer.cancelled.v1"]


async def test_school_and_employer_record_at_once_and_the_school_holds(world: World) -> None:
    world.registry.set_clock(Clock.stopped(ON_THE_DAY))
    for _ in range(TIMES):
        match = await world.a_match("confirmed", Entries("accepted", "accepted"))

        await _together(
            world.press(world.link(match), "delivery", held="yes", pupils="28"),
            world.press(world.link(match, "employer"), "delivery", held="yes", pupils="30"),
        )

        (_, told) = (await world.registry.said("answers"))[-1]
        assert (told["match_id"], told["delivery"]["pupils"]) == (str(match.match_id), 28)


async def _together(*presses: Awaitable[httpx.Response]) -> list[int]:
    return [answer.status_code for answer in await asyncio.gather(*presses)]


async def _verdicts(world: World, match: Match) -> list[Any]:
    """What the school said: as kept, and, which has to be the same, as told."""
    pool = world.registry.pool
    kept = [
        row["verdict"] for row in await pool.fetch("SELECT verdict FROM own.said WHERE match_id = $1", match.match_id)
    ]
    told = [
        answer["school"]["verdict"]
        for _, answer in await world.registry.said("answers")
        if answer["match_id"] == str(match.match_id)
    ]
    assert kept == told
    return kept


async def _until_somebody_waits(world: World) -> None:
    """Until a query in this test's database waits for a lock."""
    waiting = "SELECT true FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(10):
        while not await world.registry.pool.fetchval(waiting):  # noqa: ASYNC110 - the database signals nothing
            await asyncio.sleep(0.01)
