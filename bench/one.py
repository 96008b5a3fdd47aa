"""One measurement, in a process of its own so that its memory and computing time are its own; reports in JSON."""

import json
import resource
import sys
import time
from dataclasses import replace

from services.matcher.checker import check
from services.matcher.files import read_instance
from services.matcher.instance import Instance, Matches
from services.matcher.solver import Progress, solve, warm_up

EARLY_SECONDS = 1.0
STEPS_PER_SCHOOL = 100


def main(arguments: list[str]) -> None:
    """Measure what the arguments say: `warm`, `growth FILE SCHOOLS`, or `FILE SECONDS`."""
    if arguments[0] == "warm":
        warm_up()
        report = {}
    elif arguments[0] == "growth":
        report = growth(read_instance(arguments[1]), int(arguments[2]))
    else:
        report = measure(read_instance(arguments[0]), float(arguments[1]))
    sys.stdout.write(json.dumps(report) + "\n")


def measure(instance: Instance, seconds: float) -> dict[str, object]:
    """Solve within so many seconds; the checker judges the plan."""
    early: list[int] = []

    def listen(progress: Progress) -> None:
        if progress.seconds <= EARLY_SECONDS:
            early.append(progress.objective)

    warm_up()
    begun, computing = time.monotonic(), time.process_time()
    plan = solve(instance, seconds=seconds, progress=listen)
    took, computed = time.monotonic() - begun, time.process_time() - computing
    verdict = check(instance, Matches(instance.id, plan.matches, {}))
    broken = [str(b) for b in verdict.broken[:3]]
    if verdict.objective != plan.objective:
        broken.append(f"{plan.objective} points claimed, {verdict.objective} counted")
    return {
        "points": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "early": max(early, default=0),
        "seconds": took,
        "cpu": computed,
        "megabytes": _megabytes(),
        "broken": broken,
        "ended": f"{plan.ending}, {plan.method}",
    }


def _megabytes() -> int:
    """The most memory so far, with that of the largest process started beside."""
    ours, beside = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (ours + beside) // 1024


def growth(region: Instance, schools: int) -> dict[str, object]:
    """Solve a cut of the region, with as many offers and steps per school as in the whole."""
    warm_up()
    part = cut(region, schools)
    computing = time.process_time()
    solve(part, steps=STEPS_PER_SCHOOL * schools)
    return {"cpu": time.process_time() - computing}


def cut(region: Instance, schools: int) -> Instance:
    """The schools nearest to the first, and as large a share of the offers, the nearest too."""
    first = region.schools[0]

    def away(lat: float, lon: float) -> float:
        return (lat - first.lat) ** 2 + (0.6 * (lon - first.lon)) ** 2

    kept = sorted(region.schools, key=lambda s: (away(s.lat, s.lon), s.id))[:schools]
    offers = sorted(region.offers, key=lambda o: (away(o.lat, o.lon), o.id))
    ids = {s.id for s in kept}
    return replace(
        region,
        schools=tuple(kept),
        requests=tuple(r for r in region.requests if r.school in ids),
        offers=tuple(offers[: len(offers) * schools // len(region.schools)]),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
