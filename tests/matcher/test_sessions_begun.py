"""Sessions that begin, or took place and are gone: they take no new places, and no round tries for ever."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.matcher.rounds import count_waiting, run_one
from services.matcher.writing import TRIES
from services.plumbing.clock import Clock
from tests.matcher.given_live import (
    RULES,
    TUESDAY,
    VISIT_DAY,
    WRONG_COUNTERS,
    Matcher,
    a_hub,
    a_request,
    a_school,
    a_session,
    an_employer,
    an_offer,
    delivered,
    said,
    think_here,
)


@dataclass(frozen=True)
class Hands(Clock):
    """A clock whose hands a test moves."""

    at: list[datetime] = field(default_factory=lambda: [TUESDAY])

    def now(self) -> datetime:
        return self.at[-1]


async def test_a_session_that_begins_while_its_round_thinks_takes_no_places(matcher: Matcher) -> None:
    clock, today = Hands(), a_session("session 1", TUESDAY.date())
    await matcher.hear(a_hub(), an_employer(), an_offer("offer", today, notice_days=0), a_school())
    await matcher.hear(a_request(notice_days=0))

    async def think_until_it_has_begun(*given: Any) -> Any:
        thought = await think_here(*given)
        clock.at.append(TUESDAY + timedelta(hours=2))
        return thought

    while await run_one(matcher.pool, think_until_it_has_begun, clock, RULES):
        pass

    assert await matcher.matches() == []
    assert await matcher.pool.fetch(WRONG_COUNTERS) == []


async def test_nobody_joins_a_session_that_has_begun_and_no_round_tries_for_ever(matcher: Matcher) -> None:
    """Whoever stands on it keeps it in what rounds read, with the places that are left."""
    clock, today = Hands(), a_session("session 1", TUESDAY.date())
    roomy = an_offer("offer", today, notice_days=0, max_pupils=60, max_groups=2)
    await matcher.hear(a_hub(), an_employer(), roomy, a_school(), a_request(notice_days=0))
    await run_one(matcher.pool, think_here, clock, RULES)
    await matcher.answer((await matcher.the_match())["id"], school=said("accepted"))
    clock.at.append(TUESDAY + timedelta(hours=2))
    await matcher.hear(a_school("school B"), a_request("request B", school="school B", notice_days=0))

    rounds = [await run_one(matcher.pool, think_here, clock, RULES) for _ in range(4)]

    assert rounds[-1] is None
    assert await matcher.states() == ["confirmed"]


@pytest.mark.parametrize("limit", ["the offer", "its employer"])
async def test_a_session_that_took_place_counts_also_once_it_was_taken_off_the_offer(
    matcher: Matcher, limit: str
) -> None:
    """What rounds read shows it nowhere, and the counters do: no round tries for ever what they refuse."""
    first, second = a_session("session 1"), a_session("session 2", VISIT_DAY + timedelta(days=2))
    employer = an_employer(max_sessions=1 if limit == "its employer" else None)
    await matcher.hear(a_hub(), employer, an_offer("offer", first), a_school(), a_request())
    await matcher.plan_all()
    match_id = (await matcher.the_match())["id"]
    await matcher.answer(match_id, school=said("accepted"), delivery=delivered(30))
    gone = first.model_copy(update={"state": "cancelled"})
    both = an_offer("offer", gone, second, max_sessions=1 if limit == "the offer" else 2)
    await matcher.hear(both, a_school("school B"), a_request("request B", school="school B"))

    rounds = [await matcher.plan() for _ in range(4)]

    assert rounds[-1] is None
    assert await matcher.states() == ["delivered"]


@pytest.mark.parametrize("limit", ["places", "groups"])
async def test_a_session_over_its_limits_gives_the_offers_other_sessions_no_more_room(
    matcher: Matcher, limit: str
) -> None:
    """What took place stays when an amendment makes places fewer; only that session may hold so much."""
    clock, today = Hands(), a_session("session 1", TUESDAY.date())
    later = a_session("session 2")
    roomy = an_offer("offer", today, notice_days=0, max_pupils=60, max_groups=2)
    await matcher.hear(a_hub(), an_employer(), roomy, a_school(), a_school("school B"))
    await matcher.hear(*(a_request(f"request {name}", school=f"school {name}", notice_days=0) for name in "AB"))
    await matcher.plan_all()
    for match in await matcher.matches():
        await matcher.answer(match["id"], school=said("accepted"), delivery=delivered(30))
    fewer = {"places": {"max_pupils": 30}, "groups": {"max_groups": 1}}[limit]
    both = {"sessions": (today, later), "max_sessions": 2}
    await matcher.hear(roomy.model_copy(update=both | fewer))
    more = [a_school("school C"), a_school("school D")]
    await matcher.hear(*more, *(a_request(f"request {n}", school=f"school {n}", notice_days=0) for n in "CD"))

    rounds = [await run_one(matcher.pool, think_here, clock, RULES) for _ in range(4)]

    assert rounds[-1] is None
    proposed = [match for match in await matcher.matches() if match["state"] == "proposed"]
    assert {match["session_id"] for match in proposed} == {later.session_id}
    assert sum(match["pupils"] for match in proposed) == 30
    assert await matcher.pool.fetch(WRONG_COUNTERS) == []


async def test_counters_that_refuse_what_rounds_plan_are_not_asked_for_ever(matcher: Matcher) -> None:
    """Whatever made them disagree: the rounds give up after a few, say so, and go on with the next news."""
    await matcher.hear(a_hub(), an_employer(), an_offer(), a_school())
    await matcher.pool.execute("UPDATE own.capacity SET places = 0 WHERE kind = 'session_places'")
    await matcher.hear(a_request())

    rounds = [await matcher.plan() for _ in range(TRIES + 1)]
    await count_waiting(matcher.pool)

    assert [done.counts["skipped"] for done in rounds if done] == [1] * TRIES
    assert REGISTRY.get_sample_value("areas_given_up") == 1

    await matcher.pool.execute("UPDATE own.capacity SET places = 30 WHERE kind = 'session_places'")
    await matcher.hear(a_school("school B"))
    await matcher.plan_all()
    await count_waiting(matcher.pool)
    assert await matcher.states() == ["proposed"]
    assert REGISTRY.get_sample_value("areas_given_up") == 0
