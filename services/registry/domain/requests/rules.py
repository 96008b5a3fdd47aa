"""What a request may say. Each rule yields the faults it finds; nothing stops at the first."""

import datetime as dt
from collections.abc import Iterator

from contracts.activities import ACTIVITIES, SECTORS, SEND_SUPPORT
from contracts.gatsby import BENCHMARKS
from services.registry.domain.codes import unknown, unknowns
from services.registry.domain.mistakes import Fault
from services.registry.domain.requests.around import Around
from services.registry.domain.requests.said import EVERY_OTHER, NewDays, RequestTerms
from services.registry.domain.said import ACTIVITY_NAMES


def faults(said: RequestTerms, around: Around) -> Iterator[Fault]:
    """All that is wrong with what was said."""
    yield from _faults_of_cohort(around)
    yield from _faults_of_benchmarks(said, around)
    yield from _faults_of_activities(said, around)
    yield from _faults_of_wishes(said)
    yield from _faults_of_dates(said, around)
    yield from _faults_of_numbers(said, around)
    if said.contact_id is not None and said.contact_id not in around.contacts:
        remedy = f"GET /v1/schools/{around.school_id}/contacts lists them."
        yield Fault("#/contact_id", "This is not one of the school's contacts.", remedy)


def _faults_of_cohort(around: Around) -> Iterator[Fault]:
    cohort = around.cohort
    if around.year.last < around.today:
        detail = f"{cohort.label} of {cohort.academic_year} is over."
        yield Fault("#/cohort_id", detail, "Name a cohort of the present academic year.")
    elif cohort.pupils == 0:
        yield Fault("#/cohort_id", f"{cohort.label} has no pupils.", "Say how many pupils the cohort has, first.")


def _faults_of_benchmarks(said: RequestTerms, around: Around) -> Iterator[Fault]:
    yield from unknowns(said.benchmarks, BENCHMARKS, "benchmark", "#/benchmarks")
    for n, benchmark in enumerate(said.benchmarks):
        if benchmark in BENCHMARKS and not around.asks_for(benchmark):
            detail = f"{benchmark} asks nothing of {around.cohort.label}, so nothing could be found for it."
            yield Fault(f"#/benchmarks/{n}", detail, "Leave it out.")


def _faults_of_activities(said: RequestTerms, around: Around) -> Iterator[Fault]:
    if said.activities == ():
        yield Fault("#/activities", "An empty list finds nothing.", "Name at least one, or leave the field out.")
    for n, code in enumerate(said.activities or ()):
        activity, at = ACTIVITIES.get(code), f"#/activities/{n}"
        if activity is None:
            yield unknown(code, ACTIVITY_NAMES, "activity", at)
            continue
        if not set(activity.credits) & set(said.benchmarks):
            detail = f"A {code} counts for {', '.join(activity.credits)}, which this request does not name."
            yield Fault(at, detail, "Leave the activity out, or name the benchmark.")
        if around.cohort.year < activity.youngest_year:
            detail = f"A {code} is for Year {activity.youngest_year} and above."
            yield Fault(at, detail, "Leave it out for this cohort.")


def _faults_of_wishes(said: RequestTerms) -> Iterator[Fault]:
    for code in said.sectors:
        if code not in SECTORS and code != EVERY_OTHER:
            yield unknown(code, SECTORS, "sector", f"#/sectors/{code.replace('~', '~0').replace('/', '~1')}")
    yield from unknowns(said.send_needs, SEND_SUPPORT, "kind of SEND support", "#/send_needs")


def _faults_of_dates(said: RequestTerms, around: Around) -> Iterator[Fault]:
    found = [*_faults_of_ranges(said.possible or (), "possible"), *_faults_of_ranges(said.impossible, "impossible")]
    yield from found
    for n, days in enumerate(said.possible or ()):
        if days.first <= days.last and not around.year.first <= days.first <= days.last <= around.year.last:
            detail = f"The cohort's academic year is {around.year.first} to {around.year.last}."
            yield Fault(f"#/possible/{n}", detail, "Name days within it; another year is another cohort.")
    if said.possible == ():
        yield Fault("#/possible", "No day would be possible.", "Name the days, or leave the field out.")
    elif not found and not _has_a_day(said, around):
        detail = f"No weekday is left that is {said.notice_days} days away and possible."
        yield Fault("#/possible", detail, "Name later days, shorten notice_days, or free some impossible ones.")


def _faults_of_ranges(ranges: tuple[NewDays, ...], name: str) -> Iterator[Fault]:
    for n, days in enumerate(ranges):
        if days.last < days.first:
            yield Fault(f"#/{name}/{n}", "The last day is before the first.", "Swap them.")


def _has_a_day(said: RequestTerms, around: Around) -> bool:
    first = around.today + dt.timedelta(days=said.notice_days)
    days = (first + dt.timedelta(days=n) for n in range((around.year.last - first).days + 1))
    possible = said.possible or (around.usual_days,)
    return any(
        day.weekday() < 5  # noqa: PLR2004 - Saturday
        and any(d.first <= day <= d.last for d in possible)
        and not any(d.first <= day <= d.last for d in said.impossible)
        for day in days
    )


def _faults_of_numbers(said: RequestTerms, around: Around) -> Iterator[Fault]:
    pupils = around.cohort.pupils
    if pupils and said.min_group > pupils:
        yield Fault("#/min_group", f"The cohort has {pupils} pupils.", f"Say at most {pupils}.")
    if said.max_places is None:
        return
    if said.max_places < said.min_group:
        yield Fault("#/max_places", "Less than the smallest group.", "Raise it, or lower min_group.")
    if not said.split and said.max_places < pupils:
        detail = f"Without splitting, each match takes all {pupils} pupils."
        yield Fault("#/max_places", detail, f"Say at least {pupils}, or allow splitting.")
