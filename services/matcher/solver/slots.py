"""The sessions of one offer as one slot to fill: on which of its dates each match is, is settled afterwards.

Dates make branch and bound prove the same thing many times over, and seldom decide anything.
"""

from collections import defaultdict
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from services.matcher.solver.pairs import Problem
from services.matcher.solver.taken import Taken


@dataclass(frozen=True, slots=True)
class Wish:
    """A pair that could use a slot, on these sessions, with these points for keeping a match planned before."""

    pair: int
    bonus: int
    sessions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """Sessions of one offer, of which `most` may take place; with `is_single` each takes one group at most."""

    offer: int
    sessions: tuple[int, ...]
    most: int
    groups: int  # per session, after accepted matches
    pupils: int  # per session, after accepted matches
    is_open: bool  # has accepted matches
    is_single: bool
    wishes: tuple[Wish, ...]


def slots_of(p: Problem, taken: Taken, apart: AbstractSet[int]) -> list[Slot]:
    """Every slot of the problem that some request could use. Sessions of offers in `apart` are slots of their own."""
    wishes: dict[tuple[int, int], dict[tuple[int, int], list[int]]] = defaultdict(lambda: defaultdict(list))
    for pair in range(len(p.pairs) - len(p.fixed)):
        row = p.pairs[pair]
        offer = int(row["offer"])
        for session, bonus in p.choices[row["first"] : row["last"]].tolist():
            if (session, int(row["request"])) not in taken.there:
                is_alone = offer in apart or taken.groups.get(session, 0) > 0
                wishes[offer, session if is_alone else -1][pair, bonus].append(session)
    slots = (
        _slot(p, taken, offer, tuple(Wish(*key, tuple(sessions)) for key, sessions in mine.items()))
        for (offer, _), mine in wishes.items()
    )
    return [slot for slot in slots if slot.most > 0 and slot.groups > 0 and slot.pupils > 0]


def _slot(p: Problem, taken: Taken, offer: int, wishes: tuple[Wish, ...]) -> Slot:
    sessions = tuple(sorted({session for wish in wishes for session in wish.sessions}))
    row, first = p.offers[offer], sessions[0]
    is_open = taken.groups.get(first, 0) > 0
    most = 1 if is_open else min(len(sessions), int(row["max_sessions"]) - taken.sessions_of(row))
    groups = int(row["max_groups"]) - taken.groups.get(first, 0)
    pupils = int(row["max_pupils"]) - taken.pupils.get(first, 0)
    is_single = min(groups, pupils, len({wish.pair for wish in wishes})) == 1 and not is_open
    return Slot(offer, sessions, most, groups, pupils, is_open, is_single, wishes)
