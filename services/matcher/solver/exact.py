"""The whole problem as one mixed-integer program: proves the optimum of villages and other small instances.

A yes/no per pair and session, a number of pupils where the size may vary, and per prefix of a benchmark's bands the
credits that fall into it: the points of T credits are Σ (points of a band - points of the next) × min(T, end of the
band).
"""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from services.matcher.solver.pairs import Problem
from services.matcher.solver.program import Program, Solved, solve_program
from services.matcher.solver.tables import AT_WORKPLACE, EMPLOYER_USED, SESSION_USED, Chosen, Table

Terms = list[tuple[int, float]]
HALF = 0.5


@dataclass(slots=True)
class Visit:
    """One possible match: its yes/no column, its column of pupils (or -1 when the size is fixed)."""

    pair: int
    choice: int
    session: int
    low: int
    high: int
    column: int = -1
    pupils: int = -1

    def places(self) -> Terms:
        """Its pupils as terms of a row."""
        return [(self.column, self.high)] if self.pupils < 0 else [(self.pupils, 1)]


@dataclass(slots=True)
class Exact:
    """The program of a problem, and how to read a plan from its columns."""

    problem: Problem
    taken: "Taken"
    program: Program = field(default_factory=Program)
    visits: list[Visit] = field(default_factory=list)
    opened: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Taken:
    """What accepted matches use up."""

    pupils: dict[int, int]
    groups: dict[int, int]
    places: dict[int, int]
    by_group: dict[int, int]
    credits: Table
    diary: Table
    hall: Table
    there: set[tuple[int, int]]


def taken_by_fixed(p: Problem) -> Taken:
    """Sums over the accepted matches."""
    taken = Taken(
        pupils=defaultdict(int),
        groups=defaultdict(int),
        places=defaultdict(int),
        by_group=defaultdict(int),
        credits=np.zeros((len(p.requests), p.credits.shape[1]), np.int64),
        diary=np.zeros((len(p.requests), p.slots), np.int64),
        hall=np.zeros((len(p.halls), p.slots), np.int64),
        there=set(),
    )
    for (session, request, pupils), pair in zip(p.fixed.tolist(), p.fixed_pairs.tolist(), strict=True):
        offer = int(p.sessions["offer"][session])
        taken.pupils[session] += pupils
        taken.groups[session] += 1
        taken.places[request] += pupils
        taken.by_group[int(p.pairs["group"][pair])] += 1
        taken.credits[request] += pupils * p.credits[offer]
        slots = slice(p.sessions["slot"][session], p.sessions["slot_end"][session])
        taken.diary[request, slots] += pupils
        if p.offers["mode"][offer] != AT_WORKPLACE:
            taken.hall[p.requests["school"][request], slots] += 1
        taken.there.add((session, request))
    return taken


def exact_program(p: Problem) -> Exact:
    """The program of this problem: its optimum is the best plan there is."""
    exact = Exact(p, taken_by_fixed(p))
    _add_visits(exact)
    _add_sessions(exact)
    _add_employers(exact)
    _add_limits(exact)
    _add_half_days(exact)
    _add_bands(exact)
    return exact


def _add_visits(exact: Exact) -> None:
    p, taken = exact.problem, exact.taken
    for pair in range(len(p.pairs) - len(p.fixed)):
        row = p.pairs[pair]
        offer = p.offers[row["offer"]]
        places = int(p.requests["max_places"][row["request"]]) - taken.places[int(row["request"])]
        for choice in range(row["first"], row["last"]):
            session = int(p.choices["session"][choice])
            low, high = int(row["low"]), min(int(row["high"]), places, int(offer["max_pupils"]) - taken.pupils[session])
            if low > high or (session, int(row["request"])) in taken.there:
                continue
            _add_visit(exact, Visit(pair, choice, session, low, high))


def _add_visit(exact: Exact, visit: Visit) -> None:
    p, program = exact.problem, exact.program
    row = p.pairs[visit.pair]
    cost = int(row["pupil_cost"])
    sure = visit.high if visit.low == visit.high else 0
    visit.column = program.column(int(p.choices["bonus"][visit.choice]) - int(row["visit_cost"]) - cost * sure)
    if not sure:
        visit.pupils = program.column(-cost, 0, visit.high)
        program.row([(visit.pupils, 1), (visit.column, -visit.high)], high=0)
        program.row([(visit.pupils, 1), (visit.column, -visit.low)], low=0)
    exact.visits.append(visit)


