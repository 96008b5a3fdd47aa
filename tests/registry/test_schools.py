from uuid import uuid4

import pytest

from services.plumbing.clock import Clock
from tests.registry.given import Registry

A_SCHOOL = {"urn": 117499, "name": "The Priory School", "phase": "secondary", "postcode": "sg52ur"}


async def test_a_school_is_put_where_its_postcode_is(registry: Registry) -> None:
    added = await registry.post("/v1/schools", A_SCHOOL)

    school = added.json()
    assert (added.status_code, added.headers["etag"]) == (201, '"1"')
    assert (school["postcode"], school["state"], school["max_parallel"]) == ("SG5 2UR", "open", 2)
    assert school["lat"] == pytest.approx(51.96, abs=0.02)
    assert school["lon"] == pytest.approx(-0.28, abs=0.02)
    assert await registry.said() == [("school.added.v1", school)]
    assert (await registry.get(added.headers["location"])).json() == school


async def test_a_position_that_is_given_is_kept(registry: Registry) -> None:
    school = await registry.made("/v1/schools", {**A_SCHOOL, "lat": 51.5, "lon": -0.1})
    path = f"/v1/schools/{school['school_id']}"

    renamed = await registry.patch(path, {"name": "The New Priory"}, version=1)
    moved = await registry.patch(path, {"postcode": "SG1 3BE"}, version=2)

    assert (renamed.json()["lat"], renamed.json()["lon"]) == (51.5, -0.1)
    assert moved.json()["lat"] == pytest.approx(51.91, abs=0.02)


async def test_a_urn_stands_for_one_school(registry: Registry) -> None:
    school = await registry.made("/v1/schools", A_SCHOOL)

    again = await registry.post("/v1/schools", A_SCHOOL)

    assert (again.status_code, again.json()["school_id"]) == (409, school["school_id"])


async def test_a_closed_school_is_told_of_as_closed(registry: Registry) -> None:
    school = await registry.made("/v1/schools", A_SCHOOL)

    closed = await registry.patch(f"/v1/schools/{school['school_id']}", {"state": "closed"}, version=1)

    assert closed.json()["state"] == "closed"
    assert (await registry.said())[-1] == ("school.closed.v1", closed.json())


async def test_a_school_is_in_one_hub_at_a_time(registry: Registry) -> None:
    one, other = await registry.a_hub(), await registry.a_hub()
    school = await registry.a_school(one["hub_id"])
    memberships = f"/v1/schools/{school['school_id']}/memberships"

    both = await registry.post(memberships, {"hub_id": other["hub_id"], "since": "2027-01-01"})
    ended = await registry.post(f"{memberships}/{one['hub_id']}/end", {"last_day": "2026-12-31"}, version=2)
    moved = await registry.post(memberships, {"hub_id": other["hub_id"], "since": "2027-01-01"})

    assert (both.status_code, both.json()["hub_id"]) == (409, one["hub_id"])
    assert (ended.status_code, moved.status_code) == (200, 201)
    assert [(m["hub_id"], m["since"], m["until"]) for m in moved.json()["memberships"]] == [
        (one["hub_id"], "2026-09-01", "2026-12-31"),
        (other["hub_id"], "2027-01-01", None),
    ]
    assert (await registry.said("schools"))[-1] == ("school.amended.v1", moved.json())


async def test_a_membership_names_a_cluster_of_its_own_hub(registry: Registry) -> None:
    hub, other = await registry.a_hub(), await registry.a_hub()
    cluster = await registry.made(f"/v1/hubs/{other['hub_id']}/clusters", {"name": "Elsewhere"})
    school = await registry.made("/v1/schools", A_SCHOOL)

    refused = await registry.post(
        f"/v1/schools/{school['school_id']}/memberships",
        {"hub_id": hub["hub_id"], "cluster_id": cluster["cluster_id"]},
    )

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/cluster_id"


