"""What the matcher does with what it hears.

Handlers commute: each keeps one entity if it is newer, lets it have its effect on the matches that stand on it, and
adds to the news of the areas concerned. What still lacks its hub or school waits in memory until that is heard of;
nothing is parked for it.
"""

from uuid import UUID

from contracts.answers import Answer
from contracts.employers import Employer
from contracts.event import Fact
from contracts.hubs import Hub
from contracts.letters import Letter
from contracts.offers import Offer
from contracts.requests import SchoolRequest
from contracts.schools import School
from services.matcher import amendments, judging
from services.matcher.capacity import Key, limits_of
from services.matcher.domain import Word
from services.matcher.effects import carry_out, close_outlook, spread_news
from services.matcher.hearing import word_of_letter, words_of_answer
from services.matcher.store import areas, matches, memory
from services.plumbing.clock import Clock
from services.plumbing.handlers import Handlers
from services.plumbing.postgres import Transaction

handlers = Handlers("matcher")


@handlers.on(Hub)
async def on_hub(tx: Transaction, fact: Fact[Hub], _clock: Clock) -> None:
    before = await memory.remember_hub(tx, fact)
    if before is not None:
        await areas.add_news(tx, before | {fact.data.area_id})


@handlers.on(School)
async def on_school(tx: Transaction, fact: Fact[School], clock: Clock) -> None:
    before = await memory.remember_school(tx, fact)
    if before is None:
        return
    school = fact.data
    standing = await matches.lock_holding(tx, await matches.ids_of_school(tx, school.school_id))
    happenings = amendments.of_school(school, standing, clock.today())
    steps = [judging.of_hub(match, happenings[match.id], clock.now()) for match in standing if match.id in happenings]
    await carry_out(tx, steps, clock)
    hubs = before | {membership.hub_id for membership in school.memberships}
    await spread_news(tx, steps, also=await memory.areas_of_hubs(tx, hubs))


@handlers.on(Employer)
async def on_employer(tx: Transaction, fact: Fact[Employer], clock: Clock) -> None:
    if not await memory.remember_employer(tx, fact):
        return
    employer = fact.data
    standing = await matches.lock_holding(tx, await matches.ids_of_employer(tx, employer.employer_id))
    happenings = amendments.of_employer(employer.employer_id, employer.max_sessions, standing, clock.today())
    steps = [judging.of_cap(m, happenings[m.id], clock.now()) for m in standing if m.id in happenings]
    limits: dict[Key, int | None] = {("employer_sessions", employer.employer_id): employer.max_sessions}
    await carry_out(tx, steps, clock, limits)
    await spread_news(tx, steps, also=await memory.areas_of_employer(tx, employer.employer_id))


@handlers.on(Offer)
async def on_offer(tx: Transaction, fact: Fact[Offer], clock: Clock) -> None:
    before = await memory.remember_offer(tx, fact)
    if before is None:
        return
    offer = fact.data
    standing = await matches.lock_holding(tx, await matches.ids_of_offer(tx, offer.offer_id))
    wishes = await memory.wishes_by_request(tx, (match.request_id for match in standing))
    happenings = amendments.of_offer(offer, standing, wishes, clock.today())
    steps = [judging.of_offer(m, happenings[m.id], offer, clock.now()) for m in standing if m.id in happenings]
    await carry_out(tx, steps, clock, dict(limits_of(offer)))
    await spread_news(tx, steps, also=before | set(offer.areas))


@handlers.on(SchoolRequest)
async def on_request(tx: Transaction, fact: Fact[SchoolRequest], clock: Clock) -> None:
    if not await memory.remember_request(tx, fact):
        return
    request = fact.data
    standing = await matches.lock_holding(tx, await matches.ids_of_request(tx, request.request_id))
    offers = await memory.offers_by_id(tx, (match.offer_id for match in standing))
    wishes = await memory.wishes_by_request(tx, [request.request_id])
    happenings = amendments.of_request(request, standing, offers, wishes.get(request.request_id), clock.today())
    steps = [judging.of_request(m, happenings[m.id], request, clock.now()) for m in standing if m.id in happenings]
    await carry_out(tx, steps, clock, {("request_places", request.request_id): request.max_places})
    if request.state == "withdrawn":
        await close_outlook(tx, request.request_id, clock)
    await spread_news(tx, steps, also=await memory.areas_of_school(tx, request.school_id))


@handlers.on(Answer)
async def on_answer(tx: Transaction, fact: Fact[Answer], clock: Clock) -> None:
    if await memory.remember_answer(tx, fact):
        await _hear(tx, fact.data.match_id, words_of_answer(fact.data), clock)


@handlers.on(Letter)
async def on_letter(tx: Transaction, fact: Fact[Letter], clock: Clock) -> None:
    word = word_of_letter(fact.data)
    if await memory.remember_letter(tx, fact) and word:
        await _hear(tx, fact.data.match_id, [word], clock)


async def _hear(tx: Transaction, match_id: UUID, words: list[Word], clock: Clock) -> None:
    """Let the words have their effect. Words about a match that is not here wait in memory, and are counted."""
    found = await matches.lock_matches(tx, [match_id])
    for match in found:
        hub = await memory.find_hub(tx, match.hub_id)
        offers = await memory.offers_by_id(tx, [match.offer_id])
        known = judging.Known(hub, offers.get(match.offer_id))
        steps = [judging.of_words(match, words, known, clock.now())]
        await carry_out(tx, steps, clock)
        await spread_news(tx, steps)
