"""Saying something about a match: lock what it depends on, let the rules decide, keep it, and tell the others.

Pages, API and ticker all come through here. Locks are taken in one order: offer, request, answer.
"""

from __future__ import annotations

from uuid import UUID

from contracts.answers import Answer, Cancelled, Delivery, Said
from contracts.matches import Match
from services.plumbing import outbox
from services.plumbing.clock import Clock
from services.plumbing.postgres import Transaction
from services.registry.domain import answers as rules
from services.registry.domain.answers import Audience
from services.registry.domain.mistakes import NotFound
from services.registry.store import answers as store
from services.registry.store.matches import find_match


async def reply(tx: Transaction, match_id: UUID, audience: Audience, said: Said, clock: Clock) -> None:
    """Record an answer, once. Raises NotFound, or what `rules.reply` raises."""
    standing = await store.lock_standing(tx, await _match(tx, match_id))
    before = (await store.lock_answer(tx, match_id)).answer
    new = rules.reply(await _match(tx, match_id), before, standing, audience, said)
    if new is not None:
        await _keep_said(tx, match_id, audience, new, clock)


async def lapse(tx: Transaction, match_id: UUID, clock: Clock) -> bool:
    """Record that a deadline was missed, unless an answer came first; say whether it was."""
    before = (await store.lock_answer(tx, match_id)).answer
    missed = rules.lapse(await _match(tx, match_id), before, clock.now())
    if missed is None:
        return False
    await _keep_said(tx, match_id, *missed, clock)
    return True


async def cancel(tx: Transaction, match_id: UUID, cancelled: Cancelled, clock: Clock) -> None:
    """Record a cancellation, once. Raises NotFound, or what `rules.cancel` raises."""
    before = (await store.lock_answer(tx, match_id)).answer
    new = rules.cancel(await _match(tx, match_id), before, cancelled)
    if new is not None:
        await store.add_cancellation(tx, match_id, new)
        await _tell(tx, match_id, "answer.cancelled.v1", clock)


async def deliver(tx: Transaction, match_id: UUID, delivery: Delivery, clock: Clock) -> None:
    """Record what took place, or a correction. Raises NotFound, or what `rules.deliver` raises."""
    before = (await store.lock_answer(tx, match_id)).answer
    match = await _match(tx, match_id)
    new = rules.deliver(match, before, delivery, await store.cohort_pupils(tx, match))
    if new is not None:
        await store.add_delivery(tx, match_id, new)
        await _tell(tx, match_id, "answer.delivered.v1" if new.held else "answer.not_held.v1", clock)


async def forget_contact(tx: Transaction, contact_id: UUID, clock: Clock) -> None:
    """Redact what an erased contact said, and tell the others: what was decided stays.

    Locked first: a colleague's word that is being recorded tells of theirs too, and must be there to be forgotten.
    """
    concerned = await store.lock_answers_of(tx, contact_id)
    await store.redact_contact(tx, contact_id)
    for match_id in concerned:
        await outbox.forget(tx, Answer.topic, match_id)
        await _tell(tx, match_id, "answer.restated.v1", clock)


async def _match(tx: Transaction, match_id: UUID) -> Match:
    heard = await find_match(tx, match_id)
    if heard is None:
        raise NotFound("There is no match with this id.")
    return heard.match


async def _keep_said(tx: Transaction, match_id: UUID, audience: Audience, said: Said, clock: Clock) -> None:
    await store.add_said(tx, match_id, audience, said)
    await _tell(tx, match_id, f"answer.{said.verdict}.v1", clock)


async def _tell(tx: Transaction, match_id: UUID, type_: str, clock: Clock) -> None:
    version = await store.raise_version(tx, match_id)
    answer = (await store.get_answer(tx, match_id)).answer
    await outbox.say(tx, answer, type_, version=version, clock=clock, source="registry")
