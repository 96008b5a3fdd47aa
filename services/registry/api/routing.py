"""The route that all of the API uses: key, body, transaction and idempotency around each act, in that order.

The transaction commits after the answer is made and before it leaves, so no answer tells of what was not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute

from contracts.event import Entity
from services.plumbing import outbox
from services.plumbing.clock import Clock
from services.plumbing.postgres import Transaction, transaction
from services.registry.api import idempotency
from services.registry.api.auth import KEY_IN_DOCS, authenticate
from services.registry.api.documents import PROBLEMS
from services.registry.api.preconditions import tagged
from services.registry.api.sentences import pointer_to
from services.registry.domain.mistakes import Fault, NotJson, Unacceptable

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_Act = Callable[[Request], Coroutine[Any, Any, Response]]


class KeyedRoute(APIRoute):
    """A route for holders of a key."""

    def get_route_handler(self) -> _Act:
        """The act, with everything around it."""
        act = super().get_route_handler()
        known = {field.alias for field in get_flat_params(self.dependant) if isinstance(field.field_info, Query)}

        async def keyed(request: Request) -> Response:
            request.state.caller = await authenticate(request)
            request.app.state.rates.spend(request.state.caller.key_id)
            body = await request.body()
            _check_media_type(request, body)
            _check_query(request, known)
            async with transaction(request.app.state.pool) as tx:
                request.state.tx = tx
                answer = await _carry_out(tx, request, body, act)
            # Nothing on the way is to keep answers about people, or answers that a change has overtaken.
            answer.headers.setdefault("Cache-Control", "no-store")
            return answer

        return keyed


async def _carry_out(tx: Transaction, request: Request, body: bytes, act: _Act) -> Response:
    if request.method not in _WRITES:
        request.state.keeping = idempotency.Keeping()
        return await act(request)
    return await idempotency.once(tx, request, body, request.app.state.clock.now(), act)


def keyed_router(tag: str) -> APIRouter:
    """A router for one resource, all of whose routes need a key."""
    return APIRouter(route_class=KeyedRoute, tags=[tag], dependencies=[KEY_IN_DOCS], responses=PROBLEMS)


def _check_media_type(request: Request, body: bytes) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and media_type != "application/json" and not media_type.endswith("+json"):
        raise NotJson(
            "Send JSON, and say so: `Content-Type: application/json`.", headers={"Accept": "application/json"}
        )


def _check_query(request: Request, known: set[str]) -> None:
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        remedy = f"Known here: {', '.join(sorted(known))}." if known else "This address takes none."
        faults = [Fault(pointer_to(name), "Unknown here.", remedy, "query") for name in unknown]
        raise Unacceptable("A misspelt filter would return everything, so unknown ones are refused.", *faults)


def _open_transaction(request: Request) -> Transaction:
    tx: Transaction = request.state.tx
    return tx


def _clock(request: Request) -> Clock:
    clock: Clock = request.app.state.clock
    return clock


OpenTransaction = Annotated[Transaction, Depends(_open_transaction)]
BusinessClock = Annotated[Clock, Depends(_clock)]


@dataclass(frozen=True)
class Turn:
    """What a change works with: the transaction it happens in, the time it is, and the answer it gets."""

    tx: Transaction
    clock: Clock
    response: Response

    async def say(self, entity: Entity, type_: str, version: int) -> None:
        """Record the fact, in the change's own transaction; the answer shows the version."""
        await outbox.say(self.tx, entity, type_, version=version, clock=self.clock, source="registry")
        tagged(self.response, version)

    def show(self, version: int) -> None:
        """Say which version the answer shows."""
        tagged(self.response, version)

    def created(self, location: str) -> None:
        """Say where the new thing is."""
        self.response.headers["Location"] = location


def _turn(tx: OpenTransaction, clock: BusinessClock, response: Response) -> Turn:
    return Turn(tx, clock, response)


ThisTurn = Annotated[Turn, Depends(_turn)]
