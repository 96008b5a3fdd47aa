"""What a cohort still lacks: target - met elsewhere - credits of its own matches. Nobody else computes it. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from contracts.gatsby import institution_of, rules_on
from contracts.schools import Cohort, School

SEPTEMBER = 9


@dataclass(frozen=True)
class Gain:
    """Credits that pupils have, or will have, from one match."""

    counts_to: Mapping[str, int]
    pupils: int


def target(school: School, cohort: Cohort, benchmark: str) -> int:
    """Credits the whole cohort should have by the end of its year, in the wording in force that year."""
    first = date(int(cohort.academic_year[:4]), SEPTEMBER, 1)
    per_pupil = rules_on(first).target(institution_of(school.phase), benchmark, cohort.year)
    return per_pupil * cohort.pupils


def credits_of(gains: Iterable[Gain]) -> Counter[str]:
    """Credits per benchmark of all these together."""
    total: Counter[str] = Counter()
    for gain in gains:
        for benchmark, per_pupil in gain.counts_to.items():
            total[benchmark] += per_pupil * gain.pupils
    return total


def still_needed(
    school: School, cohort: Cohort, benchmarks: Iterable[str], gained: Mapping[str, int]
) -> dict[str, int]:
    """Credits still lacking per benchmark, never below 0, after `gained` and what was met elsewhere."""
    return {
        benchmark: max(
            0,
            target(school, cohort, benchmark) - cohort.met_elsewhere.get(benchmark, 0) - gained.get(benchmark, 0),
        )
        for benchmark in sorted(benchmarks)
    }
