"""The best plan of a scenario as it looks today, and again after each match that was decided."""

import numpy as np

from services.matcher.instance import Match
from services.matcher.look_ahead.chance import marks, mixed
from services.matcher.look_ahead.scenarios import Outlook
from services.matcher.simulate.narrowing import closing_of_choice, narrowed, pair_of_choice
from services.matcher.solver.eligible import scan
from services.matcher.solver.encode import encode
from services.matcher.solver.local import Best, Budget, search, standing_state, state_with
from services.matcher.solver.pairs import problem_of
from services.matcher.solver.search import greedy
from services.matcher.solver.seating import is_free_for
from services.matcher.solver.state import ACTIVE, State, hold, release
from services.matcher.solver.tables import Pairs, Table, Tables, names_of


class Course:
    """A scenario's plan under way. The same outlook, steps and settled matches give the same plan."""

    def __init__(self, outlook: Outlook, decline_share: float, steps: int) -> None:
        tables = encode(outlook.instance)
        found = scan(tables)
        self.seed = outlook.scenario
        self.names = names_of(outlook.instance)
        self.problem = problem_of(tables, narrowed(found, _fits(outlook, tables, found, decline_share)))
        self.open_pairs = len(self.problem.pairs) - len(self.problem.fixed)
        pairs = self.problem.pairs[: self.open_pairs]
        self.pair_row = {key: row for row, key in enumerate(zip(*(pairs[c].tolist() for c in OWN), strict=True))}
        self.offer_row = {o: i for i, o in enumerate(self.names.offers)}
        self.request_row = {r: i for i, r in enumerate(self.names.requests)}
        self.session_row = {s: i for i, s in enumerate(self.names.sessions)}
        self.settled: list[tuple[int, int, int]] = []
        self.best = self._searched(standing_state(self.problem, tables, self.seed), steps)

    def _searched(self, state: State, steps: int) -> Best:
        greedy(self.problem, state, self.open_pairs)
        return search(self.problem, state, Budget(steps))

    def matches(self) -> tuple[Match, ...]:
        """What the plan would still propose, in this or a later minute."""
        offers, requests = self.problem.pairs["offer"], self.problem.pairs["request"]
        names = self.names
        return tuple(
            Match(names.offers[offers[pair]], names.sessions[session], names.requests[requests[pair]], pupils)
            for pair, session, pupils, _ in self.best.rows.tolist()
        )

    def settle(self, made: list[Match], steps: int) -> None:
        """Take these matches as made: what stands in their way goes, and the rest is planned anew around them."""
        state = state_with(self.problem, self.best.rows, self.seed + len(self.settled))
        for pair, session, pupils in self.settled:
            hold(self.problem, state, pair, session, pupils, 0, False)  # noqa: FBT003 — compiled code takes no keywords.
        for match in made:
            self._settle_one(state, match)
        self.best = self._searched(state, steps)

    def _settle_one(self, state: State, match: Match) -> None:
        pair = self.pair_row.get((self.offer_row[match.offer], self.request_row[match.request]))
        if pair is None:
            return
        session = self.session_row[match.session]
        for visit in self._in_the_way(state, pair, session):
            if is_free_for(self.problem, state, pair, session, match.pupils):
                break
            release(self.problem, state, visit)
        if is_free_for(self.problem, state, pair, session, match.pupils):
            hold(self.problem, state, pair, session, match.pupils, 0, False)  # noqa: FBT003 — as above.
            self.settled.append((pair, session, match.pupils))

    def _in_the_way(self, state: State, pair: int, session: int) -> list[int]:
        """Movable matches that could exclude this one, the likeliest first."""
        p = self.problem
        active = state.active[: state.sums[ACTIVE]]
        visits, me, slots = state.visits[active], p.pairs[pair], p.sessions[session]
        theirs, at = p.pairs[visits["pair"]], p.sessions[visits["session"]]
        employers, schools = p.offers["employer"], p.requests["school"]
        overlap = (at["slot"] < slots["slot_end"]) & (slots["slot"] < at["slot_end"])
        mine = theirs["request"] == me["request"]
        ranks = (
            visits["pair"] == pair,
            visits["session"] == session,
            mine & overlap,
            theirs["offer"] == me["offer"],
            (schools[theirs["request"]] == schools[me["request"]]) & overlap,
            employers[theirs["offer"]] == employers[me["offer"]],
            mine,
        )
        rank = np.select(ranks, range(len(ranks)), len(ranks))
        order = np.argsort(rank, kind="stable")
        rows: list[int] = active[order[rank[order] < len(ranks)]].tolist()
        return rows


OWN = ("offer", "request")


def _fits(outlook: Outlook, tables: Tables, found: Pairs, decline_share: float) -> Table:
    """Per choice: whether both are there before the offer goes and the session closes, and would accept."""
    o, r = found.pairs["offer"], found.pairs["request"]
    offers_from, requests_from = np.array(outlook.offers_from), np.array(outlook.requests_from)
    both = np.maximum(offers_from[o], requests_from[r])
    is_here = both <= outlook.now
    fits = is_here | (both < np.array(outlook.offers_until)[o])
    fits &= is_here | (_chances(outlook, o, r) >= decline_share)
    of_choice = pair_of_choice(found)
    keep: Table = fits[of_choice] & (both[of_choice] <= closing_of_choice(tables, found))
    return keep


def _chances(outlook: Outlook, offers: Table, requests: Table) -> Table:
    of_offer = marks([o.id for o in outlook.instance.offers])
    of_request = marks([f"{r.school}|{r.year}" for r in outlook.instance.requests])
    return mixed(of_offer[offers], of_request[requests], outlook.scenario)
