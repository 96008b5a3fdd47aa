"""Letters written and ended as facts are heard: the edge around the rules of `letters`."""

from __future__ import annotations

from uuid import UUID

from prometheus_client import Counter

from contracts.letters import Letter
from services.notifier import letters
from services.notifier.letters import Case, Wanted
from services.notifier.store import letters as store
from services.notifier.store import memory
from services.notifier.store.memory import Known
from services.plumbing import outbox, telemetry
from services.plumbing.clock import Clock
from services.plumbing.postgres import Transaction

LETTERS = Counter("letters_ended_total", "Letters by what became of them", ["kind", "state"])
_SAID_AGAIN = frozenset({"refused", "bounced"})


async def settle(tx: Transaction, match_id: UUID, clock: Clock) -> Known | None:
    """Write the letters that the match asks for now, and end those that have lost their reason.

    The caller has locked the match. None, and nothing done, while the match or its hub is not known well enough.
    """
    known = await memory.find_known(tx, match_id)
    if known is None:
        return None
    case, now = Case(known.match, known.answer, known.hub, await store.written_letters(tx, match_id)), clock.now()
    for letter in letters.without_reason(case, now):
        await end(tx, letter.letter_id, "stale", clock, "its reason had passed")
    there = {letter.occasion for letter in case.written if letter.state not in _SAID_AGAIN}
    for wanted in letters.wanted_letters(case, now):
        if wanted.occasion not in there:
            await _write(tx, known, wanted, clock)
    await memory.mark_settled(tx, match_id)
    return known


async def end(tx: Transaction, letter_id: UUID, state: str, clock: Clock, detail: str = "") -> None:
    """Put a letter into an end state and tell the others."""
    row = await store.end_letter(tx, letter_id, state, clock.now(), detail)
    letter = Letter(
        letter_id=row.letter_id,
        match_id=row.match_id,
        kind=row.kind,
        audience=row.audience,
        contact_id=row.contact_id,
        terms_version=row.terms_version,
        state=row.state,
        at=clock.now(),
        detail=row.detail,
    )
    with telemetry.caused_by(row.correlation_id, row.causation_id):
        await outbox.say(tx, letter, f"letter.{state}.v1", version=row.version, clock=clock, source="notifier")
    LETTERS.labels(row.kind, state).inc()


async def _write(tx: Transaction, known: Known, wanted: Wanted, clock: Clock) -> None:
    match, audience = known.match, letters.audience_of(wanted.kind)
    correlation_id, causation_id = telemetry.causes()
    await store.add_letter(
        tx,
        store.NewLetter(
            letter_id=letters.letter_id(match.match_id, wanted.kind, wanted.terms_version, None),
            match_id=match.match_id,
            hub_id=match.hub_id,
            organisation_id=match.school_id if audience == "school" else match.employer_id,
            kind=wanted.kind,
            audience=audience,
            terms_version=wanted.terms_version,
            due_at=wanted.due_at,
            correlation_id=correlation_id,
            causation_id=causation_id,
        ),
        clock.now(),
    )
