"""What holds for every operation of the API, whoever wrote it: read from its own description."""

import re
from typing import Any, NamedTuple, cast
from uuid import uuid4

import httpx
import jsonschema
import pytest
from pydantic import SecretStr

from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool
from services.registry.api.app import create_app
from services.registry.settings import ApiSettings
from tests.registry.given import Registry

_SETTINGS = ApiSettings(database_url=SecretStr("unused"), link_keys=SecretStr("test:" + "0" * 64))
DOCUMENT = create_app(_SETTINGS, cast("Pool", None), Clock()).openapi()


class Operation(NamedTuple):
    """One method at one address."""

    method: str
    path: str
    described: dict[str, Any]

    def at(self, identity: object) -> str:
        """The address with `identity` in the place of every id."""
        return re.sub(r"\{\w+\}", str(identity), self.path)

    def demands(self, header: str) -> bool:
        parameters = self.described.get("parameters", ())
        return any(each["name"] == header and each["required"] for each in parameters)


def _operations(*methods: str) -> list[Operation]:
    found = [
        Operation(method.upper(), path, described)
        for path, operations in DOCUMENT["paths"].items()
        for method, described in operations.items()
        if "security" in described and (not methods or method in methods)
    ]
    assert len(found) >= 3
    return found


def every(operations: list[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", operations, ids=lambda each: each.described["operationId"])


def assert_problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (problem["status"], problem["type"]) == (status, f"/problems/{slug}")
    assert problem["correlation_id"] == answer.headers["x-correlation-id"]
    jsonschema.validate(problem, {"$ref": "#/components/schemas/Problem", "components": DOCUMENT["components"]})
    return problem


@every(_operations())
async def test_nothing_is_answered_without_a_key(shared_registry: Registry, operation: Operation) -> None:
    answer = await shared_registry.http.request(operation.method, operation.at(uuid4()))

    assert_problem(answer, 401, "key-needed")


@every([each for each in _operations() if "{" in each.path])
async def test_an_id_that_is_none_is_refused(shared_registry: Registry, operation: Operation) -> None:
    answer = await shared_registry.ask(operation.method, operation.at("17"), _a_body(operation), version=1, once="x")

    problem = assert_problem(answer, 422, "invalid")
    assert any(error["in"] == "path" for error in problem["errors"])


@every([each for each in _operations("get", "delete") if "{" in each.path])
async def test_an_id_of_nothing_is_not_found(shared_registry: Registry, operation: Operation) -> None:
    answer = await shared_registry.ask(operation.method, operation.at(uuid4()))

    assert_problem(answer, 404, "not-found")


@every(_operations("get"))
async def test_an_unknown_parameter_is_named(shared_registry: Registry, operation: Operation) -> None:
    answer = await shared_registry.get(operation.at(uuid4()), params={"colour": "red"})

    problem = assert_problem(answer, 422, "unacceptable")
    assert [(error["in"], error["pointer"]) for error in problem["errors"]] == [("query", "#/colour")]


@every([each for each in _operations("post") if each.demands("Idempotency-Key")])
async def test_a_creation_needs_an_idempotency_key(shared_registry: Registry, operation: Operation) -> None:
    answer = await shared_registry.ask(operation.method, operation.at(uuid4()), {})

    problem = assert_problem(answer, 400, "idempotency-key-missing")
    assert ("header", "#/Idempotency-Key") in [(error["in"], error["pointer"]) for error in problem["errors"]]


@every([each for each in _operations() if each.demands("If-Match")])
async def test_a_change_needs_a_version(shared_registry: Registry, operation: Operation) -> None:
    answer = await shared_registry.ask(operation.method, operation.at(uuid4()), {})

    problem = assert_problem(answer, 428, "if-match-needed")
    assert ("header", "#/If-Match") in [(error["in"], error["pointer"]) for error in problem["errors"]]


WITH_BODY = [each for each in _operations() if "requestBody" in each.described]
# These two find their fields' meaning in what they change, and so look for that first.
READ_FIRST = ("amend_offer", "amend_request")


@every(WITH_BODY)
async def test_a_body_that_is_no_json_cannot_be_read(shared_registry: Registry, operation: Operation) -> None:
    answer = await _send(shared_registry, operation, b'{"name": ')

    problem = assert_problem(answer, 400, "unreadable")
    assert [(error["in"], error["pointer"]) for error in problem["errors"]] == [("body", "#")]


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b"{'name': 1}", b'{"a": 1,}', b"[" * 100_000, b'{"year": ' + b"9" * 5000 + b"}"],
    ids=["not utf-8", "single quotes", "comma at the end", "too deep", "too long a number"],
)
async def test_whatever_is_wrong_with_json_cannot_be_read(shared_registry: Registry, body: bytes) -> None:
    assert_problem(await _send(shared_registry, WITH_BODY[0], body), 400, "unreadable")


