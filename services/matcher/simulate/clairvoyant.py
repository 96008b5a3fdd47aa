"""The yardstick of those who know everything: the best set of matches over pairs that will accept and meet in time."""

import numpy as np

from services.matcher.instance import Match
from services.matcher.simulate.decisions import Decision, Proposal
from services.matcher.simulate.narrowing import closing_of_choice, narrowed, pair_of_choice
from services.matcher.simulate.years import Year

STEPS = 400_000


def clairvoyant(year: Year, steps: int = STEPS, seed: int = 0) -> tuple[Decision, ...]:
    """The best log found of somebody who knows the whole year; each match is proposed the minute both are there.

    The same year, steps and seed give the same log.
    """
    from services.matcher.solver.answer import matches_of  # noqa: PLC0415 — compiled code, not needed to judge a log.
    from services.matcher.solver.eligible import scan  # noqa: PLC0415 — as above.
    from services.matcher.solver.encode import encode  # noqa: PLC0415 — as above.
    from services.matcher.solver.hub import Aim, plan_hub  # noqa: PLC0415 — as above.
    from services.matcher.solver.local import Budget, chosen_of  # noqa: PLC0415 — as above.
    from services.matcher.solver.pairs import problem_of  # noqa: PLC0415 — as above.

    tables = encode(year.instance)
    found = scan(tables)
    if not len(found.pairs):
        return ()
    both = _both_there(year)[found.pairs["offer"], found.pairs["request"]][pair_of_choice(found)]
    problem = problem_of(tables, narrowed(found, (both >= 0) & (both <= closing_of_choice(tables, found))))
    best = plan_hub(problem, Budget(steps), seed, Aim(), lambda _objective, _bound: None).best
    return _log(year, matches_of(year.instance, problem, chosen_of(best.rows)))


def _both_there(year: Year) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Per offer and request the minute from which both are there; -1 where they decline or miss each other."""
    times = year.times
    there = np.full((len(year.instance.offers), len(year.instance.requests)), -1, np.int64)
    offer_row = {o.id: i for i, o in enumerate(year.instance.offers)}
    request_row = {r.id: i for i, r in enumerate(year.instance.requests)}
    for (offer, request), answer in year.answers.items():
        both = max(times.arrives[offer], times.requested[request])
        if answer.accepts and both < times.withdraws[offer]:
            there[offer_row[offer], request_row[request]] = both
    return there


def _log(year: Year, matches: tuple[Match, ...]) -> tuple[Decision, ...]:
    def decided(match: Match) -> Decision:
        at = max(year.times.arrives[match.offer], year.times.requested[match.request])
        return Decision(at, Proposal(match.offer, match.session, match.request, match.pupils))

    return tuple(sorted(map(decided, matches), key=lambda d: (d.at, d.proposal.session, d.proposal.request)))
