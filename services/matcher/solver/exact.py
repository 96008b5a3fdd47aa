"""The whole problem as one mixed-integer program: proves the optimum of villages and other small instances.

A number of matches per pair and slot, a number of pupils where the size may vary, and per prefix of a benchmark's
bands the credits that fall into it: the points of T credits are Σ (points of a band - points of the next) × min(T,
end of the band). Which of several equal dates a match is on is settled afterwards.
"""

from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from services.matcher.solver.pairs import Problem
from services.matcher.solver.program import Program
from services.matcher.solver.slots import Slot, slots_of
from services.matcher.solver.tables import AT_WORKPLACE, EMPLOYER_USED, SESSION_USED, UNLIMITED
from services.matcher.solver.taken import Taken, taken_by_fixed

Terms = list[tuple[int, float]]

# Of a benchmark's prefixes the one that is worth most decides; one worth less than this share of it is written shortly.
LIGHT = 0.3


@dataclass(slots=True)
class Visit:
    """Possible matches of a pair in a slot: the columns of their number and, unless the size is fixed, of pupils.

    Where neither rule nor point asks for the number of matches, `column` is -1.
    """

    pair: int
    slot: int
    sessions: tuple[int, ...]
    low: int
    high: int
    most: int
    bonus: int
    column: int = -1
    pupils: int = -1

    def places(self) -> Terms:
        """Its pupils as terms of a row."""
        return [(self.column, self.high)] if self.pupils < 0 else [(self.pupils, 1)]

    def count(self) -> Terms:
        """The number of its matches, as far as it counts."""
        return [] if self.column < 0 else [(self.column, 1)]


@dataclass(slots=True)
class Exact:
    """The program of a problem, and how to read a plan from its columns."""

    problem: Problem
    taken: Taken
    slots: list[Slot]
    program: Program = field(default_factory=Program)
    visits: list[Visit] = field(default_factory=list)
    opened: dict[int, int] = field(default_factory=dict)
    """By slot with room for several groups: the column of how many of its sessions are used."""
    employers: dict[int, int] = field(default_factory=dict)


def exact_program(p: Problem, apart: AbstractSet[int] = frozenset()) -> Exact:
    """The program of this problem: no plan is better than its optimum.

    Half-days (H7, H8) count for sessions alone of their kind only, as all those of offers in `apart` are.
    """
    taken = taken_by_fixed(p)
    exact = Exact(p, taken, slots_of(p, taken, apart))
    counted = _counted_groups(exact)
    for number, slot in enumerate(exact.slots):
        _add_visits(exact, number, slot, counted)
    _add_rooms(exact)
    _add_employers(exact)
    _add_limits(exact)
    _add_half_days(exact)
    _add_bands(exact)
    return exact


def _counted_groups(exact: Exact) -> set[int]:
    """The groups of offer and school whose matches H5 may limit."""
    p, most, limits = exact.problem, defaultdict[int, int](int), dict[int, int]()
    for slot in exact.slots:
        for wish in slot.wishes:
            group = int(p.pairs["group"][wish.pair])
            most[group] += min(slot.most, len(wish.sessions))
            limits[group] = int(p.offers["max_per_school"][slot.offer])
    return {group for group, count in most.items() if count + exact.taken.by_group[group] > limits[group]}


def _add_visits(exact: Exact, number: int, slot: Slot, counted: set[int]) -> None:
    p = exact.problem
    for wish in slot.wishes:
        row = p.pairs[wish.pair]
        places = int(p.requests["max_places"][row["request"]]) - exact.taken.places[int(row["request"])]
        low = int(row["low"])
        high = min(int(row["high"]), places, slot.pupils)
        if low <= high:
            high = max(low, min(high, _useful(exact, wish.pair)))
            visit = Visit(wish.pair, number, wish.sessions, low, high, min(slot.most, len(wish.sessions)), wish.bonus)
            _add_visit(exact, visit, int(row["group"]) in counted)


