"""From the program's answer to a plan: on which of several equal dates each match is, so that H7 and H8 are kept."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from services.matcher.solver.exact import Exact, Terms, Visit
from services.matcher.solver.program import Program, solve_program
from services.matcher.solver.tables import AT_WORKPLACE, Chosen, Table

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Seating:
    """The pupils of one visit in one session that it may be: columns of whether, and of how many."""

    visit: Visit
    session: int
    column: int
    pupils: int


def dated(exact: Exact, values: Table, apart: AbstractSet[int]) -> tuple[list[Chosen], set[int]]:
    """The plan that these values say, and the offers whose dates have to be told apart beside those for the rest."""
    wanted = _wanted(exact, np.rint(values).astype(np.int64))
    if not wanted:
        return [], set()
    program = Program()
    seatings = [_seating(program, v, s, n) for v, n, _ in wanted for s in v.sessions]
    _add_wishes(program, seatings, wanted)
    _add_rooms(exact, program, seatings, values)
    _add_diaries(exact, program, seatings)
    solved = solve_program(program, {"mip_abs_gap": HALF})
    seated = np.zeros(len(program.gains)) if solved.values is None else np.rint(solved.values).astype(np.int64)
    chosen = [Chosen(s.visit.pair, s.session, int(seated[s.pupils])) for s in seatings if seated[s.pupils] > 0]
    missed = _missed(wanted, [s for s in seatings if seated[s.pupils] > 0], seated)
    return chosen, _to_tell_apart(exact, missed, [v.pair for v, _, _ in wanted], apart)


def _missed(wanted: Iterable[tuple[Visit, int, int]], seatings: Iterable[Seating], seated: Table) -> set[int]:
    """The pairs that did not get all their pupils seated, or not all matches that are worth points by themselves."""
    left: Counter[int] = Counter()
    for visit, pupils, count in wanted:
        left[visit.pair] += pupils + (count if visit.bonus else 0)
    for one in seatings:
        left[one.visit.pair] -= int(seated[one.pupils]) + (1 if one.visit.bonus else 0)
    return {pair for pair, missing in left.items() if missing > 0}


def _wanted(exact: Exact, values: Table) -> list[tuple[Visit, int, int]]:
    """Visits with their pupils and matches."""
    found = []
    for visit in exact.visits:
        count = int(values[visit.column]) if visit.column >= 0 else visit.most
        pupils = visit.high * count if visit.pupils < 0 else int(values[visit.pupils])
        if pupils > 0 and count > 0:
            found.append((visit, pupils, count))
    return found


def _seating(program: Program, visit: Visit, session: int, pupils: int) -> Seating:
    seating = Seating(visit, session, program.column(1), program.column(1, 0, min(visit.high, pupils)))
    program.row([(seating.pupils, 1), (seating.column, -visit.high)], high=0)
    program.row([(seating.pupils, 1), (seating.column, -visit.low)], low=0)
    return seating


def _add_wishes(program: Program, seatings: Iterable[Seating], wanted: Iterable[tuple[Visit, int, int]]) -> None:
    """No more pupils and matches than the program has."""
    mine: dict[int, list[Seating]] = defaultdict(list)
    same: dict[tuple[int, int], list[Seating]] = defaultdict(list)
    for one in seatings:
        mine[one.visit.column if one.visit.column >= 0 else one.visit.pupils].append(one)
        same[one.visit.pair, one.session].append(one)
    for twice in same.values():
        if len(twice) > 1:
            program.row([(one.column, 1) for one in twice], high=1)
    for visit, pupils, count in wanted:
        there = mine[visit.column if visit.column >= 0 else visit.pupils]
        program.row([(one.pupils, 1) for one in there], high=pupils)
        if len(there) > count:
            program.row([(one.column, 1) for one in there], high=count)


def _add_rooms(exact: Exact, program: Program, seatings: Iterable[Seating], values: Table) -> None:
    """H3, and no more sessions of a slot than the program opens."""
    there: dict[int, dict[int, list[Seating]]] = defaultdict(lambda: defaultdict(list))
    for one in seatings:
        there[one.visit.slot][one.session].append(one)
    for number, sessions in there.items():
        slot = exact.slots[number]
        most = round(values[exact.opened[number]]) if number in exact.opened else slot.most
        opened: Terms = []
        for mine in sessions.values():
            column = program.column(0)
            program.row([*((one.column, 1) for one in mine), (column, -1 if slot.is_single else -slot.groups)], high=0)
            if not slot.is_single:
                program.row([*((one.pupils, 1) for one in mine), (column, -slot.pupils)], high=0)
            opened.append((column, 1))
        if len(opened) > most:
            program.row(opened, high=most)


def _add_diaries(exact: Exact, program: Program, seatings: Iterable[Seating]) -> None:
    """H7-clash and H8-hall."""
    p = exact.problem
    diary: dict[tuple[int, int], list[Seating]] = defaultdict(list)
    hall: dict[tuple[int, int], list[Seating]] = defaultdict(list)
    for one in seatings:
        request = int(p.pairs["request"][one.visit.pair])
        in_hall = p.offers["mode"][p.pairs["offer"][one.visit.pair]] != AT_WORKPLACE
        for slot in range(p.sessions["slot"][one.session], p.sessions["slot_end"][one.session]):
            diary[request, slot].append(one)
            if in_hall:
                hall[int(p.requests["school"][request]), slot].append(one)
    for (request, slot), mine in diary.items():
        left = int(p.requests["pupils"][request]) - int(exact.taken.diary[request, slot])
        if sum(one.visit.high for one in mine) > left:
            program.row([(one.pupils, 1) for one in mine], high=max(0, left))
    for (school, slot), mine in hall.items():
        left = int(p.halls[school]) - int(exact.taken.hall[school, slot])
        if len(mine) > left:
            program.row([(one.column, 1) for one in mine], high=max(0, left))


def _to_tell_apart(exact: Exact, missed: set[int], used: list[int], apart: AbstractSet[int]) -> set[int]:
    """The offers of these pairs; else those that their schools have; else those that their schools could have."""
    p = exact.problem
    school_of, offer_of = p.requests["school"][p.pairs["request"]], p.pairs["offer"]
    schools = {int(school_of[pair]) for pair in missed}
    for pairs in (missed, used, {v.pair for v in exact.visits}):
        more = {int(offer_of[pair]) for pair in pairs if int(school_of[pair]) in schools} - apart
        if more:
            return more
    return set()


def columns_for(exact: Exact, chosen: Sequence[Chosen]) -> dict[int, float]:
    """The values that a plan known already gives to the whole-number columns."""
    values = {column: 0.0 for column, is_whole in enumerate(exact.program.whole) if is_whole}
    slot_of = {session: number for number, slot in enumerate(exact.slots) for session in slot.sessions}
    visits = {(v.pair, session): v for v in exact.visits for session in v.sessions}
    for pair, session, pupils in chosen:
        visit = visits.get((pair, session))
        if visit is None:
            continue
        for column, more in ((visit.column, 1), (visit.pupils, min(pupils, visit.high))):
            if column >= 0:
                values[column] += more
        employer = exact.employers.get(int(exact.problem.offers["employer"][exact.slots[visit.slot].offer]))
        if employer is not None:
            values[employer] = 1.0
    for session in {one.session for one in chosen}:
        if slot_of.get(session, -1) in exact.opened:
            values[exact.opened[slot_of[session]]] += 1.0
    return values
