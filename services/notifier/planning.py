"""Which of a person's letters go now, wait, or have been overtaken: the edge around the rules of `dispatch`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.notifier import dispatch, hours, letters, writing
from services.notifier.desk import Desk
from services.notifier.dispatch import Due, Plan, Rules
from services.notifier.store import due as store
from services.notifier.store import emails
from services.notifier.store.letters import Row
from services.notifier.store.memory import Known
from services.plumbing.postgres import Transaction


async def settle_all(tx: Transaction, desk: Desk, match_ids: Sequence[UUID]) -> dict[UUID, Known]:
    """Bring the letters of these locked matches up to date; the matches that are known well enough to go on with."""
    settled = {match_id: await writing.settle(tx, match_id, desk.clock) for match_id in match_ids}
    return {match_id: known for match_id, known in settled.items() if known is not None}


async def plan(tx: Transaction, desk: Desk, rows: Sequence[Row], known: Mapping[UUID, Known], today: int) -> Plan:
    """What becomes of the letters, all to one person from one hub; `today` emails went to the person already."""
    hub, now = known[rows[0].match_id].hub, desk.clock.now()
    is_day = hours.days_for(rows[0].audience, hub.letters, hub.calendar)
    due = [await _due(tx, row, known[row.match_id]) for row in rows]
    return dispatch.plan(due, Rules(hub.letters, is_day, today), now)


async def end_overtaken(tx: Transaction, desk: Desk, decided: Plan) -> bool:
    """End what has come too late or lost its reason; say whether there was any."""
    for letter_id in decided.too_late:
        await writing.end(tx, letter_id, "too_late", desk.clock, "too little time was left to answer")
    for letter_id in decided.stale:
        await writing.end(tx, letter_id, "stale", desk.clock, "its time had passed")
    return bool(decided.too_late or decided.stale)


async def emails_today(tx: Transaction, desk: Desk, contact_id: UUID) -> int:
    """How many emails the person gets today, those under way included."""
    return await emails.emails_since(tx, contact_id, hours.start_of_today(desk.clock.now()))


async def _due(tx: Transaction, row: Row, known: Known) -> Due:
    match = known.match
    is_reminder = row.kind == "school_answer_reminder"
    return Due(
        letter_id=row.letter_id,
        kind=row.kind,
        due_at=row.due_at,
        starts_at=letters.starts_at(match),
        ends_at=letters.ends_at(match),
        deadline=letters.deadline_of(row.kind, match),
        urgent=match.urgent,
        asked_at=await store.asked_at(tx, match.match_id) if is_reminder else None,
    )
