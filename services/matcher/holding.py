"""When the plan's matches are told: after the window, or later where the scenarios would rather wait. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from services.matcher.area import AreaMemory
from services.matcher.domain import LiveMatch, Step
from services.matcher.drafting import Draft
from services.matcher.look_ahead.holding import Held
from services.matcher.minutes import first_day, moment_of

Visits = Mapping[tuple[str, str], Held]
"""What is held back, by session and request."""


def with_holding(memory: AreaMemory, draft: Draft, held: Visits) -> Draft:
    """The same draft; what is held back, and what is not any more, gets its time."""
    kept = [_timed(memory, match, held) for match in draft.kept]
    resized = [Step(step.before, _timed(memory, step.match, held)) for step in draft.resized]
    stays = [*zip(draft.kept, kept, strict=True), *((step.before, step.match) for step in resized)]
    return replace(
        draft,
        kept=kept,
        retimed=[now for now, before in zip(kept, draft.kept, strict=True) if now != before],
        resized=resized,
        new=[_timed(memory, match, held) for match in draft.new],
        released=[now for before, now in stays if before.held is not None and now.held is None],
    )


def _timed(memory: AreaMemory, match: LiveMatch, held: Visits) -> LiveMatch:
    told = held.get((str(match.session_id), str(match.request_id)))
    if told is not None:
        until = moment_of(first_day(memory.today), told.until)
        return replace(match, held=told.code, release_at=max(_window_over(memory, match), until))
    if match.held is None:
        return match
    return replace(match, held=None, release_at=max(memory.now, _window_over(memory, match)))


def _window_over(memory: AreaMemory, match: LiveMatch) -> datetime:
    return match.planned_at + timedelta(seconds=memory.hubs[match.hub_id].policy.window_seconds)
