"""Equity figures of a round: who is covered how far, and who is left behind. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.outlooks import Outlook
from services.matcher import need
from services.matcher.area import AreaMemory
from services.matcher.problem import Wish
from services.plumbing.clock import LONDON

DECILE = 10
QUARTER = 4


@dataclass(frozen=True)
class _Covered:
    wish: Wish
    share: float
    """Of the credits that the cohort should have, over the benchmarks it asks for."""


def equity_report(memory: AreaMemory, outlooks: Iterable[Outlook]) -> dict[str, Any]:
    """Coverage by school and year group, lowest decile, Gini, disadvantaged quarter against the rest, longest wait."""
    needs = {outlook.request_id: outlook.need for outlook in outlooks}
    covered = [_Covered(wish, _share(wish, needs[id_])) for id_, wish in memory.wishes.items() if id_ in needs]
    if not covered:
        return {}
    shares = sorted(one.share for one in covered)
    by_need = sorted(covered, key=lambda one: (-one.wish.school.fsm_pct, str(one.wish.request.request_id)))
    quarter = max(1, len(by_need) // QUARTER)
    return {
        "coverage": _mean(shares),
        "coverage_by_year": _means((str(one.wish.cohort.year), one.share) for one in covered),
        "coverage_by_school": _means((str(one.wish.school.school_id), one.share) for one in covered),
        "lowest_decile": _mean(shares[: max(1, len(shares) // DECILE)]),
        "gini": _gini(shares),
        "disadvantaged_quarter": _mean([one.share for one in by_need[:quarter]]),
        "other_three_quarters": _mean([one.share for one in by_need[quarter:]]),
        "longest_wait_days": _longest_wait(memory, (one.wish.request.request_id for one in covered)),
    }


def _share(wish: Wish, lacking: Mapping[str, int]) -> float:
    targets = {b: need.target(wish.school, wish.cohort, b) for b in wish.request.benchmarks}
    asked = sum(targets.values())
    return 1.0 if not asked else 1 - sum(min(lacking.get(b, 0), target) for b, target in targets.items()) / asked


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0


def _means(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    grouped: dict[str, list[float]] = defaultdict(list)
    for name, value in pairs:
        grouped[name].append(value)
    return {name: _mean(values) for name, values in sorted(grouped.items())}


def _gini(ordered: Sequence[float]) -> float:
    total = sum(ordered)
    if not total:
        return 0.0
    weighted = sum(rank * value for rank, value in enumerate(ordered, start=1))
    count = len(ordered)
    return round((2 * weighted) / (count * total) - (count + 1) / count, 4)


def _longest_wait(memory: AreaMemory, requests: Iterable[UUID]) -> int:
    waits = [
        (memory.today - memory.requests[id_].posted_at.astimezone(LONDON).date()).days
        for id_ in requests
        if id_ not in memory.agreed
    ]
    return max([0, *waits])
