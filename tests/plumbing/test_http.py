from collections.abc import AsyncIterator

import httpx
import pytest

from services.plumbing.uuids import uuid7
from tests.plumbing.specimen_api import new_app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(new_app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://specimen") as opened:
        yield opened


async def test_a_correlation_id_that_is_given_is_kept(client: httpx.AsyncClient) -> None:
    given = str(uuid7())

    answer = await client.get("/things/1", headers={"X-Correlation-Id": given})

    assert (answer.headers["X-Correlation-Id"], answer.json()["correlation_id"]) == (given, given)


@pytest.mark.parametrize("given", [None, b"", b"1", "snow\N{SNOWMAN}".encode(), b"x" * 4000])
async def test_without_a_usable_correlation_id_one_is_made(client: httpx.AsyncClient, given: bytes | None) -> None:
    headers = {} if given is None else {b"X-Correlation-Id": given}
    answers = [await client.get("/things/1", headers=headers) for _ in range(2)]

    made = [answer.headers["X-Correlation-Id"] for answer in answers]
    assert made[0] != made[1]
    assert made[0] == answers[0].json()["correlation_id"]


async def test_while_the_database_is_away_the_answer_is_to_try_again(client: httpx.AsyncClient) -> None:
    answer = await client.get("/away")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 503
    assert answer.headers["X-Correlation-Id"]


async def test_our_own_mistake_is_no_reason_to_try_again(client: httpx.AsyncClient) -> None:
    answer = await client.get("/broken")

    assert (answer.status_code, answer.json()["title"]) == (500, "Internal Server Error")
    assert "Retry-After" not in answer.headers
    assert answer.headers["X-Correlation-Id"]
    assert "a mistake" not in answer.text
