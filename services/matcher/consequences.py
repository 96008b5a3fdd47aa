"""What a school, employer, offer or request, as it is now, and what is said, does to the matches that stand on it."""

from collections.abc import Iterable
from uuid import UUID

from contracts.employers import Employer
from contracts.offers import Offer
from contracts.requests import SchoolRequest
from contracts.schools import School
from services.matcher import amendments, judging
from services.matcher.capacity import Key, limits_of
from services.matcher.domain import Step, Word
from services.matcher.effects import carry_out, close_outlook, spread_news
from services.matcher.store import arrivals, matches, memory
from services.plumbing.clock import Clock
from services.plumbing.postgres import Transaction


async def of_school(tx: Transaction, school: School, clock: Clock) -> list[Step]:
    """End what a school that left its hub was planned or proposed."""
    standing = await matches.lock_holding(tx, await matches.ids_of_school(tx, school.school_id))
    happenings = amendments.of_school(school, standing, clock.today())
    steps = [judging.of_hub(match, happenings[match.id], clock.now()) for match in standing if match.id in happenings]
    await carry_out(tx, steps, clock)
    return steps


async def of_employer(tx: Transaction, employer: Employer, clock: Clock) -> list[Step]:
    """End what exceeds the employer's pooled cap, and set it."""
    standing = await matches.lock_holding(tx, await matches.ids_of_employer(tx, employer.employer_id))
    happenings = amendments.of_employer(employer.employer_id, employer.max_sessions, standing, clock.today())
    steps = [judging.of_cap(match, happenings[match.id], clock.now()) for match in standing if match.id in happenings]
    limits: dict[Key, int | None] = {("employer_sessions", employer.employer_id): employer.max_sessions}
    await carry_out(tx, steps, clock, limits)
    return steps


async def of_offer(tx: Transaction, offer: Offer, clock: Clock) -> list[Step]:
    """End what no longer fits the offer, tell the others what changed for them, and set its places."""
    await arrivals.note_gone(tx, offer.offer_id, clock.now() if offer.state == "withdrawn" else None)
    standing = await matches.lock_holding(tx, await matches.ids_of_offer(tx, offer.offer_id))
    wishes = await memory.wishes_by_request(tx, (match.request_id for match in standing))
    happenings = amendments.of_offer(offer, standing, wishes, clock.today())
    steps = [judging.of_offer(m, happenings[m.id], offer, clock.now()) for m in standing if m.id in happenings]
    await carry_out(tx, steps, clock, dict(limits_of(offer)))
    return steps


async def of_request(tx: Transaction, request: SchoolRequest, clock: Clock) -> list[Step]:
    """End what no longer fits the request, tell the others, and set its places; its outlook ends with it."""
    await arrivals.note_gone(tx, request.request_id, clock.now() if request.state == "withdrawn" else None)
    standing = await matches.lock_holding(tx, await matches.ids_of_request(tx, request.request_id))
    offers = await memory.offers_by_id(tx, (match.offer_id for match in standing))
    wishes = await memory.wishes_by_request(tx, [request.request_id])
    happenings = amendments.of_request(request, standing, offers, wishes.get(request.request_id), clock.today())
    steps = [judging.of_request(m, happenings[m.id], request, clock.now()) for m in standing if m.id in happenings]
    await carry_out(tx, steps, clock, {("request_places", request.request_id): request.max_places})
    if request.state == "withdrawn":
        await close_outlook(tx, request.request_id, clock)
    return steps


async def hear_words(tx: Transaction, match_id: UUID, words: Iterable[Word], clock: Clock) -> None:
    """Let the words have their effect. Words about a match that is not here wait in memory, and are counted."""
    found = await matches.lock_matches(tx, [match_id])
    for match in found:
        hub = await memory.find_hub(tx, match.hub_id)
        offers = await memory.offers_by_id(tx, [match.offer_id])
        known = judging.Known(hub, offers.get(match.offer_id))
        steps = [judging.of_words(match, words, known, clock.now())]
        await carry_out(tx, steps, clock)
        await spread_news(tx, steps)
