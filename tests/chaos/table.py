"""What a run, or many, came to: a table, and for each broken promise the story of the entity concerned."""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.chaos.checker.history import history
from tests.chaos.checker.promises import PROMISES, Breach
from tests.chaos.faults import Incident
from tests.chaos.run import Result
from tests.chaos.watch import Sample

STORIES_MAX = 5
LINES_MAX = 60


def figures(result: Result) -> dict[str, int]:
    """What there was, and what went wrong, in numbers."""
    state, broken = result.state, Counter(found.promise for found in result.breaches)
    emails = Counter(row["state"] for row in state.rows("notifier", "emails"))
    return {
        "kills": sum(incident.fault.kind == "kill" for incident in result.incidents),
        "faults": len(result.incidents),
        "2xx": len(state.journal),
        "facts": sum(len(state.rows(service, "outbox")) for service in state.tables),
        "records": sum(len(records) for records in state.topics.values()),
        "matches": sum(row["version"] > 0 for row in state.rows("matcher", "matches")),
        "emails": emails["sent"] + emails["unknown"],
        "unknown": emails["unknown"],
        "duplicates": sum(broken[name] for name in _DUPLICATES),
        "lost": sum(broken[name] for name in _LOST),
        "over-booked": sum(broken[name] for name in _OVERBOOKED),
        "stuck": sum(broken[name] for name in _STUCK),
        "others": sum(times for name, times in broken.items() if name not in _SORTED),
        "ended": sum(result.ended_unasked.values()),
    }


_DUPLICATES = (
    *("one mail per letter, or unknown", "nobody is asked twice"),
    *("a confirmation to each side, once", "what was said has its effect once"),
)
_LOST = ("every 2xx is kept", "what was published is on its topic", "every event is consumed", "nothing is parked")
_OVERBOOKED = ("no place is given twice", "counters say what matches take", "no session was ever over its places")
_STUCK = ("nothing is stuck", "every outbox is empty")
_SORTED = {*_DUPLICATES, *_LOST, *_OVERBOOKED, *_STUCK}


def tell(results: Sequence[Result], say: Callable[[str], None]) -> None:
    """Print the table of all runs, the faults by kind, and the stories of what was broken."""
    for line in lines(results):
        say(line)
    for result in results:
        say("seconds: " + ", ".join(f"{name} {seconds:.0f}" for name, seconds in result.seconds.items()))
        for line in _stories(result):
            say(line)


def lines(results: Sequence[Result]) -> Iterator[str]:
    """The tables."""
    rows = {str(result.wish.seed): figures(result) for result in results}
    if len(rows) > 1:
        rows["all"] = dict(sum((Counter(row) for row in rows.values()), Counter()))
    names = list(next(iter(rows.values())))
    yield "  ".join(["seed".rjust(5), *(name.rjust(max(len(name), 5)) for name in names)])
    for seed, row in rows.items():
        yield "  ".join([seed.rjust(5), *(str(row.get(name, 0)).rjust(max(len(name), 5)) for name in names)])
    yield ""
    yield from fault_lines([incident for result in results for incident in result.incidents])
    measured = [result for result in results if result.wish.wave == 1]
    if measured:
        yield ""
        yield from recovery_lines([(result.incidents, result.samples) for result in measured])
    promised = Counter(found.promise for result in results for found in result.breaches)
    yield ""
    yield f"{len(PROMISES)} promises, {len(promised)} broken" + "".join(f"\n  {n} × {p}" for p, n in promised.items())
    unasked = sum((Counter(result.ended_unasked) for result in results), Counter[str]())
    if unasked:
        yield f"ended by themselves: {dict(unasked)}"


def fault_lines(incidents: Sequence[Incident]) -> Iterator[str]:
    """Faults by kind: how often."""
    for name, times in sorted(Counter(incident.fault.name for incident in incidents).items()):
        yield f"{times:5} × {name}"


def recovery_lines(runs: Sequence[tuple[list[Incident], list[Sample]]]) -> Iterator[str]:
    """Faults by kind, and then by what each kind was done to: how long until everything got through again."""
    kinds: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    names: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for incidents, samples in runs:
        ends = [following.began for following in incidents[1:]] + [math.inf]
        for incident, until in zip(incidents, ends, strict=True):
            measured = (incident.seconds, recovery(incident, samples, until))
            kinds[incident.fault.kind].append(measured)
            names[incident.fault.name].append(measured)
    yield "fault".ljust(28) + "times  seconds  recovered after: median  worst   × its length: median  worst"
    yield from _recovery_rows(kinds)
    yield ""
    yield from _recovery_rows({name: times for name, times in names.items() if name not in kinds})


def _recovery_rows(found: Mapping[str, list[tuple[float, float]]]) -> Iterator[str]:
    for name, times in sorted(found.items()):
        lengths, after = [length for length, _ in times], [wait for _, wait in times]
        shares = [wait / max(length, 1.0) for length, wait in times]
        yield (
            f"{name.ljust(28)}{len(times):5}  {statistics.median(lengths):7.1f}"
            f"{statistics.median(after):25.1f}{max(after):7.1f}"
            f"{statistics.median(shares):23.1f}{max(shares):7.1f}"
        )


def recovery(incident: Incident, samples: Sequence[Sample], until: float) -> float:
    """Seconds from the fault's end to the look after the last one, before `until`, that found anything late.

    Not to the first that found nothing late: what a short fault held up becomes late only after it.
    """
    window = [sample for sample in samples if incident.ended <= sample.at < until]
    late = [n for n, sample in enumerate(window) if not sample.is_well]
    if not late:
        return 0.0
    return window[min(late[-1] + 1, len(window) - 1)].at - incident.ended


def _stories(result: Result) -> Iterator[str]:
    told: set[str] = set()
    for found in result.breaches:
        if found.promise in told and len(told) >= STORIES_MAX:
            continue
        yield f"\nseed {result.wish.seed}: {found.promise}: {found.text} ({found.entity_id})"
        if found.promise not in told:
            yield from history(result.state, found.entity_id)[-LINES_MAX:]
        told.add(found.promise)


__all__ = ["Breach", "fault_lines", "figures", "lines", "recovery", "recovery_lines", "tell"]
