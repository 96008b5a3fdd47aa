"""Careers Hubs: their area, their clusters, and the rules they set."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from contracts.hubs import Cluster, Hub
from services.plumbing.uuids import uuid7
from services.registry.api.auth import AnyKey, HubKey, OperatorKey
from services.registry.api.authority import act_for_hub
from services.registry.api.bodies import LEFT_OUT, Body, Line, Text
from services.registry.api.hub_terms import CalendarDays, LetterTerms, MatchingTerms
from services.registry.api.idempotency import CREATES
from services.registry.api.paging import Listing, Paging
from services.registry.api.preconditions import IfMatch
from services.registry.api.previews import Hint, hints
from services.registry.api.routing import OpenTransaction, ThisTurn, keyed_router
from services.registry.domain import hubs as domain
from services.registry.domain.mistakes import Conflict, Fault, Unacceptable
from services.registry.domain.said import Day
from services.registry.store import areas
from services.registry.store import hubs as store

router = keyed_router("hubs")
Kind = Literal["school", "college", "send"]


class HubChange(Body):
    """What to change of a hub. Within `policy` and `letters`, too, what is left out stays as it is."""

    name: Line = LEFT_OUT
    kind: Kind = LEFT_OUT
    host: Text = LEFT_OUT
    policy: MatchingTerms = LEFT_OUT
    letters: LetterTerms = LEFT_OUT
    calendar: CalendarDays = LEFT_OUT


class NewHub(HubChange):
    """A hub to be. What is left out gets a sensible value, which the answer shows."""

    area_id: UUID
    name: Line = Field(examples=["Hertfordshire Careers Hub"])


class HubAnswer(Hub):
    """The hub as it is now, with what of the change may disappoint."""

    warnings: list[Hint] = Field(default_factory=list)


class NewCluster(Body):
    """A sub-group of the hub's schools, usually by district."""

    name: Line = Field(examples=["Stevenage"])
    since: Day = Field(LEFT_OUT, description="The first day; today if left out.")


@router.post("/v1/hubs", status_code=201, dependencies=[CREATES])
async def add_hub(new: NewHub, _: OperatorKey, turn: ThisTurn) -> HubAnswer:
    """Add a hub to an area."""
    area = await areas.find_area(turn.tx, new.area_id)
    if area is None:
        raise Unacceptable("There is no such area.", Fault("#/area_id", "No area has this id.", "Add the area first."))
    if existing := await store.find_hub_id_by_name(turn.tx, new.name):
        raise Conflict("There is a hub of this name.", hub_id=str(existing))
    plain = Hub(hub_id=uuid7(), area_id=new.area_id, area_name=area["name"], name=new.name)
    hub = domain.amended(plain, new.model_dump(exclude_unset=True))
    await store.add_hub(turn.tx, hub)
    await turn.say(hub, "hub.added.v1", version=1)
    turn.created(f"/v1/hubs/{hub.hub_id}")
    return await _answer(turn, hub, new)


@router.get("/v1/hubs")
async def list_hubs(_: AnyKey, tx: OpenTransaction, page: Paging, area_id: UUID | None = None) -> Listing[Hub]:
    """The hubs, of one area or of all."""
    return page.listing(await store.hubs(tx, area_id, page.after, page.fetch), lambda hub: hub.hub_id)


@router.get("/v1/hubs/{hub_id}")
async def read_hub(hub_id: UUID, _: AnyKey, turn: ThisTurn) -> Hub:
    """One hub."""
    hub = await store.get_hub(turn.tx, hub_id)
    turn.show(hub.version)
    return hub.entity


@router.patch("/v1/hubs/{hub_id}")
async def amend_hub(hub_id: UUID, change: HubChange, caller: HubKey, if_match: IfMatch, turn: ThisTurn) -> HubAnswer:
    """Change a hub. A change that changes nothing makes no new version."""
    act_for_hub(caller, hub_id)
    old = await store.lock_hub(turn.tx, hub_id)
    if_match.check(old.version)
    hub = domain.amended(old.entity, change.model_dump(exclude_unset=True))
    if hub == old.entity:
        turn.show(old.version)
        return await _answer(turn, hub, change)
    await store.keep_hub(turn.tx, hub, old.version + 1)
    await turn.say(hub, "hub.amended.v1", old.version + 1)
    return await _answer(turn, hub, change)


@router.post("/v1/hubs/{hub_id}/clusters", status_code=201, dependencies=[CREATES])
async def add_cluster(hub_id: UUID, new: NewCluster, caller: HubKey, turn: ThisTurn) -> Cluster:
    """Add a cluster to a hub. The `ETag` is the hub's."""
    act_for_hub(caller, hub_id)
    old = await store.lock_hub(turn.tx, hub_id)
    if any(cluster.name.casefold() == new.name.casefold() for cluster in old.entity.clusters):
        raise Conflict("The hub has a cluster of this name.")
    since = new.since if "since" in new.model_fields_set else turn.clock.today()
    cluster = Cluster(cluster_id=uuid7(), name=new.name, since=since)
    hub = old.entity.model_copy(update={"clusters": (*old.entity.clusters, cluster)})
    await store.add_cluster(turn.tx, hub_id, cluster)
    await store.keep_hub(turn.tx, hub, old.version + 1)
    await turn.say(hub, "hub.amended.v1", old.version + 1)
    turn.created(f"/v1/hubs/{hub_id}")
    return cluster


async def _answer(turn: ThisTurn, hub: Hub, change: HubChange) -> HubAnswer:
    said = change.model_dump(include={"policy"}, exclude_unset=True).get("policy", ())
    first_id = await store.first_hub_id(turn.tx, hub.area_id)
    return HubAnswer(**dict(hub), warnings=hints(domain.warnings(hub, said, first_id)))
