"""What is heard has its effect on matches: answers, letters, amendments, withdrawals, leaving."""

import asyncio
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.answers import Answer
from contracts.event import Entity
from contracts.letters import Letter
from contracts.offers import Offer
from contracts.schools import Days, Membership
from services.matcher.problem import Unplannable
from services.plumbing.patience import attempt
from services.plumbing.uuids import uuid7
from tests.matcher.given_live import (
    TUESDAY,
    VISIT_DAY,
    Matcher,
    a_cohort,
    a_fact,
    a_hub,
    a_request,
    a_school,
    a_session,
    a_small_hub,
    an_employer,
    an_offer,
    cancelled,
    delivered,
    id_,
    said,
)
from tests.parking import parked_answer, parked_comments

AFTERWARDS = {"days": 70}


async def a_proposed_match(matcher: Matcher, **of_offer: Any) -> UUID:
    await matcher.hear(a_hub(), an_employer(), an_offer(**of_offer), a_school(), a_request())
    await matcher.plan_all()
    return UUID(str((await matcher.the_match())["id"]))


async def three_proposed_matches(matcher: Matcher, **more: Any) -> None:
    """Three schools of ten pupils on one session for thirty."""
    await matcher.hear(a_hub(), an_employer(), an_offer(max_groups=3, **more))
    for name in "ABC":
        await matcher.hear(a_school(f"school {name}", pupils=10), a_request(f"request {name}", school=f"school {name}"))
        await matcher.plan_all()
    assert await matcher.states() == ["proposed"] * 3


async def the_types(matcher: Matcher) -> list[str]:
    return [type_.split(".")[1] for type_, _ in await matcher.told_matches()]


async def test_a_yes_confirms_and_a_delivery_counts(matcher: Matcher) -> None:
    match_id = await a_proposed_match(matcher)

    await matcher.answer(match_id, school=said("accepted"))
    with matcher.later(**AFTERWARDS):
        await matcher.answer(match_id, school=said("accepted"), delivery=delivered(28))

    assert await the_types(matcher) == ["proposed", "confirmed", "delivered"]
    (_, match) = (await matcher.told_matches())[-1]
    assert (match.state, match.pupils, match.reason) == ("delivered", 28, None)
    assert [change.state for change in match.history] == ["proposed", "accepted", "confirmed", "delivered"]
    assert [fact["aggregate_version"] for fact in await matcher.told()] == [1, 2, 3]


async def test_an_employer_who_is_asked_gets_a_deadline_and_confirms(matcher: Matcher) -> None:
    match_id = await a_proposed_match(matcher, employer_confirms=True)

    await matcher.answer(match_id, school=said("accepted"))
    await matcher.answer(match_id, school=said("accepted"), employer=said("accepted"))

    assert await the_types(matcher) == ["proposed", "accepted", "confirmed"]
    (_, accepted), (_, confirmed) = (await matcher.told_matches())[1:]
    assert accepted.confirm_by is not None
    assert (accepted.confirm_by - TUESDAY).days == 3
    assert confirmed.history[-1].by == "employer"


@pytest.mark.parametrize(
    "words, state, reason, by",
    [
        pytest.param({"school": said("declined", "travel")}, "declined", "travel", "school", id="declined"),
        pytest.param({"school": said("lapsed", "no_answer")}, "lapsed", "no_answer", "registry", id="lapsed"),
        pytest.param(
            {"school": said("accepted"), "cancelled": cancelled("hub")}, "cancelled", "illness", "hub", id="cancelled"
        ),
        pytest.param(
            {"school": said("accepted"), "employer": said("declined", "group_size")},
            *("refused", "group_size", "employer"),
            id="refused",
        ),
        pytest.param(
            {"school": said("accepted"), "employer": said("lapsed")}, "lapsed", "no_confirmation", "registry",
            id="not confirmed",
        ),
    ],
)  # fmt: skip
async def test_an_ending_frees_every_place_and_says_who_and_why(
    matcher: Matcher, words: dict[str, Any], state: str, reason: str, by: str
) -> None:
    match_id = await a_proposed_match(matcher, employer_confirms=True)

    await matcher.answer(match_id, **words)

    (type_, match) = (await matcher.told_matches())[-1]
    assert (type_, match.state, match.reason, match.ended_by) == ("match.ended.v1", state, reason, by)
    for kind, name in [("session_places", "session 1"), ("offer_sessions", "offer"), ("request_places", "request A")]:
        assert (await matcher.taken(kind, name))[1] == 0