def _useful(exact: Exact, pair: int) -> int:
    """So many pupils fill the last band of every benchmark: more gain nothing."""
    p, row = exact.problem, exact.problem.pairs[pair]
    useful = 0
    for b, credit in enumerate(p.credits[row["offer"]].tolist()):
        left = int(p.ends[row["request"], b].max()) - int(exact.taken.credits[row["request"], b])
        if credit > 0 and left > 0:
            useful = max(useful, -(-left // credit))
    return useful


def _add_visit(exact: Exact, visit: Visit, is_counted: bool) -> None:  # noqa: FBT001 — a fact of the pair.
    p, program, slot = exact.problem, exact.program, exact.slots[visit.slot]
    row = p.pairs[visit.pair]
    cost = int(row["pupil_cost"])
    gain = visit.bonus - int(row["visit_cost"]) - (int(p.policy[SESSION_USED]) if slot.is_single else 0)
    in_hall = p.offers["mode"][row["offer"]] != AT_WORKPLACE
    exact.visits.append(visit)
    if visit.low == visit.high:
        visit.column = program.column(gain - cost * visit.high, 0, visit.most)
        return
    visit.pupils = program.column(-cost, 0, visit.high * visit.most)
    is_free = visit.low == 1 and gain == 0 and not is_counted and not in_hall
    if is_free and not slot.is_single and slot.groups >= min(slot.pupils, len(slot.wishes)):
        return
    visit.column = program.column(gain, 0, visit.most)
    program.row([(visit.pupils, 1), (visit.column, -visit.high)], high=0)
    program.row([(visit.pupils, 1), (visit.column, -visit.low)], low=0)


def visits_by_slot(exact: Exact) -> dict[int, list[Visit]]:
    """The visits of each slot that has any."""
    found: dict[int, list[Visit]] = defaultdict(list)
    for visit in exact.visits:
        found[visit.slot].append(visit)
    return found


def _grouped(exact: Exact, key: str) -> dict[int, list[Visit]]:
    groups: dict[int, list[Visit]] = defaultdict(list)
    for visit in exact.visits:
        groups[int(exact.problem.pairs[key][visit.pair])].append(visit)
    return groups


def _add_rooms(exact: Exact) -> None:
    """H3, and H4-sessions."""
    program = exact.program
    used: dict[int, Terms] = defaultdict(list)
    for number, visits in visits_by_slot(exact).items():
        slot = exact.slots[number]
        counts = [term for v in visits for term in v.count()]
        if slot.is_single:
            program.row(counts, high=slot.most)
        elif slot.is_open:
            program.row([term for v in visits for term in v.places()], high=slot.pupils)
            program.row(counts, high=slot.groups)
        else:
            _add_opened(exact, number, visits)
        _add_dates(exact, slot, visits)
        used[slot.offer] += _used(exact, number, visits)
    for offer, terms in used.items():
        row = exact.problem.offers[offer]
        program.row(terms, high=max(0, int(row["max_sessions"]) - exact.taken.sessions_of(row)))


def _add_opened(exact: Exact, number: int, visits: list[Visit]) -> None:
    program, slot = exact.program, exact.slots[number]
    column = exact.opened[number] = program.column(-int(exact.problem.policy[SESSION_USED]), 0, slot.most)
    if sum(v.high for v in visits) > slot.pupils:
        program.row([*(term for v in visits for term in v.places()), (column, -slot.pupils)], high=0)
    if len(visits) > slot.groups:
        program.row([*(term for v in visits for term in v.count()), (column, -slot.groups)], high=0)
    for visit in visits:
        if visit.column < 0:
            program.row([(visit.pupils, 1), (column, -visit.high)], high=0)
    by_pair: dict[int, Terms] = defaultdict(list)
    for visit in visits:
        by_pair[visit.pair] += visit.count()
    for counts in by_pair.values():
        program.row([*counts, (column, -1)], high=0)
    _add_halls_within(exact, slot, visits, column)


def _add_halls_within(exact: Exact, slot: Slot, visits: list[Visit], opened: int) -> None:
    """H8 within one session: whenever it is, no school sends it more groups than it can seat at once.

    Other sessions in the same half-day only take away from that, so this holds before the dates are told apart.
    """
    p = exact.problem
    if p.offers["mode"][slot.offer] == AT_WORKPLACE:
        return
    by_school: dict[int, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_school[int(p.requests["school"][p.pairs["request"][visit.pair]])].append(visit)
    for school, mine in by_school.items():
        room = int(p.halls[school])
        if room < min(slot.groups, len({v.pair for v in mine})):
            exact.program.row([*(term for v in mine for term in v.count()), (opened, -room)], high=0)


def _add_dates(exact: Exact, slot: Slot, visits: list[Visit]) -> None:
    """Who can come on few dates only, gets no more than those."""
    for sessions in dict.fromkeys(v.sessions for v in visits):
        mine = [v for v in visits if set(v.sessions) <= set(sessions)]
        if len(sessions) < slot.most and not (len(mine) == 1 and mine[0].column >= 0):
            exact.program.row([term for v in mine for term in v.places()], high=slot.pupils * len(sessions))
            exact.program.row([term for v in mine for term in v.count()], high=slot.groups * len(sessions))


def _used(exact: Exact, number: int, visits: list[Visit]) -> Terms:
    """The sessions of a slot that take place, without those of accepted matches."""
    if exact.slots[number].is_single:
        return [term for v in visits for term in v.count()]
    return [(exact.opened[number], 1)] if number in exact.opened else []


def _add_employers(exact: Exact) -> None:
    """H4-employer, and the points for each employer that takes part."""
    p, program = exact.problem, exact.program
    terms: dict[int, Terms] = defaultdict(list)
    for number, visits in visits_by_slot(exact).items():
        terms[int(p.offers["employer"][exact.slots[number].offer])] += _used(exact, number, visits)
    held: dict[int, int] = defaultdict(int)
    for session, groups in exact.taken.groups.items():
        held[int(p.offers["employer"][p.sessions["offer"][session]])] += groups > 0
    for employer, used in terms.items():
        left = int(p.caps[employer]) - held[employer]
        if left < UNLIMITED // 2:
            program.row(used, high=max(0, left))
        if not held[employer] and p.policy[EMPLOYER_USED] > 0 and used:
            column = exact.employers[employer] = program.column(int(p.policy[EMPLOYER_USED]))
            program.row([(column, 1), *((c, -f) for c, f in used)], high=0)


def _add_limits(exact: Exact) -> None:
    """H5-hogging and H6-places."""
    p, program, taken = exact.problem, exact.program, exact.taken
    for group, visits in _grouped(exact, "group").items():
        limit = int(p.offers["max_per_school"][p.pairs["offer"][visits[0].pair]]) - taken.by_group[group]
        if sum(v.most for v in visits) > limit:
            program.row([term for v in visits for term in v.count()], high=max(0, limit))
    for request, visits in _grouped(exact, "request").items():
        limit = int(p.requests["max_places"][request]) - taken.places[request]
        if sum(v.high * v.most for v in visits) > limit:
            program.row([term for v in visits for term in v.places()], high=limit)


def _add_half_days(exact: Exact) -> None:
    """H7-clash and H8-hall: a row where more may meet in a half-day than there is room for."""
    p = exact.problem
    diary: dict[tuple[int, int], list[Visit]] = defaultdict(list)
    hall: dict[tuple[int, int], list[Visit]] = defaultdict(list)
    for visit, session in _dated(exact):
        request = int(p.pairs["request"][visit.pair])
        in_hall = p.offers["mode"][p.pairs["offer"][visit.pair]] != AT_WORKPLACE
        for slot in range(p.sessions["slot"][session], p.sessions["slot_end"][session]):
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
            exact.program.row([term for v in visits for term in v.count()], high=left)


def _dated(exact: Exact) -> Iterator[tuple[Visit, int]]:
    """Visits of which the session is known."""
    for visit in exact.visits:
        if len(visit.sessions) == 1:
            yield visit, visit.sessions[0]


def _add_bands(exact: Exact) -> None:
    """Coverage: in a prefix that weighs, each match counts at most as much as the prefix is wide."""
    p = exact.problem
    visits_of = _grouped(exact, "request")
    for r in range(len(p.requests)):
        for b in range(p.credits.shape[1]):
            _add_prefixes(exact, r, b, [v for v in visits_of[r] if p.credits[p.pairs["offer"][v.pair], b] > 0])


def _add_prefixes(exact: Exact, r: int, b: int, visits: list[Visit]) -> None:
    p, had = exact.problem, int(exact.taken.credits[r, b])
    worth = [*p.worth[r, b].tolist(), 0]
    prefixes = [(worth[k] - worth[k + 1], end - had) for k, end in enumerate(p.ends[r, b].tolist())]
    heaviest = max((fall * left for fall, left in prefixes), default=0)
    for fall, left in prefixes:
        if fall <= 0 or left <= 0 or not visits:
            continue
        column = exact.program.column(fall, 0, left, whole=False)
        terms: Terms = [(column, 1)]
        for visit in visits:
            credit = int(p.credits[p.pairs["offer"][visit.pair], b])
            if visit.pupils < 0:
                terms.append((visit.column, -min(credit * visit.high, left)))
            elif visit.column < 0 or credit * visit.high <= left or fall * left < LIGHT * heaviest:
                terms.append((visit.pupils, -credit))
            else:
                terms.append((_counted(exact.program, visit, credit, left), -1))
        exact.program.row(terms, high=0)


def _counted(program: Program, visit: Visit, credit: int, left: int) -> int:
    """The credits of a visit that count in a prefix: of each match no more than it is wide."""
    column = program.column(0, 0, left * visit.most, whole=False)
    program.row([(column, 1), (visit.pupils, -credit)], high=0)
    program.row([(column, 1), (visit.column, -left)], high=0)
    return column
