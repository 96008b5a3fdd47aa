"""The verdict on one answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.matcher.checker.case import Case
from services.matcher.checker.eligibility import Broken, broken_alone, broken_ids
from services.matcher.checker.limits import broken_together
from services.matcher.checker.objective import points
from services.matcher.instance import Instance, Matches


@dataclass(frozen=True)
class Verdict:
    """Every violation, and the points by part. The points of an infeasible answer are for information only."""

    broken: tuple[Broken, ...]
    parts: dict[str, int]

    @property
    def feasible(self) -> bool:
        return not self.broken

    @property
    def objective(self) -> int:
        return sum(self.parts.values())


def check(instance: Instance, answer: Matches) -> Verdict:
    """Judge `answer` to `instance`: all violations, in a stable order, and the objective by part."""
    case = Case(instance, answer.matches)
    return Verdict(tuple(sorted(_violations(case, answer))), points(case))


def _violations(case: Case, answer: Matches) -> Iterator[Broken]:
    if answer.instance != case.instance.id:
        yield Broken("H0-unknown", "/instance", f"the answer is to {answer.instance}, not {case.instance.id}")
    yield from broken_ids(case)
    for known in case.known:
        yield from broken_alone(case, known)
    yield from broken_together(case)
