"""What a round may expect: the area's past, laid into this school year's calendar, beside its problem. Pure.

Former years count once they cover the rest of the year; until then a year is made up from public volumes and from what
the area has seen.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from contracts.activities import ACTIVITIES
from contracts.gatsby import academic_year
from contracts.requests import SchoolRequest
from contracts.schools import Cohort, Days
from contracts.schools import School as ToldSchool
from services.matcher import need, problem
from services.matcher.area import AreaMemory
from services.matcher.domain import HOLDING
from services.matcher.files import offer_as_told, request_as_told
from services.matcher.former import former_years, offer_then
from services.matcher.instance import Instance, Request, School
from services.matcher.look_ahead.holding import Ahead, Holding
from services.matcher.look_ahead.patience import NEVER
from services.matcher.look_ahead.prior import GUESSING, WAITS, Beginnings, prior_years
from services.matcher.look_ahead.terms import Terms
from services.matcher.minutes import first_day, minute_of
from services.matcher.past import Arrival, Past
from services.matcher.problem import STAND_IN, Wish
from services.matcher.simulate.years import FormerYear
from services.plumbing.clock import LONDON

LEAST_WAITS = 20
DECLINED, DECLINED_WEIGHT = 0.2, 30
"""The share of proposals that are declined, as long as not more than so many answers tell otherwise."""


def ahead_of(memory: AreaMemory, instance: Instance, seconds: float) -> Ahead | None:
    """What is expected in the area; None where its policy looks not ahead, or its past was not read."""
    past = memory.past
    if past is None or not memory.policy.holds_back:
        return None
    start = first_day(memory.today)
    now = minute_of(start, memory.now)
    schools = tuple(_schools(memory))
    former = former_years(past, _ruled(instance, schools), start, now)
    arrived = {str(one.id): one.arrived_at for one in past.arrivals}
    return Ahead(
        start=start,
        now=now,
        years=former or _prior(memory, past, instance, schools),
        waits=_waits(past, memory),
        decline_share=(past.no + DECLINED * DECLINED_WEIGHT) / (past.yes + past.no + DECLINED_WEIGHT),
        arrived={id_: minute_of(start, at) for id_, at in arrived.items()},
        content=frozenset(str(id_) for id_ in memory.agreed),
        schools=schools,
        holding=dict(_holding(memory)),
        plans=past.plans,
        terms=Terms() if former else GUESSING,
        seconds=seconds,
    )


def _schools(memory: AreaMemory) -> Iterator[School]:
    """All open schools of the area: those that have not asked yet may."""
    for school in _members(memory):
        yield problem.school_of(school, problem.closed_days(school, memory.hub_of(school).calendar))


def _members(memory: AreaMemory) -> Iterator[ToldSchool]:
    for _, school in sorted(memory.schools.items(), key=lambda pair: str(pair[0])):
        if school.state == "open" and memory.membership(school):
            yield school


def _ruled(instance: Instance, schools: tuple[School, ...]) -> Instance:
    return replace(instance, schools=schools, existing=())


def _prior(memory: AreaMemory, past: Past, instance: Instance, schools: tuple[School, ...]) -> tuple[FormerYear, ...]:
    start = first_day(memory.today)
    recent = [one for one in past.of_kind("offer") if one.arrived_at > memory.now - timedelta(days=365)]
    return prior_years(
        Beginnings(
            rules=_ruled(instance, schools),
            schools=schools,
            cohorts=tuple(_silent(memory, start)),
            seen=tuple(offer_then(one, str(one.id), timedelta(0)) for one in recent),
            seen_on=tuple(one.arrived_at.astimezone(LONDON).date() for one in recent),
            start=start,
            now=minute_of(start, memory.now),
        )
    )


def _silent(memory: AreaMemory, start: date) -> Iterator[Request]:
    """What the cohorts of this year would need that have not asked."""
    asking = {wish.cohort.cohort_id for wish in memory.wishes.values()}
    year = academic_year(start)
    for school in _members(memory):
        for cohort in school.cohorts:
            if cohort.academic_year == year and cohort.pupils and cohort.cohort_id not in asking:
                yield _may_ask(memory, school, cohort, start)


def _may_ask(memory: AreaMemory, school: ToldSchool, cohort: Cohort, start: date) -> Request:
    """The usual request of a cohort: all that its year needs, at any time of the year."""
    benchmarks = tuple(sorted(memory.policy.bands))
    asked = SchoolRequest(
        request_id=cohort.cohort_id,
        school_id=school.school_id,
        cohort_id=cohort.cohort_id,
        state="open",
        terms_version=1,
        posted_at=memory.now,
        benchmarks=benchmarks,
        activities=tuple(ACTIVITIES),
        possible=(Days(first=start, last=start + timedelta(days=330)),),
        max_places=10 * cohort.pupils,
    )
    lacking = need.still_needed(school, cohort, benchmarks, memory.gained(cohort.cohort_id, HOLDING))
    return problem.request_of(Wish(asked, school, cohort), lacking, 1000)


def _waits(past: Past, memory: AreaMemory) -> tuple[int, ...]:
    """How long employers waited before they took back what nobody used; never, where its days passed first."""
    seen = [wait for one in past.of_kind("offer") if not one.was_used for wait in _wait(one, memory)]
    return tuple(seen) if len(seen) >= LEAST_WAITS else (*seen, *WAITS)


def _wait(one: Arrival, memory: AreaMemory) -> Iterator[int]:
    if one.gone_at:
        yield int((one.gone_at - one.arrived_at) // timedelta(minutes=1))
    elif all(session["date"] < memory.today.isoformat() for session in one.record["sessions"]):
        yield NEVER


def _holding(memory: AreaMemory) -> Iterator[tuple[str, Holding]]:
    for id_, wish in memory.wishes.items():
        policy = memory.hub_of(wish.school).policy
        days = policy.hold_days if policy.holds_back else 0
        yield str(id_), Holding(days, policy.guarantee_days, policy.urgent_days)


def newly_come(memory: AreaMemory, instance: Instance) -> Iterator[Arrival]:
    """Offers and requests of the area that were not noted before, as they are now."""
    noted = {one.id for one in memory.past.arrivals} if memory.past else set()
    for offer in instance.offers:
        if UUID(offer.id) not in noted:
            yield Arrival(UUID(offer.id), "offer", memory.causes[UUID(offer.id)][0], offer_as_told(offer))
    for request in instance.requests:
        if not request.id.startswith(STAND_IN) and UUID(request.id) not in noted:
            asked = memory.requests[UUID(request.id)]
            yield Arrival(UUID(request.id), "request", asked.posted_at, request_as_told(request))
