"""How often one key may ask. Each process counts for itself: this guards it from a loop gone wild, it is no quota."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from services.registry.domain.keys import Caller
from services.registry.domain.mistakes import TooMany


@dataclass
class Rates:
    """A bucket of tokens per key: `burst` at once, refilled with `per_second`."""

    per_second: float
    burst: int
    seconds: Callable[[], float] = time.monotonic
    _buckets: dict[UUID, tuple[float, float]] = field(default_factory=dict)

    def spend(self, caller: Caller) -> None:
        """Take one token. Raises TooMany, saying when to come again, where none is left."""
        now = self.seconds()
        tokens, since = self._buckets.get(caller.key_id, (float(self.burst), now))
        tokens = min(self.burst, tokens + (now - since) * self.per_second)
        if tokens < 1:
            wait = math.ceil((1 - tokens) / self.per_second)
            sentence = f"A key may ask {self.per_second:g} times a second, and {self.burst} times at once."
            raise TooMany(sentence, headers={"Retry-After": str(wait)})
        self._buckets[caller.key_id] = (tokens - 1, now)
