"""What all of the API has in common: versions, pages of lists, limits, and what a developer reads."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.registry.api import problems
from services.registry.api.rates import Rates
from services.registry.domain.mistakes import TooMany
from tests.registry.given import Registry


async def test_a_change_of_an_old_version_is_refused(registry: Registry) -> None:
    hub = await registry.a_hub()
    path = f"/v1/hubs/{hub['hub_id']}"
    await registry.patch(path, {"host": "First"}, version=1)

    stale = await registry.patch(path, {"host": "Second"}, version=1)

    assert (stale.status_code, stale.json()["type"]) == (412, "/problems/stale")
    assert stale.headers["etag"] == '"2"'
    assert (await registry.get(path)).json()["host"] == "First"


@pytest.mark.parametrize(
    "if_match, status",
    [('"1"', 200), ("*", 200), ('"7", "1"', 200), ('W/"1"', 412), ("1", 412), ('"2"', 412), ('""', 412)],
)
async def test_if_match_means_what_http_says(registry: Registry, if_match: str, status: int) -> None:
    hub = await registry.a_hub()

    answer = await registry.patch(f"/v1/hubs/{hub['hub_id']}", {"host": "x"}, headers={"If-Match": if_match})

    assert answer.status_code == status


async def test_a_list_comes_whole_and_in_order_whatever_the_page(registry: Registry) -> None:
    areas = [(await registry.an_area())["area_id"] for _ in range(7)]

    for limit in (1, 3, 7, 200):
        assert [area["area_id"] for area in await _walk(registry, f"/v1/areas?limit={limit}")] == areas


async def test_what_is_added_meanwhile_moves_nothing(registry: Registry) -> None:
    areas = [(await registry.an_area())["area_id"] for _ in range(3)]
    first = (await registry.get("/v1/areas?limit=2")).json()
    areas.append((await registry.an_area())["area_id"])

    second = (await registry.get(f"/v1/areas?limit=2&cursor={first['next']}")).json()

    assert [area["area_id"] for area in first["items"] + second["items"]] == areas
    assert second["next"] is None


async def test_a_cursor_holds_for_its_own_list_alone(registry: Registry) -> None:
    area = await registry.an_area()
    for _ in range(2):
        await registry.a_hub(area_id=area["area_id"])
    cursor = (await registry.get(f"/v1/hubs?area_id={area['area_id']}&limit=1")).json()["next"]

    same = await registry.get(f"/v1/hubs?area_id={area['area_id']}&limit=5&cursor={cursor}")
    foreign = [
        await registry.get(f"/v1/hubs?cursor={cursor}"),
        await registry.get(f"/v1/hubs?area_id={uuid4()}&cursor={cursor}"),
        await registry.get(f"/v1/areas?cursor={cursor}"),
    ]

    assert same.status_code == 200
    assert [answer.status_code for answer in foreign] == [422] * 3
    assert all(answer.json()["errors"][0]["pointer"] == "#/cursor" for answer in foreign)


@pytest.mark.parametrize(
    "query, pointer",
    [
        ("limit=0", "#/limit"),
        ("limit=201", "#/limit"),
        ("limit=ten", "#/limit"),
        ("limit=" + "9" * 5000, "#/limit"),
        ("cursor=", "#/cursor"),
        ("cursor=nonsense", "#/cursor"),
        ("cursor=%00", "#/cursor"),
        ("cursor=" + "A" * 32, "#/cursor"),
        ("cursor=" + "A" * 201, "#/cursor"),
        ("cursor=%F0%9F%98%80", "#/cursor"),
    ],
)
async def test_a_bad_page_is_refused(shared_registry: Registry, query: str, pointer: str) -> None:
    answer = await shared_registry.get(f"/v1/areas?{query}")

    assert answer.status_code == 422
    assert [(error["in"], error["pointer"]) for error in answer.json()["errors"]] == [("query", pointer)]


async def test_a_key_that_asks_too_often_is_told_when_to_come_again(shared_registry: Registry) -> None:
    usual = shared_registry.app.state.rates
    shared_registry.app.state.rates = Rates(per_second=0.5, burst=2)
    try:
        answers = [await shared_registry.get("/v1/areas") for _ in range(3)]
        other = await shared_registry.get("/v1/areas", key=await shared_registry.key("operator", UUID(int=0)))
    finally:
        shared_registry.app.state.rates = usual

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "2"
    assert answers[2].json()["type"] == "/problems/too-many-requests"
    assert other.status_code == 200


async def test_the_correlation_id_goes_through_to_the_fact(registry: Registry) -> None:
    correlation_id = str(uuid4())

    area = await registry.an_area()
    answer = await registry.post(
        "/v1/hubs",
        {"name": "Hub", "area_id": area["area_id"]},
        headers={"X-Correlation-Id": correlation_id},
    )

    assert answer.headers["x-correlation-id"] == correlation_id
    assert str(await registry.pool.fetchval("SELECT correlation_id FROM own.outbox")) == correlation_id


async def test_an_address_that_is_none_is_a_problem(shared_registry: Registry) -> None:
    nowhere = await shared_registry.get("/v2/offers")
    slash = await shared_registry.get("/v1/areas/")

    assert [answer.json()["type"] for answer in (nowhere, slash)] == ["/problems/no-such-address"] * 2
    assert [answer.status_code for answer in (nowhere, slash)] == [404, 404]


async def test_a_method_that_an_address_does_not_take_names_those_it_does(shared_registry: Registry) -> None:
    answer = await shared_registry.ask("PUT", f"/v1/hubs/{uuid4()}")

    assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method-not-allowed")
    assert answer.headers["allow"] == "GET, PATCH"


async def test_answers_about_organisations_are_kept_by_nobody_on_the_way(shared_registry: Registry) -> None:
    answer = await shared_registry.get("/v1/areas")

    assert answer.headers["cache-control"] == "no-store"


async def test_the_documentation_is_here_whole(shared_registry: Registry) -> None:
    page = await shared_registry.http.get("/docs")
    parts = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)

    assert page.status_code == 200
    assert len(parts) >= 3
    assert all(part.startswith("/docs-assets/") for part in parts)
    for part in [*parts, "/openapi.json"]:
        assert (await shared_registry.http.get(part)).status_code == 200
    assert '"validatorUrl": null' in page.text
    assert "://" not in page.text.replace("window.location.origin", "")


async def test_every_type_of_problem_is_explained_at_its_address(shared_registry: Registry) -> None:
    for kind in problems.every_kind():
        page = await shared_registry.http.get(f"/problems/{kind.slug}")
        assert (page.status_code, kind.title in page.text) == (200, True)
    assert (await shared_registry.http.get("/problems/none-of-them")).status_code == 404


def test_types_of_problems_have_a_name_each() -> None:
    slugs = [kind.slug for kind in problems.every_kind()]

    assert len(slugs) == len(set(slugs))


async def test_health_needs_no_key(shared_registry: Registry) -> None:
    for path in ("/livez", "/readyz", "/metrics"):
        assert (await shared_registry.http.get(path)).status_code == 200


async def _walk(registry: Registry, path: str) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    while path:
        page = await registry.get(path)
        seen += page.json()["items"]
        path = page.links.get("next", {}).get("url", "")
    return seen


def test_a_bucket_fills_again_with_time() -> None:
    moments = iter([0.0, 0.0, 0.5])
    rates = Rates(per_second=2, burst=1, seconds=lambda: next(moments))
    rates.spend("a key")
    with pytest.raises(TooMany):
        rates.spend("a key")

    rates.spend("a key")


def test_fullbuckets_are_forgotten() -> None:
    now = 0.0
    rates = Rates(per_second=2, burst=2, seconds=lambda: now)
    for n in range(10_000):
        rates.spend(n)
    now = 0.6
    rates.spend("busy")
    rates.spend("busy")

    rates.spend("one more")

    with pytest.raises(TooMany):
        rates.spend("busy")
    assert len(rates.buckets) == 2


async def test_texts_lose_what_would_deceive_whoever_reads_them(registry: Registry) -> None:
    area = await registry.made("/v1/areas", {"name": "Lea\u202e  Valley\0\nCafe\u0301"})

    assert area["name"] == "Lea Valley Caf\u00e9"
