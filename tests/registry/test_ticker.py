"""The ticker: a deadline lapses only for somebody who was written to, and only if no answer came first."""

import asyncio
import datetime as dt
from uuid import UUID

from services.plumbing.clock import Clock
from services.plumbing.processes import Process
from services.registry import ticker
from services.registry.settings import ApiSettings
from tests.registry.given_matches import ANSWER_BY, CONFIRM_BY, NOW, Entries, World

PROPOSED, ASKED = "school_match_proposed", "employer_asked_to_confirm"
YES = Entries("accepted")
LATE = CONFIRM_BY + dt.timedelta(days=1)


async def test_no_answer_by_the_deadline_is_a_lapse(world: World) -> None:
    match = await world.a_match()
    await world.a_letter(match)
    world.registry.set_clock(Clock.stopped(ANSWER_BY))

    assert await ticker.fire_due(world.registry.pool, world.clock, set()) == 1
    assert await ticker.fire_due(world.registry.pool, world.clock, set()) == 0

    ((type_, answer),) = await world.registry.said("answers")
    assert type_ == "answer.lapsed.v1"
    assert (answer["school"]["verdict"], answer["school"]["reason"]) == ("lapsed", "no_answer")
    assert answer["school"]["contact_id"] is None


async def test_an_employer_who_does_not_confirm_lapses_too(world: World) -> None:
    match = await world.a_match("accepted", YES)
    await world.a_letter(match)
    await world.a_letter(match, ASKED)
    world.registry.set_clock(Clock.stopped(CONFIRM_BY))

    assert await ticker.fire_due(world.registry.pool, world.clock, set()) == 1

    ((type_, answer),) = await world.registry.said("answers")
    assert (type_, answer["employer"]["reason"]) == ("answer.lapsed.v1", "no_confirmation")
    assert answer["school"]["verdict"] == "accepted"


STANDS: tuple[tuple[str, Entries | None, dict[str, str]], ...] = (
    ("proposed", None, {}),
    ("proposed", None, {PROPOSED: "refused"}),
    ("proposed", None, {PROPOSED: "too_late"}),
    ("proposed", None, {"school_answer_reminder": "sent"}),
    ("proposed", YES, {PROPOSED: "sent"}),
    ("proposed", Entries("declined"), {PROPOSED: "sent"}),
    ("accepted", YES, {PROPOSED: "sent"}),
    ("accepted", YES, {ASKED: "refused"}),
    ("accepted", Entries("accepted", "accepted"), {ASKED: "sent"}),
    ("accepted", Entries("accepted", cancelled_by="school"), {ASKED: "sent"}),
    ("confirmed", Entries("accepted", "accepted"), {PROPOSED: "sent", ASKED: "sent"}),
    ("withdrawn", None, {PROPOSED: "sent"}),
)


async def test_who_was_not_written_to_or_has_spoken_does_not_lapse(world: World) -> None:
    for state, said, letters in STANDS:
        match = await world.a_match(state, said)
        for kind, of_letter in letters.items():
            await world.a_letter(match, kind, of_letter)
    world.registry.set_clock(Clock.stopped(LATE))

    assert await ticker.fire_due(world.registry.pool, world.clock, set()) == 0
    assert await world.registry.said("answers") == []


async def test_a_letter_of_unknown_fate_counts_as_sent(world: World) -> None:
    match = await world.a_match()
    await world.a_letter(match, PROPOSED, "refused")
    await world.a_letter(match, PROPOSED, "unknown")
    world.registry.set_clock(Clock.stopped(ANSWER_BY))

    assert await ticker.fire_due(world.registry.pool, world.clock, set()) == 1


async def test_nothing_lapses_before_its_deadline(world: World) -> None:
    match = await world.a_match()
    await world.a_letter(match)
    world.registry.set_clock(Clock.stopped(ANSWER_BY - dt.timedelta(seconds=1)))

    assert await ticker.fire_due(world.registry.pool, world.clock, set()) == 0


async def test_an_offer_that_asks_no_confirmation_has_no_deadline_for_it(world: World) -> None:
    match = await world.a_match("accepted", YES, employer_confirms=False)
    await world.a_letter(match, ASKED)
    world.registry.set_clock(Clock.stopped(LATE))

    assert await ticker.fire_due(world.registry.pool, world.clock, set()) == 0


async def test_a_turn_takes_the_oldest_deadlines_first_and_no_more_than_its_limit(world: World) -> None:
    late = [await world.a_match(answer_by=ANSWER_BY - dt.timedelta(hours=hours)) for hours in (0, 2, 1)]
    for match in late:
        await world.a_letter(match)
    world.registry.set_clock(Clock.stopped(ANSWER_BY))

    turns = [await ticker.fire_due(world.registry.pool, world.clock, set(), limit=2) for _ in range(3)]

    assert turns == [2, 1, 0]
    told = [answer["match_id"] for _, answer in await world.registry.said("answers")]
    assert told == [str(late[number].match_id) for number in (1, 2, 0)]


async def test_a_match_that_cannot_be_read_holds_up_no_other_deadline(world: World) -> None:
    spoilt, sound = [await world.a_match(answer_by=ANSWER_BY - dt.timedelta(hours=hours)) for hours in (1, 0)]
    for match in (spoilt, sound):
        await world.a_letter(match)
    await world.registry.pool.execute(
        "UPDATE memory.matches SET record = record - 'terms' WHERE match_id = $1", spoilt.match_id
    )
    world.registry.set_clock(Clock.stopped(ANSWER_BY))
    failed: set[UUID] = set()

    turns = [await ticker.fire_due(world.registry.pool, world.clock, failed, limit=1) for _ in range(3)]

    assert turns == [0, 1, 0]
    assert failed == {spoilt.match_id}
    assert [answer["match_id"] for _, answer in await world.registry.said("answers")] == [str(sound.match_id)]


async def test_answers_to_repeated_calls_are_forgotten_after_a_week(world: World) -> None:
    await world.registry.made("/v1/areas", {"name": "Old"}, once="a")
    world.registry.set_clock(Clock.stopped(NOW + dt.timedelta(days=3)))
    await world.registry.made("/v1/areas", {"name": "New"}, once="b")

    assert await ticker.purge(world.registry.pool, Clock.stopped(NOW + dt.timedelta(days=6))) == 0
    assert await ticker.purge(world.registry.pool, Clock.stopped(NOW + dt.timedelta(days=8))) == 1


async def test_the_process_fires_what_is_due_until_it_is_stopped(world: World, registry_settings: ApiSettings) -> None:
    match = await world.a_match()
    await world.a_letter(match)
    process = Process("registry", "ticker", registry_settings, Clock.stopped(ANSWER_BY))

    running = asyncio.ensure_future(ticker.run(process))
    async with asyncio.timeout(10):
        while not await world.registry.said("answers"):  # noqa: ASYNC110 - the process signals nothing
            await asyncio.sleep(0.02)
    process.stopping.set()

    await asyncio.wait_for(running, 10)
    assert process.health.troubles() == {}
