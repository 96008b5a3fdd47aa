"""A former year of the hub near Hertford: a needier cohort asked late in September, as it does every year."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from contracts.hubs import MatchingPolicy
from contracts.schools import Days
from services.matcher import need, problem
from services.matcher.files import offer_as_told, request_as_told
from services.matcher.past import Arrival
from services.matcher.problem import Wish
from services.matcher.store import arrivals
from services.plumbing.postgres import Pool, transaction
from tests.matcher.given_live import AREA, a_request, a_school, a_session, an_offer

LOOKING = MatchingPolicy(window_seconds=24 * 3600, look_ahead=True, hold_days=25)
"""A hub that holds back, for twenty-five days at most."""
LAST_YEAR = datetime(2025, 9, 1, 8, 0, tzinfo=UTC)
OFTEN = 30


def the_past(asked_on: datetime = datetime(2025, 9, 25, 9, 0, tzinfo=UTC)) -> list[Arrival]:
    """Offers for a year group that nobody asks for, and the request of school B's cohort of thirty."""
    return [*(_idle_offer(n) for n in range(OFTEN)), _needier(asked_on)]


def _idle_offer(number: int) -> Arrival:
    offer = an_offer(f"idle {number}", a_session(f"idle session {number}", date(2025, 11, 11)), years=(7,))
    record = offer_as_told(problem.offer_of(offer, offer.sessions))
    return Arrival(offer.offer_id, "offer", LAST_YEAR + timedelta(hours=number), record)


def _needier(asked_on: datetime) -> Arrival:
    school = a_school("school B")
    possible = (Days(first=date(2025, 9, 1), last=date(2026, 3, 31)),)
    asked = a_request("request B of last year", school="school B", possible=possible, posted_at=asked_on)
    wish = Wish(asked, school, school.cohorts[0])
    lacking = need.still_needed(school, wish.cohort, asked.benchmarks, {})
    record = request_as_told(problem.request_of(wish, lacking, 1000))
    return Arrival(asked.request_id, "request", asked_on, record)


async def remember_past(pool: Pool, area_id: UUID = AREA) -> None:
    """As if last year's rounds had noted it."""
    async with transaction(pool) as tx:
        await arrivals.add_arrivals(tx, area_id, the_past())