async def test_an_answer_told_twice_or_out_of_order_changes_nothing(matcher: Matcher) -> None:
    match_id = await a_proposed_match(matcher)
    yes = a_fact(Answer(match_id=match_id, school=said("accepted")), version=1)
    ended = a_fact(Answer(match_id=match_id, school=said("accepted"), cancelled=cancelled()), version=2)

    assert await matcher.hear_fact(ended) == "handled"
    assert await matcher.hear_fact(ended) == "duplicate"
    assert await matcher.hear_fact(yes) == "handled"

    assert await the_types(matcher) == ["proposed", "ended"]


async def test_a_late_decline_is_kept_in_the_history(matcher: Matcher) -> None:
    match_id = await a_proposed_match(matcher)
    await matcher.hear(an_offer(state="withdrawn"))

    await matcher.answer(match_id, school=said("declined", "travel"))

    (type_, match) = (await matcher.told_matches())[-1]
    assert (type_, match.state, match.reason) == ("match.noted.v1", "withdrawn", "offer_withdrawn")
    assert (match.history[-1].by, match.history[-1].reason) == ("school", "contradicted")


async def test_what_took_place_on_a_cancelled_match_is_recorded_and_takes_no_places(matcher: Matcher) -> None:
    match_id = await a_proposed_match(matcher)
    await matcher.answer(match_id, school=said("accepted"), cancelled=cancelled())
    assert (await matcher.taken("session_places", "session 1")) == (30, 0)

    await matcher.answer(match_id, school=said("accepted"), cancelled=cancelled(), delivery=delivered(29))

    (_, match) = (await matcher.told_matches())[-1]
    assert (match.state, match.pupils) == ("delivered", 29)
    assert (await matcher.taken("session_places", "session 1")) == (30, 0)


async def test_an_answer_about_a_match_that_is_not_here_waits(matcher: Matcher) -> None:
    await matcher.answer(uuid7(), school=said("accepted"))

    assert await matcher.pool.fetchval("SELECT count(*) FROM memory.answers") == 1
    assert await matcher.pool.fetchval("SELECT count(*) FROM own.parked") == 0


@pytest.mark.parametrize("state, reason", [("undeliverable", "nobody_reached"), ("too_late", "too_late")])
async def test_a_proposal_that_reaches_nobody_ends_and_another_school_is_asked(
    matcher: Matcher, state: str, reason: str
) -> None:
    match_id = await a_proposed_match(matcher)
    await matcher.hear(a_school("school B"), a_request("request B", school="school B"))
    await matcher.plan_all()

    await matcher.hear(a_letter(match_id, state))
    await matcher.plan_all()

    assert await matcher.states() == ["undeliverable", "proposed"]
    assert (await matcher.matches())[0]["reason"] == reason


@pytest.mark.parametrize("state", ["sent", "unknown", "refused", "bounced", "stale"])
async def test_a_letter_on_its_way_changes_nothing(matcher: Matcher, state: str) -> None:
    match_id = await a_proposed_match(matcher)

    await matcher.hear(a_letter(match_id, state))

    assert await matcher.states() == ["proposed"]


def a_letter(match_id: UUID, state: str) -> Letter:
    return Letter(
        letter_id=uuid7(),
        match_id=match_id,
        kind="school_match_proposed",
        audience="school",
        terms_version=1,
        state=state,
        at=TUESDAY,
    )


