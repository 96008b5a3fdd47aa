"""What one more match would add, and what a plan leaves room for: the same as the checker counts."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.matcher.checker import check
from services.matcher.explain.relaxing import relaxations
from services.matcher.explain.screening import GAIN, apart, free_sessions
from services.matcher.explain.standing import Standing
from services.matcher.files import read_instance
from services.matcher.instance import (
    Employer,
    Existing,
    Instance,
    Match,
    Matches,
    Offer,
    Policy,
    Request,
    School,
    Session,
)
from services.matcher.rules import group_sizes
from services.matcher.solver import repair

INSTANCES = Path(__file__).parents[2] / "bench" / "instances"


@pytest.fixture(scope="module", params=["p01_village", "p02_village_midyear"])
def village(request: pytest.FixtureRequest) -> Instance:
    """A small instance, with and without matches that stand."""
    return read_instance(INSTANCES / f"{request.param}.json.gz")


@pytest.fixture(scope="module")
def plan(village: Instance) -> tuple[Match, ...]:
    """A plan that is good, and leaves something over."""
    return repair(village, offers=[o.id for o in village.offers[::2]], steps=200).matches


def _objective(instance: Instance, matches: tuple[Match, ...]) -> int:
    return check(instance, Matches(instance.id, matches)).objective


def test_what_a_match_adds_is_what_the_checker_counts(village: Instance, plan: tuple[Match, ...]) -> None:
    standing = Standing(village, plan)

    for match in plan:
        standing.give_back(match)
        added = standing.worth(
            standing.offers[match.offer],
            standing.sessions[match.session],
            standing.requests[match.request],
            match.pupils,
        )
        standing.take(match)

        assert added.points == _objective(village, plan) - _objective(village, tuple(m for m in plan if m != match))


def test_every_chance_is_allowed_and_worth_what_it_says(village: Instance, plan: tuple[Match, ...]) -> None:
    standing, before, seen = Standing(village, plan), _objective(village, plan), 0

    for offer in village.offers:
        for request in village.requests:
            found = apart(standing, offer, request)
            if found.first != GAIN:
                continue
            chance = standing.chance(offer, request, free_sessions(standing, offer, request))
            assert chance is not None
            seen += 1
            more = (*plan, Match(offer.id, chance.session, request.id, chance.pupils))
            verdict = check(village, Matches(village.id, more))
            assert verdict.feasible
            assert verdict.objective - before == chance.points == found.points

    assert seen > 0


def test_who_is_kept_apart_breaks_the_rule_that_is_named(village: Instance, plan: tuple[Match, ...]) -> None:
    standing, seen = Standing(village, plan), set()

    for offer in village.offers:
        for request in village.requests:
            found = apart(standing, offer, request)
            if found.first == GAIN or found.session is None:
                continue
            smallest, _ = group_sizes(offer, request)
            tried = (*plan, Match(offer.id, found.session.id, request.id, smallest))
            codes = {broken.code for broken in check(village, Matches(village.id, tried)).broken}
            # A group too large for the session, or split against the rules, is said by what it is short of.
            assert codes & {found.first, "H3-capacity", "H2-cohort", "H6-places"}, (found, codes)
            seen.add(found.first)

    assert {"H1-year", "H1-distance", "H3-groups"} <= seen


def test_a_rule_that_gives_way_no_longer_keeps_anybody_apart(village: Instance, plan: tuple[Match, ...]) -> None:
    standing, seen = Standing(village, plan), set()
    pairs = [apart(standing, offer, request) for offer in village.offers for request in village.requests]

    for way in relaxations(village, pairs):
        changed = Standing(way.instance, plan)
        for offer_id, request_id in way.pairs:
            found = apart(changed, changed.offers[offer_id], changed.requests[request_id])
            assert way.code not in found.codes, way.condition
        assert check(way.instance, Matches(village.id, plan)).feasible
        seen.add(way.code)

    assert {"H1-year", "H1-distance", "H2-min", "H3-groups"} <= seen


MONDAY, TUESDAY = date(2026, 11, 9), date(2026, 11, 10)
OFFER = Offer(
    id="O",
    employer="E",
    activity="visit",
    counts_to={"gb6": 1},
    sectors=(),
    mode="at_workplace",
    lat=54.0,
    lon=-1.5,
    radius_km=None,
    years=frozenset({10}),
    phases=frozenset({"secondary"}),
    send_support=frozenset({"step_free"}),
    individual=False,
    min_pupils=5,
    max_pupils=30,
    max_groups=1,
    max_groups_per_school=1,
    max_sessions=2,
    notice_days=7,
    sessions=(Session("O.1", MONDAY, "day", MONDAY), Session("O.2", TUESDAY, "day", TUESDAY)),
)
REQUEST = Request(
    id="R",
    school="S",
    year=10,
    pupils=30,
    need={"gb6": 30},
    weight=1000,
    activities=frozenset({"visit"}),
    sectors={"*": 100},
    window=(date(2026, 9, 7), date(2027, 7, 16)),
    unavailable=(),
    notice_days=7,
    max_travel_km=20,
    send=frozenset({"step_free"}),
    min_group=5,
    split=True,
    max_places=60,
)
PAIR = Instance(
    id="pair",
    today=date(2026, 9, 7),
    policy=Policy({"gb6": ((100, 1000),)}, 0, 0, 0, 0, 0, 0),
    schools=(School("S", 54.0, -1.4, "secondary", 1),),
    employers=(Employer("E", 2),),
    offers=(OFFER,),
    requests=(REQUEST,),
)
HELD = Existing("O", "O.1", "R", 10, "declined")
WAYS = {
    "H1-year": (replace(PAIR, offers=(replace(OFFER, years=frozenset({9})),)), "O also took year 10"),
    "H1-phase": (
        replace(PAIR, offers=(replace(OFFER, phases=frozenset({"special"})),)),
        "O also served schools like S",
    ),
    "H1-activity": (replace(PAIR, offers=(replace(OFFER, activity="talk"),)), "R also wanted talk"),
    "H1-send": (replace(PAIR, offers=(replace(OFFER, send_support=frozenset()),)), "O could support step_free"),
    "H1-distance": (
        replace(PAIR, requests=(replace(REQUEST, max_travel_km=1),)),
        "pupils of R could travel 10 km further",
    ),
    "H1-notice": (
        replace(PAIR, offers=(replace(OFFER, notice_days=90),)),
        "O and R agreed to 63 days' notice",
    ),
    "H1-window": (
        replace(PAIR, requests=(replace(REQUEST, window=(date(2026, 9, 7), date(2026, 10, 31))),)),
        "the dates of R ran until November 2026",
    ),
    "H1-unavailable": (
        replace(PAIR, requests=(replace(REQUEST, unavailable=((date(2026, 11, 2), date(2026, 11, 13)),)),)),
        "Mondays were possible for R",
    ),
    "H1-declined": (replace(PAIR, existing=(HELD,)), "O had not been declined for R"),
    "H2-min": (
        replace(PAIR, requests=(replace(REQUEST, min_group=31),)),
        "O and R agreed to a smaller group",
    ),
    "H2-split": (
        replace(PAIR, requests=(replace(REQUEST, split=False, pupils=40),)),
        "the cohort of R could be split",
    ),
    "H3-groups": (replace(PAIR, offers=(replace(OFFER, max_groups=0),)), "O took one more group a session"),
    "H4-sessions": (replace(PAIR, offers=(replace(OFFER, max_sessions=0),)), "O held one more session"),
    "H4-employer": (replace(PAIR, employers=(Employer("E", 0),)), "employer E held one more session"),
    "H5-hogging": (replace(PAIR, offers=(replace(OFFER, max_groups_per_school=0),)), "O came once more to school S"),
    "H8-hall": (
        replace(PAIR, schools=(School("S", 54.0, -1.4, "secondary", 0),), offers=(replace(OFFER, mode="at_school"),)),
        "school S could host one more at a time",
    ),
}


@pytest.mark.parametrize("code", WAYS)
def test_one_rule_alone_is_named_and_giving_way_lets_them_meet(code: str) -> None:
    blocked, condition = WAYS[code]
    standing = Standing(blocked, ())

    found = apart(standing, blocked.offers[0], blocked.requests[0])
    [way] = relaxations(blocked, [found])

    opened = Standing(way.instance, ())
    assert found.codes == (code,)
    assert way.condition == condition
    assert apart(opened, way.instance.offers[0], way.instance.requests[0]).first == GAIN


def test_places_that_are_used_up_are_named_and_more_let_them_meet() -> None:
    offer = replace(OFFER, max_groups_per_school=None)
    full = replace(PAIR, offers=(offer,), requests=(replace(REQUEST, max_places=30),))
    standing = Standing(full, [Match("O", "O.1", "R", 30)])

    found = apart(standing, full.offers[0], full.requests[0])
    [way] = relaxations(full, [found])

    assert found.codes == ("H6-places",)
    assert way.instance.requests[0].max_places == 60


def test_a_day_that_becomes_possible_leaves_the_others_blocked() -> None:
    blocked, _ = WAYS["H1-unavailable"]

    [way] = relaxations(blocked, [apart(Standing(blocked, ()), OFFER, blocked.requests[0])])

    assert [s.id for s in free_sessions(Standing(way.instance, ()), OFFER, way.instance.requests[0])] == ["O.1"]
    assert way.instance.requests[0].unavailable == (
        (date(2026, 11, 2), date(2026, 11, 8)),
        (date(2026, 11, 10), date(2026, 11, 13)),
    )


def test_without_a_rule_in_the_way_the_pair_may_meet() -> None:
    found = apart(Standing(PAIR, ()), OFFER, REQUEST)

    assert (found.first, found.points) == (GAIN, 30_000)
