"""What the notifier hears: each fact upserts one entity if it is newer, then the letters follow from what is known."""

from __future__ import annotations

from contracts.answers import Answer
from contracts.contacts import Contact
from contracts.event import Fact
from contracts.hubs import Hub
from contracts.matches import Match
from services.notifier import writing
from services.notifier.addressing import free_letter
from services.notifier.store import emails, erasure, letters, memory
from services.plumbing import parked
from services.plumbing.clock import Clock
from services.plumbing.handlers import Handlers
from services.plumbing.postgres import Transaction

handlers = Handlers("notifier")


@handlers.on(Hub)
async def on_hub(tx: Transaction, fact: Fact[Hub], clock: Clock) -> None:
    await memory.lock_hub(tx, fact.data.hub_id, alone=True)
    if not await memory.remember_hub(tx, fact.data, fact.aggregate_version):
        return
    waiting = await memory.matches_not_settled(tx, fact.data.hub_id)
    await memory.lock_matches(tx, waiting)
    for match_id in waiting:
        await writing.settle(tx, match_id, clock)


@handlers.on(Match)
async def on_match(tx: Transaction, fact: Fact[Match], clock: Clock) -> None:
    await memory.lock_hub(tx, fact.data.hub_id, alone=False)
    await memory.lock_matches(tx, [fact.data.match_id])
    if await memory.remember_match(tx, fact.data, fact.aggregate_version):
        await writing.settle(tx, fact.data.match_id, clock)


@handlers.on(Answer)
async def on_answer(tx: Transaction, fact: Fact[Answer], clock: Clock) -> None:
    await memory.lock_matches(tx, [fact.data.match_id])
    if fact.type == Answer.restated:
        await parked.erase(tx, fact.topic, fact.key)
    if await memory.remember_answer(tx, fact.data, fact.aggregate_version):
        await writing.settle(tx, fact.data.match_id, clock)


@handlers.on(Contact)
async def on_contact(tx: Transaction, fact: Fact[Contact], clock: Clock) -> None:
    contact = fact.data
    await memory.lock_matches(tx, await letters.matches_written_about_to(tx, contact.contact_id))
    if await memory.is_the_same_told_again(tx, contact, fact.aggregate_version):
        return
    if not await memory.remember_contact(tx, contact, fact.aggregate_version):
        return
    # Whatever has not gone out yet was meant for the person as they were: it is composed anew, perhaps for another one.
    for email_id in await erasure.unsent_emails_about(tx, contact.contact_id):
        await letters.release_letters(tx, email_id)
        await emails.end_email(tx, email_id, "dissolved", clock.now(), "the contact changed")
    for letter in await letters.free_letters_of(tx, contact.contact_id):
        await free_letter(tx, letter)
    if contact.state == "erased":
        await erasure.forget_person(tx, contact.contact_id)
        await parked.erase(tx, contact.topic, fact.key)
