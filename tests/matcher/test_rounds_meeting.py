"""Rounds that meet: what happens while one thinks, and who may write in the end."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from contracts.rounds import Round
from services.matcher import rounds
from services.matcher.instance import Instance
from services.matcher.store import areas
from services.matcher.store.areas import Patience
from services.matcher.thinking import Task, Thought
from services.plumbing.postgres import transaction
from tests.matcher.given_live import (
    ONCE,
    RULES,
    Matcher,
    a_hub,
    a_request,
    a_school,
    a_small_hub,
    an_employer,
    an_offer,
    id_,
    said,
    think_here,
)

LEASED = timedelta(seconds=15)


async def test_news_that_comes_while_a_round_thinks_starts_another(matcher: Matcher) -> None:
    await a_small_hub(matcher)

    async def interrupted(instance: Instance, _task: Task) -> Thought:
        await matcher.hear(a_school("school B"))
        return await think_here(instance)

    await rounds.run_one(matcher.pool, interrupted, matcher.clock, RULES)

    assert await matcher.plan() is not None
    assert await matcher.plan() is None


async def test_an_offer_that_was_amended_while_the_round_thought_is_not_planned(matcher: Matcher) -> None:
    await a_small_hub(matcher)

    async def amended_meanwhile(instance: Instance, _task: Task) -> Thought:
        await matcher.hear(an_offer(terms_version=2, max_pupils=10))
        return await think_here(instance)

    done = await rounds.run_one(matcher.pool, amended_meanwhile, matcher.clock, RULES)

    assert done is not None
    assert (done.counts["skipped"], await matcher.states()) == (1, [])
    await matcher.plan_all()
    assert (await matcher.the_match())["pupils"] == 10


async def test_places_taken_meanwhile_are_skipped_and_count_as_news(matcher: Matcher) -> None:
    await a_small_hub(matcher)

    async def taken_meanwhile(instance: Instance, _task: Task) -> Thought:
        await matcher.pool.execute("UPDATE own.capacity SET taken = 10 WHERE kind = 'session_places'")
        return await think_here(instance)

    done = await rounds.run_one(matcher.pool, taken_meanwhile, matcher.clock, RULES)

    assert done is not None
    assert (done.counts["skipped"], await matcher.states()) == (1, [])
    assert await matcher.plan() is not None


async def test_a_matcher_that_lost_its_lease_writes_nothing(matcher: Matcher) -> None:
    await a_small_hub(matcher)

    async def overtaken(instance: Instance, _task: Task) -> Thought:
        await matcher.pool.execute("UPDATE own.areas SET leased_until = now() - interval '1 second'")
        assert await matcher.plan() is not None
        return await think_here(instance)

    assert await rounds.run_one(matcher.pool, overtaken, matcher.clock, RULES) is None

    assert await matcher.states() == ["proposed"]
    assert len(await matcher.told("rounds")) == 1


async def test_what_comes_free_overtakes_a_full_round_that_is_under_way(matcher: Matcher) -> None:
    """The next school is asked at once; the full round writes nothing and comes again."""
    await a_small_hub(matcher)
    await matcher.hear(a_school("school B", pupils=25), a_request("request B", school="school B"))
    await matcher.plan_all()
    hurried = replace(RULES, small=0, patience=Patience(ONCE, timedelta(hours=1), LEASED))
    between = []

    async def slow(instance: Instance, _task: Task) -> Thought:
        await matcher.answer((await matcher.the_match())["id"], school=said("declined", "travel"))
        between.append(await matcher.plan(hurried))
        return await think_here(instance)

    await matcher.hear(a_school("school C"))
    full = await rounds.run_one(matcher.pool, slow, matcher.clock, hurried)

    assert full is None
    assert [(done.kind, done.counts["planned"]) for done in between if done] == [("repair", 1)]
    assert await matcher.states() == ["declined", "proposed"]
    again = await matcher.plan(hurried)
    assert again is not None
    assert again.kind == "full"
    assert await matcher.plan(hurried) is None


async def test_a_round_that_was_overtaken_is_not_thought_to_its_end(matcher: Matcher) -> None:
    """It would keep a solver process from others for as long as a whole area takes."""
    await a_small_hub(matcher)
    began, stopped = asyncio.Event(), asyncio.Event()

    async def endless(_instance: Instance, _task: Task) -> Thought:
        began.set()
        try:
            return await asyncio.Future()
        finally:
            stopped.set()

    overtaken = asyncio.ensure_future(rounds.run_one(matcher.pool, endless, matcher.clock, RULES))
    await began.wait()
    await matcher.pool.execute("UPDATE own.areas SET leased_until = now() - interval '1 second'")
    assert await matcher.plan() is not None

    assert await asyncio.wait_for(overtaken, timeout=60) is None
    assert stopped.is_set()


async def test_who_only_repairs_leaves_whole_areas_to_others(matcher: Matcher) -> None:
    hurried = replace(RULES, small=0)
    await a_small_hub(matcher)
    await matcher.hear(a_school("school B", pupils=25), a_request("request B", school="school B"))

    async def repair() -> Round | None:
        return await rounds.run_one(matcher.pool, think_here, matcher.clock, hurried, only_repairs=True)

    assert await repair() is None
    await matcher.plan_all()
    await matcher.hear(a_school("school C"))
    assert await repair() is None
    await matcher.answer((await matcher.the_match())["id"], school=said("declined", "travel"))
    repaired = await repair()

    assert repaired is not None
    assert (repaired.kind, repaired.counts["planned"]) == ("repair", 1)
    assert await repair() is None


async def test_between_repairs_no_full_round_begins_until_they_have_put_it_off_for_long(matcher: Matcher) -> None:
    """The next decline would overtake it, and it would only keep a core from the repairs."""
    await a_small_hub(matcher)
    await matcher.hear(a_school("school B", pupils=25), a_request("request B", school="school B"))
    await matcher.plan_all()
    hour = timedelta(hours=1)
    busy = replace(RULES, small=0, patience=Patience(hour, ONCE, LEASED, overtaking=hour))
    patient = replace(busy, patience=Patience(hour, ONCE, LEASED, overtaking=ONCE))
    await matcher.answer((await matcher.the_match())["id"], school=said("declined", "travel"))

    kinds = [done.kind if (done := await matcher.plan(rules)) else None for rules in (busy, busy, patient, patient)]

    assert kinds == ["repair", None, "full", None]


async def test_a_full_round_is_overtaken_no_longer_when_its_news_has_waited_long_enough(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    await matcher.hear(a_school("school B", pupils=25), a_request("request B", school="school B"))
    await matcher.plan_all()
    patient = replace(RULES, small=0, patience=Patience(ONCE, timedelta(hours=1), LEASED, overtaking=ONCE))
    between = []

    async def slow(instance: Instance, _task: Task) -> Thought:
        await matcher.answer((await matcher.the_match())["id"], school=said("declined", "travel"))
        between.append(await matcher.plan(patient))
        return await think_here(instance)

    await matcher.hear(a_school("school C"))

    assert await rounds.run_one(matcher.pool, slow, matcher.clock, patient) is not None
    assert between == [None]


async def test_two_matchers_never_plan_one_area_at_the_same_time(matcher: Matcher) -> None:
    await a_small_hub(matcher)

    leases = await asyncio.gather(*(lease_one(matcher) for _ in range(8)))

    assert sum(lease is not None for lease in leases) == 1


async def test_an_area_never_waits_for_another(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    await matcher.hear(a_hub("other hub", area="other area"))
    one_thinks, other_is_done = asyncio.Event(), asyncio.Event()

    async def slow(instance: Instance, _task: Task) -> Thought:
        one_thinks.set()
        await other_is_done.wait()
        return await think_here(instance)

    slow_round = asyncio.ensure_future(rounds.run_one(matcher.pool, slow, matcher.clock, RULES))
    await one_thinks.wait()
    other = await matcher.plan()
    other_is_done.set()
    first = await slow_round

    assert other is not None
    assert first is not None
    assert {first.area_id, other.area_id} == {id_("area"), id_("other area")}


async def test_a_lease_is_renewed_while_the_solver_thinks(matcher: Matcher) -> None:
    await a_small_hub(matcher)
    short = replace(RULES, patience=Patience(ONCE, ONCE, timedelta(seconds=0.3)))
    others = []

    async def slow(instance: Instance, _task: Task) -> Thought:
        await asyncio.sleep(0.6)
        others.append(await lease_one(matcher))
        return await think_here(instance)

    assert await rounds.run_one(matcher.pool, slow, matcher.clock, short) is not None
    assert others == [None]


async def test_two_areas_that_race_for_one_session_never_overbook_it(matcher: Matcher) -> None:
    """Both have thought before either writes; the database decides, and the other plans anew."""
    both = an_offer(areas=(id_("area"), id_("other area")))
    await matcher.hear(a_hub(), a_hub("other hub", area="other area"), an_employer(), both)
    await matcher.hear(a_school(), a_request())
    await matcher.hear(a_school("school B", hub="other hub"), a_request("request B", school="school B"))
    have_thought = asyncio.Barrier(2)

    async def together(instance: Instance, task: Task) -> Thought:
        thought = await think_here(instance, task)
        await have_thought.wait()
        return thought

    done = await asyncio.gather(*(rounds.run_one(matcher.pool, together, matcher.clock, RULES) for _ in range(2)))

    assert sorted((one.counts["planned"], one.counts["skipped"]) for one in done if one) == [(0, 1), (1, 0)]
    assert await matcher.taken("session_places", "session 1") == (30, 30)
    await matcher.plan_all()
    assert await matcher.states() == ["proposed"]


async def lease_one(matcher: Matcher) -> areas.Lease | None:
    async with transaction(matcher.pool) as tx:
        return await areas.lease_area(tx, matcher.clock.today(), RULES.patience)
