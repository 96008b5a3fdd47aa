"""Who is calling: the key in `Authorization`, and which roles a route is for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool, transaction
from services.registry.domain.keys import Caller, Role, read_key
from services.registry.domain.mistakes import NoKey, NotAllowed
from services.registry.store import keys as store

# Kept at this grain, so that a busy key does not cost a write with every request.
_USED_EVERY = timedelta(minutes=1)
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="encounters"'}
# For the API's description only: the header is read, and answered with problems, by `authenticate`.
_bearer = HTTPBearer(auto_error=False, scheme_name="Key", description="`enc_<prefix>_<secret>`, shown once when made.")


async def authenticate(request: Request) -> Caller:
    """The caller behind the request's key. Raises NoKey where there is none that holds."""
    shown = read_key(_token(request))
    if shown is None:
        raise NoKey("The key does not have the form enc_<prefix>_<secret>.", headers=_CHALLENGE)
    pool: Pool = request.app.state.pool
    clock: Clock = request.app.state.clock
    prefix, secret_hash = shown
    # A short transaction of its own, over before the route's begins: a refused request was a use of the key, too.
    async with transaction(pool) as tx:
        key = await store.find_stored_key(tx, prefix)
        if key is None or not key.holds(secret_hash, clock.now()):
            raise NoKey("The key is not known, was revoked, or has run out.", headers=_CHALLENGE)
        if key.last_used_at is None or clock.now() - key.last_used_at >= _USED_EVERY:
            await store.mark_key_used(tx, key.caller.key_id, clock.now())
    return key.caller


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NoKey("Send your key as `Authorization: Bearer enc_<prefix>_<secret>`.", headers=_CHALLENGE)
    return token.strip()


def _caller(*roles: Role) -> Callable[[Request], Caller]:
    def caller(request: Request) -> Caller:
        found: Caller = request.state.caller
        if found.role not in roles:
            raise NotAllowed(f"This takes a key of: {', '.join(roles)}. Yours is a key of: {found.role}.")
        return found

    return caller


def _key_of(*roles: Role) -> Any:
    return Depends(_caller(*roles))


EmployerKey = Annotated[Caller, _key_of("employer", "operator")]
EmployerOrHubKey = Annotated[Caller, _key_of("employer", "hub", "operator")]
SchoolKey = Annotated[Caller, _key_of("school", "hub", "operator")]
HubKey = Annotated[Caller, _key_of("hub", "operator")]
OperatorKey = Annotated[Caller, _key_of("operator")]
AnyKey = Annotated[Caller, _key_of("employer", "school", "hub", "operator")]
KEY_IN_DOCS = Security(_bearer)
