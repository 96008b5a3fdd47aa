"""Equity figures of a round: who is covered how far, who is left behind, and who has waited longest. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from contracts.outlooks import Outlook
from services.matcher import need
from services.matcher.area import AreaMemory
from services.matcher.equity_report import Covered, figures
from services.matcher.problem import Wish
from services.plumbing.clock import LONDON


def equity_report(memory: AreaMemory, outlooks: Iterable[Outlook]) -> dict[str, Any]:
    """Coverage by school and year group, lowest decile, Gini, disadvantaged quarter against the rest, longest wait."""
    needs = {outlook.request_id: outlook.need for outlook in outlooks}
    covered = {id_: _covered(wish, needs[id_]) for id_, wish in memory.wishes.items() if id_ in needs}
    if not covered:
        return {}
    return {**figures(covered.values()), "longest_wait_days": _longest_wait(memory, covered)}


def _covered(wish: Wish, lacking: Mapping[str, int]) -> Covered:
    return Covered(
        request=str(wish.request.request_id),
        school=str(wish.school.school_id),
        year=wish.cohort.year,
        fsm_pct=wish.school.fsm_pct,
        share=_share(wish, lacking),
    )


def _share(wish: Wish, lacking: Mapping[str, int]) -> float:
    targets = {b: need.target(wish.school, wish.cohort, b) for b in wish.request.benchmarks}
    asked = sum(targets.values())
    return 1.0 if not asked else 1 - sum(min(lacking.get(b, 0), target) for b, target in targets.items()) / asked


def _longest_wait(memory: AreaMemory, requests: Iterable[UUID]) -> int:
    waits = [
        (memory.today - memory.requests[id_].posted_at.astimezone(LONDON).date()).days
        for id_ in requests
        if id_ not in memory.agreed
    ]
    return max([0, *waits])
