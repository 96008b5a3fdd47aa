"""The edge: HTTPS outside, limits, and nothing of what is for operators."""

import os
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from deploy.embedded.ports import free_port
from tests.compose.engine import PROJECT, Compose

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


def test_the_edge_logs_no_link_whatever_becomes_of_it(edge: httpx.Client, compose: Compose):
    answered = edge.get("/m/a-signature-that-is-secret")
    compose.run("stop", "registry-api")
    failed = edge.get("/m/a-signature-that-is-secret")
    compose.up("--no-deps", "registry-api")

    logged = compose.run("logs", "edge")
    assert answered.status_code < 500 <= failed.status_code
    assert logged.count('"status":50') >= 1
    assert "a-signature-that-is-secret" not in logged
    # Where an answer leads is among its headers.
    assert "resp_headers" not in logged


def test_an_upgrade_replaces_the_api_and_no_caller_notices(edge: httpx.Client, compose: Compose, operator_key: str):
    before = compose.ids("registry-api")
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(edge.get("/v1/areas", headers={"Authorization": f"Bearer {operator_key}"}).status_code)

    # Another port on the outside: what makes this a new container.
    environment = {**os.environ, **compose.settings, "ENCOUNTERS_LISTEN": f"127.0.0.1:{free_port()}"}
    with again_and_again(ask):
        words = [str(PROJECT / "deploy/compose/upgrade"), "--no-build"]
        subprocess.run(words, check=True, env=environment, timeout=900, capture_output=True)

    assert compose.ids("registry-api") != before
    assert len(statuses) > 10
    assert set(statuses) == {200}
    compose.up("--no-deps", "registry-api")


@contextmanager
def again_and_again(ask: Callable[[], None]) -> Iterator[None]:
    """`ask` without a pause during the block; what it raises ends the test."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(0.1):
            ask()

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(run)
        try:
            yield
        finally:
            over.set()
        asking.result()
