"""What every service can do about a loss: rebuild what it heard from others, restate what it owns, recover a backup.

A service says how in its `recovery.py`, as a `Recovery`; the commands are the same for everyone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from contracts.event import Entity, Fact
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool, Transaction

NewestFacts: TypeAlias = "Mapping[str, Mapping[bytes, Fact[Any]]]"
"""The newest fact of each entity, by topic and key."""


@dataclass(frozen=True)
class Heard:
    """A topic of another service: the table that remembers its entities, and how one fact is kept there.

    `remember` keeps a fact that is newer than what is there, and does nothing else; ValueError for one that it refuses.
    """

    entity: type[Entity]
    table: str
    remember: Callable[[Transaction, Fact[Any]], Awaitable[object]]


@dataclass(frozen=True)
class Owned:
    """A topic of our own, and how its entities are told again."""

    entity: type[Entity]
    type_: str
    """Of the facts that tell them again."""
    raise_versions: Callable[[Transaction, UUID, int], Awaitable[Sequence[tuple[Entity, int]]]]
    """Raise the versions of the next entities by id, after this one and so many at most: each with its new version."""


@dataclass(frozen=True)
class Recovery:
    """How one service recovers."""

    service: str
    heard: Sequence[Heard]
    owned: Sequence[Owned]
    catch_up: Callable[[Pool, Clock], Awaitable[int]]
    """Let what was remembered and not acted upon have its effect, in transactions as usual; say on how much."""
    take: Callable[[Transaction, NewestFacts], Awaitable[Mapping[str, int]]]
    """Take what is newer on our own topics, and leave nothing that was under way; say how much of what."""
    erase: Callable[[Transaction, Collection[UUID]], Awaitable[int]]
    """Forget these people, and once more whoever was erased before; say how many."""
    leap: Callable[[Transaction, int], Awaitable[None]]
    """Raise every version to the next full number of these, far above any that was ever used."""
    also_reads: Sequence[type[Entity]] = field(default_factory=tuple)
    """Topics of others that `take` needs besides our own."""


class Blocked(Exception):
    """Something older is in the way, which what is newer of it may yet move."""


async def take_all(
    tx: Transaction, facts: Iterable[Fact[Any]], take_one: Callable[[Transaction, Fact[Any]], Awaitable[bool]]
) -> int:
    """Take what is newer of these; say how much was.

    Names may have changed hands: who is blocked by an older state comes again after it. Raises what stays in the way.
    """
    taken, left = 0, list(facts)
    while left:
        blocked: list[tuple[Fact[Any], Exception]] = []
        for fact in left:
            try:
                async with tx.transaction():
                    taken += await take_one(tx, fact)
            except (asyncpg.UniqueViolationError, Blocked) as error:
                blocked.append((fact, error))
        if len(blocked) == len(left):
            raise blocked[0][1]
        left = [fact for fact, _ in blocked]
    return taken
