"""What of an error may be said in a log, and kept beside a parked message."""

from datetime import UTC, datetime

import asyncpg
import pytest
from pydantic import BaseModel, ValidationError

from services.plumbing import errors, parked
from services.plumbing.postgres import Pool, transaction
from services.plumbing.reading import Message

PERSON = "zebedee@school.example"


class Someone(BaseModel):
    age: int


def misread() -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        Someone.model_validate({"age": PERSON})
    return caught.value


async def refused(pool: Pool, sql: str, *values: object) -> asyncpg.PostgresError:
    with pytest.raises(asyncpg.PostgresError) as caught:
        await pool.execute(sql, *values)
    return caught.value


def test_what_a_model_refused_is_named_without_its_value() -> None:
    said = errors.describe(misread())

    assert said.startswith("ValidationError: age: ")
    assert PERSON not in said


async def test_what_the_database_refused_is_named_without_its_value(pool: Pool) -> None:
    await pool.execute("CREATE TABLE people (email text UNIQUE, age int)")
    await pool.execute("INSERT INTO people VALUES ($1, 1)", PERSON)

    refusals = [
        await refused(pool, "INSERT INTO people VALUES ($1, 2)", PERSON),
        await refused(pool, "INSERT INTO people (age) VALUES ($1)", PERSON),
        await refused(pool, "INSERT INTO people (age) SELECT email::int FROM people"),
    ]

    assert all(PERSON in str(refusal) for refusal in refusals)
    assert [errors.describe(refusal) for refusal in refusals] == [
        'UniqueViolationError: duplicate key value violates unique constraint "people_email_key"',
        "DataError: invalid input for query argument $1",
        "InvalidTextRepresentationError: invalid input syntax for type integer",
    ]


async def test_a_parked_message_is_kept_with_its_reason_but_not_with_the_values_in_it(pool: Pool) -> None:
    message = Message("things", 0, 7, datetime(2026, 11, 24, tzinfo=UTC), b"k", [], b"{}")

    async with transaction(pool) as tx:
        await parked.park(tx, "specimen", message, misread())

        (kept,) = [await parked.get_parked(tx, id_) for id_ in await parked.waiting_ids(tx)]

    assert kept.error.startswith("age: ")
    assert PERSON not in kept.error
