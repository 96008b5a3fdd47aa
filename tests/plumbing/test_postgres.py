import asyncio
from datetime import timedelta

import asyncpg
import pytest

from services.plumbing import errors, patience, postgres
from services.plumbing.errors import DatabaseAway
from services.plumbing.postgres import Pool, transaction
from services.plumbing.settings import Settings


async def test_a_block_that_fails_leaves_nothing(pool: Pool) -> None:
    async def fail() -> None:
        async with transaction(pool) as tx:
            await tx.execute("INSERT INTO memory.inbox (event_id, topic) VALUES (gen_random_uuid(), 'things')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await pool.fetchval("SELECT count(*) FROM memory.inbox") == 0


async def test_json_columns_hold_what_python_gave(pool: Pool) -> None:
    value = {"sessions": [1, 2.5, None, "ü"]}

    assert await pool.fetchval("SELECT $1::jsonb", value) == value


async def test_a_connection_lost_on_the_way_passes(pool: Pool) -> None:
    async def lose_it() -> None:
        async with transaction(pool) as tx:
            victim = await tx.fetchval("SELECT pg_backend_pid()")
            await pool.execute("SELECT pg_terminate_backend($1)", victim)
            await asyncio.sleep(0.1)
            await tx.execute("SELECT 1")

    failure = await patience.attempt(lose_it())

    assert isinstance(failure, patience.Failure)
    assert failure.passes


async def test_a_connection_that_ends_while_it_is_taken_passes_and_is_not_used_again(pool: Pool) -> None:
    """A killed server's goodbye may be read after the pool has handed the connection out: asyncpg is confused then."""
    used = []

    async def be_confused() -> None:
        async with transaction(pool) as tx:
            used.append(await tx.fetchval("SELECT pg_backend_pid()"))
            raise asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")

    failure = await patience.attempt(be_confused())

    assert isinstance(failure, patience.Failure)
    assert failure.passes
    async with transaction(pool) as tx:
        assert await tx.fetchval("SELECT pg_backend_pid()") not in used


async def test_outside_a_transaction_too_a_confused_connection_is_the_worlds_trouble() -> None:
    assert errors.passes(asyncpg.InternalClientError("another operation is in progress"))


async def test_a_wrong_number_of_arguments_is_our_mistake(pool: Pool) -> None:
    with pytest.raises(asyncpg.InterfaceError) as raised:
        async with transaction(pool) as tx:
            await tx.execute("SELECT $1::int", 1, 2)

    assert not errors.passes(raised.value)


async def test_no_connection_free_is_the_database_away(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "ACQUIRE_SECONDS_MAX", 0.2)
    one = await postgres.open_pool(Settings.model_validate({"database_url": database_url, "pool_size_max": 1}), "test")

    async with transaction(one):
        with pytest.raises(DatabaseAway):
            async with transaction(one):
                pass

    await one.close()


async def test_a_statement_that_takes_too_long_is_ended_and_passes(database_url: str) -> None:
    settings = Settings.model_validate({"database_url": database_url, "statement_timeout": timedelta(seconds=0.2)})
    hasty = await postgres.open_pool(settings, "test")

    with pytest.raises(asyncpg.QueryCanceledError) as raised:
        await hasty.execute("SELECT pg_sleep(5)")

    assert errors.passes(raised.value)
    await hasty.close()
