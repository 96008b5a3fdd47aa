"""What a round has to say of each pair is what the rules say, and what it would take."""

import random
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from services.matcher import rules
from services.matcher.instance import Employer, Instance, Match, Offer, Policy, Request, School, Session
from services.matcher.looking import View
from services.matcher.points import points_of
from services.matcher.screening import CODES, Days, screen

TODAY = date(2026, 9, 7)
POLICY = Policy({"gb5": ((100, 1000),), "gb6": ((100, 1000),)}, 0, 0, 0, 0, 0, 0)
ACTIVITIES, PHASES, TAGS = ["talk", "visit"], ["secondary", "special"], ["quiet_room", "step_free"]


def a_random_instance(seed: int) -> Instance:
    dice = random.Random(seed)
    schools = tuple(
        School(f"S{n}", 51.7 + dice.random() / 4, -0.3 + dice.random() / 4, dice.choice(PHASES), 2) for n in range(8)
    )
    offers = tuple(an_offer(dice, n) for n in range(15))
    requests = tuple(a_request(dice, n, schools) for n in range(12))
    return Instance("random", TODAY, POLICY, schools, (Employer("E"),), offers, requests)


def an_offer(dice: random.Random, number: int) -> Offer:
    day = TODAY + timedelta(days=dice.randrange(5, 60))
    return Offer(
        id=f"O{number:02}",
        employer="E",
        activity=dice.choice(ACTIVITIES),
        counts_to={dice.choice(["gb5", "gb6", "gb7"]): 1},
        sectors=(),
        mode=dice.choice(["at_school", "at_workplace", "virtual"]),
        lat=51.8,
        lon=-0.2,
        radius_km=dice.choice([None, 5.0, 15.0]),
        years=frozenset(dice.sample(range(7, 14), 4)),
        phases=frozenset(dice.sample(PHASES, dice.randint(1, 2))),
        send_support=frozenset(dice.sample(TAGS, dice.randint(0, 2))),
        individual=False,
        min_pupils=dice.choice([1, 40]),
        max_pupils=30,
        max_groups=1,
        max_groups_per_school=None,
        max_sessions=1,
        notice_days=dice.choice([0, 30]),
        sessions=(Session(f"O{number:02}.1", day, "am", day),),
    )


def a_request(dice: random.Random, number: int, schools: tuple[School, ...]) -> Request:
    return Request(
        id=f"R{number:02}",
        school=dice.choice(schools).id,
        year=dice.randrange(7, 14),
        pupils=dice.randrange(10, 60),
        need={"gb5": dice.choice([0, 30]), "gb6": dice.choice([0, 30])},
        weight=1000,
        activities=frozenset(dice.sample(ACTIVITIES, dice.randint(1, 2))),
        sectors={},
        window=(TODAY, TODAY + timedelta(days=dice.choice([20, 90]))),
        unavailable=(),
        notice_days=0,
        max_travel_km=dice.choice([None, 3.0, 10.0]),
        send=frozenset(dice.sample(TAGS, dice.randint(0, 1))),
        min_group=1,
        split=True,
        max_places=100,
    )


def test_all_pairs_at_once_break_what_each_pair_breaks() -> None:
    for seed in range(20):
        instance = a_random_instance(seed)
        schools = {school.id: school for school in instance.schools}

        broken = screen(instance, instance.requests)

        for row, offer in enumerate(instance.offers):
            for column, request in enumerate(instance.requests):
                said = [code for code, is_broken in zip(CODES, broken[:, row, column], strict=True) if is_broken]
                assert said == rules.broken_by_pair(offer, request, schools[request.school])


def test_all_sessions_at_once_break_what_each_session_breaks() -> None:
    seen = set()
    for seed in range(20):
        instance = a_random_instance(seed)
        schools = {school.id: school for school in instance.schools}
        days = Days(instance)

        for request in instance.requests:
            blocked = (request.window[0] + timedelta(days=14), request.window[0] + timedelta(days=30))
            request = replace(request, unavailable=(blocked,))  # noqa: PLW2901 - as it would be with days blocked.
            ranks = days.ranks(request, schools[request.school])
            for row, offer in enumerate(instance.offers):
                said, session = days.best(row, ranks)
                assert session is not None
                codes = rules.broken_by_session(offer, session, request, instance, schools[request.school])
                assert sorted(said) == sorted(codes)
                seen.add(tuple(said))

    assert len(seen) > 5


