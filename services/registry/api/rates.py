"""How often one holder of a key or a link may ask. Each process counts for itself: a guard against loops, no quota."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from services.registry.domain.mistakes import TooMany

_BUCKETS_MAX = 10_000


@dataclass
class Rates:
    """A bucket of tokens per holder: `burst` at once, refilled with `per_second`. Full buckets are forgotten."""

    per_second: float
    burst: int
    of: str = "A key"
    seconds: Callable[[], float] = time.monotonic
    buckets: dict[Hashable, tuple[float, float]] = field(default_factory=dict)

    def spend(self, holder: Hashable) -> None:
        """Take one token. Raises TooMany, saying when to come again, where none is left."""
        now = self.seconds()
        tokens = self._tokens(holder, now)
        if tokens < 1:
            wait = math.ceil((1 - tokens) / self.per_second)
            sentence = f"{self.of} may ask {self.per_second:g} times a second, and {self.burst} times at once."
            raise TooMany(sentence, headers={"Retry-After": str(wait)})
        if len(self.buckets) >= _BUCKETS_MAX:
            self._forget_full_ones(now)
        self.buckets[holder] = (tokens - 1, now)

    def _tokens(self, holder: Hashable, now: float) -> float:
        tokens, since = self.buckets.get(holder, (float(self.burst), now))
        return min(self.burst, tokens + (now - since) * self.per_second)

    def _forget_full_ones(self, now: float) -> None:
        for holder in [one for one in self.buckets if self._tokens(one, now) >= self.burst]:
            del self.buckets[holder]
