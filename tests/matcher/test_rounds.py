"""Rounds on a real database: what is heard becomes matches, and what was told is never moved."""

import gzip
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.hubs import MatchingPolicy
from services.matcher import rounds, store
from services.matcher.files import instance_from
from services.matcher.instance import Instance
from services.matcher.store import waiting
from services.matcher.store.areas import Patience
from services.matcher.thinking import PlanBroken, Task, Thought, answer_of, pack, solve_within, solver_version
from services.plumbing.postgres import transaction
from tests.matcher.given_live import (
    ONCE,
    RULES,
    VISIT_DAY,
    Matcher,
    a_hub,
    a_request,
    a_school,
    a_session,
    a_small_hub,
    an_employer,
    an_offer,
    id_,
    said,
)

WINDOW = MatchingPolicy(window_seconds=3600, look_ahead=False)
LEASED = timedelta(seconds=15)


async def test_an_offer_and_a_request_become_a_proposed_match(matcher: Matcher) -> None:
    await a_small_hub(matcher)

    done = await matcher.plan()

    assert done is not None
    ((type_, match),) = await matcher.told_matches()
    assert type_ == "match.proposed.v1"
    assert (match.offer_id, match.request_id, match.pupils) == (id_("offer"), id_("request A"), 30)
    assert match.terms.progress[0].percent_after == 100
    assert {why.code for why in match.terms.why} >= {"adds", "only_one"}


async def test_a_round_says_what_it_found(matcher: Matcher) -> None:
    await a_small_hub(matcher)

    done = await matcher.plan()

    (told,) = await matcher.told("rounds")
    assert done is not None
    assert told["data"] == done.model_dump(mode="json")
    assert (done.gap, done.counts["planned"], done.counts["requests"]) == (0, 1, 1)
    assert done.versions["equity_rule"] == "equity-1"
    assert done.report["coverage"] > 0
    assert list(done.report["coverage_by_school"].values()) == [done.report["coverage"]]
    assert done.report.keys() >= {"coverage_by_year", "lowest_decile", "gini", "disadvantaged_quarter"}
    assert done.report["longest_wait_days"] >= 0


async def test_an_area_without_news_is_not_planned_again(matcher: Matcher) -> None:
    await a_small_hub(matcher)

    assert await matcher.plan() is not None
    assert await matcher.plan() is None