@pytest.mark.parametrize(
    "amended",
    [
        pytest.param(an_offer("offer", a_session(day=VISIT_DAY + timedelta(days=1)), terms_version=2), id="date"),
        pytest.param(an_offer("offer", a_session(starts=time(10, 0)), terms_version=2), id="time"),
        pytest.param(an_offer(activity="talk", terms_version=2), id="activity"),
        pytest.param(an_offer(mode="virtual", terms_version=2), id="mode"),
        pytest.param(
            an_offer(place=an_offer().place.model_copy(update={"postcode": "SG14 2BB"}), terms_version=2), id="place"
        ),
    ],
)
async def test_other_arrangements_end_a_match_and_it_may_be_proposed_anew(matcher: Matcher, amended: Offer) -> None:
    await a_proposed_match(matcher)

    await matcher.hear(amended)
    await matcher.plan_all()

    assert await matcher.states() == ["terms_changed", "proposed"]
    assert (await matcher.taken("session_places", "session 1")) == (30, 30)


async def test_fewer_places_end_the_newest_proposals_first(matcher: Matcher) -> None:
    await three_proposed_matches(matcher)
    newest = (await matcher.matches())[-1]
    await matcher.answer(newest["id"], school=said("accepted"))

    await matcher.hear(an_offer(max_groups=3, max_pupils=20, terms_version=2))

    # The newest is confirmed and stands; of the two proposed the newer one ends.
    assert await matcher.states() == ["proposed", "withdrawn", "confirmed"]
    assert (await matcher.matches())[1]["reason"] == "fewer_places"
    assert await matcher.taken("session_places", "session 1") == (20, 20)


async def test_a_match_that_outlives_an_amendment_is_weighed_against_it(matcher: Matcher) -> None:
    await a_proposed_match(matcher)

    await matcher.hear(an_offer(max_pupils=60, terms_version=2))
    await matcher.hear(a_request(max_places=200, terms_version=2))

    assert await the_types(matcher) == ["proposed", "noted", "noted"]
    (_, match) = (await matcher.told_matches())[-1]
    assert (match.state, match.offer_terms_version, match.request_terms_version) == ("proposed", 2, 2)
    assert match.terms_version == 1


async def test_new_words_are_told_to_whom_they_were_confirmed(matcher: Matcher) -> None:
    match_id = await a_proposed_match(matcher)
    await matcher.answer(match_id, school=said("accepted"))

    await matcher.hear(an_offer(requirements="Closed shoes."))

    (type_, match) = (await matcher.told_matches())[-1]
    assert (type_, match.terms.requirements, match.terms_version) == ("match.changed.v1", "Closed shoes.", 2)


async def test_new_words_on_a_proposal_are_told_with_its_confirmation(matcher: Matcher) -> None:
    match_id = await a_proposed_match(matcher)

    await matcher.hear(an_offer(requirements="Closed shoes."))
    await matcher.answer(match_id, school=said("accepted"))

    assert await the_types(matcher) == ["proposed", "confirmed"]
    (_, match) = (await matcher.told_matches())[-1]
    assert (match.terms.requirements, match.terms_version) == ("Closed shoes.", 2)


async def test_a_withdrawn_offer_ends_everything_that_is_still_to_come(matcher: Matcher) -> None:
    await three_proposed_matches(matcher)
    confirmed = (await matcher.matches())[0]["id"]
    await matcher.answer(confirmed, school=said("accepted"))

    await matcher.hear(an_offer(max_groups=3, state="withdrawn", reason="staff_unavailable"))

    assert await matcher.states() == ["withdrawn"] * 3
    assert {match["ended_by"] for match in await matcher.matches()} == {"employer"}


async def test_withdrawing_afterwards_does_not_undo_what_took_place(matcher: Matcher) -> None:
    match_id = await a_proposed_match(matcher)
    await matcher.answer(match_id, school=said("accepted"))

    with matcher.later(**AFTERWARDS):
        await matcher.hear(an_offer(state="withdrawn"), a_request(state="withdrawn"))

    assert await matcher.states() == ["confirmed"]


