"""Codes from a newer writer: what stands goes on standing, what is not understood is not planned, no area stops."""

from typing import Any

import pytest

from contracts.answers import Cancelled, Delivery
from contracts.event import Entity
from tests.matcher.given_live import (
    TUESDAY,
    Matcher,
    a_hub,
    a_request,
    a_school,
    a_session,
    a_small_hub,
    an_employer,
    an_offer,
    cancelled,
    delivered,
    said,
)

NEWER = [
    pytest.param(an_offer(state="newer"), id="an offer's state"),
    pytest.param(an_offer("offer", a_session(state="newer")), id="a session's state"),
    pytest.param(a_request(state="newer"), id="a request's state"),
    pytest.param(an_offer(counts_to={"gb5": 1, "gb6": 1, "newer": 1}), id="a benchmark"),
    pytest.param(a_school(phase="newer"), id="a school's phase"),
]


@pytest.mark.parametrize("entity", NEWER)
async def test_a_match_stands_whatever_its_sides_say_in_codes_that_are_not_known(
    matcher: Matcher, entity: Entity
) -> None:
    await a_small_hub(matcher)
    await matcher.plan_all()

    await matcher.hear(entity)
    await matcher.plan_all()

    assert await matcher.states() == ["proposed"]


@pytest.mark.parametrize(
    "entity",
    [
        *NEWER[:3],
        pytest.param(an_offer(mode="newer"), id="a mode"),
        pytest.param(a_school(state="newer"), id="a school's state"),
    ],
)
async def test_what_is_not_understood_is_not_planned_and_stops_nothing_else(matcher: Matcher, entity: Entity) -> None:
    await matcher.hear(a_hub(), an_employer(), an_offer(), a_school(), a_request())
    await matcher.hear(entity)

    assert await matcher.plan() is not None
    assert await matcher.states() == []


async def test_a_session_in_a_part_of_the_day_that_is_not_known_takes_the_whole_day(matcher: Matcher) -> None:
    twilight = an_offer("offer 2", a_session("session 2", part="newer"))
    await matcher.hear(a_hub(), an_employer(), an_offer(), twilight, a_school(), a_request())

    await matcher.plan_all()

    assert await matcher.states() == ["proposed"]


@pytest.mark.parametrize("side", ["school", "employer"])
async def test_an_answer_that_is_not_understood_changes_nothing(matcher: Matcher, side: str) -> None:
    await a_small_hub(matcher)
    await matcher.plan_all()

    await matcher.answer((await matcher.the_match())["id"], **{side: said("newer")})

    assert await matcher.states() == ["proposed"]
    assert len(await matcher.told()) == 1


@pytest.mark.parametrize(
    "entry, state",
    [
        pytest.param({"cancelled": cancelled("newer")}, "cancelled", id="who called it off"),
        pytest.param({"delivery": delivered(20).model_copy(update={"by": "newer"})}, "delivered", id="who recorded it"),
    ],
)
async def test_what_happened_counts_whoever_says_it(
    matcher: Matcher, entry: dict[str, Cancelled | Delivery], state: str
) -> None:
    await a_small_hub(matcher)
    await matcher.plan_all()
    more: dict[str, Any] = {"school": said("accepted", at=TUESDAY), **entry}

    await matcher.answer((await matcher.the_match())["id"], **more)

    assert await matcher.states() == [state]
    assert (await matcher.told_matches())[-1][1].history[-1].by == "newer"
