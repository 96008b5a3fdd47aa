"""What becomes of sessions: each keeps its id for ever, and one that is taken out stays as cancelled."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal
from uuid import UUID

from contracts.offers import Session
from services.registry.domain.mistakes import Fault
from services.registry.domain.offers.said import NewSession

_PARTS: Mapping[str, Literal["am", "pm", "day"]] = {"am": "am", "pm": "pm", "day": "day"}
NOON, LUNCH_OVER = dt.time(12), dt.time(13)

When = tuple[dt.date, dt.date, dt.time, dt.time]


def when(session: NewSession | Session) -> When:
    """Days and times: what makes two sessions the same one."""
    return session.date, last_day(session), session.starts, session.ends


def last_day(session: NewSession | Session) -> dt.date:
    """The day it ends on."""
    return session.end_date or session.date


def part_of(session: NewSession) -> str:
    """The part of the day it takes, as said or as the times have it."""
    if session.part:
        return session.part
    if last_day(session) > session.date or (session.starts < NOON and session.ends > LUNCH_OVER):
        return "day"
    return "am" if session.starts < NOON else "pm"


def pair(said: Sequence[NewSession], current: Sequence[Session]) -> list[Session | None]:
    """For each session said the present one that it is: by its id, else by the same days and times."""
    by_id = {session.session_id: session for session in current}
    named = {session.session_id for session in said}
    alike = {when(s): s for s in current if s.state == "open" and s.session_id not in named}
    return [by_id.get(s.session_id) if s.session_id else alike.pop(when(s), None) for s in said]


def is_kept(said: NewSession, current: Session | None) -> bool:
    """Whether a session stays when it was."""
    return current is not None and when(said) == when(current) and part_of(said) == current.part


def faults_of_ids(said: Sequence[NewSession], pairs: Sequence[Session | None], today: dt.date) -> Iterator[Fault]:
    """What is wrong with the ids that were said, and with changes of sessions that are over."""
    ids = [session.session_id for session in said]
    for n, (session, current) in enumerate(zip(said, pairs, strict=True)):
        at = f"#/sessions/{n}/session_id"
        if session.session_id is None:
            continue
        if current is None:
            yield Fault(at, "This offer has no session with this id.", "Leave session_id out for a new session.")
        elif current.state == "cancelled":
            yield Fault(at, "This session is cancelled for good.", "Leave session_id out: it becomes a new session.")
        elif ids.index(session.session_id) != n:
            yield Fault(at, "The same session twice.", "Leave session_id out for a further session.")
        elif last_day(current) < today and not is_kept(session, current):
            yield Fault(at, "This session is over and cannot be moved.", "Leave session_id out for a new session.")


def settle(
    said: Sequence[NewSession], current: Sequence[Session], today: dt.date, new_id: Callable[[], UUID]
) -> tuple[Session, ...]:
    """All sessions of the offer from now on. What was not named is cancelled, unless it is over."""
    pairs = pair(said, current)
    named = {session.session_id for session in pairs if session}
    settled = [_session(s, c.session_id if c else new_id()) for s, c in zip(said, pairs, strict=True)]
    left = [s if last_day(s) < today else _cancelled(s) for s in current if s.session_id not in named]
    return tuple(sorted([*settled, *left], key=lambda s: (s.date, s.starts, s.session_id)))


def _session(said: NewSession, session_id: UUID) -> Session:
    return Session(
        session_id=session_id,
        date=said.date,
        end_date=said.end_date if last_day(said) > said.date else None,
        part=part_of(said),
        starts=said.starts,
        ends=said.ends,
    )


def _cancelled(session: Session) -> Session:
    return session.model_copy(update={"state": "cancelled"})


def as_said(session: Session) -> NewSession:
    """A present session as a caller would name it."""
    return NewSession(
        session_id=session.session_id,
        date=session.date,
        end_date=session.end_date,
        part=_PARTS.get(session.part),
        starts=session.starts,
        ends=session.ends,
    )
