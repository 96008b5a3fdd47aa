import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from services.plumbing import migrate


@pytest.fixture
async def url(fresh_database: Callable[[str], Awaitable[str]]) -> str:
    return await fresh_database("plumbing")


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT relname FROM pg_class WHERE relnamespace = 'own'::regnamespace")
        return {row["relname"] for row in rows}
    finally:
        await connection.close()


async def test_each_file_is_applied_once(url: str, tmp_path: Path) -> None:
    (tmp_path / "0001_birds.sql").write_text("CREATE TABLE own.birds (id int)")

    first = await migrate.apply(url, tmp_path)
    (tmp_path / "0002_fish.sql").write_text("CREATE TABLE own.fish (id int)")
    second = await migrate.apply(url, tmp_path)

    assert (first, second) == (["service/0001_birds.sql"], ["service/0002_fish.sql"])
    assert {"birds", "fish", "outbox", "parked"} <= await tables(url)


async def test_an_edited_file_is_refused(url: str, tmp_path: Path) -> None:
    file = tmp_path / "0001_birds.sql"
    file.write_text("CREATE TABLE own.birds (id int)")
    await migrate.apply(url, tmp_path)
    file.write_text("CREATE TABLE own.birds (id bigint)")

    with pytest.raises(migrate.MigrationChanged, match=r"service/0001_birds\.sql"):
        await migrate.apply(url, tmp_path)


async def test_a_file_that_fails_leaves_nothing_of_itself(url: str, tmp_path: Path) -> None:
    (tmp_path / "0001_birds.sql").write_text("CREATE TABLE own.birds (id int)")
    (tmp_path / "0002_fish.sql").write_text("CREATE TABLE own.fish (id int); CREATE TABLE own.birds (id int)")

    with pytest.raises(asyncpg.DuplicateTableError):
        await migrate.apply(url, tmp_path)

    assert "birds" in await tables(url)
    assert "fish" not in await tables(url)


async def test_two_at_once_apply_each_file_once(url: str, tmp_path: Path) -> None:
    (tmp_path / "0001_birds.sql").write_text("CREATE TABLE own.birds (id int); SELECT pg_sleep(0.2)")

    applied = await asyncio.gather(*(migrate.apply(url, tmp_path) for _ in range(3)))

    assert sorted(applied) == [[], [], ["service/0001_birds.sql"]]


@pytest.mark.parametrize("names", [["1_birds.sql"], ["birds.sql"], ["0001_Birds.sql"], ["0001_a.sql", "0001_b.sql"]])
async def test_names_are_a_number_of_their_own_and_what_appears(names: list[str], tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).touch()

    with pytest.raises(ValueError, match="NNNN_what"):
        list(migrate.read_folder("service", tmp_path))
