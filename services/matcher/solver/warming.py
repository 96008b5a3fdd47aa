"""A problem of one offer and one request, enough to have every compiled function compiled."""

from datetime import date

from services.matcher.instance import Employer, Instance, Offer, Policy, Request, School, Session


def tiny_instance() -> Instance:
    """One employer's talk for one cohort of one school."""
    day = date(2026, 11, 9)
    return Instance(
        id="tiny",
        today=date(2026, 9, 7),
        policy=Policy({"gb5": ((50, 1100), (100, 1000))}, 100, 3, 20, 1500, 3000, 5000),
        schools=(School("S", 52.0, -1.0, "secondary", 1),),
        employers=(Employer("E"),),
        offers=(_offer(day),),
        requests=(_request(day),),
    )


def _offer(day: date) -> Offer:
    return Offer(
        id="O",
        employer="E",
        activity="talk",
        counts_to={"gb5": 1},
        sectors=("digital",),
        mode="at_school",
        lat=52.0,
        lon=-1.1,
        radius_km=50.0,
        years=frozenset({9}),
        phases=frozenset({"secondary"}),
        send_support=frozenset({"step_free"}),
        individual=False,
        min_pupils=1,
        max_pupils=30,
        max_groups=2,
        max_groups_per_school=2,
        max_sessions=1,
        notice_days=14,
        sessions=(Session("O.1", day, "am", day),),
    )


def _request(day: date) -> Request:
    return Request(
        id="R",
        school="S",
        year=9,
        pupils=30,
        need={"gb5": 30},
        weight=1000,
        activities=frozenset({"talk"}),
        sectors={"digital": 100},
        window=(day, day),
        unavailable=(),
        notice_days=7,
        max_travel_km=10.0,
        send=frozenset({"step_free"}),
        min_group=1,
        split=True,
        max_places=60,
    )
