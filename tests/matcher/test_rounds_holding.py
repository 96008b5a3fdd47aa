"""Scarce places are kept for those who are expected, and not for ever: on a real database, by stopped clocks."""

import pytest

from contracts.hubs import MatchingPolicy
from contracts.rounds import Round
from services.matcher import thinking
from services.matcher.store import arrivals
from services.plumbing.postgres import transaction
from tests.matcher.given_live import (
    AREA,
    TUESDAY,
    Matcher,
    a_hub,
    a_request,
    a_school,
    an_employer,
    an_offer,
    id_,
    said,
)
from tests.matcher.given_past import LOOKING, remember_past

FEW, MANY = 8, 30


async def a_scarce_place(matcher: Matcher) -> Round:
    """One visit for one group of thirty, and so far only a cohort of eight that asks."""
    await remember_past(matcher.pool)
    await matcher.hear(a_hub(policy=LOOKING), an_employer(), an_offer(), a_school(pupils=FEW), a_school("school B"))
    await matcher.hear(a_request())
    done = await matcher.plan()
    assert done is not None
    return done


async def test_a_place_is_held_back_for_a_cohort_that_asked_last_year(matcher: Matcher) -> None:
    done = await a_scarce_place(matcher)

    match = await matcher.the_match()
    assert (match["state"], match["held"], match["pupils"]) == ("planned", "needier_expected", FEW)
    assert (done.counts["places_held"], done.counts["places_released"]) == (FEW, 0)
    assert done.versions["look_ahead"]["version"] == "look-ahead-1"
    assert done.versions["look_ahead"]["years"] == ["before-1"]
    with matcher.later(days=2):
        assert await matcher.release() == 0
    assert await matcher.told() == []


async def test_who_asks_learns_why_and_until_when(matcher: Matcher) -> None:
    await a_scarce_place(matcher)

    (told,) = [fact["data"] for fact in await matcher.told("outlooks")]

    assert told["state"] == "planned"
    ((code, until, text),) = [(one["code"], one["until"], one["text"]) for one in told["held_back"]]
    assert (code, until[:10]) == ("needier_expected", "2026-10-03")
    assert text == (
        "8 places of “A morning on the production line” are kept for now: others who lack more usually ask for them "
        "later. If nothing better comes, they are proposed on 3 October at the latest."
    )


async def test_the_place_goes_to_the_needier_cohort_when_it_asks(matcher: Matcher) -> None:
    await a_scarce_place(matcher)

    with matcher.later(days=17):
        await matcher.hear(a_request("request B", school="school B", posted_at=matcher.clock.now()))
        await matcher.plan_all()
        assert (await matcher.the_match())["held"] is None
    with matcher.later(days=18):
        assert await matcher.release() == 1

    ((type_, match),) = await matcher.told_matches()
    assert (type_, match.request_id, match.terms.pupils) == ("match.proposed.v1", id_("request B"), MANY)


async def test_the_place_is_given_back_when_it_has_been_kept_long_enough(matcher: Matcher) -> None:
    await a_scarce_place(matcher)

    with matcher.later(days=24):
        await matcher.plan()
        assert await matcher.release() == 0
    with matcher.later(days=25):
        assert await matcher.release() == 1

    ((_, match),) = await matcher.told_matches()
    assert (match.request_id, match.terms.pupils) == (id_("request A"), FEW)
    assert [row["held"] for row in await matcher.matches()] == [None]


async def test_a_place_whose_day_is_near_is_given_to_whoever_is_there(matcher: Matcher) -> None:
    """Hold days are many; 21 days before the visit nothing waits any longer."""
    await remember_past(matcher.pool)
    patient = LOOKING.model_copy(update={"hold_days": 300, "guarantee_days": 300})
    await matcher.hear(a_hub(policy=patient), an_employer(), an_offer(), a_school(pupils=FEW), a_school("school B"))
    await matcher.hear(a_request())
    await matcher.plan()
    assert (await matcher.the_match())["held"] == "needier_expected"

    with matcher.later(days=41):
        assert await matcher.release() == 0
    with matcher.later(days=42):
        assert await matcher.release() == 1

    assert await matcher.states() == ["proposed"]


async def test_nothing_is_held_back_from_who_has_waited_longer_than_the_guarantee(matcher: Matcher) -> None:
    await remember_past(matcher.pool)
    short = LOOKING.model_copy(update={"guarantee_days": 5})
    await matcher.hear(a_hub(policy=short), an_employer(), an_offer(), a_school(pupils=FEW), a_school("school B"))
    await matcher.hear(a_request())
    await matcher.plan()
    assert (await matcher.the_match())["held"] == "needier_expected"

    with matcher.later(days=5):
        assert await matcher.release() == 1


