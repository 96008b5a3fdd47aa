import asyncio
from typing import Any
from uuid import UUID

import pytest

from contracts.answers import Said
from contracts.offers import Offer
from contracts.outlooks import Excluded, Outlook
from contracts.requests import SchoolRequest
from services.plumbing.postgres import transaction
from services.plumbing.uuids import uuid7
from services.registry import answering
from services.registry.store.matches import remember_match
from services.registry.store.outlooks import remember_outlook
from tests.registry.given import Registry
from tests.registry.given_offers import NOW, a_match, a_request_said, an_offer_said
from tests.registry.given_seeds import Town, a_town, someone_waits_for_a_lock


@pytest.fixture
async def town(registry: Registry) -> Town:
    return await a_town(registry)


async def posted(town: Town, **changes: Any) -> dict[str, Any]:
    said = a_request_said(**{"cohort_id": town.cohort, **changes})
    return await town.registry.made("/v1/requests", said, key=town.school_key)


async def a_heard_match(town: Town, request: dict[str, Any], **changes: Any) -> str:
    offer = await town.registry.made("/v1/offers", an_offer_said(min_pupils=1), key=town.employer_key)
    match = a_match(Offer.model_validate(offer), SchoolRequest.model_validate(request), **changes)
    async with transaction(town.registry.pool) as tx:
        await remember_match(tx, match, 1)
    return str(match.match_id)


async def test_a_request_is_posted_and_read_as_it_was_told(town: Town):
    answer = await town.registry.post("/v1/requests", a_request_said(cohort_id=town.cohort), key=town.school_key)

    request = answer.json()
    path = f"/v1/requests/{request['request_id']}"
    assert (answer.status_code, answer.headers["location"], answer.headers["etag"]) == (201, path, '"1"')
    assert (request["school_id"], request["cohort_id"], request["max_places"]) == (town.school, town.cohort, 240)
    assert await town.registry.said("requests") == [("request.posted.v1", request)]
    read = await town.registry.get(path, key=town.school_key)
    assert (read.json(), read.headers["etag"]) == ({**request, "outlook": None, "matches": []}, '"1"')


async def test_a_cohort_has_one_open_request(town: Town):
    first = await posted(town)

    again = await town.registry.post("/v1/requests", a_request_said(cohort_id=town.cohort), key=town.school_key)

    assert (again.status_code, again.json()["request_id"]) == (409, first["request_id"])
    path = f"/v1/requests/{first['request_id']}/withdraw"
    withdrawn = await town.registry.post(path, {"reason": "no_longer_needed"}, key=town.school_key, version=1)
    assert (withdrawn.status_code, withdrawn.headers["etag"]) == (200, '"2"')
    assert (await town.registry.said("requests"))[-1] == ("request.withdrawn.v1", withdrawn.json())
    assert (await posted(town))["request_id"] != first["request_id"]


