"""What accepted matches use up of every limit."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.matcher.solver.pairs import Problem
from services.matcher.solver.tables import AT_WORKPLACE, Table


@dataclass(slots=True)
class Taken:
    """Sums over the accepted matches."""

    pupils: dict[int, int]
    groups: dict[int, int]
    places: dict[int, int]
    by_group: dict[int, int]
    credits: Table
    diary: Table
    hall: Table
    there: set[tuple[int, int]]

    def sessions_of(self, offer: Any) -> int:
        """How many sessions of this offer, a row of the table, take place already."""
        return sum(self.groups.get(session, 0) > 0 for session in range(offer["first"], offer["last"]))


def taken_by_fixed(p: Problem) -> Taken:
    """Sums over the accepted matches."""
    taken = Taken(
        pupils=defaultdict(int),
        groups=defaultdict(int),
        places=defaultdict(int),
        by_group=defaultdict(int),
        credits=np.zeros((len(p.requests), p.credits.shape[1]), np.int64),
        diary=np.zeros((len(p.requests), p.slots), np.int64),
        hall=np.zeros((len(p.halls), p.slots), np.int64),
        there=set(),
    )
    for (session, request, pupils), pair in zip(p.fixed.tolist(), p.fixed_pairs.tolist(), strict=True):
        offer = int(p.sessions["offer"][session])
        taken.pupils[session] += pupils
        taken.groups[session] += 1
        taken.places[request] += pupils
        taken.by_group[int(p.pairs["group"][pair])] += 1
        taken.credits[request] += pupils * p.credits[offer]
        slots = slice(p.sessions["slot"][session], p.sessions["slot_end"][session])
        taken.diary[request, slots] += pupils
        if p.offers["mode"][offer] != AT_WORKPLACE:
            taken.hall[p.requests["school"][request], slots] += 1
        taken.there.add((session, request))
    return taken