async def test_a_hub_without_a_window_holds_nothing_back(matcher: Matcher) -> None:
    await remember_past(matcher.pool)
    at_once = LOOKING.model_copy(update={"window_seconds": 0})
    await matcher.hear(a_hub(policy=at_once), an_employer(), an_offer(), a_school(pupils=FEW), a_school("school B"))
    await matcher.hear(a_request())

    await matcher.plan()

    assert await matcher.states() == ["proposed"]


async def test_a_hub_that_looks_ahead_no_longer_gives_back_what_it_held(matcher: Matcher) -> None:
    await a_scarce_place(matcher)
    await matcher.hear(a_hub(policy=LOOKING.model_copy(update={"look_ahead": False})))

    with matcher.later(days=1):
        done = await matcher.plan()
        assert await matcher.release() == 1

    assert done is not None
    assert (done.counts["places_held"], done.counts["places_released"]) == (0, FEW)


async def test_what_changes_its_size_when_it_is_given_back_counts_as_released(matcher: Matcher) -> None:
    await a_scarce_place(matcher)
    at_once = a_hub(policy=LOOKING.model_copy(update={"look_ahead": False}))
    await matcher.hear(at_once, a_school(pupils=FEW + 2))

    done = await matcher.plan()

    assert done is not None
    assert (done.counts["resized"], done.counts["places_held"], done.counts["places_released"]) == (1, 0, FEW + 2)


async def test_a_repair_asks_no_scenarios_and_leaves_to_the_full_round_what_is_held(matcher: Matcher) -> None:
    await remember_past(matcher.pool)
    await matcher.hear(a_hub(policy=LOOKING), an_employer(), an_offer(), a_school(), a_school("school B"))
    await matcher.hear(a_request("request B", school="school B"))
    await matcher.plan_all()
    with matcher.later(days=1):
        assert await matcher.release() == 1
        await matcher.hear(a_school("school C", pupils=FEW), a_request("request C", school="school C"))
        await matcher.plan_all()
        await matcher.answer((await matcher.the_match())["id"], school=said("declined", "travel"))

        repair, full = await matcher.plan(), await matcher.plan()

    assert repair is not None
    assert full is not None
    assert (repair.kind, repair.versions["look_ahead"], repair.counts["planned"]) == ("repair", None, 1)
    assert full.kind == "full"
    assert full.versions["look_ahead"] is not None


async def test_a_round_notes_what_came_once_and_what_became_of_it(matcher: Matcher) -> None:
    await matcher.hear(a_hub(policy=LOOKING), an_employer(), an_offer(), a_school(), a_request())
    await matcher.plan()
    await matcher.plan()
    with matcher.later(days=3):
        await matcher.hear(an_offer(state="withdrawn", reason="staff"))

    async with transaction(matcher.pool) as tx:
        past = await arrivals.read_past(tx, AREA, TUESDAY.replace(year=2025))

    assert {(one.kind, one.id, one.arrived_at) for one in past.arrivals} == {
        ("offer", id_("offer"), TUESDAY),
        ("request", id_("request A"), TUESDAY),
    }
    (offer,) = past.of_kind("offer")
    assert offer.record["max_pupils"] == MANY
    assert offer.gone_at is not None
    assert (offer.gone_at - TUESDAY).days == 3


async def test_an_area_is_planned_even_if_looking_ahead_fails(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a session that is gone")

    monkeypatch.setattr(thinking, "_foresee", broken)

    done = await a_scarce_place(matcher)

    assert done.versions["look_ahead"]["failed"] == "KeyError('a session that is gone')"
    assert (done.counts["planned"], done.counts["places_held"]) == (1, 0)


@pytest.mark.parametrize("held", ["undecided", None])
async def test_what_was_only_pencilled_is_no_news_to_another_area(matcher: Matcher, held: str | None) -> None:
    """Areas that share offers would wake each other for ever: every round writes its pencilled entries anew."""
    both = an_offer(areas=(AREA, id_("other area")))
    hub = a_hub(policy=MatchingPolicy(window_seconds=3600, look_ahead=False))
    await matcher.hear(hub, a_hub("other hub", area="other area"), an_employer(), both, a_school(pupils=FEW))
    await matcher.hear(a_request())
    await matcher.plan_all()
    await matcher.pool.execute("UPDATE own.matches SET held = $1", held)
    await matcher.hear(a_school("school B", pupils=MANY), a_request("request B", school="school B"))

    first, second = await matcher.plan(), await matcher.plan()

    assert first is not None
    assert (first.area_id, first.counts["dropped"]) == (AREA, 1)
    assert (second and second.area_id) == (None if held else id_("other area"))
