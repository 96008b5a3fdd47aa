"""What keeps an offer and a request apart: rules that the pair breaks on every day, and on its best day. Pure."""

from dataclasses import dataclass

from services.matcher import rules
from services.matcher.explain.standing import Standing
from services.matcher.instance import Offer, Request, Session

GAIN = "points"
"""Stands beside the rule codes for a match that the rules allow and that would cost more than it brings."""


@dataclass(frozen=True)
class Apart:
    """Why an offer and a request do not meet: the codes broken, and the session that breaks the fewest."""

    offer: Offer
    request: Request
    codes: tuple[str, ...]
    session: Session | None
    points: int = 0

    @property
    def first(self) -> str:
        return self.codes[0]


def free_sessions(standing: Standing, offer: Offer, request: Request) -> list[Session]:
    """The sessions on which nothing but the rest of the plan keeps the two apart."""
    school = standing.schools[request.school]
    return [s for s in offer.sessions if not rules.broken_by_session(offer, s, request, standing.instance, school)]


def apart(standing: Standing, offer: Offer, request: Request) -> Apart:
    """What keeps the two from one more match: every rule of H1 and H2, else the limit that is reached, else points."""
    school = standing.schools[request.school]
    codes = rules.broken_by_pair(offer, request, school)
    by_day = [(rules.broken_by_session(offer, s, request, standing.instance, school), s) for s in offer.sessions]
    dated, session = min(by_day, key=lambda one: len(one[0]), default=([], None))
    codes += dated
    smallest, largest = rules.group_sizes(offer, request)
    if smallest > largest:
        codes.append("H2-min" if request.split or offer.individual else "H2-split")
    if (offer.id, request.id) in standing.declined:
        codes.append("H1-declined")
    if codes or session is None:
        return Apart(offer, request, tuple(codes) or ("H3-groups",), session)
    return _by_room(standing, offer, request)


def _by_room(standing: Standing, offer: Offer, request: Request) -> Apart:
    days = free_sessions(standing, offer, request)
    chance = standing.chance(offer, request, days)
    if chance is not None:
        return Apart(offer, request, (GAIN,), standing.sessions[chance.session], chance.points)
    tightest = [(standing.tightest(offer, session, request), session) for session in days]
    (code, _), session = max(tightest, key=lambda one: (one[0][1], one[0][0] != "H0-duplicate"))
    return Apart(offer, request, (code,), session)
