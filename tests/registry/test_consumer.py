"""What the registry hears: newest version only, in any order, once."""

import itertools
from typing import Any
from uuid import UUID

from contracts.event import Entity, new_fact
from contracts.letters import Letter
from contracts.outlooks import Outlook
from contracts.rounds import Round
from services.plumbing.uuids import uuid7
from services.registry.consumer import handlers
from tests.registry.given_matches import NOW, World

AREA, ROUND = UUID(int=1), UUID(int=2)


def test_the_registry_hears_matches_outlooks_rounds_and_letters() -> None:
    assert handlers.topics == ["letters", "matches", "outlooks", "rounds"]


async def test_the_newest_version_holds_whatever_the_order(world: World) -> None:
    states = {1: "proposed", 2: "accepted", 3: "confirmed"}
    held = {}
    for order in itertools.permutations(states):
        match = world.match()
        for version in order:
            await world.heard(match.model_copy(update={"state": states[version]}), "match.accepted.v1", version)
        held[order] = (await world.registry.get(f"/v1/matches/{match.match_id}")).json()["state"]

    assert held == dict.fromkeys(itertools.permutations(states), "confirmed")
    assert [row["version"] for row in await world.registry.pool.fetch("SELECT version FROM memory.matches")] == [3] * 6


async def test_the_same_fact_twice_is_taken_once(world: World) -> None:
    fact = new_fact(
        world.match(), "match.proposed.v1", id=uuid7(), version=1, source="matcher", time=NOW, correlation_id=uuid7()
    )

    taken = [await handlers.take_fact(world.registry.pool, fact, world.clock) for _ in range(2)]

    assert taken == ["handled", "duplicate"]


async def test_a_match_of_an_unknown_school_is_kept_like_any_other(world: World) -> None:
    stranger = world.match(school_id=uuid7(), offer_id=uuid7(), request_id=uuid7())

    await world.heard(stranger, "match.proposed.v1")

    assert (await world.registry.get(f"/v1/matches/{stranger.match_id}")).status_code == 200


def _outlook(**changes: Any) -> Entity:
    said = {"request_id": UUID(int=3), "round_id": ROUND, "area_id": AREA, "at": NOW, "state": "waiting", "need": {}}
    return Outlook(**{**said, **changes})


def _round(**changes: Any) -> Entity:
    figures = {"seconds": 1.0, "method": "exact", "objective": 10, "counts": {"planned": 1}}
    return Round(**{"round_id": ROUND, "area_id": AREA, "started_at": NOW, **figures, **changes})


def _letter(**changes: Any) -> Entity:
    about = {"letter_id": UUID(int=4), "match_id": UUID(int=5), "kind": "school_match_proposed", "audience": "school"}
    return Letter(**{**about, "terms_version": 1, "state": "sent", "at": NOW, **changes})


async def test_an_older_version_changes_nothing(world: World) -> None:
    for older, newer, type_, table in (
        (_outlook(state="served"), _outlook(), "outlook.changed.v1", "memory.outlooks"),
        (_round(objective=9), _round(), "round.finished.v1", "memory.rounds"),
        (_letter(state="unknown"), _letter(), "letter.sent.v1", "memory.letters"),
    ):
        await world.heard(newer, type_, version=2)
        await world.heard(older, type_, version=1)

        (row,) = await world.registry.pool.fetch(f"SELECT version, record FROM {table}")  # noqa: S608
        assert row["version"] == 2
        assert type(newer).model_validate(row["record"]) == newer
