"""Rounds: what each run of the matcher found in an area, in figures."""

from __future__ import annotations

from uuid import UUID

from contracts.rounds import Round
from services.plumbing.postgres import Transaction
from services.registry.api.auth import HubKey
from services.registry.api.paging import Listing, Paging
from services.registry.api.routing import OpenTransaction, keyed_router
from services.registry.domain.keys import Caller
from services.registry.domain.mistakes import NotFound
from services.registry.store.areas import find_area
from services.registry.store.hubs import find_hub
from services.registry.store.rounds import find_round, rounds

router = keyed_router("rounds")


@router.get("/v1/areas/{area_id}/rounds")
async def list_rounds(area_id: UUID, caller: HubKey, tx: OpenTransaction, page: Paging) -> Listing[Round]:
    """An area's rounds, newest first."""
    if await find_area(tx, area_id) is None or not await _may_see(tx, caller, area_id):
        raise NotFound("There is no area with this id, or not for this key.")
    return page.listing(await rounds(tx, area_id, page.after, page.fetch), lambda one: one.round_id)


@router.get("/v1/rounds/{round_id}")
async def read_round(round_id: UUID, caller: HubKey, tx: OpenTransaction) -> Round:
    """One round."""
    found = await find_round(tx, round_id)
    if found is None or not await _may_see(tx, caller, found.area_id):
        raise NotFound("There is no round with this id, or not for this key.")
    return found


async def _may_see(tx: Transaction, caller: Caller, area_id: UUID) -> bool:
    if caller.is_operator:
        return True
    hub = await find_hub(tx, caller.organisation_id)
    return hub is not None and hub.entity.area_id == area_id
