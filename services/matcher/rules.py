"""Who may go where: the rules H1 and H2 for one offer, session and request, each with its code.

The rules that several matches break together (H3 to H8) are kept by the solver while it plans.
"""

from math import asin, cos, floor, radians, sin, sqrt

from services.matcher.instance import DateRange, Instance, Offer, Request, School, Session

EARTH_KM = 6371.0088
TOLERANCE_KM = 1e-6


def distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """The haversine distance on a sphere of the earth's mean radius."""
    phi, other_phi = radians(lat), radians(other_lat)
    half = sin((other_phi - phi) / 2) ** 2
    half += cos(phi) * cos(other_phi) * sin((radians(other_lon) - radians(lon)) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def travel_km(offer: Offer, school: School) -> int:
    """Kilometres as the points count them: rounded, and none for what is virtual."""
    if offer.mode == "virtual":
        return 0
    return floor(distance_km(offer.lat, offer.lon, school.lat, school.lon) + 0.5)


def is_year_served(offer: Offer, request: Request) -> bool:
    """H1-year."""
    return request.year in offer.years


def is_phase_served(offer: Offer, school: School) -> bool:
    """H1-phase."""
    return school.phase in offer.phases


def is_activity_wanted(offer: Offer, request: Request) -> bool:
    """H1-activity."""
    return offer.activity in request.activities


def is_send_supported(offer: Offer, request: Request) -> bool:
    """H1-send: each special need that the cohort has is one that the offer can support."""
    return request.send <= offer.send_support


def is_needed(offer: Offer, request: Request) -> bool:
    """H1-need: the offer counts to a benchmark that the cohort still lacks."""
    return any(credit > 0 and request.need.get(benchmark, 0) > 0 for benchmark, credit in offer.counts_to.items())


def is_within_reach(offer: Offer, request: Request, school: School) -> bool:
    """H1-distance: the employer's radius, and the school's own limit where pupils travel."""
    limits = [offer.radius_km, request.max_travel_km if offer.mode == "at_workplace" else None]
    given = [limit for limit in limits if limit is not None]
    if not given:
        return True
    return distance_km(offer.lat, offer.lon, school.lat, school.lon) <= min(given) + TOLERANCE_KM


def is_in_time(offer: Offer, session: Session, request: Request, instance: Instance) -> bool:
    """H1-notice: both sides have their days of notice, counted from the day of the plan."""
    return (session.date - instance.today).days >= max(offer.notice_days, request.notice_days)


def is_in_window(session: Session, request: Request) -> bool:
    """H1-window: every day of the session lies in the cohort's window."""
    first, last = request.window
    return first <= session.date and session.end_date <= last


def is_available(session: Session, request: Request, school: School) -> bool:
    """H1-unavailable: no day of the session is blocked by the cohort or the school."""
    blocked = (*request.unavailable, *school.closed)
    return not any(_overlap((session.date, session.end_date), days) for days in blocked)


def _overlap(one: DateRange, other: DateRange) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def group_sizes(offer: Offer, request: Request) -> tuple[int, int]:
    """H2: the smallest and largest group of this cohort that this offer may host; empty when the first is larger.

    The places of a session (H3) and of the request (H6) bound the largest too.
    """
    largest = min(request.pupils, offer.max_pupils, request.max_places)
    if offer.individual:
        return 1, largest
    if request.split:
        return max(1, offer.min_pupils, request.min_group), largest
    return max(1, offer.min_pupils, request.pupils), largest


def broken_by_pair(offer: Offer, request: Request, school: School) -> list[str]:
    """The codes of H1 that every session of this offer breaks for this request."""
    verdicts = (
        ("H1-year", is_year_served(offer, request)),
        ("H1-phase", is_phase_served(offer, school)),
        ("H1-activity", is_activity_wanted(offer, request)),
        ("H1-send", is_send_supported(offer, request)),
        ("H1-need", is_needed(offer, request)),
        ("H1-distance", is_within_reach(offer, request, school)),
    )
    return [code for code, kept in verdicts if not kept]


def broken_by_session(
    offer: Offer, session: Session, request: Request, instance: Instance, school: School
) -> list[str]:
    """The codes of H1 that this session's days break for this request."""
    verdicts = (
        ("H1-notice", is_in_time(offer, session, request, instance)),
        ("H1-window", is_in_window(session, request)),
        ("H1-unavailable", is_available(session, request, school)),
    )
    return [code for code, kept in verdicts if not kept]


def broken_by_size(offer: Offer, request: Request, pupils: int) -> list[str]:
    """The codes of H2 that a group of this many pupils breaks."""
    verdicts = [("H2-cohort", pupils <= request.pupils)]
    if not offer.individual and request.split:
        verdicts.append(("H2-min", pupils >= max(offer.min_pupils, request.min_group)))
    elif not offer.individual:
        verdicts.append(("H2-split", pupils == request.pupils))
        verdicts.append(("H2-min", pupils >= offer.min_pupils))
    return [code for code, kept in verdicts if not kept]
