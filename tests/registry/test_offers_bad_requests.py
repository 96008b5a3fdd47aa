"""For each endpoint of offers: what is wrong about a request, and the problem that answers. Nothing is recorded."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.databases import Templates
from tests.registry.bad_offers import BY_FORM, BY_MEANING, Bad, assert_is_problem
from tests.registry.given_offers import an_offer_said
from tests.registry.given_seeds import Town, a_town, registry_over

NOBODY = "00000000-0000-7000-8000-0000000000aa"
BODIES = BY_MEANING | BY_FORM
# An amendment may leave a field out: what was said then stands.
FINE_TO_AMEND = {"no session", "a place without postcode"}
CHANGES = {name: bad for name, bad in BODIES.items() if ... not in bad.changes.values() and name not in FINE_TO_AMEND}


@pytest.fixture(scope="module")
async def town(templates: Templates) -> AsyncIterator[Town]:
    url = await templates.copy("registry")
    async with registry_over(url) as registry:
        yield await a_town(registry)
    await templates.drop(url)


@pytest.fixture(scope="module")
async def elsewhere(town: Town) -> Town:
    """Another area."""
    return await a_town(town.registry)


@pytest.fixture(scope="module")
async def offer(town: Town) -> dict[str, Any]:
    return await town.registry.made("/v1/offers", an_offer_said(), key=town.employer_key)


@pytest.fixture(scope="module")
async def withdrawn(town: Town) -> str:
    """The path of an offer that is withdrawn: at version 2."""
    made = await town.registry.made("/v1/offers", an_offer_said(reference="gone"), key=town.employer_key)
    path = f"/v1/offers/{made['offer_id']}"
    await town.registry.post(f"{path}/withdraw", {"reason": "other"}, key=town.employer_key, version=1)
    return path


@pytest.fixture(autouse=True)
async def nothing_is_recorded(
    town: Town, elsewhere: Town, offer: dict[str, Any], withdrawn: str
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
async def test_publishing_says_what_is_wrong_with_the_body(town: Town, bad: Bad) -> None:
    answer = await town.registry.post("/v1/offers", an_offer_said(**bad.changes), key=town.employer_key)

    assert_says(answer, bad)


@pytest.mark.parametrize(
    "changes, pointer",
    [
        ({"place": {"postcode": "nowhere"}}, "#/place/postcode"),
        ({"place": {"postcode": "ZZ99 9ZZ"}}, "#/place/postcode"),
    ],
)
async def test_publishing_needs_a_place_that_can_be_found(town: Town, changes: dict[str, Any], pointer: str) -> None:
    answer = await town.registry.post("/v1/offers", an_offer_said(**changes), key=town.employer_key)

    assert_is_problem(answer, 422, "unacceptable", pointer)


async def test_publishing_is_for_employers_and_only_for_themselves(town: Town) -> None:
    said = an_offer_said()

    async def publish(key: str, **changes: Any) -> httpx.Response:
        return await town.registry.post("/v1/offers", {**said, **changes}, key=key)

    assert_is_problem(await publish("enc_no_key"), 401, "key-needed")
    assert_is_problem(await publish(town.school_key), 403, "not-allowed")
    assert_is_problem(await publish(town.hub_key), 403, "not-allowed")
    assert_is_problem(await publish(town.employer_key, employer_id=NOBODY), 404, "not-found")
    assert_is_problem(await publish(town.registry.operator), 422, "unacceptable", "#/employer_id")
    assert_is_problem(await publish(town.registry.operator, employer_id=NOBODY), 404, "not-found")


async def test_publishing_takes_an_idempotency_key_and_json(town: Town) -> None:
    without = await town.registry.post("/v1/offers", an_offer_said(), key=town.employer_key, once=None)
    broken = await town.registry.post("/v1/offers", key=town.employer_key, content=b"{", headers=JSON)
    no_object = await town.registry.post("/v1/offers", [1], key=town.employer_key)
    no_json = await town.registry.post("/v1/offers", key=town.employer_key, content=b"title=x", headers=FORM)
    nested = await town.registry.post("/v1/offers", key=town.employer_key, content=b"[" * 100_000, headers=JSON)

    assert_is_problem(without, 400, "idempotency-key-missing", "#/Idempotency-Key")
    assert_is_problem(broken, 400, "unreadable", "#")
    assert_is_problem(no_object, 422, "invalid", "#")
    assert_is_problem(no_json, 415, "json-needed")
    assert nested.status_code == 400


JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    "query, status, pointers",
    [
        ("limit=0", 422, ["#/limit"]),
        ("limit=201", 422, ["#/limit"]),
        ("state=closed", 422, ["#/state"]),
        ("sector=digital", 422, ["#/sector"]),
        ("cursor=AAAA", 422, ["#/cursor"]),
        ("area_id=Hertfordshire", 422, ["#/area_id"]),
        (f"employer_id={NOBODY}", 404, []),
    ],
)
async def test_listing_says_what_is_wrong_with_the_question(
    town: Town, query: str, status: int, pointers: list[str]
) -> None:
    answer = await town.registry.get(f"/v1/offers?{query}", key=town.employer_key)

    assert answer.status_code == status
    assert [error["pointer"] for error in answer.json().get("errors", [])] == pointers


async def test_reading_hides_what_is_not_there_or_not_for_this_key(
    town: Town, elsewhere: Town, offer: dict[str, Any]
) -> None:
    path = f"/v1/offers/{offer['offer_id']}"

    for key in (elsewhere.employer_key, elsewhere.school_key, elsewhere.hub_key):
        assert_is_problem(await town.registry.get(path, key=key), 404, "not-found")
    assert_is_problem(await town.registry.get(f"/v1/offers/{NOBODY}"), 404, "not-found")
    assert_is_problem(await town.registry.get("/v1/offers/first"), 422, "invalid", "#/offer_id")


@pytest.mark.parametrize("bad", CHANGES.values(), ids=CHANGES)
async def test_amending_says_what_is_wrong_with_the_change(town: Town, offer: dict[str, Any], bad: Bad) -> None:
    path = f"/v1/offers/{offer['offer_id']}"

    answer = await town.registry.patch(path, bad.changes, key=town.employer_key, version=1)

    assert_says(answer, bad)


@pytest.mark.parametrize(
    "change, slug, pointer",
    [
        ({"title": None}, "invalid", "#/title"),
        ({"reference": "another"}, "invalid", "#/reference"),
        ({"employer_id": NOBODY}, "invalid", "#/employer_id"),
        ({"counts_to": None}, "invalid", "#/counts_to"),
        ({"place": None}, "invalid", "#/place"),
        ({"place": {"postcode": None}}, "invalid", "#/place/postcode"),
        ({"place": "SG1 1EN"}, "invalid", "#/place"),
        ({"sessions": []}, "unacceptable", "#/sessions"),
        ([], "invalid", "#"),
        ("title", "invalid", "#"),
    ],
)
async def test_amending_takes_back_only_what_can_be_left_out(
    town: Town, offer: dict[str, Any], change: Any, slug: str, pointer: str
) -> None:
    answer = await town.registry.patch(f"/v1/offers/{offer['offer_id']}", change, key=town.employer_key, version=1)

    assert_is_problem(answer, 422, slug, pointer)


@pytest.mark.parametrize("act", ["amend", "withdraw"])
async def test_changing_says_which_version_and_is_for_the_employer(
    town: Town, elsewhere: Town, offer: dict[str, Any], withdrawn: str, act: str
) -> None:
    path = f"/v1/offers/{offer['offer_id']}"

    async def change(key: str, to: str = path, **more: Any) -> httpx.Response:
        if act == "amend":
            return await town.registry.patch(to, {"title": "Another"}, key=key, **more)
        return await town.registry.post(f"{to}/withdraw", {"reason": "other"}, key=key, **more)

    assert_is_problem(await change(town.employer_key), 428, "if-match-needed", "#/If-Match")
    assert_is_problem(await change(town.employer_key, version=7), 412, "stale", "#/If-Match")
    assert_is_problem(await change(town.school_key, version=1), 403, "not-allowed")
    assert_is_problem(await change(town.hub_key, version=1), 403, "not-allowed")
    assert_is_problem(await change(elsewhere.employer_key, version=1), 404, "not-found")
    assert_is_problem(await change(town.employer_key, f"/v1/offers/{NOBODY}", version=1), 404, "not-found")
    assert_is_problem(await change(town.employer_key, withdrawn, version=2), 409, "conflict")


WHYS: list[tuple[Any, str, str]] = [
    ({}, "invalid", "#/reason"),
    ({"reason": None}, "invalid", "#/reason"),
    ({"reason": "other", "comment": "Sorry"}, "invalid", "#/comment"),
    ({"reason": "Site closed"}, "unacceptable", "#/reason"),
    ({"reason": "date_unsuitable"}, "unacceptable", "#/reason"),
]


@pytest.mark.parametrize("why, slug, pointer", WHYS)
async def test_withdrawing_takes_one_of_the_coded_reasons(
    town: Town, offer: dict[str, Any], why: Any, slug: str, pointer: str
) -> None:
    path = f"/v1/offers/{offer['offer_id']}/withdraw"

    answer = await town.registry.post(path, why, key=town.employer_key, version=1)

    assert_is_problem(answer, 422, slug, pointer)


@pytest.mark.parametrize(
    "plan, slug, pointer",
    [
        ({}, "unacceptable", "#"),
        ({"amend": {}, "withdraw": {"reason": "other"}}, "unacceptable", "#"),
        ({"withdraw": {"reason": "Site closed"}}, "unacceptable", "#/withdraw/reason"),
        ({"withdraw": {}}, "invalid", "#/withdraw/reason"),
        ({"amend": {"titel": "x"}}, "invalid", "#/amend/titel"),
        ({"amend": {"title": "x"}}, "invalid", "#/amend/title"),
        ({"amend": {"years": [6]}}, "unacceptable", "#/amend/years/0"),
        ({"amend": 7}, "invalid", "#/amend"),
        ({"cancel": {}}, "invalid", "#/cancel"),
    ],
)
async def test_a_preview_says_what_is_wrong_with_the_plan(
    town: Town, offer: dict[str, Any], plan: Any, slug: str, pointer: str
) -> None:
    path = f"/v1/offers/{offer['offer_id']}/preview"

    assert_is_problem(await town.registry.post(path, plan, key=town.employer_key), 422, slug, pointer)


async def test_a_preview_is_for_the_employer_and_of_what_can_be_done(
    town: Town, elsewhere: Town, offer: dict[str, Any], withdrawn: str
) -> None:
    plan, path = {"withdraw": {"reason": "other"}}, f"/v1/offers/{offer['offer_id']}/preview"

    assert_is_problem(await town.registry.post(path, plan, key=town.school_key), 403, "not-allowed")
    assert_is_problem(await town.registry.post(path, plan, key=elsewhere.employer_key), 404, "not-found")
    nowhere = f"/v1/offers/{NOBODY}/preview"
    assert_is_problem(await town.registry.post(nowhere, plan, key=town.employer_key), 404, "not-found")
    assert_is_problem(await town.registry.post(f"{withdrawn}/preview", plan, key=town.employer_key), 409, "conflict")
