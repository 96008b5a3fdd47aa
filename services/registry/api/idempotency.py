"""`Idempotency-Key`: a request sent twice is carried out once, and both get the same answer.

Two requests are the same if organisation, method, path and key are. The claim and the answer are rows of the effect's
own transaction: no effect without its answer, no answer without its effect. The second of two at the same moment waits
at the first one's row, and gets its answer; after five seconds it gets 409 instead, and may ask again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import Depends, Header, Request, Response

from services.plumbing.postgres import Transaction
from services.registry.domain.mistakes import AlreadyDone, Fault, KeyReused, StillRunning, Unacceptable
from services.registry.store import replies as store
from services.registry.store.replies import Ask, Reply

IDEMPOTENCY_KEY = "Idempotency-Key"
KEPT = timedelta(days=7)
KEY_LENGTH_MAX = 255
_HEADERS_KEPT = ("content-type", "location", "etag")


@dataclass
class Keeping:
    """What a route says about its own answer, while it makes it."""

    secret: bool = False
    contact_id: UUID | None = None

    def never(self) -> None:
        """The answer holds a secret: its body is not stored."""
        self.secret = True

    def about(self, contact_id: UUID) -> None:
        """The answer holds a person's name or address: it is redacted when that person is erased."""
        self.contact_id = contact_id


def _keeping(request: Request) -> Keeping:
    keeping: Keeping = request.state.keeping
    return keeping


AnswerKeeping = Annotated[Keeping, Depends(_keeping)]


def _demand_key(
    idempotency_key: Annotated[
        str,
        Header(
            alias=IDEMPOTENCY_KEY,
            min_length=1,
            max_length=KEY_LENGTH_MAX,
            description="A text of your own, new for each thing to be made.",
            examples=["2027-03-09/offer-17"],
        ),
    ],
) -> None:
    """Asking for the header is all: `once` reads it."""


CREATES = Depends(_demand_key)
"""For `dependencies=[CREATES]` of a POST that makes something."""


async def once(
    tx: Transaction, request: Request, body: bytes, now: datetime, act: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Carry `act` out unless it was before; then give the answer that it had. Without a key: carry it out."""
    request.state.keeping = Keeping()
    key = request.headers.get(IDEMPOTENCY_KEY)
    if not key:
        return await act(request)
    ask = Ask(request.state.caller.organisation_id, request.method, request.url.path, _checked(key))
    body_hash = hashlib.sha256(body).digest()
    await store.limit_waiting(tx, request.app.state.settings.repeat_wait)
    if not await _claim(tx, ask, body_hash, now):
        return _again(ask, await store.get_reply(tx, ask), body_hash)
    answer = await act(request)
    await _keep(tx, ask, body_hash, answer, request.state.keeping)
    return answer


def _checked(key: str) -> str:
    if len(key) > KEY_LENGTH_MAX or not key.isprintable():
        raise Unacceptable(
            "The Idempotency-Key cannot be used.",
            Fault(
                "#/Idempotency-Key", "This key is too long or not plain text.", "Use up to 255 characters.", "header"
            ),
        )
    return key


async def _claim(tx: Transaction, ask: Ask, body_hash: bytes, now: datetime) -> bool:
    try:
        return await store.claim_ask(tx, ask, body_hash, now, kept_since=now - KEPT)
    except asyncpg.LockNotAvailableError as error:
        sentence = "The first request with this Idempotency-Key has not ended yet; ask again for its answer."
        raise StillRunning(sentence, headers={"Retry-After": "2"}) from error


async def _keep(tx: Transaction, ask: Ask, body_hash: bytes, answer: Response, keeping: Keeping) -> None:
    headers = {name: answer.headers[name] for name in _HEADERS_KEPT if name in answer.headers}
    body = None if keeping.secret else bytes(answer.body)
    await store.keep_reply(tx, ask, Reply(body_hash, answer.status_code, headers, body), keeping.contact_id)


def _again(ask: Ask, reply: Reply, body_hash: bytes) -> Response:
    if reply.body_hash is not None and reply.body_hash != body_hash:
        raise KeyReused(
            "This Idempotency-Key came before with another body.",
            Fault("#/Idempotency-Key", "It belongs to another request.", "Use a new key for a new thing.", "header"),
        )
    if reply.body is None:
        location = reply.headers.get("location", ask.path)
        raise AlreadyDone(
            "This was done before. Its answer is not kept, because it held a secret or personal data.",
            resource=location,
            id=location.rpartition("/")[2],
        )
    return Response(reply.body, reply.status, {**reply.headers, "Idempotent-Replayed": "true"})
