"""Equity weights: who counts more, by a documented and versioned rule. Pure.

`equity-1`, in thousandths, on top of 1,000:

- up to 300 for the share of credits that the cohort still lacks (mean over the benchmarks it asks for);
- up to 200 for disadvantage: free school meals of half the pupils or more count in full;
- up to 100 for waiting, growing evenly until the hub's guarantee is reached;
- beyond the guarantee 10 a day, up to 400 more, until something is agreed.

So nobody counts more than twice what another does. A new rule gets a new name; a round notes the name it used.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

LACKING_MOST = 300
DISADVANTAGE_MOST = 200
FSM_PERCENT_FULL = 50
WAITING_MOST = 100
OVERDUE_PER_DAY = 10
OVERDUE_MOST = 400


@dataclass(frozen=True)
class Standing:
    """What a weight is made from. `waiting_days`: 0 once something is agreed."""

    need: Mapping[str, int]
    target: Mapping[str, int]
    fsm_pct: float
    waiting_days: int
    guarantee_days: int


def equity_1(standing: Standing) -> int:
    """The weight in thousandths, from 1,000 to 2,000."""
    return 1000 + _lacking(standing) + _disadvantage(standing.fsm_pct) + _waiting(standing)


def _lacking(standing: Standing) -> int:
    asked = [benchmark for benchmark, credits_ in standing.target.items() if credits_ > 0]
    if not asked:
        return 0
    # Per benchmark in whole thousandths first, so that every machine rounds alike.
    shares = [min(1000, 1000 * standing.need.get(b, 0) // standing.target[b]) for b in asked]
    return LACKING_MOST * sum(shares) // (1000 * len(shares))


def _disadvantage(fsm_pct: float) -> int:
    return int(DISADVANTAGE_MOST * min(max(fsm_pct, 0.0), FSM_PERCENT_FULL) / FSM_PERCENT_FULL)


def _waiting(standing: Standing) -> int:
    waited = max(0, standing.waiting_days)
    within = WAITING_MOST * min(waited, standing.guarantee_days) // standing.guarantee_days
    overdue = max(0, waited - standing.guarantee_days)
    return within + min(OVERDUE_MOST, OVERDUE_PER_DAY * overdue)


RULES: Mapping[str, Callable[[Standing], int]] = {"equity-1": equity_1}
NEWEST = "equity-1"


def weigh(rule: str, standing: Standing) -> int:
    """The weight by the named rule; a name from a newer registry falls back to the newest rule known here."""
    return RULES.get(rule, RULES[NEWEST])(standing)
