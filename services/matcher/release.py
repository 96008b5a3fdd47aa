"""From planned to proposed: the terms are made, the deadline is set, school and employer may know. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from contracts.hubs import Hub, MatchingPolicy
from services.matcher import deadlines, problem, rules, terms
from services.matcher.domain import LiveMatch, Step, Word, step
from services.matcher.terms import Sides, Worked


@dataclass(frozen=True)
class Ready:
    """What is needed to tell a planned match: both sides, the hub's rules, and the cohort's credits without it."""

    sides: Sides
    hub: Hub
    gained: Mapping[str, int]


def release_time(now: datetime, today: date, first_day: date, policy: MatchingPolicy) -> datetime:
    """When a match planned now is told: after the hub's window, or at once when the session is near."""
    if (first_day - today).days <= policy.urgent_days:
        return now
    return now + timedelta(seconds=policy.window_seconds)


def released(match: LiveMatch, ready: Ready, now: datetime) -> Step:
    """The match as proposed. One whose session has begun meanwhile is dropped."""
    sides, hub = ready.sides, ready.hub
    starts = deadlines.starts_at(sides.session.date, sides.session.starts)
    if starts <= now:
        return step(match, Word("better_plan", "matcher", now, "too_late"))
    told = replace(
        match,
        terms=terms.tell(sides, _worked(match, ready)),
        counts_to=sides.offer.counts_to,
        offer_terms_version=sides.offer.terms_version,
        request_terms_version=sides.request.terms_version,
        employer_confirms=sides.offer.employer_confirms,
        answer_by=deadlines.answer_by(now, starts, _last_notice_day(sides), hub),
        urgent=hub.letters.urgent,
    )
    return replace(step(told, Word("released", "matcher", now)), before=match)


def _worked(match: LiveMatch, ready: Ready) -> Worked:
    sides = ready.sides
    offer, school = problem.offer_of(sides.offer, [sides.session]), problem.school_of(sides.school)
    return Worked(match.pupils, rules.travel_km(offer, school), match.why, ready.gained)


def _last_notice_day(sides: Sides) -> date:
    return sides.session.date - timedelta(days=max(sides.offer.notice_days, sides.request.notice_days))