async def test_an_area_is_planned_anew_with_every_day(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    await matcher.plan()

    with matcher.later(days=1):
        assert await matcher.plan() is not None
        assert await matcher.plan() is None


async def test_a_school_without_its_hub_waits_and_is_planned_once_the_hub_is_heard_of(matcher: Matcher) -> None:
    await matcher.hear(a_request(), a_school(), an_offer(), an_employer())
    assert await matcher.plan() is None

    await matcher.hear(a_hub())

    assert await matcher.plan() is not None
    assert await matcher.states() == ["proposed"]


@pytest.mark.parametrize("last", range(5))
async def test_whatever_comes_last_the_same_match_comes_of_it(matcher: Matcher, last: int) -> None:
    facts = [a_hub(), a_school(), an_employer(), an_offer(), a_request()]
    late = facts.pop(last)
    await matcher.hear(*facts)
    await matcher.plan_all()
    assert await matcher.states() == []

    await matcher.hear(late)
    await matcher.plan_all()

    assert await matcher.states() == ["proposed"]


async def test_news_waits_for_quiet_but_not_for_ever(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    calm = replace(RULES, patience=Patience(timedelta(hours=1), timedelta(hours=2), LEASED))
    no_longer = replace(RULES, patience=Patience(timedelta(hours=1), ONCE, LEASED))

    assert await matcher.plan(calm) is None
    assert await matcher.plan(no_longer) is not None


async def test_places_that_come_free_are_planned_at_once(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    await matcher.plan()
    await matcher.answer((await matcher.the_match())["id"], school=said("declined", "date_unsuitable"))
    calm = replace(RULES, patience=Patience(timedelta(hours=1), timedelta(hours=2), LEASED))

    assert await matcher.plan(calm) is not None


async def test_a_declined_pair_is_not_proposed_again_until_its_terms_change(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    await matcher.plan()
    await matcher.answer((await matcher.the_match())["id"], school=said("declined", "date_unsuitable"))
    await matcher.plan_all()
    assert await matcher.states() == ["declined"]

    other_day = a_session("session 2", VISIT_DAY + timedelta(days=7))
    await matcher.hear(an_offer("offer", a_session(), other_day, terms_version=2, max_sessions=1))
    await matcher.plan_all()

    assert await matcher.states() == ["declined", "proposed"]


async def test_a_decline_gives_the_places_to_the_next_school(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    await matcher.hear(a_school("school B", pupils=25), a_request("request B", school="school B"))
    await matcher.plan()
    first = await matcher.the_match()

    await matcher.answer(first["id"], school=said("declined", "travel"))
    await matcher.plan()

    second = await matcher.the_match()
    assert {first["school_id"], second["school_id"]} == {id_("school A"), id_("school B")}
    assert [type_ for type_, _ in await matcher.told_matches()] == [
        "match.proposed.v1",
        "match.ended.v1",
        "match.proposed.v1",
    ]


async def test_one_offer_serves_two_areas_but_never_twice(matcher: Matcher) -> None:
    both = an_offer(areas=(id_("area"), id_("other area")))
    await matcher.hear(a_hub(), a_hub("other hub", area="other area"), an_employer(), both)
    await matcher.hear(a_school(), a_request())
    await matcher.hear(a_school("school B", hub="other hub"), a_request("request B", school="school B"))

    assert await matcher.plan_all() >= 2

    assert await matcher.states() == ["proposed"]
    assert await matcher.taken("session_places", "session 1") == (30, 30)


async def test_places_that_come_free_in_a_large_area_are_repaired_first(matcher: Matcher) -> None:
    """The next school is asked at once; when the area is quiet a full round confirms it and tells the outlooks."""
    await a_small_hub(matcher)
    await matcher.hear(a_school("school B", pupils=25), a_request("request B", school="school B"))
    await matcher.plan_all()
    large = replace(RULES, small=0)

    await matcher.answer((await matcher.the_match())["id"], school=said("declined", "travel"))
    repair = await matcher.plan(large)
    confirmed = await matcher.plan(large)

    assert repair is not None
    assert (repair.kind, repair.counts["planned"]) == ("repair", 1)
    assert repair.versions["touched"]["offers"] == [str(id_("offer"))]
    assert confirmed is not None
    assert (confirmed.kind, confirmed.counts["planned"], confirmed.counts["dropped"]) == ("full", 0, 0)
    assert await matcher.plan(large) is None
    assert await matcher.states() == ["declined", "proposed"]


async def test_a_repair_waits_for_no_quiet_and_a_full_round_does(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    await matcher.plan_all()
    calm = replace(RULES, small=0, patience=Patience(timedelta(hours=1), timedelta(hours=2), LEASED))

    await matcher.answer((await matcher.the_match())["id"], school=said("declined", "travel"))

    assert await matcher.plan(calm) is not None
    assert await matcher.plan(calm) is None


async def test_a_round_can_be_run_again_from_what_it_kept(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    done = await matcher.plan()
    assert done is not None

    async with transaction(matcher.pool) as tx:
        kept = await store.rounds.find_round(tx, done.round_id)
    assert kept is not None
    instance = instance_from(json.loads(gzip.decompress(kept.instance_gz)))
    again = answer_of(instance, solve_within(instance, replace(RULES.limits, seed=kept.round.versions["seed"])))

    assert pack(again) == kept.matches_gz
    assert kept.round.versions["solver"] == solver_version()


async def test_a_plan_that_breaks_a_rule_is_not_written(matcher: Matcher) -> None:
    await a_small_hub(matcher)

    async def mistaken(instance: Instance, _task: Task) -> Thought:
        raise PlanBroken("H3-capacity")

    with pytest.raises(PlanBroken):
        await rounds.run_one(matcher.pool, mistaken, matcher.clock, RULES)

    assert await matcher.states() == []
    assert await matcher.told("rounds") == []
    await matcher.pool.execute("UPDATE own.areas SET leased_until = now()")
    assert await matcher.plan() is not None


async def test_operators_see_what_waits_for_what(matcher: Matcher) -> None:
    await matcher.hear(a_request(), a_school("school B"), an_offer())
    await matcher.answer(id_("a match of a lost database"), school=said("accepted"))

    async with transaction(matcher.pool) as tx:
        lacking = {lacks: count for lacks, count, _ in await waiting.waiting_facts(tx)}

    assert lacking == {"school": 1, "hub": 1, "employer": 1, "match": 1}


async def test_an_outlook_says_why_there_is_nothing_yet_and_says_it_once(matcher: Matcher) -> None:
    far = an_offer("far offer", a_session("far session"), radius_km=0.1, title="A day at the mill")
    await matcher.hear(a_hub(), an_employer(), far, an_offer("wrong year", a_session("s2"), years=(7,)))
    await matcher.hear(a_school(), a_request())

    await matcher.plan()
    with matcher.later(days=1):
        await matcher.plan()

    (told,) = [fact["data"] for fact in await matcher.told("outlooks")]
    assert (told["state"], told["need"]) == ("waiting", {"gb5": 30, "gb6": 300})
    assert {one["code"]: one["offers"] for one in told["excluded"]} == {"H1-distance": 1, "H1-year": 1}
    assert told["nearest_miss"] == (
        "“A day at the mill” would fit but for the distance. It would cover 30 encounters with an employer and "
        "30 pupil-days of workplace experience that are missing."
    )


async def test_an_outlook_follows_what_is_planned_told_and_met(matcher: Matcher) -> None:
    await matcher.hear(a_hub(policy=WINDOW), an_employer(), an_offer(), a_school())
    await matcher.hear(a_request(benchmarks=("gb5",)))
    await matcher.plan()
    await matcher.hear(an_offer(state="withdrawn"))
    await matcher.plan()

    states = [fact["data"]["state"] for fact in await matcher.told("outlooks")]

    assert states == ["planned", "waiting"]
