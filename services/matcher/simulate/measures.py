"""What a log brought: points, pupils, coverage, the schools that got least, waiting, emails."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from services.matcher.instance import Match
from services.matcher.simulate.decisions import Decision
from services.matcher.simulate.judge import Ruling
from services.matcher.simulate.years import DAY, Year

WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Measures:
    """One policy in one year. Coverage is a share of the needs; waits are days; emails are per school and week."""

    points: int
    pupils: int
    places: int
    coverage: dict[str, float]
    worst_decile: float
    offer_wait: float
    request_wait: float
    emails: float
    proposals: int
    declines: int
    withdrawn: int


def measure(year: Year, decisions: Sequence[Decision], ruling: Ruling) -> Measures:
    """The measures of a log that was judged.

    Pupils served: per cohort its places, at most its size. Worst decile: the mean coverage of the tenth of the schools
    that got least. Waits: from the arrival of an offer to its first proposal, of a request to its first accepted one.
    Emails: one per proposal to the school and one per confirmation, over the weeks from the start to the last session.
    """
    places: Counter[str] = Counter()
    for match in ruling.accepted:
        places[match.request] += match.pupils
    covered = _covered(year, ruling.accepted)
    return Measures(
        points=ruling.points,
        pupils=sum(min(r.pupils, places[r.id]) for r in year.instance.requests),
        places=places.total(),
        coverage=_by_benchmark(year, covered),
        worst_decile=_worst_decile(year, covered),
        offer_wait=_offer_wait(year, decisions),
        request_wait=_request_wait(year, decisions, ruling),
        emails=(ruling.proposals + len(ruling.accepted)) / max(1, len(year.instance.schools)) / _weeks(year),
        proposals=ruling.proposals,
        declines=ruling.declines,
        withdrawn=len(ruling.withdrawn),
    )


def _covered(year: Year, accepted: Sequence[Match]) -> dict[tuple[str, str], int]:
    """Per request and benchmark the credits that met a need."""
    credits_of = {o.id: o.counts_to for o in year.instance.offers}
    gained: Counter[tuple[str, str]] = Counter()
    for match in accepted:
        for benchmark, credit in credits_of[match.offer].items():
            gained[match.request, benchmark] += credit * match.pupils
    return {(r.id, b): min(need, gained[r.id, b]) for r in year.instance.requests for b, need in r.need.items()}


def _by_benchmark(year: Year, covered: dict[tuple[str, str], int]) -> dict[str, float]:
    needs: Counter[str] = Counter()
    met: Counter[str] = Counter()
    for request in year.instance.requests:
        for benchmark, need in request.need.items():
            needs[benchmark] += need
            met[benchmark] += covered[request.id, benchmark]
    return {benchmark: met[benchmark] / need for benchmark, need in sorted(needs.items()) if need}


def _worst_decile(year: Year, covered: dict[tuple[str, str], int]) -> float:
    shares: dict[str, list[float]] = defaultdict(list)
    for request in year.instance.requests:
        shares[request.school] += [covered[request.id, b] / need for b, need in request.need.items() if need]
    means = sorted(fmean(found) for found in shares.values() if found)
    return fmean(means[: max(1, len(means) // 10)]) if means else 1.0


def _offer_wait(year: Year, decisions: Sequence[Decision]) -> float:
    first: dict[str, int] = {}
    for decision in decisions:
        first.setdefault(decision.proposal.offer, decision.at)
    return fmean((at - year.times.arrives[offer]) / DAY for offer, at in first.items()) if first else 0.0


def _request_wait(year: Year, decisions: Sequence[Decision], ruling: Ruling) -> float:
    accepted = {(m.session, m.request) for m in ruling.accepted}
    first: dict[str, int] = {}
    for decision in decisions:
        told = decision.proposal
        if (told.session, told.request) in accepted:
            first.setdefault(told.request, decision.at)
    return fmean((at - year.times.requested[r]) / DAY for r, at in first.items()) if first else 0.0


def _weeks(year: Year) -> float:
    last = max((s.end_date for o in year.instance.offers for s in o.sessions), default=year.start)
    return max(1.0, (last - year.start).days * DAY / WEEK)
