"""`python -m bench.repairs [INSTANCE …]`: declines, one after another, each repaired from a full round's plan.

Prints milliseconds (clock and computing), planned matches moved per event, and points against a full solve of the
same situation.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.__main__ import INSTANCES
from services.matcher.checker import check
from services.matcher.files import read_instance
from services.matcher.instance import Existing, Instance, Match, Matches
from services.matcher.solver import repair, solve, warm_up

DECLINES = 100
COMPARED = 5
STEPS = 20_000


def main() -> int:
    """Print a row for each instance; 1 when a repair was not allowed."""
    parser = argparse.ArgumentParser(prog="python -m bench.repairs", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("instances", nargs="*", type=Path, help="files; by default the hubs in bench/instances")
    parser.add_argument("--declines", type=int, default=DECLINES)
    wish = parser.parse_args()
    warm_up()
    paths = wish.instances or sorted(INSTANCES.glob("p1*.json.gz"))
    allowed = [print_row(path, wish.declines) for path in paths]
    return 0 if all(allowed) else 1


def print_row(path: Path, declines: int) -> bool:
    """Measure one instance; whether every repaired plan passed the checker."""
    instance = read_instance(path)
    planned = solve(instance, steps=STEPS).matches
    chance = random.Random(1)
    waits, computing, moved, shares, allowed = [], [], 0, [], True
    for number in range(declines):
        gone = chance.choice(planned)
        after = _after(instance, planned, gone)
        begun, computed = time.perf_counter(), time.process_time()
        plan = repair(after, offers=[gone.offer], requests=[gone.request])
        waits.append(1000 * (time.perf_counter() - begun))
        computing.append(1000 * (time.process_time() - computed))
        kept = {(m.session, m.request) for m in plan.matches}
        # What the same school had of the same offer on other days ends with the decline: nobody moves it.
        free = (m for m in planned if (m.offer, m.request) != (gone.offer, gone.request))
        moved += sum((m.session, m.request) not in kept for m in free)
        allowed &= check(after, Matches(instance.id, plan.matches)).feasible
        if number < COMPARED:
            shares.append(plan.objective / solve(after, steps=STEPS).objective)
    print(
        f"{path.name.partition('.')[0]:22} {declines} declines: p50 {_quantile(waits, 0.5):.0f} ms, "
        f"p99 {_quantile(waits, 0.99):.0f} ms (computing {_quantile(computing, 0.5):.0f} and "
        f"{_quantile(computing, 0.99):.0f} ms), {moved / declines:.3f} moved per event, "
        f"{statistics.mean(shares):.4f} of a full solve, worst {min(shares):.4f}" + ("" if allowed else "; REFUSED")
    )
    return allowed


def _after(instance: Instance, planned: Sequence[Match], gone: Match) -> Instance:
    tentative = [Existing(m.offer, m.session, m.request, m.pupils, "proposed") for m in planned if m != gone]
    declined = Existing(gone.offer, gone.session, gone.request, gone.pupils, "declined")
    stands = [e for e in instance.existing if e.status != "proposed"]
    tentative = [e for e in tentative if not _is_in(e, stands)]
    return replace(instance, existing=(*stands, *tentative, declined))


def _is_in(one: Existing, stands: Sequence[Existing]) -> bool:
    return any((e.session, e.request) == (one.session, one.request) for e in stands)


def _quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    sys.exit(main())
