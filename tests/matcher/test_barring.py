"""What ended without anybody's no is planned anew, and rounds come to rest all the same."""

from datetime import timedelta

import pytest

from contracts.letters import Letter
from contracts.matches import Change
from contracts.schools import Membership
from services.matcher.barring import UNREACHED, bars_its_days, bars_the_pair
from tests.matcher.given_live import (
    TUESDAY,
    VISIT_DAY,
    Matcher,
    a_hub,
    a_live_match,
    a_request,
    a_school,
    a_session,
    a_small_hub,
    an_employer,
    an_offer,
    id_,
)

SESSIONS = [a_session(f"session {n}", VISIT_DAY + timedelta(days=7 * n)) for n in range(3)]


async def a_letter(matcher: Matcher, state: str) -> None:
    """What became of the letter about the one open match."""
    match = await matcher.the_match()
    letter = Letter(
        letter_id=id_(f"letter {match['id']}"),
        match_id=match["id"],
        kind="school_match_proposed",
        audience="school",
        terms_version=1,
        state=state,
        at=matcher.clock.now(),
    )
    await matcher.hear(letter)


@pytest.mark.parametrize("state", ["declined", "lapsed", "refused", "cancelled", "not_held"])
def test_whoever_was_asked_is_not_asked_the_same_again(state: str) -> None:
    assert bars_the_pair(a_live_match(state), TUESDAY + timedelta(days=300))


@pytest.mark.parametrize("reason", ["fewer_places", "left_hub"])
def test_limits_speak_against_no_pair(reason: str) -> None:
    assert not bars_the_pair(a_live_match("withdrawn", reason=reason), TUESDAY)


def test_a_note_that_comes_later_does_not_lengthen_the_week() -> None:
    noted = Change(state="undeliverable", at=TUESDAY + timedelta(days=6), by="school", reason="contradicted")
    ended = Change(state="undeliverable", at=TUESDAY, by="matcher", reason="nobody_reached")
    match = a_live_match("undeliverable", reason="nobody_reached", history=(ended, noted))

    assert bars_the_pair(match, TUESDAY + UNREACHED - timedelta(seconds=1))
    assert not bars_the_pair(match, TUESDAY + UNREACHED)
    assert not bars_its_days(match)


async def test_a_letter_that_came_too_late_costs_one_day_and_no_more(matcher: Matcher) -> None:
    await matcher.hear(a_hub(), an_employer(), an_offer("offer", *SESSIONS, max_sessions=1), a_school(), a_request())
    days, rounds = [], await matcher.plan_all()
    while "proposed" in await matcher.states():
        days.append((await matcher.the_match())["first_day"])
        await a_letter(matcher, "too_late")
        rounds += await matcher.plan_all()

    assert sorted(days) == [session.date for session in SESSIONS]
    assert await matcher.states() == ["undeliverable"] * len(SESSIONS)
    assert rounds <= 2 * (len(SESSIONS) + 1)


async def test_whom_no_letter_reached_is_asked_again_after_a_week(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    await matcher.plan_all()
    await a_letter(matcher, "undeliverable")

    assert await matcher.plan_all() <= 2
    with matcher.later(days=6):
        await matcher.plan_all()
    assert await matcher.states() == ["undeliverable"]

    with matcher.later(days=7):
        await matcher.plan_all()
    assert await matcher.states() == ["undeliverable", "proposed"]


async def test_a_school_that_comes_back_to_its_hub_is_asked_again(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    await matcher.plan_all()

    await matcher.hear(a_school(memberships=()))
    await matcher.plan_all()
    assert await matcher.states() == ["withdrawn"]

    await matcher.hear(a_school(memberships=(Membership(hub_id=id_("hub"), since=TUESDAY.date()),)))
    await matcher.plan_all()
    assert await matcher.states() == ["withdrawn", "proposed"]


async def test_a_cap_that_rises_again_lets_the_pair_be_proposed_again(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    await matcher.plan_all()

    await matcher.hear(an_employer(max_sessions=0))
    await matcher.plan_all()
    assert await matcher.states() == ["withdrawn"]

    await matcher.hear(an_employer(max_sessions=1))
    await matcher.plan_all()
    assert await matcher.states() == ["withdrawn", "proposed"]
