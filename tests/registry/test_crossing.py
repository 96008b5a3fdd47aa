"""Two things said at the same moment, besides those of `test_answers_race`: one order is recorded, and told."""

import asyncio
from uuid import UUID

from contracts.matches import Match
from services.plumbing.clock import Clock
from services.registry import ticker
from tests.registry.given_matches import CONFIRM_BY, ON_THE_DAY, Entries, World

TIMES = 5
TOO_LATE = 409


async def told(world: World, *topics: str) -> list[str]:
    """The types of what was told, in the order in which it will be published."""
    return [type_ for type_, _ in await world.registry.said(*topics)]


async def test_an_acceptance_and_an_amendment_are_told_in_the_order_they_won(world: World) -> None:
    """Whoever accepts says yes to what holds: if the terms moved first, the yes is not recorded."""
    match = await world.a_match()
    change = {"title": "An afternoon at the waterworks"}

    accepted, amended = await asyncio.gather(
        world.press(world.link(match), "accept"),
        world.registry.patch(f"/v1/offers/{world.ids['offer_id']}", change, version=1),
    )

    assert amended.status_code == 200, amended.text
    assert (accepted.status_code, await told(world, "answers", "offers")) in (
        (200, ["answer.accepted.v1", "offer.amended.v1"]),
        (TOO_LATE, ["offer.amended.v1"]),
    )


async def test_an_acceptance_and_a_withdrawn_request_are_told_in_the_order_they_won(world: World) -> None:
    match = await world.a_match()
    path = f"/v1/requests/{world.ids['request_id']}/withdraw"

    accepted, withdrawn = await asyncio.gather(
        world.press(world.link(match), "accept"),
        world.registry.post(path, {"reason": "no_longer_needed"}, version=1),
    )

    assert withdrawn.status_code == 200, withdrawn.text
    assert (accepted.status_code, await told(world, "answers", "requests")) in (
        (200, ["answer.accepted.v1", "request.withdrawn.v1"]),
        (TOO_LATE, ["request.withdrawn.v1"]),
    )


async def test_an_employers_yes_and_its_deadline_never_both_win(world: World) -> None:
    world.registry.set_clock(Clock.stopped(CONFIRM_BY))
    for _ in range(TIMES):
        match = await world.a_match("accepted", Entries("accepted"))
        await world.a_letter(match, "employer_asked_to_confirm")

        answer, lapsed = await asyncio.gather(
            world.press(world.link(match, "employer"), "accept"),
            ticker.fire_due(world.registry.pool, world.clock, set()),
        )

        verdict = await world.registry.pool.fetchval(
            "SELECT verdict FROM own.said WHERE match_id = $1 AND audience = 'employer'", match.match_id
        )
        assert (verdict, answer.status_code, lapsed) in (("accepted", 200, 0), ("lapsed", TOO_LATE, 1))


async def test_a_deadline_and_a_cancellation_never_both_win(world: World) -> None:
    world.registry.set_clock(Clock.stopped(CONFIRM_BY))
    for _ in range(TIMES):
        match = await world.a_match("accepted", Entries("accepted"))
        await world.a_letter(match, "employer_asked_to_confirm")

        cancelled, lapsed = await asyncio.gather(
            world.press(world.link(match), "cancel", reason="illness"),
            ticker.fire_due(world.registry.pool, world.clock, set()),
        )

        # What lapsed first may still be called off: the matcher hears both, and the first one holds there too.
        assert cancelled.status_code == 200
        types = [type_ for type_, answer in await world.registry.said("answers") if is_about(answer, match)]
        assert types in (["answer.cancelled.v1"], ["answer.lapsed.v1", "answer.cancelled.v1"])
        assert lapsed == len(types) - 1


async def test_what_took_place_is_recorded_whatever_crosses_it(world: World) -> None:
    world.registry.set_clock(Clock.stopped(ON_THE_DAY))
    for _ in range(TIMES):
        match = await world.a_match("confirmed", Entries("accepted", "accepted"))

        recorded, cancelled = await asyncio.gather(
            world.press(world.link(match), "delivery", held="yes", pupils="28"),
            world.press(world.link(match, "employer"), "cancel", reason="illness"),
        )

        assert recorded.status_code == 200
        types = [type_ for type_, answer in await world.registry.said("answers") if is_about(answer, match)]
        assert (cancelled.status_code, types) in (
            (200, ["answer.cancelled.v1", "answer.delivered.v1"]),
            (TOO_LATE, ["answer.delivered.v1"]),
        )


async def test_an_answer_and_the_erasure_of_who_gives_it_leave_no_name(world: World) -> None:
    """Said first, it stays without who said it; erased first, the link is no longer in use."""
    match = await world.a_match()
    teacher = world.ids["teacher"]

    answered, erased = await asyncio.gather(
        world.press(world.link(match), "decline", reason="staffing", comment="In my own words."),
        world.registry.delete(f"/v1/contacts/{teacher}"),
    )

    assert erased.status_code == 204
    said = await said_about(world, match)
    assert (answered.status_code, said) in ((200, [("declined", "", None)]), (410, []))
    rows = await world.registry.pool.fetch("SELECT convert_from(body, 'UTF8') AS body FROM own.outbox")
    assert not any("In my own words" in row["body"] for row in rows)


async def said_about(world: World, match: Match) -> list[tuple[str, str, UUID | None]]:
    rows = await world.registry.pool.fetch(
        "SELECT verdict, comment, contact_id FROM own.said WHERE match_id = $1", match.match_id
    )
    return [tuple(row) for row in rows]


def is_about(answer: dict[str, object], match: Match) -> bool:
    return answer["match_id"] == str(match.match_id)
