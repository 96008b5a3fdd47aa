"""What a plan changes: which planned matches stay, change their size or go, and which are new. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.matcher import instance, release, sentences
from services.matcher.area import AreaMemory
from services.matcher.capacity import Ledger
from services.matcher.domain import AGREED, LiveMatch, Step, Word, step
from services.matcher.looking import Comparison
from services.matcher.release import Ready
from services.matcher.terms import Sides

Pair = tuple[UUID, UUID]
"""Session and request."""


@dataclass(frozen=True)
class Draft:
    """The area's planned matches as the plan wants them. `skipped`: what did not hold any more when it was written.

    `retimed`: those of the kept that are told at another time; `released`: those that are held back no longer.
    """

    kept: list[LiveMatch] = field(default_factory=list)
    resized: list[Step] = field(default_factory=list)
    dropped: list[Step] = field(default_factory=list)
    new: list[LiveMatch] = field(default_factory=list)
    skipped: int = 0
    retimed: list[LiveMatch] = field(default_factory=list)
    released: list[LiveMatch] = field(default_factory=list)

    @property
    def standing(self) -> list[LiveMatch]:
        """What is planned afterwards."""
        return [*self.kept, *(step.match for step in self.resized), *self.new]


def pair_of(match: LiveMatch) -> Pair:
    return match.session_id, match.request_id


def wanted_pairs(problem: instance.Instance, plan: Iterable[instance.Match]) -> dict[Pair, instance.Match]:
    """What the plan decides: its matches but for those that stood already, in a fixed order."""
    fixed = {(e.session, e.request) for e in problem.existing if e.status == "accepted"}
    return {
        (UUID(match.session), UUID(match.request)): match
        for match in sorted(plan)
        if (match.session, match.request) not in fixed
    }


def draft(
    planned: Sequence[LiveMatch],
    wanted: Mapping[Pair, instance.Match],
    new: Mapping[Pair, LiveMatch],
    ledger: Ledger,
    now: datetime,
) -> Draft:
    """Let `ledger` give back what goes and take what comes, as far as it fits; what is not in `new` may not come."""
    drafted = Draft(kept=[match for match in planned if _size(wanted, match) == match.pupils])
    for match in planned:
        if pair_of(match) not in wanted:
            ledger.give_back(match)
            drafted.dropped.append(step(match, Word("better_plan", "matcher", now)))
    skipped = 0
    for match in planned:
        if (size := _size(wanted, match)) is not None and size != match.pupils:
            skipped += not _resize(drafted, match, size, ledger)
    known = {pair_of(match) for match in planned}
    for pair in wanted:
        if pair not in known:
            skipped += not _add(drafted, new.get(pair), ledger)
    return replace(drafted, skipped=skipped)


def _size(wanted: Mapping[Pair, instance.Match], match: LiveMatch) -> int | None:
    found = wanted.get(pair_of(match))
    return found.pupils if found else None


def _resize(drafted: Draft, match: LiveMatch, pupils: int, ledger: Ledger) -> bool:
    resized = replace(match, pupils=pupils, places=pupils)
    ledger.give_back(match)
    if ledger.take(resized):
        drafted.resized.append(Step(match, resized))
        return True
    # Somebody else took the places meanwhile: it stays as it was.
    ledger.take(match)
    drafted.kept.append(match)
    return False


def _add(drafted: Draft, match: LiveMatch | None, ledger: Ledger) -> bool:
    if match is None or not ledger.take(match):
        return False
    drafted.new.append(match)
    return True


def sides_of(memory: AreaMemory, match: instance.Match) -> Sides:
    """Who and what the plan brings together."""
    offer, wish = memory.offers[UUID(match.offer)], memory.wishes[UUID(match.request)]
    session = next(s for s in offer.sessions if str(s.session_id) == match.session)
    return Sides(offer, session, memory.employers[offer.employer_id], wish.request, wish.school, wish.cohort)


def new_match(memory: AreaMemory, match: instance.Match, compared: Comparison, ids: tuple[UUID, UUID]) -> LiveMatch:
    """A planned match. `ids`: its own and the round's."""
    sides = sides_of(memory, match)
    offer, session, request = sides.offer, sides.session, sides.request
    hub = memory.hub_of(sides.school)
    _, correlation_id = max(memory.causes[offer.offer_id], memory.causes[request.request_id])
    return LiveMatch(
        id=ids[0],
        area_id=memory.area_id,
        hub_id=hub.hub_id,
        offer_id=offer.offer_id,
        session_id=session.session_id,
        employer_id=offer.employer_id,
        request_id=request.request_id,
        school_id=request.school_id,
        cohort_id=request.cohort_id,
        round_id=ids[1],
        state="planned",
        pupils=match.pupils,
        places=match.pupils,
        first_day=session.date,
        last_day=session.end_date or session.date,
        counts_to=offer.counts_to,
        offer_terms_version=offer.terms_version,
        request_terms_version=request.terms_version,
        planned_at=memory.now,
        release_at=release.release_time(memory.now, memory.today, session.date, hub.policy),
        correlation_id=correlation_id,
        why=sentences.why(sides, match.pupils, compared),
    )


def release_at_once(memory: AreaMemory, match: LiveMatch, now: datetime) -> Step | None:
    """The match as proposed, if its window is over already; None if it has to wait."""
    if match.release_at > memory.now:
        return None
    found = instance.Match(str(match.offer_id), str(match.session_id), str(match.request_id), match.pupils)
    sides = sides_of(memory, found)
    gained = memory.gained(match.cohort_id, AGREED | {"delivered"})
    return release.released(match, Ready(sides, memory.hub_of(sides.school), gained), now)
