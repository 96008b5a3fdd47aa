"""What the matcher does with what it hears.

Handlers commute: each keeps one entity if it is newer, lets it have its effect on the matches that stand on it, and
adds to the news of the areas concerned. What still lacks its hub or school waits in memory until that is heard of;
nothing is parked for it.
"""

from contracts.answers import Answer
from contracts.employers import Employer
from contracts.event import Fact
from contracts.hubs import Hub
from contracts.letters import Letter
from contracts.offers import Offer
from contracts.requests import SchoolRequest
from contracts.schools import School
from services.matcher import consequences, remembering
from services.matcher.consequences import hear_words
from services.matcher.effects import spread_news
from services.matcher.hearing import word_of_letter, words_of_answer
from services.matcher.store import areas, memory
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
    before = await remembering.remember_school(tx, fact)
    if before is None:
        return
    steps = await consequences.of_school(tx, fact.data, clock) if await memory.is_newest(tx, fact) else []
    hubs = before | {membership.hub_id for membership in fact.data.memberships}
    await spread_news(tx, steps, also=await memory.areas_of_hubs(tx, hubs))


@handlers.on(Employer)
async def on_employer(tx: Transaction, fact: Fact[Employer], clock: Clock) -> None:
    if not await memory.remember_employer(tx, fact):
        return
    steps = await consequences.of_employer(tx, fact.data, clock) if await memory.is_newest(tx, fact) else []
    await spread_news(tx, steps, also=await memory.areas_of_employer(tx, fact.data.employer_id))


@handlers.on(Offer)
async def on_offer(tx: Transaction, fact: Fact[Offer], clock: Clock) -> None:
    before = await memory.remember_offer(tx, fact)
    if before is None:
        return
    steps = await consequences.of_offer(tx, fact.data, clock) if await memory.is_newest(tx, fact) else []
    await spread_news(tx, steps, also=before | set(fact.data.areas))


@handlers.on(SchoolRequest)
async def on_request(tx: Transaction, fact: Fact[SchoolRequest], clock: Clock) -> None:
    if not await remembering.remember_request(tx, fact):
        return
    steps = await consequences.of_request(tx, fact.data, clock) if await memory.is_newest(tx, fact) else []
    await spread_news(tx, steps, also=await memory.areas_of_school(tx, fact.data.school_id))


@handlers.on(Answer)
async def on_answer(tx: Transaction, fact: Fact[Answer], clock: Clock) -> None:
    if await remembering.remember_answer(tx, fact):
        await hear_words(tx, fact.data.match_id, words_of_answer(fact.data), clock)


@handlers.on(Letter)
async def on_letter(tx: Transaction, fact: Fact[Letter], clock: Clock) -> None:
    word = word_of_letter(fact.data)
    if await memory.remember_letter(tx, fact) and word:
        await hear_words(tx, fact.data.match_id, [word], clock)
