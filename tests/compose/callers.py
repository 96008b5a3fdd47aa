"""What callers do to the installation, and how one sees that it has done its part."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.compose.engine import Compose

SERVICES = ("registry", "matcher", "notifier")
SETTLED = """
SELECT (SELECT count(*) FROM own.letters WHERE state IN ('waiting', 'sending') AND kind LIKE '%proposed') = 0
   AND (SELECT count(*) FROM own.emails WHERE state IN ('ready', 'sending')) = 0
"""


def mails(compose: Compose) -> list[dict[str, str]]:
    listed = httpx.get(f"http://127.0.0.1:{compose.ports['mail']}/api/v1/messages?limit=5000", timeout=30)
    found: list[dict[str, str]] = listed.json()["messages"]
    return found


PLANNED = (
    "SELECT NOT EXISTS (SELECT FROM own.news n LEFT JOIN own.areas a ON a.id = n.area_id WHERE n.news > a.planned)"
)
SAID = "SELECT count(*), count(*) FILTER (WHERE published_at IS NULL) FROM own.outbox"


def settled(compose: Compose) -> bool:
    """Whether everything said has been taken in, planned and told: nothing is left to do, and nothing more is said."""
    before = _said(compose)
    if not all(said.endswith("|0") for said in before):
        return False
    if compose.sql("notifier", SETTLED) != "t" or compose.sql("matcher", PLANNED) != "t":
        return False
    # What is on its way between two services is seen by neither; it arrives within a moment.
    time.sleep(6)
    return _said(compose) == before


def _said(compose: Compose) -> list[str]:
    return [compose.sql(service, SAID) for service in SERVICES]


@contextmanager
def knocking(compose: Compose, key: str) -> Iterator[None]:
    """Somebody asks the API, again and again, during the block."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(0.2):
            get(compose, key, "/v1/areas")

    visitor = threading.Thread(target=run)
    visitor.start()
    try:
        yield
    finally:
        over.set()
        visitor.join()


def get(compose: Compose, key: str, path: str) -> int:
    """The status of an answer."""
    return httpx.get(compose.api() + path, headers={"Authorization": f"Bearer {key}"}, timeout=60).status_code


def post(compose: Compose, key: str, path: str, body: dict[str, object]) -> None:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid.uuid4())}
    answer = httpx.post(compose.api() + path, json=body, headers=headers, timeout=60)
    assert answer.is_success, answer.text


def decline(compose: Compose, key: str, count: int) -> None:
    """The schools of some proposed matches say no; others are written to instead."""
    listed = httpx.get(
        compose.api() + "/v1/matches?state=proposed&limit=50", headers={"Authorization": f"Bearer {key}"}, timeout=60
    )
    for match in listed.json()["items"][:count]:
        said = {"verdict": "declined", "terms_version": match["terms_version"], "reason": "date_unsuitable"}
        post(compose, key, f"/v1/matches/{match['match_id']}/answer", {**said, "audience": "school"})
