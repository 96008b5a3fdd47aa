"""How the notifier recovers: what it hears, what it owns, and how it learns after a restore what it has sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from contracts.answers import Answer
from contracts.contacts import Contact
from contracts.event import Fact
from contracts.hubs import Hub
from contracts.letters import Letter
from contracts.matches import Match
from services.notifier import writing
from services.notifier.store import erasure, memory, restating, taking
from services.plumbing import parked
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool, Transaction, transaction
from services.plumbing.recovery import Heard, NewestFacts, Owned, Recovery, take_all

_AT_ONCE = 50


async def catch_up(pool: Pool, clock: Clock) -> int:
    """Forget whoever was erased, then write what matches ask for as they are known now; how many were looked at."""
    async with transaction(pool) as tx:
        for contact_id in await erasure.forget_erased(tx):
            await parked.erase(tx, Contact.topic, str(contact_id).encode())
    looked_at, last = 0, UUID(int=0)
    while True:
        async with transaction(pool) as tx:
            waiting = await memory.next_not_settled(tx, last, _AT_ONCE)
        for match_id in waiting:
            async with transaction(pool) as tx:
                await memory.lock_matches(tx, [match_id])
                await writing.settle(tx, match_id, clock)
        if not waiting:
            return looked_at
        looked_at, last = looked_at + len(waiting), waiting[-1]


async def take(tx: Transaction, newest: NewestFacts) -> Mapping[str, int]:
    """Take how letters ended; no email goes out as it was composed before."""
    matches = {fact.subject: fact.data for fact in newest[Match.topic].values()}

    async def take_letter(tx: Transaction, fact: Fact[Letter]) -> bool:
        return await taking.take_letter(tx, fact, matches.get(fact.data.match_id))

    taken = await take_all(tx, newest[Letter.topic].values(), take_letter)
    return {Letter.topic: taken, "letters now unknown": await taking.end_what_was_under_way(tx)}


async def erase(tx: Transaction, people: Collection[UUID]) -> int:
    """Forget these people; who else was erased is heard when the memory is rebuilt."""
    for contact_id in people:
        await erasure.forget_person(tx, contact_id)
    return len(people)


def _remembering(remember: Callable[[Transaction, Any, int], Awaitable[bool]]) -> Callable[..., Awaitable[object]]:
    async def remember_fact(tx: Transaction, fact: Fact[Any]) -> bool:
        return await remember(tx, fact.data, fact.aggregate_version)

    return remember_fact


async def remember_answer(tx: Transaction, fact: Fact[Answer]) -> bool:
    """Told again, it may be because somebody who had spoken was erased."""
    if fact.type == Answer.restated:
        await parked.erase(tx, fact.topic, fact.key)
    return await memory.remember_answer(tx, fact.data, fact.aggregate_version)


recovery = Recovery(
    service="notifier",
    heard=(
        Heard(Hub, "memory.hubs", _remembering(memory.remember_hub)),
        Heard(Contact, "memory.contacts", _remembering(memory.remember_contact)),
        Heard(Match, "memory.matches", _remembering(memory.remember_match)),
        Heard(Answer, "memory.answers", remember_answer),
    ),
    owned=(Owned(Letter, "letter.restated.v1", restating.raise_letters),),
    catch_up=catch_up,
    take=take,
    erase=erase,
    leap=taking.leap,
    also_reads=(Match,),
)
