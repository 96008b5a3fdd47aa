"""One email at a time: claimed, handed to the mail server with no transaction open, and noted.

The steps: claim (a lease) · the server agrees to take it · commit that content begins · content · note. Lost before the
content begins, an email is tried again; lost after, nobody knows what became of it, and it says so.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import structlog
from prometheus_client import Counter

from services.notifier import planning, recipients, writing
from services.notifier.compose import envelope_sender
from services.notifier.desk import Desk
from services.notifier.smtp import Courier, Envelope, Outcome
from services.notifier.store import emails, letters, memory
from services.notifier.store.emails import Email
from services.notifier.store.letters import Row
from services.plumbing import patience
from services.plumbing.patience import Failure
from services.plumbing.postgres import Pool, Transaction, transaction

log = structlog.stdlib.get_logger(__name__)

EMAILS = Counter("emails_total", "Attempts to send an email, by what came of them", ["outcome"])
for _outcome in ("sent", "again", "refused", "unknown", "withheld"):
    # There from the start: Prometheus cannot tell how much a series grew that it has just met.
    EMAILS.labels(_outcome)
_CANDIDATES = 5
_AT_ONCE = 20


@dataclass(frozen=True)
class Claim:
    """An email that is ours to send."""

    email_id: UUID
    contact_id: UUID
    match_ids: tuple[UUID, ...]
    lease: UUID
    envelope: Envelope


async def send_one(pool: Pool, desk: Desk, courier: Courier, stopping: asyncio.Event) -> Outcome | None:
    """Send the email that has been due longest; what became of it, or None if there is none."""
    claim = await claim_email(pool, desk)
    if claim is None:
        return None
    delivered = await patience.attempt(courier.deliver(claim.envelope, lambda: begin_content(pool, desk, claim)))
    if isinstance(delivered, Failure):
        # What fails here failed before the content went out.
        log.warning("an email could not be begun", email_id=str(claim.email_id), exc_info=delivered.error)
        courier.close()
        delivered = Outcome("again", "before the content")
    await _note_surely(pool, desk, claim, delivered, stopping)
    EMAILS.labels(delivered.state).inc()
    return delivered


async def claim_email(pool: Pool, desk: Desk) -> Claim | None:
    """Lease the email that has been due longest and may still go."""
    async with transaction(pool) as tx:
        ready = await emails.ready_emails(tx, desk.clock.now(), _CANDIDATES)
    for email_id, contact_id, match_ids in ready:
        async with transaction(pool) as tx:
            await memory.lock_matches(tx, match_ids)
            claim = await _claim(tx, desk, email_id, contact_id, tuple(match_ids))
        if claim is not None:
            return claim
    return None


async def _claim(
    tx: Transaction, desk: Desk, email_id: UUID, contact_id: UUID, match_ids: tuple[UUID, ...]
) -> Claim | None:
    version = await _lock_contact(tx, contact_id)
    email = await emails.lock_ready_email(tx, email_id, desk.clock.now())
    if email is None:
        return None
    known = await planning.settle_all(tx, desk, match_ids)
    rows = await letters.letters_of_email(tx, email_id)
    if any(row.match_id not in known for row in rows):
        # The memory is being rebuilt: not a moment to decide.
        await emails.postpone_email(tx, email_id, desk.clock.now() + timedelta(seconds=20), "waits for the memory")
        return None
    if version != email.contact_version or not _is_still_wanted(email, rows):
        await _dissolve(tx, desk, email_id, "overtaken before it was sent")
        return None
    today = await planning.emails_today(tx, desk, contact_id) - 1
    decided = await planning.plan(tx, desk, rows, known, today)
    if await planning.end_overtaken(tx, desk, decided):
        await _dissolve(tx, desk, email_id, "partly overtaken before it was sent")
        return None
    if decided.hold_until is not None:
        await emails.postpone_email(tx, email_id, decided.hold_until, "not at this hour")
        return None
    lease = uuid4()
    await emails.lease_email(tx, email_id, lease, desk.lease)
    sender = envelope_sender(email_id, desk.sender)
    envelope = Envelope(sender, email.recipient or "", email.message or b"")
    return Claim(email_id, contact_id, match_ids, lease, envelope)


async def begin_content(pool: Pool, desk: Desk, claim: Claim) -> bool:
    """Commit that the content goes out now, unless the lease was lost or the email was overtaken meanwhile."""
    async with transaction(pool) as tx:
        await memory.lock_matches(tx, claim.match_ids)
        version = await _lock_contact(tx, claim.contact_id)
        email = await emails.lock_leased_email(tx, claim.email_id, claim.lease)
        if email is None:
            return False
        rows = await letters.letters_of_email(tx, claim.email_id)
        if version != email.contact_version or not _is_still_wanted(email, rows):
            await _dissolve(tx, desk, claim.email_id, "overtaken before its content went out")
            return False
        await emails.mark_data_started(tx, claim.email_id, desk.clock.now(), desk.lease)
        await letters.mark_letters(tx, [row.letter_id for row in rows], "sending")
    return True


async def note_outcome(pool: Pool, desk: Desk, claim: Claim, outcome: Outcome) -> None:
    """Note what became of the attempt, also for an email that was given up as unknown in the meantime."""
    async with transaction(pool) as tx:
        await memory.lock_matches(tx, claim.match_ids)
        email = await emails.lock_attempted_email(tx, claim.email_id, claim.lease)
        if email is None or outcome.state == "withheld":
            return
        rows = await letters.letters_of_email(tx, claim.email_id)
        if outcome.state == "again":
            await _come_again(tx, desk, email, rows, outcome.detail)
        elif outcome.state != email.state:
            await _end(tx, desk, email, rows, outcome)


async def _note_surely(pool: Pool, desk: Desk, claim: Claim, outcome: Outcome, stopping: asyncio.Event) -> None:
    """Note the outcome even if the database is away for a while: nobody else knows it."""

    async def note() -> bool:
        await note_outcome(pool, desk, claim, outcome)
        return True

    first = await patience.attempt(note())
    if isinstance(first, Failure) and not first.passes:
        raise first.error
    if isinstance(first, Failure):
        await patience.insist("note what became of an email", note, stopping, desk.lease)


async def recover(pool: Pool, desk: Desk) -> int:
    """Take up the emails whose sender was not heard of in time; say how many."""
    async with transaction(pool) as tx:
        lost = await emails.lost_emails(tx, _AT_ONCE)
    for email_id, lease, started, match_ids in lost:
        async with transaction(pool) as tx:
            await memory.lock_matches(tx, match_ids)
            if not await emails.lock_lost_email(tx, email_id, lease, started=started):
                continue
            log.warning("an email's sender was lost", email_id=str(email_id), content_had_begun=started)
            email = await emails.lock_attempted_email(tx, email_id, lease)
            if started and email is not None:
                rows = await letters.letters_of_email(tx, email_id)
                await _end(tx, desk, email, rows, Outcome("unknown", "the sender was lost after the content had begun"))
            else:
                await emails.postpone_email(tx, email_id, desk.clock.now(), "the sender was lost before the content")
    return len(lost)


def pause_after(attempts: int, desk: Desk) -> timedelta:
    """How long to leave a busy mail server alone: doubling, capped, half of it at random."""
    whole: timedelta = min(desk.retry_first * 2 ** min(attempts - 1, 16), desk.retry_longest)
    share = random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
    return whole * share


async def _come_again(tx: Transaction, desk: Desk, email: Email, rows: list[Row], detail: str) -> None:
    if email.state == "unknown":
        # It was given up as unknown and the letters said so; it stays so.
        return
    now = desk.clock.now()
    if now - email.composed_at > desk.retry_for:
        await _end(tx, desk, email, rows, Outcome("refused", f"{detail}, for too long"))
        return
    await letters.mark_letters(tx, [row.letter_id for row in rows if row.state == "sending"], "waiting")
    await emails.postpone_email(tx, email.email_id, now + pause_after(email.attempts, desk), detail)


async def _end(tx: Transaction, desk: Desk, email: Email, rows: list[Row], outcome: Outcome) -> None:
    """End the email and its letters. The matches may then ask for others, to the next contact or of another kind."""
    await emails.end_email(tx, email.email_id, outcome.state, desk.clock.now(), outcome.detail)
    for row in rows:
        await writing.end(tx, row.letter_id, outcome.state, desk.clock, outcome.detail)
    for match_id in sorted({row.match_id for row in rows}):
        await writing.settle(tx, match_id, desk.clock)


async def _dissolve(tx: Transaction, desk: Desk, email_id: UUID, detail: str) -> None:
    await letters.release_letters(tx, email_id)
    await emails.end_email(tx, email_id, "dissolved", desk.clock.now(), detail)


async def _lock_contact(tx: Transaction, contact_id: UUID) -> int | None:
    """The contact's version, if the person can still be written to."""
    found = await memory.lock_contact(tx, contact_id)
    return found[1] if found and recipients.can_be_written_to(found[0]) else None


def _is_still_wanted(email: Email, rows: list[Row]) -> bool:
    return bool(rows) and all(row.state == "waiting" for row in rows) and not email.names_erased
