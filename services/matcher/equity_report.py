"""Equity in figures: who is covered how far, and who is left behind. Of a live round, and of a what-if. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

DECILE = 10
QUARTER = 4


@dataclass(frozen=True)
class Covered:
    """One cohort: `share` of the credits that it should have, over the benchmarks it asks for."""

    request: str
    school: str
    year: int
    fsm_pct: float
    share: float


def figures(cohorts: Iterable[Covered]) -> dict[str, Any]:
    """Coverage by school and year group, lowest decile, Gini, disadvantaged quarter against the rest; {} of nobody.

    The quarter: the cohorts of the schools with the largest share of pupils on free meals.
    """
    covered = list(cohorts)
    if not covered:
        return {}
    shares = sorted(one.share for one in covered)
    by_need = sorted(covered, key=lambda one: (-one.fsm_pct, one.request))
    quarter = max(1, len(by_need) // QUARTER)
    return {
        "coverage": _mean(shares),
        "coverage_by_year": _means((str(one.year), one.share) for one in covered),
        "coverage_by_school": _means((one.school, one.share) for one in covered),
        "lowest_decile": _mean(shares[: max(1, len(shares) // DECILE)]),
        "gini": gini(shares),
        "disadvantaged_quarter": _mean([one.share for one in by_need[:quarter]]),
        "other_three_quarters": _mean([one.share for one in by_need[quarter:]]),
    }


def gini(shares: Iterable[float]) -> float:
    """0: all have the same; towards 1: one has all."""
    ordered = sorted(shares)
    total, count = sum(ordered), len(ordered)
    if not total:
        return 0.0
    weighted = sum(rank * value for rank, value in enumerate(ordered, start=1))
    return round((2 * weighted) / (count * total) - (count + 1) / count, 4)


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0


def _means(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    grouped: dict[str, list[float]] = defaultdict(list)
    for name, value in pairs:
        grouped[name].append(value)
    return {name: _mean(values) for name, values in sorted(grouped.items())}
