"""The best plan of a scenario as it looks today: pairs that miss each other in time are left out."""

import numpy as np

from services.matcher.instance import Match
from services.matcher.look_ahead.chance import marks, mixed
from services.matcher.look_ahead.scenarios import Outlook
from services.matcher.simulate.narrowing import closing_of_choice, narrowed, pair_of_choice
from services.matcher.solver.answer import matches_of
from services.matcher.solver.eligible import scan
from services.matcher.solver.encode import encode
from services.matcher.solver.local import Budget, chosen_of, search, standing_state
from services.matcher.solver.pairs import problem_of
from services.matcher.solver.search import greedy
from services.matcher.solver.tables import Pairs, Table, Tables


def plan(outlook: Outlook, decline_share: float, steps: int) -> tuple[Match, ...]:
    """The best matches found, without those held already. The same outlook and steps give the same plan."""
    instance = outlook.instance
    tables = encode(instance)
    found = scan(tables)
    problem = problem_of(tables, narrowed(found, _fits(outlook, tables, found, decline_share)))
    state = standing_state(problem, tables, outlook.scenario)
    greedy(problem, state, len(problem.pairs) - len(problem.fixed))
    best = search(problem, state, Budget(steps))
    held = {(e.session, e.request) for e in instance.existing if e.status == "accepted"}
    matches = matches_of(instance, problem, chosen_of(best.rows))
    return tuple(m for m in matches if (m.session, m.request) not in held)


def _fits(outlook: Outlook, tables: Tables, found: Pairs, decline_share: float) -> Table:
    """Per choice: whether both are there before the offer goes and the session closes, and would accept."""
    o, r = found.pairs["offer"], found.pairs["request"]
    offers_from, requests_from = np.array(outlook.offers_from), np.array(outlook.requests_from)
    both = np.maximum(offers_from[o], requests_from[r])
    is_here = both <= outlook.now
    fits = is_here | (both < np.array(outlook.offers_until)[o])
    fits &= is_here | (_chances(outlook, o, r) >= decline_share)
    of_choice = pair_of_choice(found)
    return fits[of_choice] & (both[of_choice] <= closing_of_choice(tables, found))


def _chances(outlook: Outlook, offers: Table, requests: Table) -> Table:
    of_offer = marks([o.id for o in outlook.instance.offers])
    of_request = marks([f"{r.school}|{r.year}" for r in outlook.instance.requests])
    return mixed(of_offer[offers], of_request[requests], outlook.scenario)
