"""After a rebuild: what was remembered on the way and never acted upon has its effect, with all of memory at hand."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from contracts.answers import Answer
from contracts.employers import Employer
from contracts.event import Entity
from contracts.letters import Letter
from contracts.offers import Offer
from contracts.requests import SchoolRequest
from contracts.schools import School
from services.matcher import consequences
from services.matcher.consequences import hear_words
from services.matcher.domain import Step, Word
from services.matcher.effects import spread_news
from services.matcher.hearing import word_of_letter, words_of_answer
from services.matcher.store import memory, pending
from services.matcher.store.pending import Pending
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool, Transaction, transaction

_AT_ONCE = 20
Find = Callable[[Transaction, int], Awaitable[list[Pending]]]
Judge = Callable[[Transaction, Any, Clock], Awaitable[Sequence[Step]]]

_JUDGES: tuple[tuple[type[Entity], Find, Judge], ...] = (
    (Employer, pending.pending_employers, consequences.of_employer),
    (School, pending.pending_schools, consequences.of_school),
    (Offer, pending.pending_offers, consequences.of_offer),
    (SchoolRequest, pending.pending_requests, consequences.of_request),
)


async def catch_up(pool: Pool, clock: Clock) -> int:
    """Judge matches by what they have not been judged by, then let everything said about them have its effect, once."""
    judged = sum([await _judge_all(pool, clock, *judge) for judge in _JUDGES])
    last: UUID | None = UUID(int=0)
    while last is not None:
        last = await _hear_next(pool, clock, last)
    return judged


async def _judge_all(pool: Pool, clock: Clock, kind: type[Entity], find: Find, judge: Judge) -> int:
    judged = 0
    while True:
        async with transaction(pool) as tx:
            found = await find(tx, _AT_ONCE)
        for one in found:
            async with transaction(pool) as tx:
                # The consumer may have been quicker, with something newer.
                if await memory.may_judge(tx, one.id, one.version):
                    steps = await judge(tx, kind.model_validate(one.record), clock)
                    await spread_news(tx, steps, also=await pending.all_areas(tx))
        judged += len(found)
        if not found:
            return judged


async def _hear_next(pool: Pool, clock: Clock, after: UUID) -> UUID | None:
    """The next matches of which anything was said; the last of them, or None."""
    async with transaction(pool) as tx:
        said = await pending.words_about(tx, after, _AT_ONCE)
    for match_id, answer, letters in said:
        async with transaction(pool) as tx:
            await hear_words(tx, match_id, _words(answer, letters), clock)
    return said[-1][0] if said else None


def _words(answer: dict[str, Any] | None, letters: Sequence[Any]) -> list[Word]:
    words = [word for record in letters if (word := word_of_letter(Letter.model_validate(record)))]
    return [*(words_of_answer(Answer.model_validate(answer)) if answer else []), *words]
