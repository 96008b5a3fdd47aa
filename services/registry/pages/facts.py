"""What a match is about, as a page lists it: always as it was told."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.activities import SEND_SUPPORT, activity_name
from contracts.distances import miles
from contracts.gatsby import BENCHMARKS, UNITS
from contracts.matches import Progress, Terms
from services.registry.pages import when
from services.registry.pages.sights import Sight
from services.registry.pages.words import pupils


@dataclass(frozen=True)
class Entry:
    """A label, what it says in one line or several, and perhaps a quieter line."""

    label: str
    lines: tuple[str, ...]
    aside: str = ""


@dataclass(frozen=True)
class Step:
    """A cohort's progress in one benchmark with this match: words, and the lengths of two bars of 100."""

    short: str
    name: str
    before: int
    after: int


def entries(sight: Sight) -> list[Entry]:
    """When, where, who, how many."""
    terms = sight.match.terms
    other = (
        Entry("Employer", (terms.employer_name,))
        if sight.audience == "school"
        else Entry("School", (terms.school_name,), terms.school_postcode)
    )
    return [
        Entry("When", when.session_lines(terms)),
        _where(terms, sight.audience == "school"),
        other,
        Entry("Pupils", (f"{pupils(terms.pupils)} of {terms.cohort_label}",)),
        _counts(terms),
    ]


def steps(sight: Sight) -> list[Step]:
    """The school's progress without and with this match; nothing for an employer."""
    if sight.audience != "school":
        return []
    return [_step(progress) for progress in sight.match.terms.progress if progress.target]


def kind(terms: Terms) -> str:
    """The activity's name."""
    return activity_name(terms.activity)


def support(terms: Terms) -> list[str]:
    """Kinds of support the employer gives, in words."""
    return [SEND_SUPPORT.get(code, code.replace("_", " ")) for code in terms.send_support]


def _step(progress: Progress) -> Step:
    code = progress.benchmark
    return Step(_short(code), BENCHMARKS.get(code, ""), progress.percent_before, progress.percent_after)


def _where(terms: Terms, for_school: bool) -> Entry:  # noqa: FBT001 - a plain fact about the reader
    if terms.mode == "virtual":
        return Entry("Where", ("Online",))
    if terms.mode == "at_school":
        if for_school:
            return Entry("Where", ("At your school",), f"The employer comes to you ({terms.school_postcode})")
        return Entry("Where", (f"At {terms.school_name}",), terms.school_postcode)
    distance = f"{miles(terms.distance_km).capitalize()} from the school" if terms.distance_km else ""
    return Entry("Where", tuple(filter(None, (terms.address, terms.postcode))), distance)


def _counts(terms: Terms) -> Entry:
    """The benchmarks by name; days where a benchmark counts days."""
    days = [
        f"{count} days each for {_short(benchmark)}"
        for benchmark, count in terms.counts_to.items()
        if UNITS.get(benchmark) == "day" and count > 1
    ]
    names = tuple(": ".join(filter(None, (_short(code), BENCHMARKS.get(code)))) for code in terms.counts_to)
    return Entry("Counts towards", names or ("No benchmark",), ", ".join(days))


def _short(code: str) -> str:
    return code.replace("gb", "Benchmark ")
