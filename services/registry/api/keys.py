"""API keys: shown once when made, then known by their prefix alone. They are rotated with overlap, and revoked."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.plumbing.uuids import uuid7
from services.registry.api.auth import AnyKey
from services.registry.api.authority import act_for_organisation, act_for_some_organisation
from services.registry.api.bodies import Body, Line, Whole
from services.registry.api.idempotency import CREATES, AnswerKeeping, Keeping
from services.registry.api.paging import Listing, Paging
from services.registry.api.routing import BusinessClock, OpenTransaction, ThisTurn, Turn, keyed_router
from services.registry.domain.key_life import Holder, Key, check_expiry, check_rotatable, earlier
from services.registry.domain.keys import OPERATORS, Caller, Role, make_secret
from services.registry.domain.mistakes import Fault, NotAllowed, NotFound, Unacceptable
from services.registry.store import keys as store

router = keyed_router("keys")
OVERLAP_HOURS_MAX = 30 * 24


class KeyView(BaseModel):
    """A key, without its secret."""

    key_id: UUID
    prefix: str = Field(description="The public part: enc_<prefix>_…")
    role: Role
    organisation_id: UUID | None = Field(description="Whom it acts for; null for operators.")
    label: str
    created_at: AwareDatetime
    expires_at: AwareDatetime | None
    revoked_at: AwareDatetime | None
    last_used_at: AwareDatetime | None = Field(description="To the minute.")
    rotated_from: UUID | None

    @classmethod
    def of(cls, key: Key) -> KeyView:
        """What may be seen of a key."""
        organisation_id = None if key.organisation_id == OPERATORS else key.organisation_id
        return cls(**(asdict(key) | {"organisation_id": organisation_id}))


class KeyShown(KeyView):
    """A key just made, with its secret: this answer is the only place where it can be seen."""

    key: str = Field(description="Keep it well: it is not stored and cannot be shown again.", examples=["enc_…_…"])


class NewKey(Body):
    """A key to be."""

    role: Role
    organisation_id: UUID | None = Field(None, description="Whom it acts for; left out for operators.")
    label: Line = Field(description="What it is for, as lists show it.", examples=["timetable software"])
    expires_at: AwareDatetime | None = Field(None, description="Never later than the key that makes it.")


class Rotation(Body):
    """How long the old key holds besides the new one."""

    overlap_hours: Whole = Field(24, ge=0, le=OVERLAP_HOURS_MAX)


@router.post("/v1/keys", status_code=201, dependencies=[CREATES])
async def make_new_key(new: NewKey, caller: AnyKey, keeping: AnswerKeeping, turn: ThisTurn) -> KeyShown:
    """Make a key. Its secret is in this answer and nowhere else; a repeat gets 409 with the key's id."""
    organisation_id = await _holder(new, caller, turn)
    check_expiry(new.expires_at, turn.clock.now())
    maker = await store.get_key(turn.tx, caller.key_id)
    expires_at = earlier(new.expires_at, maker.expires_at)
    return await _issue(turn, keeping, Holder(new.role, organisation_id, new.label, expires_at))


@router.get("/v1/keys")
async def list_keys(
    caller: AnyKey, tx: OpenTransaction, clock: BusinessClock, page: Paging, organisation_id: UUID | None = None
) -> Listing[KeyView]:
    """The keys of one's own organisation, or of one that one may act for; of all for operators."""
    if organisation_id is None and not caller.is_operator:
        organisation_id = caller.organisation_id
    if organisation_id is not None:
        await act_for_some_organisation(tx, caller, organisation_id, clock.today())
    found = await store.keys(tx, organisation_id, page.after, page.fetch)
    return page.listing([KeyView.of(key) for key in found], lambda key: key.key_id)


@router.get("/v1/keys/{key_id}")
async def read_key(key_id: UUID, caller: AnyKey, turn: ThisTurn) -> KeyView:
    """One key."""
    return KeyView.of(await _seen(await store.get_key(turn.tx, key_id), caller, turn))


@router.post("/v1/keys/{key_id}/rotate", status_code=201, dependencies=[CREATES])
async def rotate_key(
    key_id: UUID, rotation: Rotation, caller: AnyKey, keeping: AnswerKeeping, turn: ThisTurn
) -> KeyShown:
    """Make the key that follows this one. The old one holds for the overlap, and then no more."""
    old = await _seen(await store.lock_key(turn.tx, key_id), caller, turn)
    now = turn.clock.now()
    check_rotatable(old, await store.find_successor(turn.tx, key_id), now)
    over = now + timedelta(hours=rotation.overlap_hours)
    await store.end_key(turn.tx, key_id, min(over, old.expires_at or over))
    holder = Holder(old.role, old.organisation_id, old.label, old.expires_at, rotated_from=key_id)
    return await _issue(turn, keeping, holder)


@router.delete("/v1/keys/{key_id}", status_code=204)
async def revoke_key(key_id: UUID, caller: AnyKey, turn: ThisTurn) -> None:
    """Revoke a key: it does not hold from now on. Twice is as good as once."""
    await _seen(await store.lock_key(turn.tx, key_id), caller, turn)
    await store.revoke_key(turn.tx, key_id, turn.clock.now())


async def _issue(turn: Turn, keeping: Keeping, holder: Holder) -> KeyShown:
    secret = make_secret()
    key = Key(key_id=uuid7(), prefix=secret.prefix, created_at=turn.clock.now(), **asdict(holder))
    await store.add_key(turn.tx, key, secret.hash)
    keeping.never()
    turn.created(f"/v1/keys/{key.key_id}")
    return KeyShown(**KeyView.of(key).model_dump(), key=secret.text)


async def _holder(new: NewKey, caller: Caller, turn: Turn) -> UUID:
    """Whose key it becomes. Raises NotAllowed and NotFound for those whom the caller may not give one."""
    if new.role == "operator":
        if not caller.is_operator:
            raise NotAllowed("Only an operator makes keys for operators.")
        return OPERATORS
    if new.organisation_id is None:
        fault = Fault("#/organisation_id", "This is missing.", f"Send the id of the {new.role}.")
        raise Unacceptable("The key has to act for somebody.", fault)
    await act_for_organisation(turn.tx, caller, new.role, new.organisation_id, turn.clock.today())
    return new.organisation_id


async def _seen(key: Key, caller: Caller, turn: Turn) -> Key:
    """The key, if the caller may act for its organisation. Raises NotFound."""
    if key.role == "operator":
        if caller.is_operator:
            return key
        raise NotFound("There is no key with this id, or not for this key.")
    await act_for_organisation(turn.tx, caller, key.role, key.organisation_id, turn.clock.today())
    return key
