"""Who in a service takes which topic's facts.

A service writes, in its `consumer.py`:

    handlers = Handlers("matcher")

    @handlers.on(Offer)
    async def on_offer(tx: Transaction, fact: Fact[Offer], clock: Clock) -> None:
        if await store.remember_offer(tx, fact.data, fact.aggregate_version):
            await store.add_news(tx, areas=fact.data.areas)

A handler sees each fact once (the inbox row is in `tx`), in no promised order, and never commits. What it raises
decides what becomes of the message: trouble that passes comes again, anything else is parked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import structlog
from opentelemetry.trace import SpanKind

from contracts.event import Entity, EntityT, Fact
from services.plumbing import inbox, telemetry, traces
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool, Transaction, transaction
from services.plumbing.reading import Message, Unreadable, read_fact

log = structlog.stdlib.get_logger(__name__)

OnFact: TypeAlias = "Callable[[Transaction, Fact[EntityT], Clock], Awaitable[None]]"
Outcome: TypeAlias = Literal["handled", "duplicate", "passed over"]


@dataclass(frozen=True)
class _Reader:
    entity: type[Entity]
    on_fact: OnFact[Any]


class Handlers:
    """The handlers of one service, one per topic."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._readers: dict[str, _Reader] = {}

    def on(self, entity: type[EntityT]) -> Callable[[OnFact[EntityT]], OnFact[EntityT]]:
        """Let the decorated function take every fact on the entity's topic. Raises ValueError for a second one."""

        def remember(on_fact: OnFact[EntityT]) -> OnFact[EntityT]:
            if entity.topic in self._readers:
                raise ValueError(f"{self.service} reads {entity.topic} twice")
            self._readers[entity.topic] = _Reader(entity, on_fact)
            return on_fact

        return remember

    @property
    def topics(self) -> list[str]:
        """What the service reads, without the installation's prefix."""
        return sorted(self._readers)

    async def take_message(self, pool: Pool, message: Message, clock: Clock) -> Outcome:
        """Read `message` and let it have its effect once, in one transaction.

        Raises Unreadable, and what handlers raise.
        """
        reader = self._readers.get(message.topic)
        if reader is None:
            raise Unreadable(f"{self.service} does not read {message.topic}")
        fact = read_fact(message, reader.entity)
        if fact is None:
            return "passed over"
        return await self.take_fact(pool, fact, clock)

    async def take_fact(self, pool: Pool, fact: Fact[Any], clock: Clock) -> Outcome:
        """Let `fact` have its effect once, in one transaction, with logs and new facts naming it as their cause."""
        causing = telemetry.caused_by(fact.correlation_id, fact.id)
        with causing as cause, traces.span(fact.type, cause, SpanKind.CONSUMER):
            async with transaction(pool) as tx:
                if not await inbox.is_first_delivery(tx, fact.id, fact.topic):
                    return "duplicate"
                await self._readers[fact.topic].on_fact(tx, fact, clock)
            log.info("handled", type=fact.type, subject=str(fact.subject), version=fact.aggregate_version)
        return "handled"
