"""An explanation as text for a terminal, and as values for JSON. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from services.matcher.explain.reasons import Explanation, Miss, Reason
from services.matcher.explain.resolving import Change, Shift
from services.matcher.explain.standing import Standing
from services.matcher.explain.wording import ASKERS_KEPT_OUT, BUT_FOR, KEPT_OUT

SHIFTS_SHOWN = 4


def as_values(told: Explanation) -> dict[str, Any]:
    """The explanation as JSON has it."""
    return asdict(told)


def as_text(told: Explanation, standing: Standing) -> str:
    """The explanation in sentences."""
    return "\n".join(_lines(told, standing))


def _lines(told: Explanation, standing: Standing) -> Iterator[str]:
    yield _heading(told, standing)
    bound = "" if told.bound is None else f"; no plan has more than {told.bound:,}"
    yield f"The plan has {told.objective:,} points{bound}."
    for reason in told.matches:
        yield ""
        yield from _reason(reason, standing)
    yield ""
    yield from _why_not(told)
    if told.misses:
        yield ""
        yield "What would change it (found by planning anew with that one change):"
        for miss in told.misses:
            yield f"  {_miss(told, miss)}"


def _heading(told: Explanation, standing: Standing) -> str:
    if told.kind == "request":
        request = standing.requests[told.id]
        lacking = _credits(told.lacking) or "nothing"
        who = f"{request.pupils} pupils of year {request.year}, school {request.school}"
        return f"Request {told.id}: {who}; still lacks {lacking}."
    offer = standing.offers[told.id]
    held = len({reason.match.session for reason in told.matches})
    used = f"{held} of at most {offer.max_sessions} sessions used"
    return f"Offer {told.id}: {offer.activity} of employer {offer.employer}; {used}."


def _credits(credits_: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} of {benchmark}" for benchmark, count in credits_.items())


def _reason(reason: Reason, standing: Standing) -> Iterator[str]:
    match, session = reason.match, standing.sessions[reason.match.session]
    when = f"{match.session} on {session.date} ({session.part})"
    yield f"{match.request} with {match.pupils} pupils at {when}, {reason.status}"
    parts = ", ".join(f"{part} {points:+,}" for part, points in reason.adds.items() if points)
    yield f"  adds {sum(reason.adds.values()):+,} points: {parts}."
    yield f"  {_rivals(reason)}"
    if reason.without is None:
        yield "  It is accepted, so it stays (H9-accepted)."
    else:
        is_even = reason.without.proven and not reason.without.points
        same = "another plan is as good." if is_even else told_change(reason.without, match.request)
        yield f"  Next best: without it {same}"
    for what, price in reason.prices.items():
        yield f"  Price: {what} is worth up to {price:,} points."
    if not reason.prices:
        yield "  No price bears on it: neither its places nor these credits are scarce."


def _rivals(reason: Reason) -> str:
    if not reason.rivals:
        return "No other request could have had this place."
    if reason.runner_up is None:
        return f"{reason.rivals} others could have had this place but for what they have already."
    best, count = reason.runner_up, reason.rivals
    others = "1 other request" if count == 1 else f"{count} other requests"
    best_use = f"{best.points:+,} points with {best.pupils} pupils"
    if best.points <= 0:
        return f"{others} could have had this place, but none would add anything (at best {best.request}: {best_use})."
    return f"{others} could have had this place; it would add most for {best.request}: {best_use}."


def told_change(change: Change, about: str) -> str:
    """What a change brings, in words that say no more than is known."""
    most = "" if change.proven or change.at_most is None else f"; at most {change.at_most:+,}"
    if not change.points and not change.shifts:
        return "nothing is lost or won (proven)." if change.proven else f"nothing better was found{most}."
    how = "proven" if change.proven else f"found, not proven{most}"
    gaining = sorted((s for s in change.shifts if s.credits), key=lambda s: (s.request != about, -_size(s), s.request))
    told = [_shift(shift) for shift in gaining[:SHIFTS_SHOWN]]
    others, moved = len(gaining) - len(told), len(change.shifts) - len(gaining)
    told += [f"{others} more gain or lose"] if others else []
    told += [f"{moved} get as much from other offers"] if moved else []
    return f"{change.points:+,} points ({how}): {'; '.join(told)}."


def _size(shift: Shift) -> int:
    return sum(abs(count) for count in shift.credits.values())


def _shift(shift: Shift) -> str:
    gained = ", ".join(f"{count:+,} {benchmark}" for benchmark, count in shift.credits.items())
    offers = ", ".join(f"{pupils:+,} at {offer}" for offer, pupils in shift.pupils.items())
    return f"{shift.request} {gained} ({offers})"


def _why_not(told: Explanation) -> Iterator[str]:
    words = KEPT_OUT if told.kind == "request" else ASKERS_KEPT_OUT
    noun = "offers" if told.kind == "request" else "requests"
    yield f"The other {told.others:,} {noun}, by each rule that kept them out (one may break several):"
    for code, count in told.excluded.items():
        named = noun if count != 1 else noun[:-1]
        yield f"  {count:>6,} {named} {words.get(code, code)} ({code})"
    if not told.excluded:
        yield "  none"


def _miss(told: Explanation, miss: Miss) -> str:
    noun = "offer" if told.kind == "request" else "request"
    about = told.id if told.kind == "request" else miss.pairs[0][1]
    fit = f"{miss.fit_but_for:,} {noun}{'s fit' if miss.fit_but_for != 1 else ' fits'} but for {BUT_FOR[miss.code]}"
    return f"{fit}; if {miss.condition}: {told_change(miss.change, about)}"
