"""Whom each letter goes to, chosen when it falls due."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from services.notifier import letters, recipients, writing
from services.notifier.desk import Desk
from services.notifier.store import due as store
from services.notifier.store import memory
from services.notifier.store.letters import Row
from services.plumbing.postgres import Transaction

_AT_ONCE = 50
LOOK_AGAIN = timedelta(seconds=20)


async def address_letters(tx: Transaction, desk: Desk) -> int:
    """Give a contact to each letter that has fallen due; say how many were dealt with."""
    due = await store.letters_without_contact(tx, desk.clock.now(), _AT_ONCE)
    for letter in due:
        await _address(tx, desk, letter)
    return len(due)


async def free_letter(tx: Transaction, letter: Row) -> None:
    """Take the letter's contact away: another one is chosen."""
    unaddressed = letters.letter_id(letter.match_id, letter.kind, letter.terms_version, None)
    await store.give_contact(tx, letter.letter_id, unaddressed, None)


async def _address(tx: Transaction, desk: Desk, letter: Row) -> None:
    candidates = await store.candidates_for(tx, letter.organisation_id)
    tried = await store.contacts_tried(tx, letter)
    chosen = recipients.choose(candidates, await _preferred(tx, letter), tried)
    if chosen is not None:
        addressed = letters.letter_id(letter.match_id, letter.kind, letter.terms_version, chosen.contact_id)
        await store.give_contact(tx, letter.letter_id, addressed, chosen.contact_id)
    elif await _may_still_appear(tx, desk, letter, is_somebody_known=bool(candidates)):
        await store.hold_letters(tx, [letter.letter_id], desk.clock.now() + LOOK_AGAIN)
    else:
        await writing.end(tx, letter.letter_id, "undeliverable", desk.clock, "no contact is left to write to")


async def _preferred(tx: Transaction, letter: Row) -> list[UUID]:
    """Whoever was reached about the match already, then whom its terms name."""
    reached = await store.contacts_reached(tx, letter.match_id, letter.audience)
    known = await memory.find_known(tx, letter.match_id)
    if known is None:
        return reached
    terms = known.match.terms
    named = terms.school_contact_id if letter.audience == "school" else terms.employer_contact_id
    return [*reached, named] if named else reached


async def _may_still_appear(tx: Transaction, desk: Desk, letter: Row, *, is_somebody_known: bool) -> bool:
    """Facts come in any order: a contact may be on its way, or a memory in the making."""
    is_early = desk.clock.now() - letter.due_at < desk.contact_wait
    return (is_early and not is_somebody_known) or not await memory.contacts_are_complete(tx)
