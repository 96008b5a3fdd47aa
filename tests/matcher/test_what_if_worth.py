"""What one more session or place is worth, held against plans made anew with it."""

from dataclasses import replace

import pytest

from services.matcher.explain.prices import prices_of
from services.matcher.files import read_instance
from services.matcher.instance import Instance, Offer
from services.matcher.solver import solve
from services.matcher.what_if.copies import copy_on, weekdays
from services.matcher.what_if.districts import district_of
from services.matcher.what_if.worth import Worth, worths
from tests.matcher.given_changes import with_changes
from tests.matcher.given_cuts import BALANCED, INSTANCES, PLACEMENTS, SCARCE, cut

TWO_DAYS = INSTANCES / "example-2-two-days.json"
MOVE_OR_STAY = INSTANCES / "example-3-move-or-stay.json"
CUTS = [(SCARCE, 4, 6, 4), (BALANCED, 3, 8, 2), (PLACEMENTS, 3, 8, 3)]


def _like(instance: Instance, one: Worth) -> list[Offer]:
    return [o for o in instance.offers if (o.activity, district_of(instance, o)) == (one.activity, one.district)]


def _one_more_like(instance: Instance, offer: Offer, month: str) -> Instance:
    """One more session of this offer, on whatever weekday of the month is best."""
    days = [day for day in weekdays(instance) if f"{day:%Y-%m}" == month]
    employers = tuple(
        replace(e, max_sessions=None if e.max_sessions is None else e.max_sessions + (e.id == offer.employer))
        for e in instance.employers
    )
    return replace(instance, offers=(*instance.offers, copy_on(offer, "one-more", days)), employers=employers)


@pytest.mark.parametrize("which", CUTS, ids=str)
def test_a_session_more_lifts_the_bound_by_no_more_than_is_said(which: tuple[str, int, int, int]) -> None:
    """Nor does the best plan rise above that."""
    _check_session_worths(cut(*which))


def test_so_it_does_where_groups_share_a_session() -> None:
    _check_session_worths(read_instance(TWO_DAYS))


def _check_session_worths(instance: Instance) -> None:
    found = worths(instance) or []
    said = {(one.activity, one.district, one.month): one.session for one in found}

    assert found
    for one in found[:: max(1, len(found) // 4)]:
        for offer in _like(instance, one):
            more = _one_more_like(instance, offer, one.month)
            most = _bound(instance) + said[one.activity, one.district, one.month] + 1
            assert solve(more, steps=500).objective <= _bound(more) <= most


def _bound(instance: Instance) -> float:
    prices = prices_of(instance)
    assert prices is not None
    return prices.bound


def test_a_shared_session_is_worth_all_the_groups_that_it_holds() -> None:
    best = {(one.activity, one.month): one for one in worths(read_instance(TWO_DAYS)) or []}

    online = best["virtual_talk", "2026-11"]
    assert (online.session, online.pupils) == (16_667, 35)


def test_a_place_more_is_worth_what_it_brings_to_a_session_that_is_there() -> None:
    instance = cut(PLACEMENTS, 3, 8, 3)
    before = solve(instance).objective
    places = [one for one in worths(instance) or [] if one.place]

    assert len(places) >= 3
    for one in places:
        where: dict[str, object] = {"activity": one.activity, "district": one.district, "month": one.month}
        with_one = with_changes(instance, {"do": "add_places", "count": 1} | where)
        assert solve(with_one).objective - before == one.place


def test_where_all_come_one_more_place_is_worth_nothing() -> None:
    """The talks of the example have 40 places and no cohort is larger."""
    assert not any(one.place for one in worths(read_instance(TWO_DAYS)) or [])


def test_who_joins_an_employer_that_had_no_part_is_worth_its_points() -> None:
    instance = read_instance(MOVE_OR_STAY)
    alone = replace(instance, existing=(), requests=instance.requests[:1], offers=instance.offers[:1])
    without = replace(alone, offers=(replace(alone.offers[0], sessions=()),))

    (most,) = {one.session for one in worths(without) or []}

    new = with_changes(without, {"do": "add_sessions", "activity": "talk", "count": 1})
    assert most == solve(new).objective == 30 * 1000 + 500
