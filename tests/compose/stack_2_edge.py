"""The edge: HTTPS outside, limits, and nothing of what is for operators."""

import ssl
from collections.abc import Iterator

import httpx
import pytest

from tests.compose.engine import Compose

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def edge(compose: Compose) -> Iterator[httpx.Client]:
    compose.up("--no-deps", "edge")
    # `localhost` is nobody's to prove: the edge signs for it with an authority of its own.
    authority = compose.execute("edge", "cat", "/data/caddy/pki/authorities/local/root.crt")
    trust = ssl.create_default_context(cadata=authority)
    with httpx.Client(base_url=f"https://localhost:{compose.ports['https']}", verify=trust, timeout=30) as client:
        yield client
    compose.run("rm", "-sf", "edge")


def test_the_api_answers_over_https(edge: httpx.Client, operator_key: str):
    answer = edge.get("/v1/areas", headers={"Authorization": f"Bearer {operator_key}"})

    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"]
    assert answer.headers["X-Correlation-Id"]


def test_plain_http_is_sent_to_https(edge: httpx.Client, compose: Compose):
    answer = httpx.get(f"http://localhost:{compose.ports['http']}/docs")

    assert answer.status_code in (301, 308)
    assert answer.headers["Location"] == "https://localhost/docs"


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/livez"])
def test_what_is_for_operators_stays_inside(edge: httpx.Client, path: str):
    assert edge.get(path).status_code == 404


def test_a_body_that_is_too_large_is_refused(edge: httpx.Client, operator_key: str):
    headers = {"Authorization": f"Bearer {operator_key}", "Content-Type": "application/json", "Idempotency-Key": "1"}

    answer = edge.post("/v1/areas", content=b" " * 2 * MEGABYTE, headers=headers)

    assert answer.status_code == 413


def test_a_header_that_is_too_large_is_refused(edge: httpx.Client):
    assert edge.get("/v1/areas", headers={"X-Long": "x" * 40_000}).status_code in (400, 431)


def test_the_edge_logs_no_link(edge: httpx.Client, compose: Compose):
    edge.get("/m/a-signature-that-is-secret")

    assert "a-signature-that-is-secret" not in compose.run("logs", "edge")
