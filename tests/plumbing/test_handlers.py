import asyncio
from datetime import timedelta

import pytest

from services.plumbing import inbox
from services.plumbing.clock import Clock
from services.plumbing.handlers import Handlers
from services.plumbing.postgres import Pool
from tests.plumbing.installation import a_fact
from tests.plumbing.specimen import Thing, handlers


async def test_a_fact_delivered_twice_has_its_effect_once(pool: Pool) -> None:
    fact = a_fact()

    outcomes = [await handlers.take_fact(pool, fact, Clock()) for _ in range(2)]

    assert outcomes == ["handled", "duplicate"]
    assert await pool.fetchval("SELECT count(*) FROM own.effects") == 1


async def test_a_fact_delivered_twice_at_once_has_its_effect_once(pool: Pool) -> None:
    fact = a_fact(does="echo")

    outcomes = await asyncio.gather(*(handlers.take_fact(pool, fact, Clock()) for _ in range(4)))

    assert sorted(outcomes) == ["duplicate"] * 3 + ["handled"]
    assert await pool.fetchval("SELECT count(*) FROM own.effects") == 1
    assert await pool.fetchval("SELECT count(*) FROM own.outbox") == 1


async def test_a_fact_whose_handler_fails_may_come_again(pool: Pool) -> None:
    fact = a_fact(does="break")

    for _ in range(2):
        with pytest.raises(ValueError, match="mistake"):
            await handlers.take_fact(pool, fact, Clock())

    assert await pool.fetchval("SELECT (SELECT count(*) FROM own.effects) + (SELECT count(*) FROM memory.inbox)") == 0


async def test_what_a_handler_says_names_the_fact_as_its_cause(pool: Pool) -> None:
    fact = a_fact(does="echo")

    await handlers.take_fact(pool, fact, Clock())

    said = await pool.fetchrow(
        "SELECT correlation_id, convert_from(body, 'UTF8')::jsonb ->> 'causation_id' AS cause FROM own.outbox"
    )
    assert said is not None
    assert (said["correlation_id"], said["cause"]) == (fact.correlation_id, str(fact.id))


def test_a_topic_has_one_handler() -> None:
    twice = Handlers("twice")

    @twice.on(Thing)
    async def on_thing(*_: object) -> None: ...

    with pytest.raises(ValueError, match="things twice"):
        twice.on(Thing)(on_thing)


async def test_what_was_handled_long_ago_is_forgotten(pool: Pool) -> None:
    for _ in range(2):
        await handlers.take_fact(pool, a_fact(), Clock())
    await pool.execute(
        "UPDATE memory.inbox SET handled_at = now() - interval '31 days'"
        " WHERE event_id = (SELECT event_id FROM memory.inbox LIMIT 1)"
    )

    assert await inbox.purge(pool, timedelta(days=30)) == 1
    assert await pool.fetchval("SELECT count(*) FROM memory.inbox") == 1
