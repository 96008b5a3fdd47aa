"""From row numbers back to ids: the plan that is handed out."""

from collections.abc import Iterable, Sequence

from services.matcher.instance import Instance, Match
from services.matcher.solver.pairs import Problem
from services.matcher.solver.tables import Chosen, names_of


def matches_of(instance: Instance, problem: Problem, chosen: Iterable[Chosen]) -> tuple[Match, ...]:
    """The accepted matches and the chosen ones, by offer, session and request."""
    names = names_of(instance)
    matches = [Match(e.offer, e.session, e.request, e.pupils) for e in instance.existing if e.status == "accepted"]
    for one in chosen:
        row = problem.pairs[one.pair]
        matches.append(
            Match(names.offers[row["offer"]], names.sessions[one.session], names.requests[row["request"]], one.pupils)
        )
    return tuple(sorted(set(matches)))


def chosen_from(instance: Instance, problem: Problem, matches: Sequence[Match]) -> list[Chosen]:
    """The same back again, without the accepted matches."""
    if not matches:
        return []
    names = names_of(instance)
    sessions = {name: row for row, name in enumerate(names.sessions)}
    free = problem.pairs[: len(problem.pairs) - len(problem.fixed)]
    pairs = {(names.offers[row["offer"]], names.requests[row["request"]]): i for i, row in enumerate(free)}
    accepted = {(e.session, e.request) for e in instance.existing if e.status == "accepted"}
    return [
        Chosen(pairs[m.offer, m.request], sessions[m.session], m.pupils)
        for m in matches
        if (m.session, m.request) not in accepted
    ]
