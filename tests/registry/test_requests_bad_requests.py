"""For each endpoint of requests: what is wrong with what is sent, and the problem that answers. Nothing is recorded."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.databases import Templates
from tests.registry.bad_offers import Bad, assert_is_problem
from tests.registry.bad_requests import BY_FORM, BY_MEANING
from tests.registry.given_offers import a_request_said
from tests.registry.given_seeds import Town, a_town, registry_over

NOBODY = "00000000-0000-7000-8000-0000000000aa"
BODIES = BY_MEANING | BY_FORM
# An amendment may leave a field out: what was said then stands.
CHANGES = {name: bad for name, bad in BODIES.items() if ... not in bad.changes.values()}


@pytest.fixture(scope="module")
async def town(templates: Templates) -> AsyncIterator[Town]:
    url = await templates.copy("registry")
    async with registry_over(url) as registry:
        yield await a_town(registry)
    await templates.drop(url)


@pytest.fixture(scope="module")
async def elsewhere(town: Town) -> Town:
    """Another hub, with a school of its own."""
    return await a_town(town.registry)


@pytest.fixture(scope="module")
async def year_11(town: Town) -> str:
    return str((await town.registry.a_cohort(town.school, year=11))["cohort_id"])


@pytest.fixture(scope="module")
async def path(town: Town) -> str:
    """Of an open request of the cohort in Year 10, at version 1."""
    said = a_request_said(cohort_id=town.cohort)
    made = await town.registry.made("/v1/requests", said, key=town.school_key)
    return f"/v1/requests/{made['request_id']}"


@pytest.fixture(scope="module")
async def withdrawn(town: Town) -> str:
    """Of a request that is withdrawn, at version 2."""
    year_12 = (await town.registry.a_cohort(town.school, year=12))["cohort_id"]
    made = await town.registry.made("/v1/requests", a_request_said(cohort_id=year_12), key=town.school_key)
    path = f"/v1/requests/{made['request_id']}"
    await town.registry.post(f"{path}/withdraw", {"reason": "other"}, key=town.school_key, version=1)
    return path


@pytest.fixture(autouse=True)
async def nothing_is_recorded(
    town: Town, elsewhere: Town, year_11: str, path: str, withdrawn: str
) -> AsyncIterator[None]:
    before = len(await town.registry.said())
    yield
    assert len(await town.registry.said()) == before


def assert_says(answer: httpx.Response, bad: Bad) -> None:
    slug = "unacceptable" if bad in BY_MEANING.values() else "invalid"
    assert_is_problem(answer, 422, slug, bad.pointer)
    (error,) = answer.json()["errors"]
    assert bad.detail in error["detail"]
    assert bad.remedy in error["remedy"]


@pytest.mark.parametrize("bad", BODIES.values(), ids=BODIES)
async def test_posting_says_what_is_wrong_with_the_body(town: Town, year_11: str, bad: Bad) -> None:
    said = a_request_said(**{"cohort_id": year_11, **bad.changes})

    answer = await town.registry.post("/v1/requests", said, key=town.school_key)

    assert_says(answer, bad)


async def test_what_is_still_needed_is_computed_never_typed(town: Town, year_11: str) -> None:
    said = a_request_said(cohort_id=year_11, need={"gb5": 10})

    answer = await town.registry.post("/v1/requests", said, key=town.school_key)

    (error,) = answer.json()["errors"]
    assert error["detail"] == "What is still needed is computed, never typed."
    assert error["pointer"] == "#/need"


async def test_a_request_is_for_a_cohort_of_the_school(town: Town, elsewhere: Town, path: str) -> None:
    async def post(**changes: Any) -> httpx.Response:
        return await town.registry.post("/v1/requests", a_request_said(**changes), key=town.school_key)

    assert_is_problem(await post(cohort_id=...), 422, "invalid", "#/cohort_id")
    assert_is_problem(await post(cohort_id="Year 10"), 422, "invalid", "#/cohort_id")
    assert_is_problem(await post(cohort_id=NOBODY), 422, "unacceptable", "#/cohort_id")
    assert_is_problem(await post(cohort_id=elsewhere.cohort), 422, "unacceptable", "#/cohort_id")
    second = await post(cohort_id=town.cohort)
    assert_is_problem(second, 409, "conflict")
    assert second.json()["request_id"] == path.rpartition("/")[2]


async def test_posting_is_for_the_school_its_hub_or_an_operator(town: Town, elsewhere: Town, year_11: str) -> None:
    said = a_request_said(cohort_id=year_11)

    async def post(key: str, **changes: Any) -> httpx.Response:
        return await town.registry.post("/v1/requests", {**said, **changes}, key=key)

    assert_is_problem(await post("enc_no_key"), 401, "key-needed")
    assert_is_problem(await post(town.employer_key), 403, "not-allowed")
    assert_is_problem(await post(town.school_key, school_id=elsewhere.school), 404, "not-found")
    assert_is_problem(await post(town.hub_key), 422, "unacceptable", "#/school_id")
    assert_is_problem(await post(town.hub_key, school_id=elsewhere.school), 404, "not-found")
    assert_is_problem(await post(town.registry.operator), 422, "unacceptable", "#/school_id")
    assert_is_problem(await post(town.registry.operator, school_id=NOBODY), 422, "unacceptable", "#/cohort_id")


async def test_posting_takes_an_idempotency_key_and_json(town: Town, year_11: str) -> None:
    said, form = a_request_said(cohort_id=year_11), {"Content-Type": "application/x-www-form-urlencoded"}

    without = await town.registry.post("/v1/requests", said, key=town.school_key, once=None)
    no_json = await town.registry.post("/v1/requests", key=town.school_key, content=b"split=no", headers=form)

    assert_is_problem(without, 400, "idempotency-key-missing", "#/Idempotency-Key")
    assert_is_problem(no_json, 415, "json-needed")


@pytest.mark.parametrize(
    "query, status, pointers",
    [
        ("limit=0", 422, ["#/limit"]),
        ("state=closed", 422, ["#/state"]),
        ("benchmark=gb5", 422, ["#/benchmark"]),
        ("cursor=AAAA", 422, ["#/cursor"]),
        ("cohort_id=Year+10", 422, ["#/cohort_id"]),
        (f"school_id={NOBODY}", 404, []),
    ],
)
async def test_listing_says_what_is_wrong_with_the_question(
    town: Town, query: str, status: int, pointers: list[str]
) -> None:
    answer = await town.registry.get(f"/v1/requests?{query}", key=town.school_key)

    assert answer.status_code == status
    assert [error["pointer"] for error in answer.json().get("errors", [])] == pointers


async def test_reading_hides_what_is_not_there_or_not_for_this_key(town: Town, elsewhere: Town, path: str) -> None:
    for key in (elsewhere.school_key, elsewhere.hub_key):
        assert_is_problem(await town.registry.get(path, key=key), 404, "not-found")
    assert_is_problem(await town.registry.get(path, key=town.employer_key), 403, "not-allowed")
    assert_is_problem(await town.registry.get("/v1/requests", key=town.employer_key), 403, "not-allowed")
    assert_is_problem(await town.registry.get(f"/v1/requests/{NOBODY}"), 404, "not-found")
    assert_is_problem(await town.registry.get("/v1/requests/first"), 422, "invalid", "#/request_id")


@pytest.mark.parametrize("bad", CHANGES.values(), ids=CHANGES)
async def test_amending_says_what_is_wrong_with_the_change(town: Town, path: str, bad: Bad) -> None:
    assert_says(await town.registry.patch(path, bad.changes, key=town.school_key, version=1), bad)


@pytest.mark.parametrize(
    "change, pointer",
    [
        ({"benchmarks": None}, "#/benchmarks"),
        ({"cohort_id": NOBODY}, "#/cohort_id"),
        ({"school_id": NOBODY}, "#/school_id"),
        ({"state": "withdrawn"}, "#/state"),
        ({"sectors": []}, "#/sectors"),
        ([], "#"),
    ],
)
async def test_amending_changes_only_what_a_school_says(town: Town, path: str, change: Any, pointer: str) -> None:
    answer = await town.registry.patch(path, change, key=town.school_key, version=1)

    assert_is_problem(answer, 422, "invalid", pointer)


@pytest.mark.parametrize("act", ["amend", "withdraw"])
async def test_changing_says_which_version_and_is_for_the_school(
    town: Town, elsewhere: Town, path: str, withdrawn: str, act: str
) -> None:
    async def change(key: str, to: str = path, **more: Any) -> httpx.Response:
        if act == "amend":
            return await town.registry.patch(to, {"split": False}, key=key, **more)
        return await town.registry.post(f"{to}/withdraw", {"reason": "other"}, key=key, **more)

    assert_is_problem(await change(town.school_key), 428, "if-match-needed", "#/If-Match")
    assert_is_problem(await change(town.school_key, version=7), 412, "stale", "#/If-Match")
    assert_is_problem(await change(town.employer_key, version=1), 403, "not-allowed")
    assert_is_problem(await change(elsewhere.school_key, version=1), 404, "not-found")
    assert_is_problem(await change(town.school_key, f"/v1/requests/{NOBODY}", version=1), 404, "not-found")
    assert_is_problem(await change(town.school_key, withdrawn, version=2), 409, "conflict")


@pytest.mark.parametrize(
    "why, slug, pointer",
    [
        ({}, "invalid", "#/reason"),
        ({"reason": "other", "pupil": "A"}, "invalid", "#/pupil"),
        ({"reason": "not needed"}, "unacceptable", "#/reason"),
    ],
)
async def test_withdrawing_takes_one_of_the_coded_reasons(
    town: Town, path: str, why: Any, slug: str, pointer: str
) -> None:
    answer = await town.registry.post(f"{path}/withdraw", why, key=town.school_key, version=1)

    assert_is_problem(answer, 422, slug, pointer)


@pytest.mark.parametrize(
    "plan, slug, pointer",
    [
        ({}, "unacceptable", "#"),
        ({"amend": {}, "withdraw": {"reason": "other"}}, "unacceptable", "#"),
        ({"withdraw": {"reason": "not needed"}}, "unacceptable", "#/withdraw/reason"),
        ({"amend": {"need": {"gb5": 1}}}, "invalid", "#/amend/need"),
        ({"amend": {"min_group": 500}}, "unacceptable", "#/amend/min_group"),
    ],
)
async def test_a_preview_says_what_is_wrong_with_the_plan(
    town: Town, path: str, plan: Any, slug: str, pointer: str
) -> None:
    answer = await town.registry.post(f"{path}/preview", plan, key=town.school_key)

    assert_is_problem(answer, 422, slug, pointer)


async def test_a_preview_is_for_the_school_and_of_what_can_be_done(
    town: Town, elsewhere: Town, path: str, withdrawn: str
) -> None:
    plan = {"withdraw": {"reason": "other"}}

    async def preview(of: str, key: str) -> httpx.Response:
        return await town.registry.post(f"{of}/preview", plan, key=key)

    assert_is_problem(await preview(path, town.employer_key), 403, "not-allowed")
    assert_is_problem(await preview(path, elsewhere.school_key), 404, "not-found")
    assert_is_problem(await preview(withdrawn, town.school_key), 409, "conflict")
