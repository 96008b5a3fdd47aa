"""What may be said about a match: accept, decline, cancel, record what took place, let a deadline pass.

Pure rules over the match as heard from the matcher and everything said before. Each rule gives back what is new,
or None where the same had been said already, or raises the sentence that tells the person why it cannot be said.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, NoReturn

from contracts.answers import Answer, Cancelled, Delivery, Said
from contracts.matches import Match
from services.plumbing.clock import LONDON
from services.registry.domain.mistakes import Conflict, Fault, Unacceptable

Audience = Literal["school", "employer"]
Party = Literal["school", "employer", "hub"]

AGREED = frozenset({"accepted", "confirmed"})
"""States in which somebody relies on the match."""


class CannotBeSaid(Conflict):
    """The match is not in a state in which this can be said."""


class SaidBefore(CannotBeSaid):
    """Something else was recorded first, and the first one holds."""


class NoLongerOpen(CannotBeSaid):
    """The match, its offer or its request has ended."""


class TermsMoved(CannotBeSaid):
    """What the person was shown is no longer what is offered."""


class NotYet(CannotBeSaid):
    """It is too early to say this."""


@dataclass(frozen=True)
class Standing:
    """Where the offer and the request behind a match stand at this moment."""

    offer_state: str
    offer_terms_version: int
    request_state: str
    request_terms_version: int

    @property
    def is_open(self) -> bool:
        """Whether neither side has withdrawn."""
        return self.offer_state == "open" and self.request_state == "open"

    def has_moved_past(self, match: Match) -> bool:
        """Whether offer or request was amended after the matcher last weighed the match against them."""
        # A match that does not say is one from before it could: it counts as weighed.
        offer_weighed = match.offer_terms_version or self.offer_terms_version
        request_weighed = match.request_terms_version or self.request_terms_version
        return self.offer_terms_version > offer_weighed or self.request_terms_version > request_weighed


def waits_for(match: Match) -> Audience | None:
    """Who is asked for an answer in the match's present state, if anybody."""
    if match.state == "proposed":
        return "school"
    return "employer" if match.state == "accepted" and match.employer_confirms else None


def reply(match: Match, before: Answer, standing: Standing, audience: Audience, new: Said) -> Said | None:
    """The school's or the employer's answer, if it may be given. None: the same answer is recorded already.

    Raises SaidBefore, NotYet, NoLongerOpen or TermsMoved.
    """
    recorded = before.school if audience == "school" else before.employer
    if recorded is not None:
        _check_is_the_same(recorded, new)
        return None
    _check_is_asked(match, before, audience)
    if not standing.is_open:
        raise NoLongerOpen("The offer or the request behind this match has been withdrawn.")
    if new.terms_version != match.terms_version or standing.has_moved_past(match):
        raise TermsMoved("Details of this match have changed since you were shown them.")
    if match.terms.date < _day(new.at):
        raise NoLongerOpen("The date of this match has passed.")
    return new


def lapse(match: Match, before: Answer, now: dt.datetime) -> tuple[Audience, Said] | None:
    """Who has let the deadline pass, and the entry that says so; None if nobody has."""
    audience = waits_for(match)
    deadline = match.answer_by if audience == "school" else match.confirm_by
    recorded = before.school if audience == "school" else before.employer
    if audience is None or deadline is None or now < deadline or recorded or before.cancelled:
        return None
    reason = "no_answer" if audience == "school" else "no_confirmation"
    return audience, Said(verdict="lapsed", reason=reason, at=now, terms_version=match.terms_version)


def cancel(match: Match, before: Answer, new: Cancelled) -> Cancelled | None:
    """The cancellation, if the match can still be called off. None: it is cancelled already.

    Raises NotYet, NoLongerOpen or SaidBefore.
    """
    if before.cancelled is not None or match.state == "cancelled":
        return None
    if before.delivery is not None:
        raise SaidBefore("It has been recorded already whether this encounter took place.")
    if match.state == "proposed":
        _refuse_before_acceptance(before)
    if match.state not in AGREED:
        raise NoLongerOpen("This match has ended already.")
    if (match.terms.end_date or match.terms.date) < _day(new.at):
        raise NoLongerOpen("The date has passed; record that it was not held instead.")
    return new


def deliver(match: Match, before: Answer, new: Delivery, cohort_pupils: int) -> Delivery | None:
    """What took place, if it can be recorded. None: the same is recorded already.

    What took place is recorded even where the match was cancelled or lapsed after somebody had agreed to it.
    Only the school, or its hub, may correct a figure. Raises NotYet, NoLongerOpen, Unacceptable or SaidBefore.
    """
    if _day(new.at) < match.terms.date:
        raise NotYet("The encounter has not taken place yet.")
    if not was_agreed(match):
        raise NoLongerOpen("This match was never accepted, so nothing can be recorded for it.")
    if new.pupils > cohort_pupils:
        detail = f"The year group has {cohort_pupils} pupils; no more than that can have taken part."
        raise Unacceptable(detail, Fault("#/pupils", detail, f"Give a number from 0 to {cohort_pupils}."))
    last = before.delivery
    if last is None:
        return new
    if (last.held, last.pupils, last.reason) == (new.held, new.pupils, new.reason):
        return None
    if new.by == "employer":
        raise SaidBefore(f"{_took_place(last)} Only the school can correct that.")
    return new


def was_agreed(match: Match) -> bool:
    """Whether the school, at some time, accepted."""
    return match.state in AGREED or any(change.state in AGREED for change in match.history)


def _check_is_asked(match: Match, before: Answer, audience: Audience) -> None:
    if before.cancelled is not None or match.state not in {"proposed", *AGREED}:
        raise NoLongerOpen("This match has ended already.")
    if audience == "employer" and match.state == "proposed":
        raise NotYet("The school has not answered yet.")
    if waits_for(match) != audience:
        raise NoLongerOpen("This match does not wait for your answer.")


def _check_is_the_same(recorded: Said, new: Said) -> None:
    if recorded.verdict == new.verdict:
        return
    words = {"accepted": "accepted", "declined": "declined", "lapsed": "closed, because the deadline had passed,"}
    on = f"{recorded.at.astimezone(LONDON):%-d %B %Y}"
    raise SaidBefore(f"This match was {words.get(recorded.verdict, 'answered')} on {on}; the first answer holds.")


def _refuse_before_acceptance(before: Answer) -> NoReturn:
    if before.school is not None and before.school.verdict == "accepted":
        raise NotYet("The yes to this match is still on its way. Please try again in a minute.")
    raise NotYet("This match has not been accepted yet, so there is nothing to cancel.")


def _day(at: dt.datetime) -> dt.date:
    return at.astimezone(LONDON).date()


def _took_place(last: Delivery) -> str:
    if not last.held:
        return "It has been recorded that this encounter was not held."
    return f"It has been recorded that {last.pupils} pupils took part."
