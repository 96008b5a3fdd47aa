"""Numbered SQL files, each applied once, in order, in a transaction of its own. Forward only."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from services.plumbing.postgres import Connection

PLUMBING = Path(__file__).with_name("migrations")
_NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql")


class MigrationChanged(Exception):
    """A file that was applied is not what it was: databases made before and after would differ."""


@dataclass(frozen=True)
class Migration:
    """One file: `part` says whose it is, so that plumbing and service number theirs apart."""

    part: str
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Tells whether the file is still what was applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


async def apply(dsn: str, folder: Path) -> list[str]:
    """Apply what is new, plumbing's own files first, and name it. Safe to run twice, or twice at once.

    Raises MigrationChanged if an applied file was edited, and ValueError for a name that is not `NNNN_what.sql`.
    """
    migrations = [*read_folder("plumbing", PLUMBING), *read_folder("service", folder)]
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock(hashtextextended('migrate', 0))")
        applied = [name for migration in migrations if (name := await _apply_one(connection, migration))]
        await _keep_to_the_owner(connection)
        return applied
    finally:
        await connection.close()


def read_folder(part: str, folder: Path) -> Iterator[Migration]:
    """The folder's files by number. Raises ValueError for a wrong name or a number used twice."""
    files = sorted(folder.glob("*.sql"))
    numbers = [file.name[:4] for file in files]
    for file in files:
        if not _NAME.fullmatch(file.name) or numbers.count(file.name[:4]) > 1:
            raise ValueError(f"{file.name}: migrations are named NNNN_what.sql, each with a number of its own")
        yield Migration(part, file.name, file.read_text())


async def _apply_one(connection: Connection, migration: Migration) -> str | None:
    async with connection.transaction():
        known = await _applied_checksum(connection, migration)
        if known == migration.checksum:
            return None
        if known is not None:
            raise MigrationChanged(f"{migration.part}/{migration.name} was edited after it was applied")
        await connection.execute(migration.sql)
        await connection.execute(
            "INSERT INTO own.migrations (part, name, checksum) VALUES ($1, $2, $3)",
            migration.part,
            migration.name,
            migration.checksum,
        )
    return f"{migration.part}/{migration.name}"


async def _applied_checksum(connection: Connection, migration: Migration) -> str | None:
    await connection.execute(
        """
        CREATE SCHEMA IF NOT EXISTS own;
        CREATE TABLE IF NOT EXISTS own.migrations (
            part text, name text, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (part, name)
        )
        """
    )
    checksum: str | None = await connection.fetchval(
        "SELECT checksum FROM own.migrations WHERE part = $1 AND name = $2", migration.part, migration.name
    )
    return checksum


async def _keep_to_the_owner(connection: Connection) -> None:
    """Let nobody else say what was applied: where services run under roles of their own, those write rows elsewhere."""
    await connection.execute(
        """
        DO $$
        DECLARE other text;
        BEGIN
            FOR other IN SELECT DISTINCT grantee FROM information_schema.role_table_grants
                          WHERE table_schema = 'own' AND table_name = 'migrations'
                            AND grantee NOT IN (current_user, 'PUBLIC')
            LOOP
                EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON own.migrations FROM %I', other);
            END LOOP;
        END $$
        """
    )
