"""How the registry recovers: what it hears, what it owns, and what it takes from its own topics after a restore."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from contracts.answers import Answer
from contracts.contacts import Contact
from contracts.employers import Employer
from contracts.event import Fact
from contracts.hubs import Hub
from contracts.letters import Letter
from contracts.matches import Match
from contracts.offers import Offer
from contracts.outlooks import Outlook
from contracts.requests import SchoolRequest
from contracts.rounds import Round
from contracts.schools import School
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool, Transaction
from services.plumbing.recovery import Heard, NewestFacts, Owned, Recovery, take_all
from services.registry.domain import contacts as domain
from services.registry.store import contacts, replies, restating, taking
from services.registry.store.answers import redact_contact
from services.registry.store.letters import remember_letter
from services.registry.store.matches import remember_match
from services.registry.store.outlooks import remember_outlook
from services.registry.store.rounds import remember_round

Take = Callable[[Transaction, Fact[Any]], Awaitable[bool]]

# What an entity refers to is taken before it.
_TAKES: Mapping[str, Take] = {
    Hub.topic: taking.take_hub,
    School.topic: taking.take_school,
    Employer.topic: taking.take_employer,
    Contact.topic: taking.take_contact,
    Offer.topic: taking.take_offer,
    SchoolRequest.topic: taking.take_request,
    Answer.topic: taking.take_answer,
}


async def take(tx: Transaction, newest: NewestFacts) -> dict[str, int]:
    """Take each entity that its topic knows newer. Raises what is in the way of one that nothing newer moves."""
    return {topic: await take_all(tx, newest[topic].values(), one) for topic, one in _TAKES.items()}


async def erase(tx: Transaction, people: Collection[UUID]) -> int:
    """Erase these people, and redact once more what is left of all who were erased."""
    for contact_id in people:
        found = await contacts.find_contact(tx, contact_id)
        if found and found.entity.state == "active":
            await contacts.keep_contact(tx, domain.erased(found.entity), found.version + 1)
    erased = await contacts.erased_contacts(tx)
    for contact_id in erased:
        await replies.redact_replies(tx, contact_id)
        await redact_contact(tx, contact_id)
    return len(erased)


async def _nothing_to_do(_pool: Pool, _clock: Clock) -> int:
    """The registry only remembers what it hears: its ticker finds what is due."""
    return 0


def _remembering(remember: Callable[[Transaction, Any, int], Awaitable[bool]]) -> Callable[..., Awaitable[object]]:
    async def remember_fact(tx: Transaction, fact: Fact[Any]) -> bool:
        return await remember(tx, fact.data, fact.aggregate_version)

    return remember_fact


recovery = Recovery(
    service="registry",
    heard=(
        Heard(Match, "memory.matches", _remembering(remember_match)),
        Heard(Outlook, "memory.outlooks", _remembering(remember_outlook)),
        Heard(Round, "memory.rounds", _remembering(remember_round)),
        Heard(Letter, "memory.letters", _remembering(remember_letter)),
    ),
    owned=(
        Owned(Hub, "hub.restated.v1", restating.raise_hubs),
        Owned(School, "school.restated.v1", restating.raise_schools),
        Owned(Employer, "employer.restated.v1", restating.raise_employers),
        Owned(Contact, "contact.restated.v1", restating.raise_contacts),
        Owned(Offer, "offer.restated.v1", restating.raise_offers),
        Owned(SchoolRequest, "request.restated.v1", restating.raise_requests),
        Owned(Answer, "answer.restated.v1", restating.raise_answers),
    ),
    catch_up=_nothing_to_do,
    take=take,
    erase=erase,
    leap=taking.leap,
)
