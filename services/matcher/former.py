"""Former school years of an area, from what was noted of them, laid into this year's calendar. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from services.matcher.instance import DateRange, Employer, Instance, Offer, Request
from services.matcher.look_ahead.patience import NEVER
from services.matcher.look_ahead.prior import moved
from services.matcher.minutes import first_day, minute_of
from services.matcher.parsing import offer_from, request_from
from services.matcher.past import Arrival, Past
from services.matcher.simulate.years import FormerYear, Times
from services.plumbing.clock import LONDON

YEAR = timedelta(weeks=52)
"""Former days are moved by whole weeks, so that a Tuesday stays one."""
YEARS_BACK = 3
LEAST_OFFERS = 30


def former_years(past: Past, instance: Instance, start: date, now: int) -> tuple[FormerYear, ...]:
    """The last school years, nearest first, of which all was noted that came from this day of the year on."""
    if not past.arrivals:
        return ()
    noted_from = minute_of(start, past.arrivals[0].arrived_at)
    found = []
    for back in range(1, YEARS_BACK + 1):
        begun, shift = date(start.year - back, start.month, start.day), back * YEAR
        rows = [one for one in past.arrivals if first_day(one.arrived_at.astimezone(LONDON).date()) == begun]
        is_covered = noted_from + shift // timedelta(minutes=1) <= now
        if is_covered and sum(one.kind == "offer" for one in rows) >= LEAST_OFFERS:
            found.append(_former_year(instance, rows, start, shift))
    return tuple(found)


def _former_year(instance: Instance, rows: Sequence[Arrival], start: date, shift: timedelta) -> FormerYear:
    name = f"before-{shift // YEAR}"
    came = {f"{name}:{row.id}": row for row in rows}
    offers = tuple(offer_then(row, id_, shift) for id_, row in came.items() if row.kind == "offer")
    schools = {school.id for school in instance.schools}
    requests = [_request_then(row, id_, shift) for id_, row in came.items() if row.kind == "request"]
    return FormerYear(
        name,
        replace(
            instance,
            id=name,
            employers=tuple(_employers(offers)),
            offers=offers,
            requests=tuple(request for request in requests if request.school in schools),
            existing=(),
        ),
        Times(
            arrives={offer.id: minute_of(start, came[offer.id].arrived_at + shift) for offer in offers},
            withdraws={offer.id: _gone(came[offer.id], start, shift) for offer in offers},
            requested={request.id: minute_of(start, came[request.id].arrived_at + shift) for request in requests},
        ),
    )


def _employers(offers: Sequence[Offer]) -> Iterator[Employer]:
    """Each once. Their caps of then are not known."""
    yield from (Employer(id_) for id_ in sorted({offer.employer for offer in offers}))


def _gone(row: Arrival, start: date, shift: timedelta) -> int:
    return minute_of(start, row.gone_at + shift) if row.gone_at else NEVER


def offer_then(row: Arrival, id_: str, shift: timedelta) -> Offer:
    """The offer as it came, so much later, under another id: the same offer may still be here."""
    offer = offer_from(row.record)
    return moved(offer, id_, f"{id_.partition(':')[0]}:{offer.employer}", shift)


def _request_then(row: Arrival, id_: str, shift: timedelta) -> Request:
    request = request_from(row.record)
    unavailable = tuple(_later(days, shift) for days in request.unavailable)
    return replace(request, id=id_, window=_later(request.window, shift), unavailable=unavailable)


def _later(days: DateRange, shift: timedelta) -> DateRange:
    return days[0] + shift, days[1] + shift