def _grouped(exact: Exact, key: str) -> dict[int, list[Visit]]:
    groups: dict[int, list[Visit]] = defaultdict(list)
    for visit in exact.visits:
        groups[int(exact.problem.pairs[key][visit.pair])].append(visit)
    return groups


def _add_sessions(exact: Exact) -> None:
    """H3 and H4-sessions. `opened`: the column that says whether a session without accepted matches is used."""
    p, program, taken = exact.problem, exact.program, exact.taken
    by_session: dict[int, list[Visit]] = defaultdict(list)
    for visit in exact.visits:
        by_session[visit.session].append(visit)
    for session, visits in by_session.items():
        offer = p.offers[p.sessions["offer"][session]]
        program.row(
            [term for v in visits for term in v.places()], high=int(offer["max_pupils"]) - taken.pupils[session]
        )
        groups = int(offer["max_groups"]) - taken.groups[session]
        program.row([(v.column, 1) for v in visits], high=groups)
        if taken.groups[session] == 0:
            exact.opened[session] = _opened(exact, visits, groups)
    for o, offer in enumerate(p.offers):
        mine = range(offer["first"], offer["last"])
        used = sum(taken.groups[s] > 0 for s in mine)
        terms = [(exact.opened[s], 1.0) for s in mine if s in exact.opened]
        if len(terms) > int(p.offers["max_sessions"][o]) - used:
            program.row(terms, high=int(offer["max_sessions"]) - used)


def _opened(exact: Exact, visits: list[Visit], groups: int) -> int:
    program = exact.program
    column = program.column(-int(exact.problem.policy[SESSION_USED]))
    if groups == 1:
        program.row([(v.column, 1) for v in visits] + [(column, -1)], low=0, high=0)
        return column
    for visit in visits:
        program.row([(visit.column, 1), (column, -1)], high=0)
    return column


def _add_employers(exact: Exact) -> None:
    """H4-employer, and the points for each employer that takes part."""
    p, program, taken = exact.problem, exact.program, exact.taken
    sessions: dict[int, list[int]] = defaultdict(list)
    used: dict[int, set[int]] = defaultdict(set)
    for session, column in exact.opened.items():
        sessions[int(p.offers["employer"][p.sessions["offer"][session]])].append(column)
    for session in taken.groups:
        if taken.groups[session]:
            used[int(p.offers["employer"][p.sessions["offer"][session]])].add(session)
    for employer in sorted(sessions.keys() | used.keys()):
        terms = [(column, 1.0) for column in sessions[employer]]
        left = int(p.caps[employer]) - len(used[employer])
        if len(terms) > left:
            program.row(terms, high=left)
        if not used[employer]:
            column = program.column(int(p.policy[EMPLOYER_USED]))
            program.row([(column, 1), *((c, -f) for c, f in terms)], high=0)


def _add_limits(exact: Exact) -> None:
    """H5-hogging and H6-places."""
    p, program, taken = exact.problem, exact.program, exact.taken
    for group, visits in _grouped(exact, "group").items():
        limit = int(p.offers["max_per_school"][p.pairs["offer"][visits[0].pair]]) - taken.by_group[group]
        if len(visits) > limit:
            program.row([(v.column, 1) for v in visits], high=limit)
    for request, visits in _grouped(exact, "request").items():
        limit = int(p.requests["max_places"][request]) - taken.places[request]
        if sum(v.high for v in visits) > limit:
            program.row([term for v in visits for term in v.places()], high=limit)


