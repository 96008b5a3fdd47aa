"""What is held back, until when and why; what former years and public volumes let expect; where live rounds decide."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matcher.former import former_years
from services.matcher.instance import Existing, Instance, Match, Offer
from services.matcher.look_ahead.board import PresentBoard
from services.matcher.look_ahead.deciding import Asking, decide
from services.matcher.look_ahead.holding import Ahead, Foreseen, Held, Holding, held_back, settled
from services.matcher.look_ahead.patience import Patience
from services.matcher.look_ahead.prior import OFFERS_PER_SCHOOL, Beginnings, prior_years
from services.matcher.look_ahead.scenarios import Present, Scenario, outlook
from services.matcher.look_ahead.terms import Terms
from services.matcher.minutes import first_day, minute_of, moment_of
from services.matcher.past import Past
from services.matcher.simulate.decisions import Log
from services.matcher.simulate.game import play
from services.matcher.simulate.judge import judge
from services.matcher.simulate.live import HubRules, LiveRounds
from services.matcher.simulate.years import DAY
from services.matcher.solver.warming import tiny_instance
from services.matcher.thinking import Limits
from tests.matcher.given_past import OFTEN, the_past
from tests.matcher.test_simulate_look_ahead import EXAMPLE, small_year

START = date(2026, 9, 1)
TINY = tiny_instance()
THE_MATCH = Match("O", "O.1", "R", 30)
VISIT = ("O.1", "R")
"""The tiny problem's session is on 9 November, day 69 of the school year."""


def ahead(now: int = 6, asked: int = 6, **more: int) -> Ahead:
    """Day `now`; the request came on day `asked`, the offer on day 2."""
    rules = {"hold_days": 40, "guarantee_days": 60, "urgent_days": 21} | more
    return Ahead(
        start=START,
        now=now * DAY,
        years=(),
        waits=(),
        decline_share=0.2,
        arrived={"O": 2 * DAY, "R": asked * DAY},
        content=frozenset(),
        schools=TINY.schools,
        holding={"R": Holding(**rules)},
        seconds=math.inf,
    )


def foreseen(*plans: tuple[Match, ...], agreed: tuple[Match, ...] = ()) -> Foreseen:
    return Foreseen(agreed, plans, {})


NOBODY_AGREES = foreseen((), ())


def until(known: Ahead, said: Foreseen = NOBODY_AGREES) -> Held | None:
    return held_back(TINY, [THE_MATCH], said, known).get(VISIT)


def test_what_nobody_agrees_on_is_held_back_for_so_many_days_from_when_both_were_there() -> None:
    assert until(ahead()) == Held(46 * DAY, "undecided")
    assert until(ahead(now=46)) is None


def test_what_is_agreed_on_is_not_held_back() -> None:
    assert until(ahead(), foreseen((THE_MATCH,), agreed=(THE_MATCH,))) is None


def test_a_stand_in_that_only_holds_places_is_not_held_back() -> None:
    problem = replace(TINY, existing=(Existing("O", "O.1", "held:elsewhere", 5, "accepted"),))
    assert held_back(problem, [Match("O", "O.1", "held:elsewhere", 5)], NOBODY_AGREES, ahead()) == {}


def test_nothing_is_held_back_longer_than_until_its_day_is_near() -> None:
    assert until(ahead(hold_days=300, guarantee_days=300)) == Held(48 * DAY, "undecided")


def test_nothing_is_held_back_from_who_waits_longer_than_the_guarantee_but_from_who_has_something() -> None:
    known = ahead(guarantee_days=10)
    assert until(known) == Held(16 * DAY, "undecided")
    assert until(replace(known, content=frozenset({"R"}))) == Held(46 * DAY, "undecided")


def test_a_reason_is_what_most_scenarios_would_do_instead() -> None:
    needier, better = Match("O", "O.1", "later", 30), Match("offer to come", "s", "R", 30)
    codes = [
        (held := until(ahead(), foreseen(*plans))) and held.code
        for plans in [((needier,), (needier,)), ((better,), (better,)), ((needier,), ()), ((), ())]
    ]
    assert codes == ["needier_expected", "better_expected", "needier_expected", "undecided"]


def test_a_scenarios_plan_for_a_session_that_is_gone_is_forgotten() -> None:
    """Kept from the last round, while an employer cancelled the day."""
    gone = Match("O", "cancelled", "R", 30)
    course = Scenario(0, (), (), {}, plan=(gone, THE_MATCH))
    seen = outlook(Present(10 * DAY, replace(TINY, today=START), {}, 0.2), course, Patience([]))
    assert [e.session for e in seen.instance.existing] == ["O.1"]


def test_the_plan_is_made_around_what_was_agreed_on() -> None:
    pencilled = replace(TINY, existing=(Existing("O", "O.1", "R", 20, "proposed"),))
    fixed = settled(pencilled, foreseen((THE_MATCH,), agreed=(THE_MATCH,)))
    assert fixed.existing == (Existing("O", "O.1", "R", 30, "accepted"),)


def board(problem: Instance, now: int = 10) -> PresentBoard:
    return PresentBoard(Present(now * DAY, replace(problem, today=START), {}, 0.2), {})


