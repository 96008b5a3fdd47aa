"""What the registry previews of an amendment is what the matcher then does: two services, one rule, many cases."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import hypothesis
from hypothesis import strategies as st

from contracts.offers import Offer, Place
from contracts.requests import SchoolRequest
from contracts.schools import Days, School
from services.matcher import amendments
from services.matcher.domain import LiveMatch
from services.matcher.problem import Wish
from services.registry.domain import previews
from services.registry.domain.fit import Audience, Pairing
from tests.matcher.given_live import (
    TUESDAY,
    VISIT_DAY,
    a_live_match,
    a_request,
    a_school,
    a_session,
    an_offer,
    id_,
    told_terms,
)

SESSIONS = (a_session("session 1"), a_session("session 2"))
OFFER = an_offer("offer", *SESSIONS, max_groups=3, max_groups_per_school=3, max_pupils=90)
NAMES = ("A", "B")
SCHOOLS: dict[str, School] = {name: a_school(f"school {name}") for name in NAMES}
REQUESTS: dict[str, SchoolRequest] = {name: a_request(f"request {name}", school=f"school {name}") for name in NAMES}
WINTER = (Days(first=date(2026, 11, 1), last=date(2026, 12, 31)),)
PAST, FUTURE = VISIT_DAY + timedelta(days=1), TUESDAY.date()

OFFER_CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "max_pupils": st.sampled_from((10, 20, 40, 90)),
    "min_pupils": st.sampled_from((1, 15, 30)),
    "max_groups": st.integers(1, 3),
    "max_groups_per_school": st.sampled_from((None, 1, 2)),
    "max_sessions": st.integers(1, 2),
    "years": st.sampled_from(((10,), (11,), (9, 10))),
    "phases": st.sampled_from((("secondary",), ("college",))),
    "activity": st.sampled_from(("workplace_visit", "talk", "mock_interview")),
    "mode": st.sampled_from(("at_workplace", "at_school", "virtual")),
    "radius_km": st.sampled_from((None, 0.5, 1.2, 30.0)),
    "title": st.just("Another title"),
    "notice_days": st.just(200),
    "individual": st.booleans(),
    "place": st.sampled_from(
        (
            Place(address="2 Mill Road", postcode="SG14 1AA", lat=51.8, lon=-0.08),
            Place(address="1 Mill Road", postcode="SG14 1AA", lat=51.9, lon=-0.3),
        )
    ),
    "sessions": st.sampled_from(
        (
            (SESSIONS[0].model_copy(update={"state": "cancelled"}), SESSIONS[1]),
            (SESSIONS[0], a_session("session 2", VISIT_DAY + timedelta(days=2))),
            (SESSIONS[0].model_copy(update={"part": "pm"}), SESSIONS[1]),
        )
    ),
}
REQUEST_CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "max_places": st.sampled_from((10, 30, 50, 1000)),
    "activities": st.sampled_from((("talk",), ("workplace_visit",), ("workplace_visit", "talk"))),
    "benchmarks": st.sampled_from((("gb5",), ("gb6",), ("gb7",))),
    "possible": st.sampled_from((WINTER, (Days(first=date(2027, 1, 4), last=date(2027, 3, 31)),))),
    "impossible": st.sampled_from(((), (Days(first=VISIT_DAY, last=VISIT_DAY),))),
    "max_travel_km": st.sampled_from((0.5, 25.0)),
    "min_group": st.sampled_from((1, 15, 30)),
    "split": st.booleans(),
    "send_needs": st.sampled_from(((), ("step_free",))),
    "notice_days": st.just(200),
    "sectors": st.just({"*": 10}),
}


def any_of(changes: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """One to three of the changes."""
    names = st.lists(st.sampled_from(sorted(changes)), min_size=1, max_size=3, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: changes[name] for name in chosen}))


@st.composite
def some_matches(draw: st.DrawFn) -> list[LiveMatch]:
    """Matches of two schools on two sessions, in every state that holds places."""
    count = draw(st.integers(1, 5))
    made = [draw(a_match_of(n)) for n in range(count)]
    return draw(st.permutations(made))


@st.composite
def a_match_of(draw: st.DrawFn, n: int) -> LiveMatch:
    name, session = draw(st.sampled_from(NAMES)), draw(st.sampled_from(SESSIONS))
    match = a_live_match(
        draw(st.sampled_from(("proposed", "accepted", "confirmed", "delivered"))),
        f"match {n}",
        pupils=draw(st.sampled_from((10, 20, 30))),
        planned_at=TUESDAY - timedelta(hours=n),
        session_id=session.session_id,
        request_id=id_(f"request {name}"),
        school_id=id_(f"school {name}"),
        cohort_id=id_(f"cohort of school {name}"),
        terms=told_terms(),
    )
    begun = match.history[0].model_copy(update={"at": TUESDAY + timedelta(hours=n)})
    return replace(match, history=(begun,))


def pairings_of(matches: list[LiveMatch]) -> list[Pairing]:
    by_school = {school.school_id: (school, REQUESTS[name]) for name, school in SCHOOLS.items()}
    return [_pairing(match, *by_school[match.school_id]) for match in matches]


def _pairing(match: LiveMatch, school: School, request: SchoolRequest) -> Pairing:
    cohort = school.cohorts[0]
    who = Audience(cohort.year, cohort.pupils, school.phase, school.lat, school.lon, school.closures)
    return Pairing(match.told(), OFFER, request, who)


def ended(happenings: amendments.Happenings) -> dict[Any, str]:
    return {match_id: why for match_id, why in happenings.items() if why not in {"weighed", "text_changed"}}


def previewed(outcomes: list[previews.Outcome]) -> dict[Any, str]:
    return {outcome.pairing.match.match_id: outcome.reason for outcome in outcomes if outcome.reason}


@dataclass(frozen=True)
class Day:
    """The day on which it happens, and what both services say about it."""

    today: date

    def of_offer(self, after: Offer, matches: list[LiveMatch]) -> tuple[dict[Any, str], dict[Any, str]]:
        wishes = {r.request_id: Wish(r, SCHOOLS[n], SCHOOLS[n].cohorts[0]) for n, r in REQUESTS.items()}
        said = previews.of_amended_offer(after, pairings_of(matches), self.today)
        return previewed(said), ended(amendments.of_offer(after, matches, wishes, self.today))

    def of_request(self, after: SchoolRequest, matches: list[LiveMatch]) -> tuple[dict[Any, str], dict[Any, str]]:
        mine = [match for match in matches if match.request_id == after.request_id]
        wish = Wish(after, SCHOOLS["A"], SCHOOLS["A"].cohorts[0])
        said = previews.of_amended_request(after, pairings_of(mine), self.today)
        done = amendments.of_request(after, mine, {OFFER.offer_id: OFFER}, wish, self.today)
        return previewed(said), ended(done)


many = hypothesis.settings(max_examples=150)
DAYS = st.sampled_from((Day(FUTURE), Day(FUTURE), Day(FUTURE), Day(PAST)))


@many
@hypothesis.given(DAYS, any_of(OFFER_CHANGES), st.sampled_from((1, 2)), some_matches())
def test_an_amended_offer_ends_the_matches_that_were_previewed(
    day: Day, changes: dict[str, Any], terms_version: int, matches: list[LiveMatch]
) -> None:
    after = OFFER.model_copy(update={**changes, "terms_version": terms_version})

    said, done = day.of_offer(after, matches)

    assert said == done


@many
@hypothesis.given(DAYS, any_of(REQUEST_CHANGES), st.sampled_from((1, 2)), some_matches())
def test_an_amended_request_ends_the_matches_that_were_previewed(
    day: Day, changes: dict[str, Any], terms_version: int, matches: list[LiveMatch]
) -> None:
    after = REQUESTS["A"].model_copy(update={**changes, "terms_version": terms_version})

    said, done = day.of_request(after, matches)

    assert said == done
