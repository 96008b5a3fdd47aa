"""Fewer pairs for the solver: those that the game's clock still allows."""

import numpy as np

from services.matcher.simulate.pairs import CLOSING_HOUR
from services.matcher.simulate.years import DAY
from services.matcher.solver.tables import Pairs, Table, Tables


def pair_of_choice(found: Pairs) -> Table:
    """Per choice the row of its pair."""
    rows: Table = np.repeat(np.arange(len(found.pairs)), found.pairs["last"] - found.pairs["first"])
    return rows


def closing_of_choice(tables: Tables, found: Pairs) -> Table:
    """Per choice the last minute at which it may be proposed; the instance's `today` is the year's first day."""
    offers, requests = found.pairs["offer"], found.pairs["request"]
    notice = np.maximum(tables.offers["notice"][offers], tables.requests["notice"][requests])
    ahead = tables.sessions["ahead"][found.choices["session"]].astype(np.int64)
    closes: Table = (ahead - notice[pair_of_choice(found)]) * DAY + CLOSING_HOUR
    return closes


def narrowed(found: Pairs, keep: Table) -> Pairs:
    """The pairs with those of their choices that are marked; a pair without any is dropped."""
    counts = np.bincount(pair_of_choice(found)[keep], minlength=len(found.pairs))
    pairs = found.pairs[counts > 0].copy()
    ends = np.cumsum(counts[counts > 0])
    pairs["last"], pairs["first"] = ends, ends - counts[counts > 0]
    return Pairs(pairs, found.choices[keep], found.groups)
