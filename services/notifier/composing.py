"""From letters that have fallen due to emails that may go: together with what, now or when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from contracts.contacts import Contact
from services.notifier import letters, planning, recipients
from services.notifier.addressing import LOOK_AGAIN, address_letters, free_letter
from services.notifier.compose import LINKS_LAST, Draft, compose
from services.notifier.desk import Desk
from services.notifier.facts import Subject
from services.notifier.store import due as store
from services.notifier.store import emails, memory
from services.notifier.store.emails import NewEmail
from services.notifier.store.letters import Row
from services.notifier.store.memory import Known
from services.plumbing import patience
from services.plumbing.patience import Failure
from services.plumbing.postgres import Pool, Transaction, transaction
from services.plumbing.uuids import uuid7

log = structlog.stdlib.get_logger(__name__)

_AT_ONCE = 50
_SET_ASIDE = timedelta(minutes=15)


async def compose_due(pool: Pool, desk: Desk) -> int:
    """Address what has fallen due and compose what may go; say how many letters and people were dealt with."""
    async with transaction(pool) as tx:
        addressed = await address_letters(tx, desk)
    async with transaction(pool) as tx:
        people = await store.people_with_letters(tx, desk.clock.now(), _AT_ONCE)
    for contact_id, hub_id in people:
        outcome = await patience.attempt(_compose_alone(pool, desk, contact_id, hub_id))
        if isinstance(outcome, Failure):
            await _set_aside(pool, desk, (contact_id, hub_id), outcome)
    return addressed + len(people)


async def compose_for(tx: Transaction, desk: Desk, contact_id: UUID, hub_id: UUID) -> UUID | None:
    """Make one email of the letters due to the person from the hub, if they may go now; its id."""
    match_ids = await store.matches_due(tx, contact_id, hub_id, desk.clock.now())
    await memory.lock_matches(tx, match_ids)
    found = await memory.lock_contact(tx, contact_id)
    known = await planning.settle_all(tx, desk, match_ids)
    rows = await store.due_letters(tx, contact_id, hub_id, desk.clock.now())
    clear = [row for row in rows if found is not None and row.match_id in known]
    await _hold(tx, [row for row in rows if row not in clear], desk.clock.now() + LOOK_AGAIN)
    if found is None or not clear:
        return None
    contact, version = found
    if not recipients.can_be_written_to(contact):
        for row in clear:
            await free_letter(tx, row)
        return None
    decided = await planning.plan(tx, desk, clear, known, await planning.emails_today(tx, desk, contact_id))
    await planning.end_overtaken(tx, desk, decided)
    await store.hold_letters(tx, decided.hold, decided.hold_until)
    going = [row for row in clear if row.letter_id in decided.go]
    return await _write(tx, desk, going, known, (contact, version)) if going else None


async def _write(
    tx: Transaction, desk: Desk, rows: Sequence[Row], known: Mapping[UUID, Known], to: tuple[Contact, int]
) -> UUID:
    (contact, version), first, email_id = to, known[rows[0].match_id], uuid7()
    subjects = [await _subject(tx, desk, row, known[row.match_id]) for row in rows]
    terms = first.match.terms
    organisation = terms.school_name if rows[0].audience == "school" else terms.employer_name
    message = compose(
        Draft(email_id, contact, organisation, first.hub, subjects), desk.sender, desk.jinja, desk.clock.now()
    )
    mentions = [subject.partner.contact_id for subject in subjects if subject.partner]
    email = NewEmail(email_id, contact.contact_id, version, first.hub.hub_id, mentions, contact.email.strip(), message)
    await emails.add_email(tx, email, desk.clock.now())
    for row in rows:
        await store.put_into_email(tx, row.letter_id, email_id, version, known[row.match_id].match.terms)
    return email_id


async def _subject(tx: Transaction, desk: Desk, row: Row, known: Known) -> Subject:
    match, audience = known.match, letters.audience_of(row.kind)
    partner_id = match.terms.employer_contact_id if audience == "school" else match.terms.school_contact_id
    is_agreed = row.kind.endswith(("_confirmed", "_changed"))
    assert row.contact_id is not None  # noqa: S101 - addressed
    return Subject(
        letter_id=row.letter_id,
        kind=row.kind,
        match=match,
        match_version=known.version,
        url=desk.sender.match_url(
            audience, match.match_id, row.contact_id, row.terms_version, letters.ends_at(match) + LINKS_LAST
        ),
        told_before=await store.told_terms(tx, match.match_id, audience) if row.kind.endswith("_changed") else None,
        agreed=await store.was_told_confirmed(tx, match.match_id, audience),
        partner=await memory.find_person(tx, partner_id) if is_agreed and partner_id else None,
    )


async def _hold(tx: Transaction, rows: Sequence[Row], until: datetime) -> None:
    await store.hold_letters(tx, [row.letter_id for row in rows], until)


async def _compose_alone(pool: Pool, desk: Desk, contact_id: UUID, hub_id: UUID) -> None:
    async with transaction(pool) as tx:
        await compose_for(tx, desk, contact_id, hub_id)


async def _set_aside(pool: Pool, desk: Desk, whose: tuple[UUID, UUID], failure: Failure) -> None:
    """One person's letters that cannot be composed must not keep everybody else's from going out."""
    if failure.passes:
        raise failure.error
    log.error("letters cannot be composed", contact_id=str(whose[0]), exc_info=failure.error)
    async with transaction(pool) as tx:
        rows = await store.due_letters(tx, *whose, desk.clock.now())
        await _hold(tx, rows, desk.clock.now() + _SET_ASIDE)
