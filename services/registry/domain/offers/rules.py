"""What an offer may say. Each rule yields the faults it finds; nothing stops at the first."""

from collections.abc import Iterator, Sequence

from contracts.activities import ACTIVITIES, SECTORS, SEND_SUPPORT, Activity
from contracts.gatsby import BENCHMARKS
from contracts.offers import Session
from services.registry import places
from services.registry.domain.codes import unknown, unknowns
from services.registry.domain.mistakes import Fault
from services.registry.domain.offers.around import Around
from services.registry.domain.offers.said import OfferTerms
from services.registry.domain.offers.session_rules import faults_among, faults_of_dates, faults_of_times
from services.registry.domain.offers.sessions import faults_of_ids, is_kept, pair
from services.registry.domain.said import ACTIVITY_NAMES, MODES, PHASES

YOUNGEST, OLDEST = 7, 14


def faults(said: OfferTerms, around: Around, current: Sequence[Session] = ()) -> Iterator[Fault]:
    """All that is wrong with what was said. `current`: the sessions so far, where it is an amendment."""
    activity = ACTIVITIES.get(said.activity)
    if activity is None:
        yield unknown(said.activity, ACTIVITY_NAMES, "activity", "#/activity")
    else:
        yield from _faults_of_activity(said, activity)
    yield from _faults_of_codes(said)
    yield from _faults_of_numbers(said)
    yield from _faults_of_place(said, around)
    yield from _faults_of_whom(said, around)
    yield from _faults_of_sessions(said, activity, around, current)


def _faults_of_activity(said: OfferTerms, activity: Activity) -> Iterator[Fault]:
    modes = " or ".join(sorted(activity.modes))
    if said.mode is None and len(activity.modes) > 1:
        yield Fault("#/mode", f"A {activity.code} can be {modes}.", "Say which.")
    elif said.mode in MODES and said.mode not in activity.modes:
        yield Fault("#/mode", f"A {activity.code} cannot be {said.mode}.", f"Say {modes}.")
    for n, benchmark in enumerate(said.benchmarks or ()):
        if benchmark in BENCHMARKS and benchmark not in activity.credits:
            detail = f"A {activity.code} does not count for {benchmark}."
            yield Fault(f"#/benchmarks/{n}", detail, f"It counts for {', '.join(activity.credits)}.")
    for n, year in enumerate(said.years or ()):
        if YOUNGEST <= year < activity.youngest_year:
            detail = f"A {activity.code} is for Year {activity.youngest_year} and above."
            yield Fault(f"#/years/{n}", detail, "Leave this year group out, or choose another activity.")


def _faults_of_codes(said: OfferTerms) -> Iterator[Fault]:
    if said.mode is not None and said.mode not in MODES:
        yield unknown(said.mode, MODES, "mode", "#/mode")
    yield from unknowns(said.benchmarks or (), BENCHMARKS, "benchmark", "#/benchmarks")
    yield from unknowns(said.sectors, SECTORS, "sector", "#/sectors")
    yield from unknowns(said.phases or (), PHASES, "phase", "#/phases")
    yield from unknowns(said.send_support, SEND_SUPPORT, "kind of SEND support", "#/send_support")
    for name in ("benchmarks", "years", "phases", "areas"):
        if getattr(said, name) == ():
            yield Fault(f"#/{name}", "An empty list would suit nobody.", "Name at least one, or leave the field out.")


def _faults_of_numbers(said: OfferTerms) -> Iterator[Fault]:
    for n, year in enumerate(said.years or ()):
        if not YOUNGEST <= year <= OLDEST:
            yield Fault(f"#/years/{n}", f"There is no Year {year} here.", "Year groups go from 7 to 14.")
    if said.min_pupils > said.max_pupils:
        yield Fault(
            "#/min_pupils", f"A group of {said.min_pupils} does not fit into {said.max_pupils} places.", "Lower it."
        )


def _faults_of_place(said: OfferTerms, around: Around) -> Iterator[Fault]:
    place = said.place
    if (place.lat is None) != (place.lon is None):
        missing = "lat" if place.lat is None else "lon"
        yield Fault(f"#/place/{missing}", "Half a position.", "Say both lat and lon, or neither.")
    elif places.normalise(place.postcode) is None:
        yield Fault("#/place/postcode", f"{place.postcode!r} is not a postcode.", "Write it in full: SG1 1EN.")
    elif place.lat is None and around.spot is None:
        remedy = "Correct the postcode, or say lat and lon as well."
        yield Fault("#/place/postcode", f"The postcode {place.postcode!r} was not found.", remedy)


def _faults_of_whom(said: OfferTerms, around: Around) -> Iterator[Fault]:
    for n, area_id in enumerate(said.areas or ()):
        if area_id not in around.areas:
            yield Fault(f"#/areas/{n}", "There is no such area.", "GET /v1/areas lists them.")
    if said.contact_id is not None and said.contact_id not in around.contacts:
        remedy = f"GET /v1/employers/{around.employer_id}/contacts lists them."
        yield Fault("#/contact_id", "This is not one of the employer's contacts.", remedy)


def _faults_of_sessions(
    said: OfferTerms, activity: Activity | None, around: Around, current: Sequence[Session]
) -> Iterator[Fault]:
    pairs = pair(said.sessions, current)
    yield from faults_of_ids(said.sessions, pairs, around.today)
    for n, (session, before) in enumerate(zip(said.sessions, pairs, strict=True)):
        if not is_kept(session, before):
            yield from faults_of_dates(session, f"#/sessions/{n}", around)
        yield from faults_of_times(session, f"#/sessions/{n}", activity)
    yield from faults_among(said.sessions, around)
