"""A deadline is worked out once, when it is told, and stored: nothing that changes afterwards moves it."""

from datetime import date, timedelta

from contracts.hubs import Calendar, MatchingPolicy
from tests.matcher.given_live import Matcher, a_hub, a_request, a_school, an_employer, an_offer, said


async def test_a_deadline_once_told_stands_whatever_the_hub_changes(matcher: Matcher) -> None:
    await matcher.hear(a_hub(), an_employer(), a_school(), a_request(), an_offer(employer_confirms=True))
    await matcher.plan_all()
    told = await matcher.the_match()

    hurried = MatchingPolicy(window_seconds=0, answer_working_days=1, confirm_working_days=1)
    holidays = Calendar(bank_holidays=tuple(date(2026, 9, 1) + timedelta(days=n) for n in range(60)))
    await matcher.hear(a_hub(policy=hurried, calendar=holidays))
    await matcher.plan_all()
    assert (await matcher.the_match())["answer_by"] == told["answer_by"]

    await matcher.answer(told["id"], school=said("accepted"))
    accepted = await matcher.the_match()
    await matcher.hear(a_hub())
    await matcher.plan_all()
    assert (await matcher.the_match())["confirm_by"] == accepted["confirm_by"] is not None
    assert (await matcher.the_match())["answer_by"] == told["answer_by"]
