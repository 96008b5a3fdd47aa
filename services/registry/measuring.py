"""What the registry tells the metrics, from its tables: counted by the ticker, of which there is one."""

from __future__ import annotations

from datetime import timedelta

from prometheus_client import Gauge

from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool, transaction
from services.registry.store.measures import counts_by_state, overdue_answers, requests_with_nothing

_STATE = ["state"]
_BY_STATE = {
    "offers": Gauge("offers", "Offers by state", _STATE),
    "requests": Gauge("requests", "Schools' requests by state", _STATE),
    "matches": Gauge("matches", "Matches that somebody was told about, by state", _STATE),
}
WAITING = Gauge("requests_waiting", "Open requests without any match under way or delivered")
WAITING_SECONDS = Gauge("requests_waiting_oldest_seconds", "For how long the oldest of them has waited")
OVERDUE = Gauge("answers_overdue", "Matches whose deadline passed over an hour ago, and that still wait for an answer")
_OVERDUE_AFTER = timedelta(hours=1)


async def measure(pool: Pool, clock: Clock) -> None:
    """Count, and tell the metrics."""
    async with transaction(pool) as tx:
        counts = await counts_by_state(tx)
        waiting = await requests_with_nothing(tx)
        OVERDUE.set(await overdue_answers(tx, clock.now() - _OVERDUE_AFTER))
    for what, gauge in _BY_STATE.items():
        # A state that nothing is in any more must not keep its last figure.
        gauge.clear()
        for state, number in counts[what].items():
            gauge.labels(state).set(number)
    WAITING.set(waiting.requests)
    WAITING_SECONDS.set((clock.now() - waiting.oldest).total_seconds() if waiting.oldest else 0)