@every(WITH_BODY)
async def test_a_body_that_is_no_object_is_refused(shared_registry: Registry, operation: Operation) -> None:
    problem = assert_problem(await _send(shared_registry, operation, b"[]"), 422, "invalid")

    assert ("body", "#") in [(error["in"], error["pointer"]) for error in problem["errors"]]


@pytest.mark.parametrize("body", [b'"text"', b"17", b"null", b"true", b""], ids=lambda body: body.decode() or "none")
async def test_nothing_but_an_object_is_a_body(shared_registry: Registry, body: bytes) -> None:
    problem = assert_problem(await _send(shared_registry, WITH_BODY[0], body), 422, "invalid")

    assert [(error["in"], error["pointer"]) for error in problem["errors"]] == [("body", "#")]


@every([each for each in WITH_BODY if each.described["operationId"] not in READ_FIRST])
async def test_an_unknown_field_is_named(shared_registry: Registry, operation: Operation) -> None:
    answer = await _send(shared_registry, operation, b'{"colour~of/hair": "red"}')

    problem = assert_problem(answer, 422, "invalid")
    assert "#/colour~0of~1hair" in [error["pointer"] for error in problem["errors"]]


@every(WITH_BODY)
async def test_a_body_has_to_say_it_is_json(shared_registry: Registry, operation: Operation) -> None:
    assert_problem(await _send(shared_registry, operation, b"{}", "text/plain"), 415, "json-needed")


@pytest.mark.parametrize("media_type", ["", "application/x-www-form-urlencoded", "json", "multipart/form-data"])
async def test_nothing_but_json_is_json(shared_registry: Registry, media_type: str) -> None:
    assert_problem(await _send(shared_registry, WITH_BODY[0], b"{}", media_type), 415, "json-needed")


@every(_operations("post", "patch", "delete"))
async def test_a_body_of_more_than_a_megabyte_is_refused(shared_registry: Registry, operation: Operation) -> None:
    assert_problem(await _send(shared_registry, operation, b'"' + b"x" * 1_000_000 + b'"'), 413, "too-large")


@every(_operations("post", "patch", "delete"))
async def test_an_idempotency_key_has_its_limits(shared_registry: Registry, operation: Operation) -> None:
    answer = await shared_registry.ask(operation.method, operation.at(uuid4()), _a_body(operation), once="x" * 256)

    problem = assert_problem(answer, 422, "unacceptable")
    assert [(error["in"], error["pointer"]) for error in problem["errors"]] == [("header", "#/Idempotency-Key")]


def test_every_operation_says_what_it_answers() -> None:
    for operation in _operations():
        said = operation.described["responses"]
        assert {"401", "403", "422", "default"} <= said.keys()
        assert operation.described["description"]
        problems = [response for status, response in said.items() if not status.startswith("2")]
        assert all(list(response["content"]) == ["application/problem+json"] for response in problems)


def _a_body(operation: Operation) -> dict[str, Any] | None:
    return {} if "requestBody" in operation.described else None


async def _send(
    registry: Registry, operation: Operation, body: bytes, media_type: str = "application/json"
) -> httpx.Response:
    """Send this body to the operation, with all the headers that it wants."""
    headers = {"Content-Type": media_type}
    path = operation.at(uuid4())
    return await registry.ask(operation.method, path, version=1, once=uuid4().hex, content=body, headers=headers)
