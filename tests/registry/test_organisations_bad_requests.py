import json
import re
from typing import Any
from uuid import uuid4

import pytest

from tests.registry.bad_organisations import TABLES, Bad, Endpoint
from tests.registry.given import Registry

ROWS = [
    pytest.param(endpoint, bad, id=f"{endpoint.method} {endpoint.path}: {what}")
    for endpoint, table in TABLES
    for what, bad in table.items()
]


@pytest.fixture(scope="module")
async def ids(shared_registry: Registry) -> dict[str, str]:
    """The ids of one of each."""
    hub = await shared_registry.a_hub()
    school = await shared_registry.a_school(hub["hub_id"])
    employer = await shared_registry.an_employer(hub["area_id"])
    cohort = await shared_registry.a_cohort(school["school_id"])
    contact = await shared_registry.a_contact("schools", school["school_id"])
    key = await shared_registry.made("/v1/keys", {"role": "operator", "label": "x"})
    return {
        "area": hub["area_id"],
        "hub": hub["hub_id"],
        "school": school["school_id"],
        "cohort": cohort["cohort_id"],
        "employer": employer["employer_id"],
        "contact": contact["contact_id"],
        "key": key["key_id"],
    }


@pytest.mark.parametrize("endpoint, bad", ROWS)
async def test_a_bad_request_gets_a_problem_that_points_at_the_field(
    shared_registry: Registry, ids: dict[str, str], endpoint: Endpoint, bad: Bad
) -> None:
    before = await _everything(shared_registry)

    answer = await _send(shared_registry, ids, endpoint, bad.said)

    problem = answer.json()
    assert answer.status_code == 422, problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] in ("/problems/invalid", "/problems/unacceptable")
    assert [error["pointer"] for error in problem["errors"]] == [bad.pointer]
    assert re.search(bad.remedy, problem["errors"][0].get("remedy", "")), problem
    assert await _everything(shared_registry) == before


@pytest.mark.parametrize("endpoint", [each for each, _ in TABLES if each.method == "POST"], ids=lambda each: each.path)
async def test_the_usual_body_is_taken(shared_registry: Registry, ids: dict[str, str], endpoint: Endpoint) -> None:
    answer = await _send(shared_registry, ids, endpoint, {})

    assert answer.status_code in (200, 201), answer.text


async def test_all_that_is_wrong_is_said_at_once(shared_registry: Registry) -> None:
    answer = await shared_registry.post("/v1/schools", {"urn": 1, "phase": "primary", "postcode": "?", "colour": "red"})

    assert sorted(error["pointer"] for error in answer.json()["errors"]) == [
        "#/colour",
        "#/name",
        "#/phase",
        "#/postcode",
        "#/urn",
    ]
    assert answer.json()["detail"].startswith("5 things are")


async def _send(registry: Registry, ids: dict[str, str], endpoint: Endpoint, said: dict[str, Any]) -> Any:
    changed = {name: value for name, value in {**endpoint.usual, **said}.items() if value is not ...}
    body = json.dumps(changed)
    for name, identity in ids.items():
        body = body.replace(f"{{{name}}}", identity)
    path = endpoint.path.format(**ids)
    version = (await registry.get(path)).headers["etag"] if endpoint.method == "PATCH" else "*"
    headers = {"Content-Type": "application/json", "If-Match": version}
    return await registry.ask(endpoint.method, path, content=body, headers=headers, once=uuid4().hex)


async def _everything(registry: Registry) -> tuple[int, ...]:
    """How much there is: facts told, requests remembered, keys made."""
    counts = await registry.pool.fetchrow(
        "SELECT (SELECT count(*) FROM own.outbox), (SELECT count(*) FROM own.replies), (SELECT count(*) FROM own.keys)"
    )
    assert counts
    return tuple(counts.values())
