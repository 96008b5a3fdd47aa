"""What a step in the life of a match sets off: places come free, the row is saved, the fact told, areas get news."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from contracts.outlooks import Outlook
from services.matcher.capacity import Key, Ledger, ordered_keys
from services.matcher.domain import LiveMatch, Step
from services.matcher.store import areas, capacity, matches, memory, rounds
from services.plumbing import outbox
from services.plumbing.clock import Clock
from services.plumbing.postgres import Transaction

SOURCE = "matcher"
_NO_LIMITS: Mapping[Key, int | None] = {}


async def carry_out(
    tx: Transaction, steps: Sequence[Step], clock: Clock, limits: Mapping[Key, int | None] = _NO_LIMITS
) -> None:
    """Free the places, set the limits that follow, save and tell. The matches are locked; counters are locked here."""
    freed = [step.before for step in steps if step.frees]
    ledger = Ledger(await capacity.lock_counts(tx, ordered_keys(freed, limits)))
    for match in freed:
        ledger.give_back(match)
    await capacity.move_counts(tx, ledger.moved())
    await capacity.set_limits(tx, limits)
    await matches.save_matches(tx, [await tell(tx, step, clock) for step in steps if step.changes])


async def tell(tx: Transaction, step: Step, clock: Clock) -> LiveMatch:
    """Publish what the step says, if it says anything; the match with the version that was told."""
    if step.publishes is None:
        return step.match
    told = replace(step.match, version=step.match.version + 1)
    await outbox.say(tx, told.told(), step.publishes, version=told.version, clock=clock, source=SOURCE)
    return told


async def spread_news(tx: Transaction, steps: Sequence[Step], also: Iterable[UUID] = ()) -> None:
    """Urgent news for every area that could use the places that came free; news for those that `also` are concerned.

    Needs that changed are news too. The last thing a transaction does.
    """
    freed = [step.before for step in steps if step.frees]
    urgent = {match.area_id for match in freed}
    if freed:
        urgent |= await memory.areas_of_offers(tx, {match.offer_id for match in freed})
    counted = {step.match.area_id for step in steps if step.publishes == "match.delivered.v1"}
    about = [areas.Freed(match.offer_id, match.request_id) for match in freed]
    await areas.add_news(tx, counted.union(also), urgent, about)


async def tell_outlook(tx: Transaction, outlook: Outlook, version: int, clock: Clock) -> None:
    """Save where a request stands and tell it."""
    await rounds.save_outlook(tx, outlook, version)
    await outbox.say(tx, outlook, "outlook.changed.v1", version=version, clock=clock, source=SOURCE)


async def close_outlook(tx: Transaction, request_id: UUID, clock: Clock) -> None:
    """A withdrawn request has no outlook any more."""
    told = await rounds.outlooks_by_request(tx, [request_id])
    for version, record in told.values():
        before = Outlook.model_validate(record)
        if before.state != "closed":
            news = {"state": "closed", "at": clock.now(), "need": {}, "excluded": (), "nearest_miss": ""}
            closed = before.model_copy(update=news | {"expected_wait_days": None})
            await tell_outlook(tx, closed, version + 1, clock)
