"""Room for what stands: agreed matches are never contradicted by totals that shrank afterwards. Pure.

An employer may plan fewer sessions, a school ask for fewer places: what was agreed stands all the same, and the round
must still find a plan around it. So totals that the accepted matches already exceed are raised to what they take, and
no further. (Not those that hold for each of many days, sessions or schools: see `crowding`.)
"""

from collections import Counter
from dataclasses import replace

from services.matcher.instance import Employer, Instance, Offer, Request


def with_room(problem: Instance) -> Instance:
    """The same problem with every total at least as high as what its accepted matches take."""
    standing = [e for e in problem.existing if e.status == "accepted"]
    if not standing:
        return problem
    employer_of = {offer.id: offer.employer for offer in problem.offers}
    places: Counter[str] = Counter()
    for match in standing:
        places[match.request] += match.pupils
    used = {(match.offer, match.session) for match in standing}
    by_offer = Counter(offer for offer, _ in used)
    by_employer = Counter(employer_of[offer] for offer, _ in used)
    return replace(
        problem,
        employers=tuple(_employer(employer, by_employer[employer.id]) for employer in problem.employers),
        offers=tuple(_offer(offer, by_offer[offer.id]) for offer in problem.offers),
        requests=tuple(_request(request, places[request.id]) for request in problem.requests),
    )


def _employer(employer: Employer, sessions: int) -> Employer:
    cap = employer.max_sessions
    return employer if cap is None or cap >= sessions else replace(employer, max_sessions=sessions)


def _offer(offer: Offer, sessions: int) -> Offer:
    return offer if offer.max_sessions >= sessions else replace(offer, max_sessions=sessions)


def _request(request: Request, places: int) -> Request:
    return request if request.max_places >= places else replace(request, max_places=places)