async def test_ten_at_once_for_one_cohort_make_one_request(town: Town):
    said = a_request_said(cohort_id=town.cohort)

    answers = await asyncio.gather(*(town.registry.post("/v1/requests", said, key=town.school_key) for _ in range(10)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert len({answer.json()["request_id"] for answer in answers}) == 1
    assert len(await town.registry.said("requests")) == 1


async def test_reading_a_request_tells_its_outlook_and_open_matches(town: Town):
    request = await posted(town)
    open_id = await a_heard_match(town, request, state="accepted")
    await a_heard_match(town, request, state="declined")
    outlook = Outlook(
        request_id=UUID(request["request_id"]),
        round_id=uuid7(),
        area_id=UUID(town.area),
        at=NOW,
        state="partly",
        need={"gb5": 110, "gb6": 1190},
        excluded=(Excluded(code="H1-distance", offers=3, text="3 offers are too far away"),),
        nearest_miss="A talk 2 km beyond the employer's reach",
        expected_wait_days=21,
    )
    async with transaction(town.registry.pool) as tx:
        await remember_outlook(tx, outlook, 1)

    read = (await town.registry.get(f"/v1/requests/{request['request_id']}", key=town.school_key)).json()

    assert read["outlook"]["nearest_miss"] == outlook.nearest_miss
    assert read["outlook"]["need"] == {"gb5": 110, "gb6": 1190}
    assert [(match["match_id"], match["state"]) for match in read["matches"]] == [(open_id, "accepted")]


async def test_an_amendment_is_merged_with_what_was_said(town: Town):
    request = await posted(town)
    path = f"/v1/requests/{request['request_id']}"
    change = {"sectors": {"engineering": None, "digital": 80}, "benchmarks": ["gb5"], "max_places": 100}

    answer = await town.registry.patch(path, change, key=town.school_key, version=1)
    back = await town.registry.patch(path, {"max_places": None}, key=town.school_key, version=2)

    amended = answer.json()
    assert (answer.status_code, answer.headers["etag"], amended["terms_version"]) == (200, '"2"', 2)
    assert amended["sectors"] == {"digital": 80, "*": 50}
    assert (amended["benchmarks"], amended["max_places"]) == (["gb5"], 100)
    assert back.json()["max_places"] == 240
    assert [type_ for type_, _ in await town.registry.said("requests")] == ["request.posted.v1"] + [
        "request.amended.v1"
    ] * 2


async def test_a_change_that_changes_nothing_is_no_new_version(town: Town):
    request = await posted(town)

    path = f"/v1/requests/{request['request_id']}"
    answer = await town.registry.patch(path, {"split": True, "max_places": 240}, key=town.school_key, version=1)

    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    assert len(await town.registry.said("requests")) == 1


async def test_a_preview_tells_what_a_change_would_end_and_changes_nothing(town: Town):
    request = await posted(town)
    match_id = await a_heard_match(town, request, pupils=12)
    path = f"/v1/requests/{request['request_id']}/preview"

    async def previewed(**plan: Any) -> dict[str, Any]:
        answer = await town.registry.post(path, plan, key=town.school_key)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    november = {"impossible": [{"first": "2026-11-01", "last": "2026-11-30"}]}
    blocked = await previewed(amend=november)
    wished = await previewed(amend={"sectors": {"digital": 100}})
    withdrawn = await previewed(withdraw={"reason": "no_longer_needed"})

    assert [(end["match_id"], end["reason"]) for end in blocked["would_end"]] == [(match_id, "request_amended")]
    assert blocked["ends_by_state"] == {"proposed": 1}
    assert ([stay["match_id"] for stay in wished["would_stay"]], wished["new_terms"]) == ([match_id], True)
    assert [end["reason"] for end in withdrawn["would_end"]] == ["request_withdrawn"]
    assert len(await town.registry.said("requests")) == 1


async def test_a_hub_acts_for_the_schools_it_has_today(town: Town):
    elsewhere = await a_town(town.registry)
    said = a_request_said(school_id=town.school, cohort_id=town.cohort)

    foreign = await town.registry.post("/v1/requests", said, key=elsewhere.hub_key)
    request = await town.registry.made("/v1/requests", said, key=town.hub_key)

    assert foreign.status_code == 404
    path = f"/v1/requests/{request['request_id']}"
    assert (await town.registry.get(path, key=town.hub_key)).status_code == 200
    assert (await town.registry.get(path, key=elsewhere.hub_key)).status_code == 404
    await town.registry.pool.execute(
        "UPDATE own.memberships SET until = '2026-10-05' WHERE school_id = $1", UUID(town.school)
    )
    assert (await town.registry.get(path, key=town.hub_key)).status_code == 404
    assert (await town.registry.get("/v1/requests", key=town.hub_key)).json()["items"] == []


async def test_lists_show_a_school_its_own_and_a_hub_those_of_its_schools(town: Town):
    elsewhere = await a_town(town.registry)
    here, there = await posted(town), await posted(elsewhere)
    year_11 = (await town.registry.a_cohort(town.school, year=11))["cohort_id"]
    second = await posted(town, cohort_id=year_11)

    async def listed(key: str, query: str = "") -> list[str]:
        answer = await town.registry.get(f"/v1/requests{query}", key=key)
        return [request["request_id"] for request in answer.json()["items"]]

    own = [here["request_id"], second["request_id"]]
    assert await listed(town.school_key) == own
    assert await listed(town.hub_key) == own
    assert await listed(town.registry.operator, f"?school_id={elsewhere.school}") == [there["request_id"]]
    assert await listed(town.school_key, f"?cohort_id={year_11}") == [second["request_id"]]
    assert await listed(town.school_key, "?state=withdrawn") == []
    first_page = (await town.registry.get("/v1/requests?limit=1", key=town.school_key)).json()
    assert await listed(town.school_key, f"?limit=1&cursor={first_page['next']}") == own[1:]


async def test_of_two_changes_of_one_version_the_second_is_refused(town: Town):
    path = f"/v1/requests/{(await posted(town))['request_id']}"

    answers = await asyncio.gather(
        *(town.registry.patch(path, {"max_places": n}, key=town.school_key, version=1) for n in range(200, 205))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]


async def test_a_withdrawal_waits_for_an_answer_that_is_being_given(town: Town):
    request = await posted(town)
    match_id = UUID(await a_heard_match(town, request))
    path = f"/v1/requests/{request['request_id']}/withdraw"
    yes = Said(verdict="accepted", at=NOW, terms_version=1)

    async with transaction(town.registry.pool) as tx:
        await answering.reply(tx, match_id, "school", yes, town.registry.clock)
        ask = town.registry.post(path, {"reason": "other"}, key=town.school_key, version=1)
        withdrawing = asyncio.create_task(ask)
        await someone_waits_for_a_lock(town.registry.pool)
        assert not withdrawing.done()

    assert (await withdrawing).status_code == 200
    facts = [type_ for type_, _ in await town.registry.said("answers", "requests")]
    assert facts == ["request.posted.v1", "answer.accepted.v1", "request.withdrawn.v1"]


async def test_a_school_that_is_closing_takes_no_request(town: Town):
    said = a_request_said(cohort_id=town.cohort)

    async with transaction(town.registry.pool) as tx:
        await tx.execute("UPDATE own.schools SET state = 'closed' WHERE school_id = $1", UUID(town.school))
        posting = asyncio.create_task(town.registry.post("/v1/requests", said, key=town.school_key))
        await someone_waits_for_a_lock(town.registry.pool)

    assert (await posting).status_code == 409
    assert await town.registry.said("requests") == []
