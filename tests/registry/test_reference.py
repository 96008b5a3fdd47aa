import pytest

from contracts.activities import ACTIVITIES, SECTORS
from tests.registry.given import Registry


@pytest.mark.parametrize("which", ["activities", "benchmarks", "sectors", "send-support", "reasons"])
async def test_the_published_language_needs_no_key(registry: Registry, which: str) -> None:
    answer = await registry.http.get(f"/v1/reference/{which}")

    assert answer.status_code == 200
    assert all(items and all("code" in item and "name" in item for item in items) for items in answer.json().values())


async def test_every_activity_and_sector_is_published(registry: Registry) -> None:
    activities = (await registry.http.get("/v1/reference/activities")).json()["items"]
    sectors = (await registry.http.get("/v1/reference/sectors")).json()["items"]

    assert [item["code"] for item in activities] == list(ACTIVITIES)
    assert [item["code"] for item in sectors] == list(SECTORS)


async def test_benchmarks_say_which_wording_held_when(registry: Registry) -> None:
    benchmarks = (await registry.http.get("/v1/reference/benchmarks")).json()["items"]

    gb6 = next(item for item in benchmarks if item["code"] == "gb6")
    schools = {w["rules"]: w["per_pupil"]["11"] for w in gb6["wordings"] if w["institution"] == "school"}
    assert schools == {"gatsby-2014": 1, "gatsby-2025": 10}
