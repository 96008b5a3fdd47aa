"""How what needs more than keeping is kept: checked before, or noted elsewhere. For the consumer and for a rebuild."""

from contracts.answers import Answer
from contracts.event import Fact
from contracts.requests import SchoolRequest
from contracts.schools import School
from services.matcher.problem import check_request, check_school
from services.matcher.store import memory
from services.plumbing import parked
from services.plumbing.postgres import Transaction


async def remember_school(tx: Transaction, fact: Fact[School]) -> memory.Heard:
    """Keep the school; its hubs before this fact. Raises Unplannable."""
    check_school(fact.data)
    return await memory.remember_school(tx, fact)


async def remember_request(tx: Transaction, fact: Fact[SchoolRequest]) -> bool:
    """Keep the request; say whether it was kept. Raises Unplannable."""
    check_request(fact.data)
    return await memory.remember_request(tx, fact)


async def remember_answer(tx: Transaction, fact: Fact[Answer]) -> bool:
    """Keep the answer; say whether it was kept. Told again, it may be because somebody who had spoken was erased."""
    if fact.type == Answer.restated:
        await parked.erase(tx, fact.topic, fact.key)
    return await memory.remember_answer(tx, fact)
