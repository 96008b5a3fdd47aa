"""What looks for a smaller bound than the prices of the search have, while the search goes on."""

from typing import TypeAlias

from services.matcher.solver.cutting import Cuts
from services.matcher.solver.eligible import scan_links
from services.matcher.solver.market import MarketBound, links_of
from services.matcher.solver.master import is_large
from services.matcher.solver.pairs import Problem
from services.matcher.solver.tables import Tables

# Where no clock ends them: seven seconds for 600 schools, under two minutes for England.
ROUNDS_OF_REGIONS = 300
ROUNDS_OF_NATIONS = 100


Beside: TypeAlias = Cuts | MarketBound
"""Finds bounds from the start to the end of a block."""


def beside(problem: Problem, until: float | None) -> Beside:
    """Cutting planes for a hub, prices for a region; the latter end with the run, at `until`."""
    if not is_large(problem):
        return Cuts(problem)
    return MarketBound(problem, lambda _: links_of(problem), until, ROUNDS_OF_REGIONS)


def beside_nation(tables: Tables, problem: Problem, until: float | None) -> MarketBound:
    """Prices for a nation, whose problem has the pairs within places only."""
    return MarketBound(problem, lambda stop: scan_links(tables, stop), until, ROUNDS_OF_NATIONS)