async def test_a_withdrawn_request_ends_its_matches_and_closes_its_outlook(matcher: Matcher) -> None:
    await a_proposed_match(matcher)

    await matcher.hear(a_request(state="withdrawn", reason="no_longer_needed"))

    assert await matcher.states() == ["withdrawn"]
    assert [fact["data"]["state"] for fact in await matcher.told("outlooks")] == ["partly", "closed"]


async def test_a_cancelled_session_ends_its_matches_alone(matcher: Matcher) -> None:
    other = a_session("session 2", VISIT_DAY + timedelta(days=7))
    await matcher.hear(a_hub(), an_employer(), an_offer("offer", a_session(), other))
    for name in "AB":
        await matcher.hear(a_school(f"school {name}"), a_request(f"request {name}", school=f"school {name}"))
    await matcher.plan_all()
    assert await matcher.states() == ["proposed"] * 2

    await matcher.hear(an_offer("offer", a_session(state="cancelled"), other, terms_version=2))

    ended = [match["session_id"] for match in await matcher.matches() if match["reason"] == "session_cancelled"]
    assert ended == [id_("session 1")]


async def test_a_request_that_no_longer_wants_it_ends_its_match(matcher: Matcher) -> None:
    await a_proposed_match(matcher)

    await matcher.hear(a_request(activities=("talk",), terms_version=2))

    assert (await matcher.matches())[0]["reason"] == "request_amended"


async def test_a_smaller_pooled_cap_ends_the_newest(matcher: Matcher) -> None:
    second = an_offer("offer 2", a_session("session 2"))
    await matcher.hear(a_hub(), an_employer(), an_offer(), a_school(), a_request())
    await matcher.plan_all()
    await matcher.hear(second, a_school("school B"), a_request("request B", school="school B"))
    await matcher.plan_all()
    assert await matcher.states() == ["proposed"] * 2

    await matcher.hear(an_employer(max_sessions=1))

    assert await matcher.states() == ["proposed", "withdrawn"]
    assert await matcher.taken("employer_sessions", "employer") == (1, 1)


async def test_leaving_the_hub_ends_proposals_and_leaves_what_was_agreed(matcher: Matcher) -> None:
    await three_proposed_matches(matcher)
    await matcher.answer((await matcher.matches())[0]["id"], school=said("accepted"))
    until = (Membership(hub_id=id_("hub"), since=date(2026, 1, 1), until=date(2026, 10, 1)),)

    for name in "AB":
        await matcher.hear(a_school(f"school {name}", pupils=10, memberships=until))

    assert await matcher.states() == ["confirmed", "withdrawn", "proposed"]


async def test_an_accept_and_a_withdrawal_that_cross_leave_one_story(matcher: Matcher) -> None:
    """Whichever comes first, the match has ended, its places are free, and both are in its history."""
    for turn in range(6):
        offer, session = f"offer {turn}", f"session {turn}"
        await matcher.hear(a_hub(), an_employer(), an_offer(offer, a_session(session)))
        await matcher.hear(a_school(f"school {turn}"), a_request(f"request {turn}", school=f"school {turn}"))
        await matcher.plan_all()
        match_id = (await matcher.the_match())["id"]

        facts = [
            a_fact(Answer(match_id=match_id, school=said("accepted"))),
            a_fact(an_offer(offer, a_session(session), state="withdrawn"), version=2),
        ]
        await asyncio.gather(*(take_until_done(matcher, fact) for fact in facts))

        (_, match) = (await matcher.told_matches())[-1]
        assert match.state == "withdrawn"
        assert {change.by for change in match.history} >= {"matcher", "school", "employer"}
        assert await matcher.taken("session_places", session) == (30, 0)


async def take_until_done(matcher: Matcher, fact: Any) -> None:
    """As the consumer does: trouble that passes comes again."""
    while (outcome := await attempt(matcher.hear_fact(fact))) not in {"handled", "duplicate"}:
        assert outcome.passes, outcome  # type: ignore[union-attr]


