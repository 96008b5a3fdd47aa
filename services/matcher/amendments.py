"""What an amendment or withdrawal does to the matches that stand on it: which end, why, and in which order. Pure.

Matches that still fit stand. Where places get fewer, planned matches end first, then the newest proposed, accepted and
confirmed ones. Nothing that has taken place, or whose day has passed, is touched.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from contracts.offers import Offer
from contracts.requests import SchoolRequest
from contracts.schools import School
from services.matcher import rules, terms
from services.matcher.capacity import Count, Key, Ledger, keys_of, limits_of
from services.matcher.domain import LiveMatch
from services.matcher.problem import Wish, offer_of, request_of, school_of

_STRONGEST_FIRST = {"delivered": 0, "confirmed": 1, "accepted": 2, "proposed": 3, "planned": 4}

Happenings = dict[UUID, str]
"""What happens to which match."""


def is_touchable(match: LiveMatch, today: date) -> bool:
    """Whether the match may still be ended: open, and its last day not passed."""
    return match.is_open and match.last_day >= today


def of_offer(offer: Offer, matches: Sequence[LiveMatch], wishes: Mapping[UUID, Wish], today: date) -> Happenings:
    """What the offer, as it is now, does to its matches. `wishes`: by request, as far as they are known."""
    happenings = {
        match.id: why
        for match in matches
        if is_touchable(match, today) and (why := _broken_by_offer(offer, match, wishes.get(match.request_id)))
    }
    standing = [match for match in matches if match.id not in happenings]
    crowded = crowded_out(standing, limits_of(offer), today, per_school=offer.max_groups_per_school)
    happenings |= dict.fromkeys(crowded, "fewer_places")
    fitting = [match for match in standing if match.id not in happenings]
    return happenings | {match.id: news for match in fitting if (news := _told_otherwise(offer, match))}


def of_request(
    request: SchoolRequest, matches: Sequence[LiveMatch], offers: Mapping[UUID, Offer], wish: Wish | None, today: date
) -> Happenings:
    """What the request, as it is now, does to its matches. `offers` and `wish`: as far as they are known."""
    happenings = {
        match.id: why
        for match in matches
        if is_touchable(match, today) and (why := _broken_by_request(request, match, offers.get(match.offer_id), wish))
    }
    standing = [match for match in matches if match.id not in happenings]
    limits: dict[Key, int | None] = {("request_places", request.request_id): request.max_places}
    happenings |= dict.fromkeys(crowded_out(standing, limits, today), "request_amended")
    return happenings | {
        match.id: "weighed"
        for match in standing
        if match.id not in happenings and match.terms and _is_weighed_otherwise(match, request)
    }


def of_employer(employer_id: UUID, cap: int | None, matches: Sequence[LiveMatch], today: date) -> Happenings:
    """What the employer's pooled cap, as it is now, does to its matches."""
    return dict.fromkeys(crowded_out(matches, {("employer_sessions", employer_id): cap}, today), "fewer_places")


def of_school(school: School, matches: Sequence[LiveMatch], today: date) -> Happenings:
    """Whom leaving a hub concerns: matches under a membership that does not hold on their day, or a closed school's."""
    return {
        match.id: "left_hub"
        for match in matches
        if is_touchable(match, today) and (school.state != "open" or not _is_member(school, match))
    }


def crowded_out(
    matches: Iterable[LiveMatch], limits: Mapping[Key, int | None], today: date, *, per_school: int | None = None
) -> set[UUID]:
    """Which of these matches do not fit within `limits`, if the strongest and oldest take their places first.

    `per_school`: how many of them one school may have.
    """
    ordered = sorted((match for match in matches if match.places), key=lambda m: _rank(m, today))
    ledger = Ledger({key: Count(limits.get(key)) for match in ordered for key in keys_of(match)})
    of_schools: Counter[UUID] = Counter()
    out = set()
    for match in ordered:
        is_too_many = per_school is not None and of_schools[match.school_id] >= per_school
        if not is_touchable(match, today):
            ledger.hold(match)
        elif is_too_many or not ledger.take(match):
            out.add(match.id)
            continue
        of_schools[match.school_id] += 1
    return out


def _rank(match: LiveMatch, today: date) -> tuple[bool, int, datetime, UUID]:
    since = match.history[0].at if match.history else match.planned_at
    return is_touchable(match, today), _STRONGEST_FIRST[match.state], since, match.id


def _broken_by_offer(offer: Offer, match: LiveMatch, wish: Wish | None) -> str | None:
    session = next((s for s in offer.sessions if s.session_id == match.session_id), None)
    if offer.state == "withdrawn":
        return "offer_withdrawn"
    if session is None or session.state == "cancelled":
        return "session_cancelled"
    if match.terms and terms.has_other_arrangements(match.terms, offer, session):
        return "terms_changed"
    if (session.date, session.end_date or session.date) != (match.first_day, match.last_day):
        return "terms_changed"
    if offer.terms_version <= match.offer_terms_version or wish is None:
        return None
    return "terms_changed" if _broken_codes(offer, match, wish) & _OF_OFFER else None


def _broken_by_request(request: SchoolRequest, match: LiveMatch, offer: Offer | None, wish: Wish | None) -> str | None:
    if request.state == "withdrawn":
        return "request_withdrawn"
    if request.terms_version <= match.request_terms_version or wish is None or offer is None:
        return None
    return "request_amended" if _broken_codes(offer, match, wish) & _OF_REQUEST else None


_OF_OFFER = frozenset({"H1-year", "H1-phase", "H1-activity", "H1-send", "H1-distance", "H2-min"})
_OF_REQUEST = frozenset(
    {
        *("H1-activity", "H1-send", "H1-need", "H1-distance", "H1-window", "H1-unavailable"),
        *("H2-cohort", "H2-min", "H2-split"),
    }
)
# Notice is not judged again: an agreed match comes nearer every day.


def _broken_codes(offer: Offer, match: LiveMatch, wish: Wish) -> set[str]:
    asked = request_of(wish, need=dict.fromkeys(wish.request.benchmarks, 1), weight=1000)
    given, school = offer_of(offer, offer.sessions), school_of(wish.school)
    session = next(s for s in given.sessions if s.id == str(match.session_id))
    codes = {*rules.broken_by_pair(given, asked, school), *rules.broken_by_size(given, asked, match.pupils)}
    if not rules.is_in_window(session, asked):
        codes.add("H1-window")
    if not rules.is_available(session, asked, school):
        codes.add("H1-unavailable")
    return codes


def _told_otherwise(offer: Offer, match: LiveMatch) -> str | None:
    """What was told is what is shown: new words are told to those who have a confirmation, and else with it."""
    if match.terms is None or not match.is_open:
        return None
    if match.state == "confirmed" and terms.has_other_texts(match.terms, offer):
        return "text_changed"
    newer = offer.terms_version != match.offer_terms_version
    return "weighed" if newer or match.terms.employer_contact_id != offer.contact_id else None


def _is_weighed_otherwise(match: LiveMatch, request: SchoolRequest) -> bool:
    if match.terms is None or not match.is_open:
        return False
    newer = request.terms_version != match.request_terms_version
    return newer or match.terms.school_contact_id != request.contact_id


def _is_member(school: School, match: LiveMatch) -> bool:
    return any(m.hub_id == match.hub_id and m.holds_on(match.first_day) for m in school.memberships)
