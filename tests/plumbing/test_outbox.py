import json
from datetime import UTC, datetime, timedelta

import pytest

from services.plumbing import outbox, telemetry
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool, transaction
from services.plumbing.uuids import uuid7
from tests.plumbing.installation import a_fact
from tests.plumbing.specimen import Thing

NOON = Clock.stopped(datetime(2026, 11, 24, 12, tzinfo=UTC))


async def test_a_recorded_fact_waits_with_its_final_bytes(pool: Pool) -> None:
    fact = a_fact(text="ü")

    async with transaction(pool) as tx:
        await outbox.record(tx, fact)

    (row,) = await outbox.unpublished(pool, 10)
    assert (row["topic"], row["key"], row["body"]) == ("things", fact.key, fact.to_bytes())
    assert row["headers"] == fact.headers


async def test_what_is_rolled_back_was_never_recorded(pool: Pool) -> None:
    async def fail() -> None:
        async with transaction(pool) as tx:
            await outbox.record(tx, a_fact())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await outbox.unpublished(pool, 10) == []


async def test_a_fact_says_who_when_and_why(pool: Pool) -> None:
    thing, correlation, cause = Thing(thing_id=uuid7()), uuid7(), uuid7()

    with telemetry.caused_by(correlation, cause):
        async with transaction(pool) as tx:
            fact = await outbox.say(tx, thing, "thing.made.v1", version=3, clock=NOON, source="specimen")

    (row,) = await outbox.unpublished(pool, 10)
    said = json.loads(row["body"])
    assert (said["correlation_id"], said["causation_id"]) == (str(correlation), str(cause))
    assert (said["time"], said["source"], said["aggregate_version"]) == ("2026-11-24T12:00:00Z", "specimen", 3)
    assert (fact.id.version, said["subject"]) == (7, str(thing.thing_id))


async def test_without_a_cause_each_fact_starts_its_own(pool: Pool) -> None:
    async with transaction(pool) as tx:
        facts = [
            await outbox.say(tx, Thing(thing_id=uuid7()), "thing.made.v1", version=1, clock=NOON, source="specimen")
            for _ in range(2)
        ]

    assert facts[0].correlation_id != facts[1].correlation_id
    assert facts[0].causation_id is None


async def test_a_type_that_its_topic_does_not_know_is_refused(pool: Pool) -> None:
    with pytest.raises(ValueError, match=r"thing\.eaten\.v1"):
        async with transaction(pool) as tx:
            await outbox.say(tx, Thing(thing_id=uuid7()), "thing.eaten.v1", version=1, clock=NOON, source="specimen")


async def test_more_than_512_kilobytes_are_refused_and_less_are_not(pool: Pool) -> None:
    room = outbox.BODY_BYTES_MAX - len(a_fact().to_bytes())

    async with transaction(pool) as tx:
        await outbox.record(tx, a_fact(text="x" * room))
        with pytest.raises(outbox.TooLarge, match=r"thing\.made\.v1"):
            await outbox.record(tx, a_fact(text="x" * (room + 1)))

    assert len(await outbox.unpublished(pool, 10)) == 1


async def test_how_much_waits_and_for_how_long_can_be_told(pool: Pool) -> None:
    async with transaction(pool) as tx:
        await outbox.record(tx, a_fact())
        await outbox.record(tx, a_fact())
    await pool.execute("UPDATE own.outbox SET recorded_at = now() - interval '90 seconds'")

    count, age_seconds = await outbox.measure(pool)

    assert count == 2
    assert 90 <= age_seconds < 100


async def test_only_what_was_published_long_ago_is_purged(pool: Pool) -> None:
    async with transaction(pool) as tx:
        for _ in range(3):
            await outbox.record(tx, a_fact())
    ids = [row["id"] for row in await outbox.unpublished(pool, 10)]
    await outbox.mark_published(pool, ids[:2])
    await pool.execute("UPDATE own.outbox SET published_at = now() - interval '8 days' WHERE id = $1", ids[0])

    assert await outbox.purge(pool, timedelta(days=7)) == 1
    assert await pool.fetchval("SELECT count(*) FROM own.outbox") == 2