async def test_a_hub_acts_for_the_schools_it_has_today(registry: Registry) -> None:
    hub, other = await registry.a_hub(), await registry.a_hub()
    school = await registry.a_school(hub["hub_id"])
    path = f"/v1/schools/{school['school_id']}"
    key, foreign = await registry.key("hub", hub["hub_id"]), await registry.key("hub", other["hub_id"])
    await registry.post(f"{path}/memberships/{hub['hub_id']}/end", {"last_day": "2026-10-06"}, version=2)

    today = [(await registry.get(path, key=k)).status_code for k in (key, foreign)]
    seen = (await registry.get("/v1/schools", key=key)).json()["items"]
    registry.set_clock(Clock.stopped(registry.clock.now().replace(day=7)))
    tomorrow = (await registry.get(path, key=key)).status_code

    assert (today, tomorrow) == ([200, 404], 404)
    assert [each["school_id"] for each in seen] == [school["school_id"]]
    assert (await registry.get("/v1/schools", key=key)).json()["items"] == []


async def test_a_school_sees_and_changes_itself_alone(registry: Registry) -> None:
    mine, other = await registry.a_school(), await registry.a_school()
    key = await registry.key("school", mine["school_id"])

    seen = (await registry.get("/v1/schools", key=key)).json()["items"]
    own = await registry.patch(f"/v1/schools/{mine['school_id']}", {"max_parallel": 3}, version=2, key=key)
    foreign = await registry.patch(f"/v1/schools/{other['school_id']}", {"max_parallel": 3}, version=2, key=key)

    assert [each["school_id"] for each in seen] == [mine["school_id"]]
    assert (own.status_code, foreign.status_code) == (200, 404)


async def test_schools_are_found_by_urn_and_by_hub(registry: Registry) -> None:
    hub = await registry.a_hub()
    one, _ = await registry.a_school(hub["hub_id"], urn=117500), await registry.a_school()

    by_urn = (await registry.get("/v1/schools?urn=117500")).json()["items"]
    by_hub = (await registry.get(f"/v1/schools?hub_id={hub['hub_id']}")).json()["items"]
    by_none = (await registry.get(f"/v1/schools?hub_id={uuid4()}")).json()["items"]

    assert (by_urn, by_hub, by_none) == ([one], [one], [])


async def test_a_cohort_is_part_of_its_school(registry: Registry) -> None:
    school = await registry.a_school()
    path = f"/v1/schools/{school['school_id']}/cohorts"

    added = await registry.post(path, {"year": 10, "pupils": 180, "met_elsewhere": {"gb5": 40}})
    changed = await registry.patch(added.headers["location"], {"pupils": 175}, version=1)

    assert added.json()["label"] == "Year 10"
    assert added.json()["academic_year"] == "2026/27"
    assert (changed.headers["etag"], changed.json()["pupils"]) == ('"2"', 175)
    assert (await registry.get(added.headers["location"])).json() == changed.json()
    assert (await registry.get(f"{path}?academic_year=2026/27")).json()["items"] == [changed.json()]
    assert (await registry.get(f"{path}?academic_year=2025/26")).json()["items"] == []
    type_, told = (await registry.said())[-1]
    assert (type_, told["cohorts"]) == ("school.amended.v1", [changed.json()])


async def test_a_year_group_is_one_cohort(registry: Registry) -> None:
    school = await registry.a_school()
    path = f"/v1/schools/{school['school_id']}/cohorts"
    first = await registry.made(path, {"year": 10, "pupils": 180})

    again = await registry.post(path, {"year": 10, "pupils": 1, "label": "Year 10 again"})
    pathway = await registry.post(path, {"year": 10, "pupils": 20, "kind": "pathway", "label": "Land-based"})
    next_year = await registry.post(path, {"year": 10, "pupils": 170, "academic_year": "2027/28"})

    assert (again.status_code, again.json()["cohort_id"]) == (409, first["cohort_id"])
    assert (pathway.status_code, next_year.status_code) == (201, 201)


async def test_versions_of_a_school_rise_by_one_with_every_fact(registry: Registry) -> None:
    school = await registry.a_school()
    await registry.a_cohort(school["school_id"])
    await registry.patch(f"/v1/schools/{school['school_id']}", {"fsm_pct": 20.5}, version=3)

    versions = await registry.pool.fetch(
        "SELECT convert_from(body, 'UTF8')::jsonb -> 'aggregate_version' AS v FROM own.outbox"
        " WHERE topic = 'schools' ORDER BY id"
    )

    assert [row["v"] for row in versions] == [1, 2, 3, 4]
