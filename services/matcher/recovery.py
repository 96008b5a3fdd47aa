"""How the matcher recovers: what it hears, what it owns, and what it takes from its own topics after a restore."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from contracts.answers import Answer
from contracts.employers import Employer
from contracts.event import Fact
from contracts.hubs import Hub
from contracts.letters import Letter
from contracts.matches import Match
from contracts.offers import Offer
from contracts.outlooks import Outlook
from contracts.requests import SchoolRequest
from contracts.rounds import Round
from contracts.schools import School
from services.matcher import remembering
from services.matcher.catching_up import catch_up
from services.matcher.domain import ENDED, HOLDING, LiveMatch, Word
from services.matcher.hearing import word_of_letter, words_of_answer
from services.matcher.store import memory, restating, taking
from services.plumbing.postgres import Transaction
from services.plumbing.recovery import Heard, NewestFacts, Owned, Recovery, take_all


async def take(tx: Transaction, newest: NewestFacts) -> Mapping[str, int]:
    """Take what the topics know newer; count every place anew.

    Matches that nobody was told of are planned anew, unless the topics are as empty as the database is old.
    """
    said = _words(newest)

    async def take_match(tx: Transaction, fact: Fact[Match]) -> bool:
        return await taking.take_match(tx, live_match(fact, said.get(fact.subject, ())))

    dropped = await taking.drop_planned(tx) if newest[Match.topic] else 0
    taken = {
        Match.topic: await take_all(tx, newest[Match.topic].values(), take_match),
        Outlook.topic: await take_all(tx, newest[Outlook.topic].values(), taking.take_outlook),
        Round.topic: await take_all(tx, newest[Round.topic].values(), taking.take_round),
        "planned matches dropped": dropped,
    }
    await taking.count_places(tx)
    await taking.forget_what_was_under_way(tx)
    return taken


def live_match(fact: Fact[Match], words: Iterable[Word]) -> LiveMatch:
    """The match that the topic tells of, with what the topic leaves out worked out from its terms and its history.

    `words`: all that was said about it; what stands in its history has had its effect.
    """
    told = fact.data
    shared = {name: getattr(told, name) for name in Match.model_fields if name in LiveMatch.__dataclass_fields__}
    acted = {(change.at, change.by) for change in told.history}
    proposed_at = told.history[0].at
    had_ended = any(change.state in ENDED for change in told.history)
    more: dict[str, Any] = {
        "id": told.match_id,
        "version": fact.aggregate_version,
        "places": told.terms.pupils if told.state in HOLDING and not had_ended else 0,
        "first_day": told.terms.date,
        "last_day": told.terms.end_date or told.terms.date,
        "counts_to": told.terms.counts_to,
        "why": told.terms.why,
        "offer_terms_version": told.offer_terms_version or 1,
        "request_terms_version": told.request_terms_version or 1,
        "planned_at": proposed_at,
        "release_at": proposed_at,
        "correlation_id": fact.correlation_id,
        "heard": frozenset(word.key for word in words if word.key and (word.at, word.by) in acted),
    }
    return LiveMatch(**{**shared, **more})


def _words(newest: NewestFacts) -> dict[UUID, list[Word]]:
    said: dict[UUID, list[Word]] = {}
    for fact in newest[Answer.topic].values():
        said.setdefault(fact.data.match_id, []).extend(words_of_answer(fact.data))
    for fact in newest[Letter.topic].values():
        if word := word_of_letter(fact.data):
            said.setdefault(fact.data.match_id, []).append(word)
    return said


async def erase(_tx: Transaction, _people: Collection[UUID]) -> int:
    """The matcher knows nobody by name."""
    return 0


recovery = Recovery(
    service="matcher",
    heard=(
        Heard(Hub, "memory.hubs", memory.remember_hub),
        Heard(School, "memory.schools", remembering.remember_school),
        Heard(Employer, "memory.employers", memory.remember_employer),
        Heard(Offer, "memory.offers", memory.remember_offer),
        Heard(SchoolRequest, "memory.requests", remembering.remember_request),
        Heard(Answer, "memory.answers", remembering.remember_answer),
        Heard(Letter, "memory.letters", memory.remember_letter),
    ),
    owned=(
        Owned(Match, "match.restated.v1", restating.raise_matches),
        Owned(Outlook, "outlook.restated.v1", restating.raise_outlooks),
        Owned(Round, "round.restated.v1", restating.raise_rounds),
    ),
    catch_up=catch_up,
    take=take,
    erase=erase,
    leap=taking.leap,
    also_reads=(Answer, Letter),
)
