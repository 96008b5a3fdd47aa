"""Small matching problems: one that lets all pass, and random ones of a handful of pairs."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from services.matcher.instance import Employer, Existing, Instance, Offer, Part, Policy, Request, School, Session

EXAMPLES = Path(__file__).parents[2] / "bench" / "instances"
MONDAY = date(2026, 11, 9)
PARTS: tuple[Part, ...] = ("am", "day")


def an_offer(name: str = "O", *, days: tuple[int, ...] = (0,), **changes: Any) -> Offer:
    """A talk at school for thirty, by employer E, on these days after the Monday."""
    dates = [MONDAY + timedelta(days=d) for d in days]
    offer = Offer(
        id=name,
        employer="E",
        activity="talk",
        counts_to={"gb5": 1},
        sectors=("digital",),
        mode="at_school",
        lat=52.0,
        lon=-1.0,
        radius_km=None,
        years=frozenset({9}),
        phases=frozenset({"secondary"}),
        send_support=frozenset(),
        individual=False,
        min_pupils=1,
        max_pupils=30,
        max_groups=1,
        max_groups_per_school=None,
        max_sessions=len(days),
        notice_days=14,
        sessions=tuple(Session(f"{name}.{i}", d, "am", d) for i, d in enumerate(dates)),
    )
    return replace(offer, **changes)


def a_request(name: str = "R", **changes: Any) -> Request:
    """A cohort of twenty at school S that lacks an encounter each."""
    request = Request(
        id=name,
        school="S",
        year=9,
        pupils=20,
        need={"gb5": 20},
        weight=1000,
        activities=frozenset({"talk"}),
        sectors={"*": 100},
        window=(date(2026, 9, 7), date(2027, 7, 16)),
        unavailable=(),
        notice_days=7,
        max_travel_km=20,
        send=frozenset(),
        min_group=1,
        split=True,
        max_places=1000,
    )
    return replace(request, **changes)


def an_instance(offers: tuple[Offer, ...], requests: tuple[Request, ...], **changes: Any) -> Instance:
    """1,000 points a credit, nothing else counts; schools S and S2, employers E and E2 without limits."""
    instance = Instance(
        id="small",
        today=date(2026, 9, 7),
        policy=Policy({"gb5": ((100, 1000),)}, 0, 0, 0, 0, 0, 0),
        schools=tuple(School(name, 52.0, -1.0, "secondary", 9) for name in ("S", "S2")),
        employers=(Employer("E"), Employer("E2")),
        offers=offers,
        requests=requests,
    )
    return replace(instance, **changes)


def accepted(offer: str, session: str, request: str, pupils: int) -> Existing:
    """A match that has been accepted."""
    return Existing(offer, session, request, pupils, "accepted")


@st.composite
def small_offers(draw: st.DrawFn, name: str) -> Offer:
    """An offer of one or two sessions within three days."""
    days = draw(st.lists(st.integers(0, 2), min_size=1, max_size=2))
    low = draw(st.integers(0, 2))
    parts: list[Part] = [draw(st.sampled_from(PARTS)) for _ in days]
    offer = an_offer(
        name,
        days=tuple(days),
        employer=draw(st.sampled_from(["E", "E2"])),
        counts_to=draw(st.sampled_from([{"gb5": 1}, {"gb5": 1, "gb6": 2}, {"gb6": 3}])),
        sectors=draw(st.sampled_from([(), ("digital",), ("care", "digital")])),
        mode=draw(st.sampled_from(["at_school", "at_workplace", "virtual"])),
        lat=52.0 + draw(st.integers(0, 3)) / 20,
        individual=draw(st.booleans()),
        min_pupils=low,
        max_pupils=low + draw(st.integers(1, 4)),
        max_groups=draw(st.sampled_from([1, 2, 3, 0])),
        max_groups_per_school=draw(st.sampled_from([None, 1])),
        max_sessions=draw(st.integers(1, 2)),
    )
    return replace(
        offer, sessions=tuple(Session(s.id, s.date, p, s.end_date) for s, p in zip(offer.sessions, parts, strict=True))
    )


@st.composite
def small_requests(draw: st.DrawFn, name: str) -> Request:
    """A request of up to four pupils."""
    pupils = draw(st.integers(1, 4))
    return a_request(
        name,
        school=draw(st.sampled_from(["S", "S2"])),
        pupils=pupils,
        need=draw(st.sampled_from([{"gb5": 3}, {"gb5": 2, "gb6": 5}, {"gb6": 4}])),
        weight=draw(st.sampled_from([1000, 1305])),
        sectors=draw(st.sampled_from([{"*": 40}, {"digital": 80, "*": 10}, {}])),
        min_group=draw(st.integers(1, 2)),
        split=draw(st.booleans()),
        max_places=draw(st.integers(1, 8)),
    )


@st.composite
def small_instances(draw: st.DrawFn) -> Instance:
    """Two offers and two or three requests, with every kind of point and at most five possible visits."""
    used = draw(st.sampled_from([(700, 500), (0, 500), (300, 0), (0, 3000)]))
    policy = Policy({"gb5": ((50, 900), (100, 700), (200, 90)), "gb6": ((100, 300),)}, 120, 3, 20, *used, 400)
    offers = tuple(draw(small_offers(f"O{i}")) for i in range(2))
    requests = tuple(draw(small_requests(f"R{i}")) for i in range(draw(st.integers(1, 2))))
    caps = (Employer("E", draw(st.sampled_from([None, 1]))), Employer("E2", 1))
    schools = tuple(School(name, 52.0, -1.0, "secondary", draw(st.integers(1, 2))) for name in ("S", "S2"))
    existing = draw(st.sampled_from([(), (Existing("O0", "O0.0", "R0", 1, "proposed"),), (_declined(),)]))
    return an_instance(offers, requests, policy=policy, employers=caps, schools=schools, existing=existing)


def _declined() -> Existing:
    return Existing("O1", "O1.0", "R0", 1, "declined")
