"""The service's own database: the pool, and transactions from it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeAlias

import asyncpg

from services.plumbing.errors import DatabaseAway
from services.plumbing.settings import Settings

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Transaction: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
"""A connection inside a transaction. Store functions take it first, and neither open nor commit one."""

CONNECT_SECONDS_MAX = 5
ACQUIRE_SECONDS_MAX = 10


async def open_pool(settings: Settings, application_name: str) -> Pool:
    """Connect. Raises what asyncpg raises while the database is away; `Process.pool` waits instead."""
    return await asyncpg.create_pool(
        settings.database_url.get_secret_value(),
        min_size=1,
        max_size=settings.pool_size_max,
        timeout=CONNECT_SECONDS_MAX,
        # The server's own limit comes first; this one is for a server that answers nothing at all.
        command_timeout=settings.statement_timeout.total_seconds() + 5,
        server_settings={
            "application_name": application_name,
            # Instants inside JSON are written in the session's zone.
            "TimeZone": "UTC",
            "statement_timeout": milliseconds(settings.statement_timeout),
            "idle_in_transaction_session_timeout": milliseconds(settings.idle_in_transaction_timeout),
        },
        init=speak_json,
    )


async def connect(settings: Settings, application_name: str, **server_settings: str) -> Connection:
    """One connection outside the pool, for what belongs to a session: advisory locks and LISTEN."""
    return await asyncpg.connect(
        settings.database_url.get_secret_value(),
        timeout=CONNECT_SECONDS_MAX,
        command_timeout=settings.statement_timeout.total_seconds(),
        server_settings={"application_name": application_name, **server_settings},
    )


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Transaction]:
    """A transaction that commits if the block ends well, and else rolls back.

    Raises DatabaseAway where asyncpg would only say that an interface was misused: no connection free in time,
    or the connection lost on the way.
    """
    async with _connection(pool) as connection:
        try:
            async with connection.transaction():
                yield connection
        except asyncpg.InterfaceError as error:
            if _is_lost(connection):
                raise DatabaseAway("the connection was lost") from error
            raise
        except asyncpg.InternalClientError as error:
            # What asyncpg says where the server takes its leave of a connection that is just being used.
            connection.terminate()
            raise DatabaseAway("the connection was lost on the way") from error


@asynccontextmanager
async def _connection(pool: Pool) -> AsyncIterator[Transaction]:
    try:
        connection = await pool.acquire(timeout=ACQUIRE_SECONDS_MAX)
    except (OSError, asyncpg.InterfaceError) as error:  # A time-out is one; so is the missing file of a Unix socket.
        raise DatabaseAway("no connection was free in time") from error
    try:
        yield connection
    finally:
        await pool.release(connection)


def _is_lost(connection: Transaction) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        # The pool has taken a broken connection back already, and lets nobody touch it.
        return True


async def speak_json(connection: Any) -> None:
    """Let jsonb be what `json` reads and writes, not text."""
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


def milliseconds(duration: timedelta) -> str:
    """The duration as PostgreSQL's settings take it."""
    return str(int(duration.total_seconds() * 1000))
