"""Where each request stands after a round: what it still needs, what kept offers out, how long it may take. Pure."""

from collections.abc import Iterable, Mapping
from statistics import median_low
from uuid import UUID

from contracts.outlooks import Outlook
from services.matcher import need, sentences
from services.matcher.area import AreaMemory
from services.matcher.domain import HOLDING, LiveMatch
from services.matcher.looking import Look
from services.matcher.need import Gain
from services.matcher.problem import Wish

_NOTHING = Look({})


def outlooks(
    memory: AreaMemory, planned: Iterable[LiveMatch], looks: Mapping[str, Look], round_id: UUID
) -> list[Outlook]:
    """The outlook of every request of the area, with what is planned now."""
    told = [match for match in memory.held if match.state != "planned"]
    by_cohort: dict[UUID, list[LiveMatch]] = {}
    for match in (*told, *planned):
        by_cohort.setdefault(match.cohort_id, []).append(match)
    titles = {str(offer.offer_id): offer.title for offer in memory.offers.values()}
    usual_wait = _usual_wait_days(memory)
    return [
        Outlook(
            request_id=wish.request.request_id,
            round_id=round_id,
            area_id=memory.area_id,
            at=memory.now,
            state=state,
            need=lacking,
            excluded=sentences.excluded(look),
            nearest_miss=sentences.nearest_miss(look, titles),
            held_back=tuple(sentences.held_back(match, titles) for match in matches if match.held),
            expected_wait_days=usual_wait if state == "waiting" else None,
        )
        for wish in memory.wishes.values()
        for matches in [by_cohort.get(wish.cohort.cohort_id, [])]
        for lacking in [_lacking(wish, matches)]
        for state in [_state(lacking, matches)]
        for look in [_NOTHING if state == "served" else looks.get(str(wish.request.request_id), _NOTHING)]
    ]


def has_news(outlook: Outlook, told: Mapping[str, object]) -> bool:
    """Whether it says more than that another round has been."""
    passing = {"round_id", "at"}
    now = outlook.model_dump(mode="json", exclude=passing)
    return now != {name: value for name, value in told.items() if name not in passing}


def _lacking(wish: Wish, matches: Iterable[LiveMatch]) -> dict[str, int]:
    gained = need.credits_of(Gain(match.counts_to, match.pupils) for match in matches if match.state in HOLDING)
    return need.still_needed(wish.school, wish.cohort, wish.request.benchmarks, gained)


def _state(lacking: Mapping[str, int], matches: Iterable[LiveMatch]) -> str:
    states = {match.state for match in matches}
    if states == {"planned"}:
        return "planned"
    if not any(lacking.values()):
        return "served"
    return "partly" if states else "waiting"


def _usual_wait_days(memory: AreaMemory) -> int | None:
    """The median days that the area's requests waited for their first proposal; None before there was one."""
    first: dict[UUID, int] = {}
    for match in memory.held:
        request = memory.requests.get(match.request_id)
        if request and match.history:
            days = max(0, (match.history[0].at - request.posted_at).days)
            first[request.request_id] = min(days, first.get(request.request_id, days))
    return median_low(first.values()) if first else None