async def test_an_older_version_changes_nothing(matcher: Matcher) -> None:
    await matcher.hear_fact(a_fact(an_offer(state="withdrawn"), version=2))
    await matcher.hear_fact(a_fact(an_offer(), version=1))

    assert await matcher.pool.fetchval("SELECT state FROM memory.offers") == "withdrawn"


async def test_memory_can_be_dropped_and_read_again_without_a_word(matcher: Matcher) -> None:
    await three_proposed_matches(matcher)
    accepted = Answer(match_id=(await matcher.matches())[0]["id"], school=said("accepted"))
    await matcher.hear_fact(a_fact(accepted))
    before = (await matcher.told(), await matcher.states())
    tables = "hubs, schools, employers, offers, requests, answers, letters, inbox"

    await matcher.pool.execute(f"TRUNCATE {', '.join(f'memory.{name}' for name in tables.split(', '))}")
    await matcher.hear_fact(a_fact(accepted))
    for name in "CBA":
        await matcher.hear_fact(a_fact(a_request(f"request {name}", school=f"school {name}")))
        await matcher.hear_fact(a_fact(a_school(f"school {name}", pupils=10)))
    for entity in (an_offer(max_groups=3), an_employer(), a_hub()):
        await matcher.hear_fact(a_fact(entity))
    await matcher.plan_all()

    assert (await matcher.told(), await matcher.states()) == before
    assert await matcher.taken("session_places", "session 1") == (30, 30)


async def test_older_records_that_are_read_again_judge_no_match(matcher: Matcher) -> None:
    """Memory was dropped; the topic still holds the offer as it was before it was moved, and the school's old cap."""
    moved = an_offer("offer", a_session(day=VISIT_DAY + timedelta(days=7)), terms_version=2, requirements="New.")
    old_words = a_fact(an_offer("offer", moved.sessions[0], terms_version=2), version=2)
    for fact in (a_fact(an_offer(), 1), old_words, a_fact(moved, 3)):
        await matcher.hear_fact(fact)
    await matcher.hear(a_hub(), an_employer(), a_school(), a_request())
    await matcher.plan_all()
    await matcher.answer((await matcher.the_match())["id"], school=said("accepted"))
    before = await matcher.told()

    await matcher.pool.execute("TRUNCATE memory.offers, memory.inbox")
    for fact in (a_fact(an_offer(max_pupils=5), 1), old_words, a_fact(moved, 3)):
        await matcher.hear_fact(fact)

    assert await matcher.told() == before
    assert await matcher.taken("session_places", "session 1") == (30, 30)


@pytest.mark.parametrize(
    "poison",
    [
        pytest.param(a_request(possible=()), id="no possible day"),
        pytest.param(a_request(impossible=(Days(first=VISIT_DAY, last=TUESDAY.date()),)), id="days that end early"),
        pytest.param(a_school(cohorts=(a_cohort(academic_year="soon"),)), id="no academic year"),
        pytest.param(a_school(cohorts=(a_cohort(academic_year="1999/00"),)), id="a year before the benchmarks"),
    ],
)
async def test_what_would_stop_its_area_is_refused_at_the_door(matcher: Matcher, poison: Entity) -> None:
    with pytest.raises(Unplannable):
        await matcher.hear(poison)

    assert await matcher.pool.fetchval("SELECT count(*) FROM memory.inbox") == 0


async def test_a_small_hub_has_no_news_left_after_its_round(matcher: Matcher) -> None:
    await a_small_hub(matcher)

    assert await matcher.plan_all() == 1


async def test_what_an_erased_person_wrote_is_not_kept_with_the_parked_messages(matcher: Matcher) -> None:
    await parked_answer(matcher.pool, id_("match"))
    await parked_answer(matcher.pool, id_("other"))
    answer = Answer(match_id=id_("match"), school=said("accepted"))

    await matcher.hear_fact(a_fact(answer))
    assert await parked_comments(matcher.pool) == 2
    await matcher.hear_fact(a_fact(answer, 2).model_copy(update={"type": Answer.restated}))

    assert await parked_comments(matcher.pool) == 1