def _add_half_days(exact: Exact) -> None:
    """H7-clash and H8-hall: a row where more may meet in a half-day than there is room for."""
    p = exact.problem
    diary: dict[tuple[int, int], list[Visit]] = defaultdict(list)
    hall: dict[tuple[int, int], list[Visit]] = defaultdict(list)
    for visit in exact.visits:
        request = int(p.pairs["request"][visit.pair])
        in_hall = p.offers["mode"][p.pairs["offer"][visit.pair]] != AT_WORKPLACE
        for slot in range(p.sessions["slot"][visit.session], p.sessions["slot_end"][visit.session]):
            diary[request, slot].append(visit)
            if in_hall:
                hall[int(p.requests["school"][request]), slot].append(visit)
    for (request, slot), visits in diary.items():
        left = int(p.requests["pupils"][request]) - int(exact.taken.diary[request, slot])
        if sum(v.high for v in visits) > left:
            exact.program.row([term for v in visits for term in v.places()], high=left)
    for (school, slot), visits in hall.items():
        left = int(p.halls[school]) - int(exact.taken.hall[school, slot])
        if len(visits) > left:
            exact.program.row([(v.column, 1) for v in visits], high=left)


def _add_bands(exact: Exact) -> None:
    """Coverage: whole groups count in a prefix at most as much as it is wide."""
    p = exact.problem
    visits_of = _grouped(exact, "request")
    for r in range(len(p.requests)):
        for b in range(p.credits.shape[1]):
            _add_prefixes(exact, r, b, [v for v in visits_of[r] if p.credits[p.pairs["offer"][v.pair], b] > 0])


def _add_prefixes(exact: Exact, r: int, b: int, visits: list[Visit]) -> None:
    p, had = exact.problem, int(exact.taken.credits[r, b])
    worth = [*p.worth[r, b].tolist(), 0]
    for k, end in enumerate(p.ends[r, b].tolist()):
        fall = worth[k] - worth[k + 1]
        left = end - had
        if fall <= 0 or left <= 0 or not visits:
            continue
        column = exact.program.column(fall, 0, left, whole=False)
        terms: Terms = [(column, 1)]
        for visit in visits:
            credit = int(p.credits[p.pairs["offer"][visit.pair], b])
            if visit.pupils < 0:
                terms.append((visit.column, -min(credit * visit.high, left)))
            elif credit * visit.high <= left:
                terms.append((visit.pupils, -credit))
            else:
                terms.append((_counted(exact.program, visit, credit, left), -1))
        exact.program.row(terms, high=0)


def _counted(program: Program, visit: Visit, credit: int, left: int) -> int:
    """The credits of one match that count in a prefix: no more than it is wide, and none without a match."""
    column = program.column(0, 0, left, whole=False)
    program.row([(column, 1), (visit.pupils, -credit)], high=0)
    program.row([(column, 1), (visit.column, -left)], high=0)
    return column


def solve_exact(exact: Exact, options: dict[str, Any], stop: Callable[[], bool] | None = None) -> Solved:
    """Solve the program; its plan opens no session that nobody visits.

    To be paid for its employer, an empty session may seem worth opening. Rows against that slow the program down and
    are rarely needed, so they are added where it happens: without them the bound holds all the same.
    """
    begun = time.monotonic()
    while True:
        left = {k: v - (time.monotonic() - begun) if k == "time_limit" else v for k, v in options.items()}
        solved = solve_program(exact.program, left, stop)
        if solved.values is None or not _fill(exact, solved.values) or left.get("time_limit", 1) <= 0:
            return solved


def _fill(exact: Exact, values: Table) -> bool:
    """Ask for a visit in every session that these values open for its employer's sake; whether there is one."""
    p = exact.problem
    employer_of = p.offers["employer"][p.sessions["offer"]]
    visited = {int(employer_of[v.session]) for v in exact.visits if values[v.column] > HALF}
    pays = p.policy[EMPLOYER_USED] > p.policy[SESSION_USED]
    open_now = [s for s, column in exact.opened.items() if pays and values[column] > HALF]
    empty = [s for s in open_now if int(employer_of[s]) not in visited]
    for session in empty:
        visits = [v for v in exact.visits if v.session == session]
        exact.program.row([(exact.opened[session], 1), *((v.column, -1) for v in visits)], high=0)
    return bool(empty)


def chosen_in(exact: Exact, values: Table) -> list[Chosen]:
    """The matches that these column values say."""
    rounded = np.rint(values).astype(np.int64)
    return [
        Chosen(v.pair, v.session, v.high if v.pupils < 0 else int(rounded[v.pupils]))
        for v in exact.visits
        if rounded[v.column] == 1
    ]
