"""What the guide for employers' developers shows works as it stands there."""

import json
import re
from pathlib import Path

from tests.registry.given import Registry
from tests.registry.given_seeds import a_town

GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


async def test_the_offer_in_the_guide_is_published(registry: Registry):
    town = await a_town(registry)
    shown = re.search(r"-d '(\{.*?\})'", GUIDE, re.DOTALL)
    assert shown is not None

    answer = await registry.post("/v1/offers", json.loads(shown.group(1)), key=town.employer_key)

    assert answer.status_code == 201, answer.text
    assert "Location" in answer.headers
    assert "ETag" in answer.headers
    assert answer.json()["reference"] == "VISIT-2027-03"


async def test_the_lists_of_codes_that_the_guide_names_are_there(registry: Registry):
    named = re.search(r"`GET /v1/reference/(.*?) list the codes", GUIDE, re.DOTALL)
    assert named is not None
    lists = ["activities", *re.findall(r"…/([a-z-]+)`", named.group(1))]
    assert len(lists) == 5

    for name in lists:
        assert (await registry.get(f"/v1/reference/{name}")).status_code == 200, name


async def test_the_error_in_the_guide_is_the_one_that_is_answered(registry: Registry):
    town = await a_town(registry)
    shown = re.search(r'"detail": "([\d-]+) is past\.", "remedy": "(.*?)"', GUIDE)
    assert shown is not None
    body = json.loads(re.search(r"-d '(\{.*?\})'", GUIDE, re.DOTALL).group(1))  # type: ignore[union-attr]
    body["sessions"][0]["date"] = shown.group(1)

    problem = (await registry.post("/v1/offers", body, key=town.employer_key)).json()

    assert problem["type"] == "/problems/unacceptable"
    past = next(error for error in problem["errors"] if error["pointer"] == "#/sessions/0/date")
    assert (past["detail"], past["remedy"]) == (f"{shown.group(1)} is past.", shown.group(2))
