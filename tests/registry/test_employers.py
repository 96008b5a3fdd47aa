from uuid import uuid4

from tests.registry.given import Registry


async def test_an_employer_is_added_told_and_found(registry: Registry) -> None:
    hub = await registry.a_hub()
    body = {
        "name": "Airframe Ltd",
        "home_area_id": hub["area_id"],
        "sectors": ["engineering", "digital", "engineering"],
        "max_sessions": 8,
        "cornerstone_of": [hub["hub_id"]],
    }

    added = await registry.post("/v1/employers", body)

    assert (added.status_code, added.headers["etag"]) == (201, '"1"')
    assert added.json()["sectors"] == ["digital", "engineering"]
    assert (await registry.get(added.headers["location"])).json() == added.json()
    assert (await registry.said())[-1] == ("employer.added.v1", added.json())


async def test_an_employer_changes_itself_and_no_other(registry: Registry) -> None:
    mine, other = await registry.an_employer(), await registry.an_employer()
    key = await registry.key("employer", mine["employer_id"])

    own = await registry.patch(f"/v1/employers/{mine['employer_id']}", {"max_sessions": 3}, version=1, key=key)
    lifted = await registry.patch(f"/v1/employers/{mine['employer_id']}", {"max_sessions": None}, version=2, key=key)
    foreign = await registry.patch(f"/v1/employers/{other['employer_id']}", {"max_sessions": 3}, version=1, key=key)

    assert (own.json()["max_sessions"], lifted.json()["max_sessions"]) == (3, None)
    assert foreign.status_code == 404
    assert (await registry.get("/v1/employers", key=key)).json()["items"] == [lifted.json()]


async def test_a_hub_oversees_the_employers_of_its_area(registry: Registry) -> None:
    hub = await registry.a_hub()
    key = await registry.key("hub", hub["hub_id"])
    here, elsewhere = await registry.an_employer(hub["area_id"]), await registry.an_employer()

    listed = (await registry.get("/v1/employers", key=key)).json()["items"]
    foreign = await registry.get(f"/v1/employers/{elsewhere['employer_id']}", key=key)
    added = await registry.post("/v1/employers", {"name": "New", "home_area_id": hub["area_id"]}, key=key)
    abroad = await registry.post("/v1/employers", {"name": "New", "home_area_id": elsewhere["home_area_id"]}, key=key)

    assert listed == [here]
    assert (foreign.status_code, added.status_code, abroad.status_code) == (404, 201, 404)


async def test_a_name_stands_for_one_employer_in_an_area(registry: Registry) -> None:
    first = await registry.an_employer(name="Airframe Ltd")

    again = await registry.post("/v1/employers", {"name": "AIRFRAME LTD", "home_area_id": first["home_area_id"]})
    elsewhere = await registry.an_employer(name="Airframe Ltd")
    renamed = await registry.an_employer(first["home_area_id"])
    taken = await registry.patch(f"/v1/employers/{renamed['employer_id']}", {"name": "Airframe Ltd"}, version=1)

    assert (again.status_code, again.json()["employer_id"]) == (409, first["employer_id"])
    assert elsewhere["name"] == "Airframe Ltd"
    assert (taken.status_code, taken.json()["detail"]) == (409, "There is an employer of this name in this area.")


async def test_an_unknown_sector_names_the_nearest(registry: Registry) -> None:
    employer = await registry.an_employer()
    hub_id = str(uuid4())

    refused = await registry.patch(
        f"/v1/employers/{employer['employer_id']}", {"sectors": ["enginering"], "cornerstone_of": [hub_id]}, version=1
    )

    errors = refused.json()["errors"]
    assert refused.status_code == 422
    assert [error["pointer"] for error in errors] == ["#/sectors/0", "#/cornerstone_of/0"]
    assert "engineering" in errors[0]["remedy"]
