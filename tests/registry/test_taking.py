"""After a restore the registry takes from its own topics what is newer there, in whatever order names changed hands."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.answers import Answer, Cancelled, Delivery, Said
from contracts.event import Fact, fact_of, new_fact
from contracts.topics import TOPICS
from services.plumbing.postgres import Pool, transaction
from services.plumbing.uuids import uuid7
from services.registry.recovery import recovery
from services.registry.store import answers
from tests.registry.given import Registry
from tests.registry.given_offers import a_request_said, an_offer_said
from tests.registry.given_seeds import Town, a_town, registry_over

NOON = datetime(2026, 10, 6, 12, tzinfo=UTC)
ENTITIES = {topic.name: topic.entity for topic in TOPICS}
OWNED = [owned.entity.topic for owned in recovery.owned]
DatabaseMaker = Callable[[str], Awaitable[str]]
Newest = dict[str, dict[bytes, Fact[Any]]]


async def test_an_empty_database_takes_all_that_the_topics_tell(registry: Registry, fresh_database: DatabaseMaker):
    town = await a_town(registry)
    offer = await lived(town)
    newest = await told(registry.pool)

    async with registry_over(await fresh_database("registry")) as other:
        async with transaction(other.pool) as tx:
            taken = await recovery.take(tx, newest)
            assert not any((await recovery.take(tx, newest)).values())

        assert taken == {topic: len(facts) for topic, facts in newest.items()}
        assert await owned(other.pool) == await owned(registry.pool)
        # What was said of the offer is known well enough to be amended.
        amended = await other.patch(f"/v1/offers/{offer}", {"title": "An afternoon at the works"}, version=2)
        assert amended.status_code == 200, amended.text
        assert len(amended.json()["sessions"]) == 2


async def test_an_older_database_takes_only_what_is_newer(registry: Registry, fresh_database: DatabaseMaker):
    town = await a_town(registry)
    before = await told(registry.pool)
    await lived(town)
    newest = await told(registry.pool)

    async with registry_over(await fresh_database("registry")) as other:
        async with transaction(other.pool) as tx:
            await recovery.take(tx, before)
            taken = await recovery.take(tx, newest)

        assert await owned(other.pool) == await owned(registry.pool)
        assert taken["hubs"] == 0
        async with transaction(other.pool) as tx:
            assert not any((await recovery.take(tx, before)).values())


@pytest.mark.parametrize("corrected", [False, True])
async def test_all_that_was_said_of_a_match_is_taken(registry: Registry, *, corrected: bool):
    yes = Said(verdict="accepted", at=NOON, contact_id=uuid7(), terms_version=2, comment="Gladly.")
    off = Cancelled(by="school", reason="illness", at=NOON + timedelta(hours=1), comment="Sorry.")
    held = Delivery(held=True, pupils=12, by="school", at=NOON + timedelta(hours=2))
    first = Answer(match_id=uuid7(), school=yes, employer=yes, cancelled=off, delivery=held)
    last = first.model_copy(update={"delivery": held.model_copy(update={"pupils": 11})}) if corrected else first

    async with transaction(registry.pool) as tx:
        for version, answer in enumerate([first, last], start=3):
            await recovery.take(tx, {**{topic: {} for topic in OWNED}, "answers": {b"": a_fact(answer, version)}})
        stored = await answers.get_answer(tx, first.match_id)

    assert (stored.answer, stored.version) == (last, 4)


async def test_an_erasure_after_the_backup_is_one_again(registry: Registry):
    town = await a_town(registry)
    path = f"/v1/contacts/{town.contact}"

    async with transaction(registry.pool) as tx:
        assert await recovery.erase(tx, [UUID(town.contact), uuid7()]) == 1

    left = (await registry.get(path)).json()
    assert (left["state"], left["name"], left["email"]) == ("erased", "", "")


async def lived(town: Town) -> str:
    """Names and open requests that changed hands, somebody erased, an offer amended; the offer's id."""
    registry = town.registry
    offer = await registry.made("/v1/offers", an_offer_said(reference="R1"), key=town.employer_key)
    await registry.patch(f"/v1/offers/{offer['offer_id']}", {"title": "A morning with us"}, version=1)
    employer = (await registry.get(f"/v1/employers/{town.employer}")).json()
    await registry.patch(f"/v1/employers/{town.employer}", {"name": "Renamed Works"}, version=1)
    await registry.an_employer(town.area, name=employer["name"])
    for _ in range(2):
        request = await registry.made("/v1/requests", a_request_said(cohort_id=town.cohort), key=town.school_key)
        body = {"reason": "other"}
        await registry.post(f"/v1/requests/{request['request_id']}/withdraw", body, version=1, key=town.school_key)
    await registry.made("/v1/requests", a_request_said(cohort_id=town.cohort), key=town.school_key)
    await registry.delete(f"/v1/contacts/{town.school_contact}")
    return str(offer["offer_id"])


async def told(pool: Pool) -> Newest:
    """The newest fact of each entity, in the order of their ids: an order in which names collide."""
    rows = await pool.fetch("SELECT topic, key, body FROM own.outbox ORDER BY id")
    newest: Newest = {topic: {} for topic in OWNED}
    for row in rows:
        fact = fact_of(ENTITIES[row["topic"]]).model_validate(json.loads(row["body"]))
        newest[row["topic"]][row["key"]] = fact
    return {topic: dict(sorted(facts.items(), reverse=True)) for topic, facts in newest.items()}


async def owned(pool: Pool) -> list[Any]:
    """Everything that topics tell of, with its version."""
    questions = (
        "SELECT version, entity FROM own.whole_hubs ORDER BY hub_id",
        "SELECT version, entity FROM own.whole_schools ORDER BY school_id",
        "SELECT version, entity FROM own.whole_employers ORDER BY employer_id",
        "SELECT version, to_jsonb(contacts) FROM own.contacts ORDER BY contact_id",
        "SELECT version, state, areas, entity FROM own.offers ORDER BY offer_id",
        "SELECT version, state, terms_version, entity FROM own.requests ORDER BY request_id",
    )
    return [[tuple(row) for row in await pool.fetch(question)] for question in questions]


def a_fact(answer: Answer, version: int) -> Fact[Any]:
    return new_fact(
        answer, Answer.restated, id=uuid7(), version=version, source="registry", time=NOON, correlation_id=uuid7()
    )
