"""How long employers wait before they take back an offer that nobody uses, learnt from former years."""

from bisect import bisect_right
from collections.abc import Iterable

NEVER = 1 << 40


class Patience:
    """The waiting times seen, in order."""

    def __init__(self, waits: Iterable[int]) -> None:
        self.waits = sorted(waits)

    @property
    def least(self) -> int:
        """Nobody was seen to withdraw sooner."""
        return self.waits[0] if self.waits else 0

    def left(self, age: int, chance: float) -> int:
        """Minutes from arrival to withdrawal of an offer of this age; `chance` decides among the waits seen."""
        first = bisect_right(self.waits, age)
        rest = self.waits[first:]
        if not rest:
            return age + 1 if self.waits else NEVER
        return rest[int(chance * len(rest))]
