"""Planned matches: told when the window is over or the session is near, and moved freely until then."""

from datetime import date, timedelta

import pytest

from contracts.hubs import MatchingPolicy
from services.matcher import store
from services.matcher.releasing import BATCH
from services.plumbing.postgres import transaction
from tests.matcher.given_live import (
    TUESDAY,
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

WINDOW = MatchingPolicy(window_seconds=3600, look_ahead=False)
EARLIER = TUESDAY - timedelta(hours=1)


async def test_a_planned_match_is_told_when_the_window_is_over(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    await matcher.hear(a_hub(policy=WINDOW))
    await matcher.plan()
    assert await matcher.states() == ["planned"]
    assert await matcher.release() == 0
    assert await matcher.told() == []

    with matcher.later(hours=1):
        assert await matcher.release() == 1

    ((type_, match),) = await matcher.told_matches()
    assert (type_, match.state, match.terms.pupils) == ("match.proposed.v1", "proposed", 30)


@pytest.mark.parametrize("lacks", ["offer", "session", "employer", "request", "school", "cohort", "hub"])
async def test_planned_matches_that_lack_a_side_keep_no_other_back(matcher: Matcher, lacks: str) -> None:
    await a_small_hub(matcher)
    await matcher.hear(a_hub(policy=WINDOW))
    await matcher.plan()
    await matcher.hear(an_offer("offer 2", *(a_session(f"session 2 {n}") for n in range(BATCH))))
    await matcher.hear(a_school("school B", cohorts=()) if lacks == "cohort" else a_school("school B"))
    await matcher.hear(a_request("request B", school="school B"))
    sides = {"offer_id": id_("offer 2"), "request_id": id_("request B"), "school_id": id_("school B")}
    if lacks not in {"session", "cohort"}:
        sides[f"{lacks}_id"] = id_("unheard of")
    session = "no session" if lacks == "session" else "session 2"
    stuck = [
        a_live_match(
            "planned", f"stuck {n}", session_id=id_(f"{session} {n}"), planned_at=EARLIER, release_at=EARLIER, **sides
        )
        for n in range(BATCH)
    ]
    async with transaction(matcher.pool) as tx:
        await store.matches.add_matches(tx, stuck)

    with matcher.later(hours=1):
        assert await matcher.release() == 1

    assert [match.request_id for _, match in await matcher.told_matches()] == [id_("request A")]


async def test_a_session_that_is_near_is_told_at_once(matcher: Matcher) -> None:
    near = a_session(day=date(2026, 9, 25))
    await matcher.hear(a_hub(policy=WINDOW), an_employer(), an_offer("offer", near), a_school(), a_request())

    await matcher.plan()

    assert await matcher.states() == ["proposed"]


async def test_a_better_plan_moves_what_nobody_was_told_of(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    await matcher.hear(a_hub(policy=WINDOW), a_school(pupils=12))
    await matcher.plan()

    await matcher.hear(a_school("school B", pupils=30), a_request("request B", school="school B"))
    done = await matcher.plan()

    assert done is not None
    assert (done.counts["dropped"], done.counts["planned"]) == (1, 1)
    assert await matcher.states() == ["dropped", "planned"]
    assert await matcher.taken("session_places", "session 1") == (30, 30)
    assert await matcher.told() == []


async def test_a_planned_match_can_grow(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    await matcher.hear(a_hub(policy=WINDOW), a_school(pupils=12))
    await matcher.plan()

    await matcher.hear(a_school(pupils=20))
    done = await matcher.plan()

    assert done is not None
    assert done.counts["resized"] == 1
    assert (await matcher.the_match())["pupils"] == 20
    assert await matcher.taken("session_places", "session 1") == (30, 20)


async def test_what_was_told_is_never_moved_by_a_better_plan(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    await matcher.hear(a_school(pupils=12))
    await matcher.plan()

    await matcher.hear(a_school("school B", pupils=30), a_request("request B", school="school B"))
    await matcher.plan()

    assert await matcher.states() == ["proposed"]
    assert (await matcher.the_match())["school_id"] == id_("school A")
