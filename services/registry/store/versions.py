"""An entity together with the version that it is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

import asyncpg

from contracts.event import EntityT


@dataclass(frozen=True)
class Versioned(Generic[EntityT]):
    """What is stored, and how many facts there are of it."""

    entity: EntityT
    version: int


def versioned(kind: type[EntityT], row: asyncpg.Record) -> Versioned[EntityT]:
    """Read a row of a view `own.whole_…`, whose column `entity` is the contract's own shape."""
    return Versioned(kind.model_validate(row["entity"]), row["version"])
