"""Which hub a school is in, and when. Each change is a fact of the school; the `ETag` is the school's."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field, model_validator

from contracts.hubs import Hub
from contracts.schools import Membership, School
from services.registry.api.auth import HubKey
from services.registry.api.authority import act_for_hub
from services.registry.api.bodies import LEFT_OUT, Body
from services.registry.api.idempotency import CREATES
from services.registry.api.preconditions import IfMatch
from services.registry.api.routing import ThisTurn, keyed_router
from services.registry.domain import schools as domain
from services.registry.domain.mistakes import Fault, Unacceptable
from services.registry.domain.said import Day
from services.registry.store import hubs, schools
from services.registry.store import memberships as store

router = keyed_router("schools")


class NewMembership(Body):
    """A school's place in a hub."""

    hub_id: UUID
    cluster_id: UUID | None = None
    since: Day = Field(LEFT_OUT, description="The first day; today if left out.")
    until: Day | None = Field(None, description="The last day, if it is known.")

    @model_validator(mode="after")
    def _runs_forward(self) -> NewMembership:
        if self.until and "since" in self.model_fields_set and self.until < self.since:
            raise ValueError("the last day is before the first; swap them")
        return self


class Leaving(Body):
    """When a membership ends."""

    last_day: Day = Field(LEFT_OUT, description="The last day in the hub; today if left out.")


@router.post("/v1/schools/{school_id}/memberships", status_code=201, dependencies=[CREATES])
async def join_hub(school_id: UUID, new: NewMembership, caller: HubKey, turn: ThisTurn) -> School:
    """Let a school be in a hub. It is in one hub at a time."""
    act_for_hub(caller, new.hub_id)
    _check_cluster(new, await _hub(turn, new.hub_id))
    old = await schools.lock_school(turn.tx, school_id)
    today = turn.clock.today()
    membership = Membership.model_validate({"since": today} | new.model_dump(exclude_unset=True))
    school = domain.joined(old.entity, membership)
    await store.add_membership(turn.tx, school_id, membership)
    await schools.keep_school(turn.tx, school, old.version + 1)
    await turn.say(school, "school.amended.v1", old.version + 1)
    turn.created(f"/v1/schools/{school_id}")
    return school


@router.post("/v1/schools/{school_id}/memberships/{hub_id}/end")
async def leave_hub(
    school_id: UUID, hub_id: UUID, leaving: Leaving, caller: HubKey, if_match: IfMatch, turn: ThisTurn
) -> School:
    """End a membership. What was agreed stands; what was only proposed ends."""
    act_for_hub(caller, hub_id)
    old = await schools.lock_school(turn.tx, school_id)
    if_match.check(old.version)
    last_day = leaving.last_day if "last_day" in leaving.model_fields_set else turn.clock.today()
    school = domain.left(old.entity, hub_id, last_day)
    await store.end_membership(turn.tx, school_id, hub_id, last_day)
    await schools.keep_school(turn.tx, school, old.version + 1)
    await turn.say(school, "school.amended.v1", old.version + 1)
    return school


async def _hub(turn: ThisTurn, hub_id: UUID) -> Hub:
    found = await hubs.find_hub(turn.tx, hub_id)
    if found is None:
        raise Unacceptable("There is no such hub.", Fault("#/hub_id", "No hub has this id.", "Add the hub first."))
    return found.entity


def _check_cluster(new: NewMembership, hub: Hub) -> None:
    if new.cluster_id and all(cluster.cluster_id != new.cluster_id for cluster in hub.clusters):
        fault = Fault("#/cluster_id", "The hub has no cluster with this id.", "Read the hub: it lists its clusters.")
        raise Unacceptable("There is no such cluster.", fault)
