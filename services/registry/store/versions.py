"""A value together with the version that it is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import asyncpg

from contracts.event import Value

ValueT = TypeVar("ValueT", bound=Value)


@dataclass(frozen=True)
class Versioned(Generic[ValueT]):
    """What is stored, and how often it was changed, counting its beginning as 1."""

    entity: ValueT
    version: int


def versioned(kind: type[ValueT], row: asyncpg.Record) -> Versioned[ValueT]:
    """Read a row whose column `entity` has the contract's own shape, as the views `own.whole_…` make it."""
    return Versioned(kind.model_validate(row["entity"]), row["version"])
