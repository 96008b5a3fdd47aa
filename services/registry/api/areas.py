"""Areas: the unit of matching."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field

from services.plumbing.uuids import uuid7
from services.registry.api.auth import AnyKey, OperatorKey
from services.registry.api.bodies import Body, Line
from services.registry.api.idempotency import CREATES
from services.registry.api.paging import Listing, Paging
from services.registry.api.routing import OpenTransaction, ThisTurn, keyed_router
from services.registry.domain.mistakes import Conflict, NotFound
from services.registry.store import areas as store

router = keyed_router("areas")


class NewArea(Body):
    """An area to be."""

    name: Line = Field(examples=["Hertfordshire"])


class Area(BaseModel):
    """The hubs that share their employers."""

    area_id: UUID
    name: str


@router.post("/v1/areas", status_code=201, dependencies=[CREATES])
async def add_area(new: NewArea, _: OperatorKey, turn: ThisTurn) -> Area:
    """Add an area."""
    if existing := await store.find_area_id_by_name(turn.tx, new.name):
        raise Conflict("There is an area of this name.", area_id=str(existing))
    area = Area(area_id=uuid7(), name=new.name)
    await store.add_area(turn.tx, area.area_id, area.name, turn.clock.now())
    turn.created(f"/v1/areas/{area.area_id}")
    turn.show(version=1)
    return area


@router.get("/v1/areas")
async def list_areas(_: AnyKey, tx: OpenTransaction, page: Paging) -> Listing[Area]:
    """All areas."""
    rows = await store.areas(tx, page.after, page.fetch)
    return page.listing([Area(**row) for row in rows], lambda area: area.area_id)


@router.get("/v1/areas/{area_id}")
async def read_area(area_id: UUID, _: AnyKey, turn: ThisTurn) -> Area:
    """One area."""
    row = await store.find_area(turn.tx, area_id)
    if row is None:
        raise NotFound("There is no area with this id.")
    turn.show(version=1)
    return Area(**row)
