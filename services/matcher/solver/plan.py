"""What the solver hands back: a plan with its proof, or the reason why there can be none."""

from dataclasses import dataclass
from typing import Literal

from services.matcher.instance import Match

Ending = Literal["optimal", "gap", "steps", "seconds", "stopped"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Matches that keep every hard rule. `bound`: what no plan can exceed, where that was proven."""

    matches: tuple[Match, ...]
    objective: int
    bound: int | None
    seconds: float
    method: str
    ending: Ending
    steps: int

    @property
    def gap(self) -> float | None:
        """The share by which a better plan could at most exceed this one."""
        if self.bound is None:
            return None
        return gap_of(self.objective, self.bound)

    @property
    def status(self) -> Literal["optimal", "feasible"]:
        return "optimal" if self.bound == self.objective else "feasible"


def gap_of(objective: int, bound: int) -> float:
    """The share by which a better plan could at most exceed this one; the whole where this one is worth nothing."""
    if objective <= 0:
        return float(bound > objective)
    return max(0, bound - objective) / objective


@dataclass(frozen=True, slots=True)
class Conflict:
    """Accepted matches that break one rule together, as few as do."""

    rule: str
    what: str
    matches: tuple[Match, ...]

    def __str__(self) -> str:
        named = "; ".join(f"{m.request} to session {m.session} of {m.offer} ({m.pupils} pupils)" for m in self.matches)
        return f"{self.rule}: {self.what}: {named}"


class Infeasible(Exception):
    """No plan exists: the accepted matches contradict one another. `conflicts`: the smallest first."""

    def __init__(self, conflicts: tuple[Conflict, ...]) -> None:
        super().__init__(f"the accepted matches contradict one another. {conflicts[0]}")
        self.conflicts = conflicts

    @property
    def smallest(self) -> Conflict:
        return self.conflicts[0]

    def __reduce__(self) -> tuple[type["Infeasible"], tuple[tuple[Conflict, ...]]]:
        return type(self), (self.conflicts,)
