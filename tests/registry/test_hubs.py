from typing import Any

from tests.registry.given import Registry


async def test_a_hub_is_added_told_and_found(registry: Registry) -> None:
    area = await registry.made("/v1/areas", {"name": "Hertfordshire"})
    body = {"area_id": area["area_id"], "name": "Herts Hub", "policy": {"window_seconds": 0}}

    added = await registry.post("/v1/hubs", body)
    read = await registry.get(added.headers["location"])

    assert added.status_code == 201
    assert added.headers["etag"] == read.headers["etag"] == '"1"'
    assert added.json() == {**read.json(), "warnings": []}
    assert read.json()["policy"]["window_seconds"] == 0
    assert read.json()["area_name"] == "Hertfordshire"
    assert await registry.said() == [("hub.added.v1", read.json())]


async def test_a_part_of_a_policy_changes_alone_and_counts_up(registry: Registry) -> None:
    hub = await registry.a_hub(policy={"answer_working_days": 7})

    changed = await registry.patch(f"/v1/hubs/{hub['hub_id']}", {"policy": {"window_seconds": 60}}, version=1)

    assert changed.headers["etag"] == '"2"'
    policy = changed.json()["policy"]
    assert (policy["answer_working_days"], policy["window_seconds"], policy["version"]) == (7, 60, 3)
    type_, told = (await registry.said())[-1]
    assert (type_, {**told, "warnings": []}) == ("hub.amended.v1", changed.json())


async def test_a_change_of_nothing_says_nothing(registry: Registry) -> None:
    hub = await registry.a_hub(name="Herts Hub")
    before = await registry.said()

    unchanged = await registry.patch(f"/v1/hubs/{hub['hub_id']}", {"name": "Herts Hub"}, version=1)

    assert (unchanged.status_code, unchanged.headers["etag"]) == (200, '"1"')
    assert await registry.said() == before


async def test_a_hub_changes_itself_and_no_other(registry: Registry) -> None:
    mine, other = await registry.a_hub(), await registry.a_hub()
    key = await registry.key("hub", mine["hub_id"])

    own = await registry.patch(f"/v1/hubs/{mine['hub_id']}", {"host": "The council"}, version=1, key=key)
    foreign = await registry.patch(f"/v1/hubs/{other['hub_id']}", {"host": "The council"}, version=1, key=key)

    assert (own.status_code, foreign.status_code) == (200, 404)


async def test_a_cluster_is_part_of_its_hub(registry: Registry) -> None:
    hub = await registry.a_hub()

    cluster = await registry.post(f"/v1/hubs/{hub['hub_id']}/clusters", {"name": "Stevenage"})
    again = await registry.post(f"/v1/hubs/{hub['hub_id']}/clusters", {"name": "STEVENAGE"})

    assert (cluster.status_code, cluster.headers["etag"], cluster.json()["since"]) == (201, '"2"', "2026-10-06")
    assert again.status_code == 409
    type_, told = (await registry.said())[-1]
    assert (type_, told["clusters"]) == ("hub.amended.v1", [cluster.json()])


async def test_the_hubs_of_an_area_come_page_by_page(registry: Registry) -> None:
    area = await registry.an_area()
    hubs = [await registry.a_hub(area_id=area["area_id"]) for _ in range(5)]
    await registry.a_hub()

    seen: list[dict[str, Any]] = []
    path = f"/v1/hubs?area_id={area['area_id']}&limit=2"
    while path:
        page = await registry.get(path)
        seen += page.json()["items"]
        path = page.links.get("next", {}).get("url", "")

    assert [{**hub, "warnings": []} for hub in seen] == hubs


async def test_points_that_have_no_effect_are_said_to_have_none(registry: Registry) -> None:
    first = await registry.a_hub(policy={"fit_points": 100})
    second = await registry.a_hub(area_id=first["area_id"])
    change = {"policy": {"fit_points": 200, "change_points": 1, "window_seconds": 60}}

    of_first = await registry.patch(f"/v1/hubs/{first['hub_id']}", change, version=1)
    of_second = await registry.patch(f"/v1/hubs/{second['hub_id']}", change, version=1)
    later = await registry.patch(f"/v1/hubs/{second['hub_id']}", {"host": "The council"}, version=2)

    assert (first["warnings"], of_first.json()["warnings"], later.json()["warnings"]) == ([], [], [])
    warnings = of_second.json()["warnings"]
    assert [hint["pointer"] for hint in warnings] == ["#/policy/change_points", "#/policy/fit_points"]
    assert first["hub_id"] in warnings[0]["remedy"]
