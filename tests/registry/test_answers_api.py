"""Matches over the API: read what holds, say what may be said, and no more."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.answers import Delivery
from contracts.matches import Match
from services.plumbing.clock import Clock
from services.plumbing.postgres import transaction
from services.plumbing.uuids import uuid7
from services.registry.api.match_bodies import shown
from services.registry.domain.keys import Caller
from services.registry.store import answers as answers_store
from services.registry.store import matches as matches_store
from tests.registry.given_matches import ON_THE_DAY, Entries, World, insert

BOTH = Entries("accepted", "accepted")
YES = {"verdict": "accepted", "terms_version": 1}
NO = {"verdict": "declined", "terms_version": 1, "reason": "cost", "comment": ""}


def _path(match: Match, act: str = "") -> str:
    return f"/v1/matches/{match.match_id}{act and '/'}{act}"


async def _keys(world: World) -> dict[str, str]:
    """A key of each organisation in the match, and of a stranger in each role."""
    named = {role: await world.registry.key(role, world.ids[f"{role}_id"]) for role in ("school", "employer", "hub")}
    strangers = {f"other {role}": await world.registry.key(role, uuid7()) for role in named}  # type: ignore[arg-type]
    return {**named, **strangers}


async def test_a_match_tells_its_state_reason_history_and_why(world: World) -> None:
    match = await world.a_match("declined", Entries("declined"), reason="date_unsuitable", ended_by="school")

    answer = await world.registry.get(_path(match))

    shown = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert (shown["state"], shown["reason"], shown["ended_by"]) == ("declined", "date_unsuitable", "school")
    assert shown["reason_text"] == "The date does not suit us"
    assert [step["state"] for step in shown["history"]] == ["proposed", "declined"]
    assert shown["terms"]["why"][0]["code"] == "need"
    assert shown["said"]["school"]["verdict"] == "declined"
    assert shown["waits_for"] is None


async def test_each_key_sees_the_matches_of_its_own(world: World) -> None:
    match = await world.a_match()
    keys = await _keys(world)

    one = {name: (await world.registry.get(_path(match), key=key)).status_code for name, key in keys.items()}
    listed = {
        name: len((await world.registry.get("/v1/matches", key=key)).json()["items"]) for name, key in keys.items()
    }

    own, strange = ("school", "employer", "hub"), ("other school", "other employer", "other hub")
    assert one == {**dict.fromkeys(own, 200), **dict.fromkeys(strange, 404)}
    assert listed == {**dict.fromkeys(own, 1), **dict.fromkeys(strange, 0)}


async def test_an_employer_is_not_told_how_far_behind_a_school_is(world: World) -> None:
    match = await world.a_match()
    keys = await _keys(world)

    one = {role: (await world.registry.get(_path(match), key=keys[role])).json() for role in ("school", "employer")}
    (listed,) = (await world.registry.get("/v1/matches", key=keys["employer"])).json()["items"]

    assert listed == one["employer"]
    assert [bool(one["employer"]["terms"][field]) for field in ("progress", "why", "title")] == [False, False, True]
    assert one["school"]["terms"] == one["employer"]["terms"] | match.terms.model_dump(
        mode="json", include={"progress", "why"}
    )


async def test_a_list_can_be_narrowed_and_read_page_by_page(world: World) -> None:
    matches = [await world.a_match(state) for state in ("proposed", "confirmed", "proposed")]
    school = await world.registry.key("school", world.ids["school_id"])

    async def ids(query: str, **more: Any) -> list[str]:
        answer = await world.registry.get(f"/v1/matches?{query}", **more)
        return [item["match_id"] for item in answer.json()["items"]]

    first = (await world.registry.get("/v1/matches?limit=2")).json()
    assert await ids("state=confirmed") == [str(matches[1].match_id)]
    assert len(await ids(f"offer_id={world.ids['offer_id']}&request_id={world.ids['request_id']}")) == 3
    assert await ids(f"school_id={uuid7()}", key=school) == []
    assert await ids(f"employer_id={uuid7()}") == []
    assert await ids(f"limit=2&cursor={first['next']}") == [str(matches[2].match_id)]


async def test_a_page_of_matches_takes_one_query_for_all_that_was_said(world: World) -> None:
    corrected = await world.a_match("delivered", Entries("accepted", "accepted", delivered=28))
    said = (Entries("declined"), Entries("accepted", cancelled_by="employer"), Entries(), Entries("lapsed"))
    matches = [corrected, *[await world.a_match("confirmed", entries) for entries in said]]
    asked: list[str] = []

    async with transaction(world.registry.pool) as tx:
        second = Delivery(held=True, pupils=29, by="hub", at=ON_THE_DAY + timedelta(hours=1))
        await answers_store.add_delivery(tx, corrected.match_id, second)
        found = await matches_store.matches(tx, matches_store.Wanted(), None, 10)
        with tx.query_logger(lambda query: asked.append(query.query)):
            listed = await shown(tx, found, Caller(uuid7(), "operator", uuid7()))
        stored = [await answers_store.get_answer(tx, match.match_id) for match in matches]

    assert len(asked) == 1
    assert [one.said for one in listed] == [one.answer for one in stored]
    assert listed[0].said.delivery == second
    assert [bool(one.said.cancelled) for one in listed] == [False, False, True, False, False]
    assert [one.said.school and one.said.school.verdict for one in listed] == [
        *("accepted", "declined", "accepted", None, "lapsed")
    ]


async def test_what_was_said_is_told_in_utc_whatever_zone_the_server_has(world: World) -> None:
    name = await world.registry.pool.fetchval("SELECT current_database()")
    await world.registry.pool.execute(f"ALTER DATABASE \"{name}\" SET timezone = 'Pacific/Auckland'")
    await world.registry.pool.expire_connections()
    match = await world.a_match()

    await world.registry.post(_path(match, "answer"), {**YES, "audience": "school"})

    ((_, told),) = await world.registry.said("answers")
    assert told["school"]["at"] == "2026-10-06T09:00:00Z"


async def test_an_answer_is_recorded_and_told_and_the_state_waits_for_the_matcher(world: World) -> None:
    match = await world.a_match()
    school = await world.registry.key("school", world.ids["school_id"])

    answer = await world.registry.post(_path(match, "answer"), NO, key=school)

    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["said"]["school"]["verdict"]) == ("proposed", "declined")
    ((type_, told),) = await world.registry.said("answers")
    assert type_ == "answer.declined.v1"
    assert (told["school"]["reason"], told["school"]["contact_id"]) == ("cost", None)


async def test_the_same_answer_again_is_harmless_and_another_one_is_refused(world: World) -> None:
    match = await world.a_match()

    first = await world.registry.post(_path(match, "answer"), {**YES, "audience": "school"})
    again = await world.registry.post(_path(match, "answer"), {**YES, "audience": "school"})
    other = await world.registry.post(_path(match, "answer"), {**NO, "audience": "school"})

    assert [first.status_code, again.status_code, other.status_code] == [200, 200, 409]
    assert other.json()["type"] == "/problems/answered-before"
    assert "accepted on 6 October 2026" in other.json()["detail"]
    assert len(await world.registry.said("answers")) == 1


async def test_every_fact_about_a_match_has_the_next_version(world: World) -> None:
    match = await world.a_match()
    await world.registry.post(_path(match, "answer"), {**YES, "audience": "school"})
    await world.heard(world.match("confirmed", match_id=match.match_id), "match.confirmed.v1", version=2)
    await world.registry.post(_path(match, "cancel"), {"reason": "illness"})

    rows = await world.registry.pool.fetch("SELECT body FROM own.outbox WHERE topic = 'answers' ORDER BY id")

    assert [b'"aggregate_version":%d,' % version in row["body"] for version, row in enumerate(rows, 1)] == [True, True]


async def test_what_changed_meanwhile_is_said(world: World) -> None:
    match = await world.a_match()
    body = {**YES, "audience": "school"}

    stale = await world.registry.post(_path(match, "answer"), {**body, "terms_version": 9})
    await world.change("UPDATE own.offers SET terms_version = 2")
    amended = await world.registry.post(_path(match, "answer"), body)
    await world.change("UPDATE own.requests SET state = 'withdrawn'")
    withdrawn = await world.registry.post(_path(match, "answer"), body)

    types = [answer.json()["type"] for answer in (stale, amended, withdrawn)]
    assert types == ["/problems/terms-moved", "/problems/terms-moved", "/problems/no-longer-open"]


async def test_an_answer_counts_again_once_the_matcher_has_weighed_the_amendment(world: World) -> None:
    match = await world.a_match()
    await world.change("UPDATE own.offers SET terms_version = 2")
    await world.change("UPDATE own.requests SET terms_version = 3")
    weighed = match.model_copy(update={"offer_terms_version": 2, "request_terms_version": 3})

    await world.heard(weighed, "match.noted.v1", version=2)

    answer = await world.registry.post(_path(match, "answer"), {**YES, "audience": "school"})
    assert answer.status_code == 200, answer.text


BAD: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("answer", {"terms_version": 1}, "#/verdict"),
    ("answer", {"verdict": "lapsed", "terms_version": 1}, "#/verdict"),
    ("answer", {"verdict": "accepted"}, "#/terms_version"),
    ("answer", {**YES, "terms_version": "1"}, "#/terms_version"),
    ("answer", {**YES, "audience": "hub"}, "#/audience"),
    ("answer", YES, "#/audience"),
    ("answer", {**NO, "audience": "school", "reason": "nonsense"}, "#/reason"),
    ("answer", {**NO, "audience": "employer", "reason": "travel"}, "#/reason"),
    ("answer", {"verdict": "declined", "terms_version": 1, "audience": "school"}, "#/reason"),
    ("answer", {**NO, "audience": "school", "comment": "x" * 501}, "#/comment"),
    ("answer", {**NO, "audience": "school", "comment": "Ask Zebedee"}, "#/comment"),
    ("cancel", {"reason": "illness", "comment": "Zebedee is ill"}, "#/comment"),
    ("answer", {**YES, "audience": "school", "pupil": "A. B."}, "#/pupil"),
    ("cancel", {}, "#/reason"),
    ("cancel", {"reason": "cost"}, "#/reason"),
    ("delivery", {}, "#/held"),
    ("delivery", {"held": "yes"}, "#/held"),
    ("delivery", {"held": True, "pupils": -1}, "#/pupils"),
    ("delivery", {"held": True, "pupils": 121}, "#/pupils"),
    ("delivery", {"held": True, "pupils": 2.5}, "#/pupils"),
    ("delivery", {"held": False}, "#/reason"),
    ("delivery", {"held": False, "reason": "postponed", "pupils": 3}, "#/pupils"),
)


async def test_bad_requests_are_told_where_and_why(world: World) -> None:
    match = await world.a_match("confirmed", BOTH)
    world.registry.set_clock(Clock.stopped(ON_THE_DAY))
    before = await world.everything()

    for act, body, pointer in BAD:
        answer = await world.registry.post(_path(match, act), body)
        assert (answer.status_code, body) == (422, body)
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer], body
        assert answer.json()["errors"][0]["remedy"]
    assert await world.everything() == before


@pytest.mark.parametrize("act", ["", "answer", "cancel", "delivery"])
async def test_a_match_that_is_not_there_is_not_found(world: World, act: str) -> None:
    bodies: dict[str, Any] = {"answer": YES, "cancel": {"reason": "illness"}, "delivery": {"held": True}}
    path = f"/v1/matches/{uuid7()}{act and '/'}{act}"

    answer = await world.registry.ask("POST" if act else "GET", path, bodies.get(act))

    assert answer.status_code == 404


async def test_each_side_speaks_for_itself(world: World) -> None:
    match = await world.a_match("accepted", Entries("accepted"))
    keys = await _keys(world)
    as_employer = {**YES, "audience": "employer"}

    by_school = await world.registry.post(_path(match, "answer"), as_employer, key=keys["school"])
    by_hub = await world.registry.post(_path(match, "answer"), as_employer, key=keys["hub"])
    by_employer = await world.registry.post(_path(match, "answer"), YES, key=keys["employer"])

    assert [by_school.status_code, by_hub.status_code, by_employer.status_code] == [422, 422, 200]
    assert by_employer.json()["said"]["employer"]["verdict"] == "accepted"


async def test_what_one_side_wrote_is_not_shown_to_the_other(world: World) -> None:
    match = await world.a_match("declined", Entries("declined"))
    keys = await _keys(world)

    comments = {
        name: (await world.registry.get(_path(match), key=keys[name])).json()["said"]["school"]["comment"]
        for name in ("school", "employer", "hub")
    }

    assert comments == {"school": "Mock exams", "employer": "", "hub": "Mock exams"}


async def test_a_correction_counts_and_the_first_record_is_kept(world: World) -> None:
    match = await world.a_match("confirmed", BOTH)
    world.registry.set_clock(Clock.stopped(ON_THE_DAY))
    keys = await _keys(world)

    for key, pupils in (("employer", 30), ("school", 27), ("hub", 28)):
        answer = await world.registry.post(_path(match, "delivery"), {"held": True, "pupils": pupils}, key=keys[key])
        assert answer.json()["said"]["delivery"]["pupils"] == pupils
    late = await world.registry.post(_path(match, "delivery"), {"held": True, "pupils": 30}, key=keys["employer"])
    await world.registry.post(_path(match, "delivery"), {"held": True, "pupils": 28}, key=keys["school"])

    assert late.json()["type"] == "/problems/answered-before"
    kept = await world.registry.pool.fetch("SELECT number, pupils, by FROM own.deliveries ORDER BY number")
    assert [tuple(row) for row in kept] == [(1, 30, "employer"), (2, 27, "school"), (3, 28, "hub")]
    told = [answer["delivery"]["pupils"] for _, answer in await world.registry.said("answers")]
    assert told == [30, 27, 28]


async def test_a_cancellation_by_the_hub_says_so(world: World) -> None:
    match = await world.a_match("confirmed", BOTH)
    hub = await world.registry.key("hub", world.ids["hub_id"])

    answer = await world.registry.post(_path(match, "cancel"), {"reason": "weather"}, key=hub)

    assert answer.json()["said"]["cancelled"]["by"] == "hub"
    page = await world.registry.http.get(world.link(match))
    assert "The Careers Hub cancelled it on 6 October 2026. Reason: Weather or site closure." in page.text


async def test_a_call_repeated_with_its_key_gets_the_same_answer(world: World) -> None:
    match = await world.a_match()
    body = {**YES, "audience": "school"}

    first = await world.registry.post(_path(match, "answer"), body, once="1")
    again = await world.registry.post(_path(match, "answer"), body, once="1")

    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_number_of_pupils_may_stay_what_was_planned_when_the_cohort_shrank(world: World) -> None:
    match = await world.a_match("confirmed", BOTH)
    await world.change("UPDATE own.cohorts SET pupils = 5")
    world.registry.set_clock(Clock.stopped(ON_THE_DAY))

    answer = await world.registry.post(_path(match, "delivery"), {"held": True, "pupils": 30})

    assert answer.status_code == 200, answer.text


async def test_rounds_are_read_by_hubs_of_their_area(world: World) -> None:
    area, round_id = world.ids["area_id"], uuid7()
    figures = {"seconds": 1.5, "method": "exact", "objective": 10, "counts": {"planned": 2}}
    for one in (round_id, later := uuid7()):
        await world.heard_round(round_id=one, area_id=area, **figures)
    async with transaction(world.registry.pool) as tx:
        await insert(tx, "own.areas", area_id=(elsewhere := uuid7()), name="Elsewhere", created_at=world.clock.now())
    hub = await world.registry.key("hub", world.ids["hub_id"])

    listed = (await world.registry.get(f"/v1/areas/{area}/rounds?limit=1", key=hub)).json()
    rest = (await world.registry.get(f"/v1/areas/{area}/rounds?limit=1&cursor={listed['next']}", key=hub)).json()
    one_round = await world.registry.get(f"/v1/rounds/{round_id}", key=hub)

    assert [listed["items"][0]["round_id"], rest["items"][0]["round_id"]] == [str(later), str(round_id)]
    assert (one_round.json()["counts"], rest["next"]) == ({"planned": 2}, None)
    assert (await world.registry.get(f"/v1/areas/{elsewhere}/rounds", key=hub)).status_code == 404
    assert (await world.registry.get(f"/v1/areas/{elsewhere}/rounds")).json()["items"] == []
    assert (await world.registry.get(f"/v1/rounds/{uuid7()}", key=hub)).status_code == 404
