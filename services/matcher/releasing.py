"""Planned matches whose window is over are told: a row with a due time, fired by its owner."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from contracts.employers import Employer
from contracts.hubs import Hub
from contracts.offers import Offer
from contracts.requests import SchoolRequest
from contracts.schools import School
from services.matcher import need, problem
from services.matcher.domain import AGREED, LiveMatch, Step
from services.matcher.effects import carry_out, spread_news
from services.matcher.need import Gain
from services.matcher.release import Ready, released
from services.matcher.store import matches
from services.matcher.terms import Sides
from services.plumbing import telemetry
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool, Transaction, transaction

BATCH = 50


async def release_due(pool: Pool, clock: Clock) -> int:
    """Tell the matches whose window is over; say how many. What lacks a side in memory waits for it."""
    async with transaction(pool) as tx:
        due = await matches.ids_due(tx, clock.now(), BATCH)
        steps = []
        for match in await matches.lock_matches(tx, due):
            if step := await _release(tx, match, clock):
                with telemetry.caused_by(match.correlation_id):
                    await carry_out(tx, [step], clock)
                steps.append(step)
        await spread_news(tx, steps)
    return len(steps)


async def _release(tx: Transaction, match: LiveMatch, clock: Clock) -> Step | None:
    record = await matches.find_sides(tx, match)
    sides = _sides(record, match) if record else None
    if record is None or sides is None:
        return None
    gained = need.credits_of(
        Gain(counts_to, pupils)
        for counts_to, pupils in await matches.credits_of_cohort(tx, match.cohort_id, AGREED | {"delivered"})
    )
    return released(match, Ready(sides, Hub.model_validate(record["hub"]), gained), clock.now())


def _sides(record: Mapping[str, Any], match: LiveMatch) -> Sides | None:
    offer = Offer.model_validate(record["offer"])
    school = School.model_validate(record["school"])
    wish = problem.wish_of(SchoolRequest.model_validate(record["request"]), school)
    session = _session(offer, match.session_id)
    if wish is None or session is None:
        return None
    employer = Employer.model_validate(record["employer"])
    return Sides(offer, session, employer, wish.request, wish.school, wish.cohort)


def _session(offer: Offer, session_id: UUID) -> Any:
    return next((session for session in offer.sessions if session.session_id == session_id), None)