def test_on_the_board_the_rules_hold() -> None:
    place = replace(TINY.offers[0], max_groups=1)
    one_group = replace(TINY, offers=(place,))
    here = board(one_group)
    assert not here.make(replace(THE_MATCH, pupils=31))
    assert here.make(THE_MATCH)
    assert here.is_used("O")
    assert not here.make(THE_MATCH)


@pytest.mark.parametrize("status", ["accepted", "declined"])
def test_on_the_board_what_holds_takes_its_place_and_what_was_declined_is_not_made(status: str) -> None:
    held = Existing("O", "O.1", "R", 30, "accepted" if status == "accepted" else "declined")
    assert not board(replace(TINY, existing=(held,))).make(THE_MATCH)


def test_on_the_board_nothing_is_made_after_its_last_day_of_notice() -> None:
    last = (date(2026, 11, 9) - START).days - 14
    assert board(TINY, last).make(THE_MATCH)
    assert not board(TINY, last + 1).make(THE_MATCH)


def test_a_former_year_is_laid_into_this_years_calendar_on_the_same_weekdays() -> None:
    problem = replace(TINY, schools=(replace(TINY.schools[0], id=the_past()[-1].record["school"]),))
    (year,) = former_years(Past(tuple(the_past())), problem, START, minute_of(START, datetime(2026, 9, 8, tzinfo=UTC)))
    assert len(year.instance.offers) == OFTEN
    assert {s.date for o in year.instance.offers for s in o.sessions} == {date(2026, 11, 10)}
    (request,) = year.instance.requests
    assert year.times.requested[request.id] // DAY == (date(2026, 9, 24) - START).days
    assert request.window == (date(2025, 9, 1) + timedelta(weeks=52), date(2026, 3, 31) + timedelta(weeks=52))


def test_a_year_of_which_the_coming_weeks_were_not_seen_does_not_count() -> None:
    late = [replace(one, arrived_at=one.arrived_at + timedelta(days=90)) for one in the_past()]
    before_and_after = [
        len(former_years(Past(tuple(late)), TINY, START, minute_of(START, datetime(2026, month, 8, tzinfo=UTC))))
        for month in (9, 12)
    ]
    assert before_and_after == [0, 1]


def beginnings(now: int = 10, seen: tuple[Offer, ...] = ()) -> Beginnings:
    days = tuple(START for _ in seen)
    return Beginnings(replace(TINY, existing=()), TINY.schools, TINY.requests, seen, days, START, now * DAY)


def test_a_new_area_expects_what_public_volumes_say_for_what_is_left_of_the_year() -> None:
    first, second = prior_years(beginnings())
    low, high = OFFERS_PER_SCHOOL
    assert low * 0.8 <= len(first.instance.offers) <= high
    assert all(at > 10 * DAY for at in first.times.arrives.values())
    assert {o.id for o in first.instance.offers}.isdisjoint(o.id for o in second.instance.offers)
    assert len(prior_years(beginnings(300))[0].instance.offers) < 2
    assert prior_years(beginnings()) == prior_years(beginnings())


def test_an_area_that_has_seen_offers_of_its_own_expects_their_like() -> None:
    seen = tuple(replace(TINY.offers[0], id=f"O{n}", max_pupils=77) for n in range(40))
    year, _ = prior_years(beginnings(seen=seen))
    assert {o.max_pupils for o in year.instance.offers} == {77}
    assert all(s.date.weekday() == 0 for o in year.instance.offers for s in o.sessions)


@given(st.integers(0, 365 * DAY))
def test_minutes_of_the_school_year_follow_the_clocks_on_the_wall(minute: int) -> None:
    moment = moment_of(START, minute)
    assert moment.tzinfo is UTC
    # In the hour that does not exist in March the clocks show the next one.
    assert minute_of(START, moment) in (minute, minute + 60)


@pytest.mark.parametrize("day", [date(2026, 9, 1), date(2027, 8, 31), date(2027, 1, 1)])
def test_a_school_year_begins_in_september(day: date) -> None:
    assert first_day(day) == START


QUICK = Limits(seed=1, steps=100, seconds=math.inf)
THRIFTY = Terms(scenarios=2, first_steps=200, steps=30, turn_steps=10, turns=3)


def test_when_the_time_is_over_those_count_that_were_heard() -> None:
    scenarios = [Scenario(number, (), (), {}) for number in range(3)]
    late = Asking(scenarios, Patience([]), THRIFTY, is_late=lambda: True)
    present = Present(10 * DAY, replace(TINY, today=START), {}, 0.2)
    decided = decide(board(TINY), present, late)
    assert (decided.made, len(decided.plans), decided.is_whole) == ([THE_MATCH], 1, False)


def test_live_rounds_keep_the_games_rules_with_and_without_holding_back() -> None:
    for holding in (None, Holding(40, 60, 21)):
        rounds = LiveRounds(HubRules(1, holding), QUICK)
        ruling = judge(EXAMPLE, Log(EXAMPLE.id, "live", play(EXAMPLE, rounds).decisions))
        assert (ruling.complaints, ruling.points) == ((), 49_000)


def test_live_rounds_keep_the_games_rules_in_a_year_of_a_few_schools_and_decide_alike_twice() -> None:
    year = small_year(4)
    once, again = (play(year, LiveRounds(HubRules(1, Holding(60, 60, 21)), QUICK, THRIFTY)).decisions for _ in range(2))
    assert once == again
    assert judge(year, Log(year.id, "live", once)).complaints == ()