def test_what_the_nearest_miss_would_bring_is_what_the_points_say() -> None:
    found = 0
    for seed in range(20):
        instance = a_random_instance(seed)
        offers = {offer.id: offer for offer in instance.offers}
        for id_, look in View(instance, ()).looks().items():
            if look.nearest and look.would:
                offer = offers[look.nearest[0]]
                alone = [Match(offer.id, offer.sessions[0].id, id_, look.would.pupils)]
                assert look.would.points == points_of(instance, alone).total
                assert sum(look.would.covers.values()) <= look.would.pupils * sum(offer.counts_to.values())
                found += 1
    assert found > 20


def test_every_offer_is_counted_once_under_a_rule_that_it_breaks() -> None:
    for seed in range(20):
        instance = a_random_instance(seed)
        looks = View(instance, ()).looks()

        for request in instance.requests:
            if request.id in looks:
                assert sum(looks[request.id].excluded.values()) == len(instance.offers)


def test_the_nearest_miss_breaks_one_rule_and_no_other() -> None:
    found = 0
    for seed in range(20):
        instance = a_random_instance(seed)
        offers = {offer.id: offer for offer in instance.offers}
        schools = {school.id: school for school in instance.schools}
        requests = {request.id: request for request in instance.requests}
        for id_, look in View(instance, ()).looks().items():
            if look.nearest is None:
                continue
            offer, request = offers[look.nearest[0]], requests[id_]
            school, session = schools[request.school], offer.sessions[0]
            broken = [
                *rules.broken_by_pair(offer, request, school),
                *rules.broken_by_session(offer, session, request, instance, school),
            ]
            smallest, largest = rules.group_sizes(offer, request)
            if smallest > largest:
                broken.append("H2-min")
            assert broken == [look.nearest[1]]
            found += 1
    assert found > 20


def test_an_offer_without_places_left_is_taken_by_others() -> None:
    instance = a_random_instance(3)
    offer, school = instance.offers[0], instance.schools[0]
    one, other = (
        Request(
            id=id_,
            school=school.id,
            year=10,
            pupils=30,
            need={"gb5": 30},
            weight=1000,
            activities=frozenset({"talk"}),
            sectors={},
            window=(TODAY, TODAY + timedelta(days=365)),
            unavailable=(),
            notice_days=0,
            max_travel_km=None,
            send=frozenset(),
            min_group=1,
            split=True,
            max_places=100,
        )
        for id_ in ("R1", "R2")
    )
    day = TODAY + timedelta(days=50)
    offer = an_offer_for_all(offer, Session("O.1", day, "am", day))
    instance = Instance("small", TODAY, POLICY, (school,), (Employer("E"),), (offer,), (one, other))

    looks = View(instance, [Match("O", "O.1", "R1", 30)]).looks()

    assert looks == {"R2": looks["R2"]}
    assert looks["R2"].excluded == {"taken": 1}
    assert View(instance, ()).looks()["R1"].excluded == {"points": 1}


def an_offer_for_all(offer: Offer, session: Session) -> Offer:
    return replace(
        offer,
        id="O",
        activity="talk",
        counts_to={"gb5": 1},
        mode="virtual",
        radius_km=None,
        years=frozenset({10}),
        phases=frozenset(PHASES),
        min_pupils=1,
        notice_days=0,
        sessions=(session,),
    )


def test_comparisons_rank_the_match_among_those_who_could_have_had_it() -> None:
    instance = a_random_instance(5)
    day = TODAY + timedelta(days=50)
    offer = an_offer_for_all(instance.offers[0], Session("O.1", day, "am", day))
    asks = replace(
        instance.requests[0],
        year=10,
        pupils=30,
        activities=frozenset({"talk"}),
        send=frozenset(),
        school=instance.schools[0].id,
        window=(TODAY, TODAY + timedelta(days=90)),
    )
    requests = tuple(replace(asks, id=f"R{n}", need={"gb5": need}) for n, need in enumerate([10, 20, 30, 0]))
    instance = Instance("small", TODAY, POLICY, instance.schools, (Employer("E"),), (offer,), requests)

    compared = View(instance, [Match("O", "O.1", "R1", 20)]).comparisons()["O.1", "R1"]

    assert (compared.candidates, compared.further_behind, compared.nearer) == (3, 1, 0)
    assert compared.lacking == {"gb5": 20}
    assert (compared.covers, compared.next_best) == (20, 30)
    assert np.isfinite(compared.km)
