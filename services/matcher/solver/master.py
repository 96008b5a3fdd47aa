"""The linear program over configurations, solved by adding columns by price; its value bounds every plan."""

from dataclasses import dataclass

import highspy
import numpy as np

from services.matcher.solver.columns import Columns, columns_of
from services.matcher.solver.pairs import Problem
from services.matcher.solver.tables import EMPLOYER_USED, SESSION_USED, Table

INFINITE = highspy.kHighsInf
TOLERANCE = 1e-3
ENTRIES = 4  # columns that may enter per offer and per request in one turn
LARGE_PAIRS = 100_000
Terms = list[tuple[Table, Table, Table]]


@dataclass(frozen=True, slots=True)
class Layout:
    """The first row of each kind; rows for schools that hog and for pairs are added behind when they are broken."""

    groups: int
    pupils: int
    days: int
    part: int
    places: int
    prefixes: int
    rows: int


@dataclass(slots=True)
class Master:
    """The program under way. `listed`: which configuration each column from `first` on is."""

    problem: Problem
    columns: Columns
    layout: Layout
    highs: highspy.Highs
    first: int
    listed: Table
    inside: Table
    group_row: Table
    pair_row: Table
    dual: Table
    limits: Table
    used: Table
    rows: int
    is_solved: bool = False


def is_large(problem: Problem) -> bool:
    """Whether there are too many pairs for the simplex method, and for the whole program in one piece."""
    return len(problem.pairs) > LARGE_PAIRS


def master_of(problem: Problem) -> Master:
    """The program with its rows and without a configuration."""
    columns = columns_of(problem)
    layout = _layout(problem, columns)
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)  # noqa: FBT003 — HiGHS takes it so.
    highs.setOptionValue("threads", 1)
    if is_large(problem):
        # The simplex method takes minutes here, the interior point seconds; a basis is not needed for prices.
        highs.setOptionValue("solver", "ipm")
        highs.setOptionValue("run_crossover", "off")
        highs.setOptionValue("kkt_tolerance", 1e-4)
    highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
    _add_rows(highs, _limits(columns, layout))
    first = _add_standing_columns(highs, problem, columns, layout)
    dual = np.zeros(layout.rows)
    dual[layout.prefixes :] = 0.8 * columns.prefix_fall
    return Master(
        problem=problem,
        columns=columns,
        layout=layout,
        highs=highs,
        first=first,
        listed=np.zeros(0, np.int64),
        inside=np.zeros(len(columns.pair), bool),
        group_row=np.full(max(1, problem.groups), -1, np.int32),
        pair_row=np.full(len(problem.pairs), -1, np.int32),
        dual=dual,
        limits=_limits(columns, layout),
        used=np.zeros(0),
        rows=layout.rows,
    )


def _layout(p: Problem, c: Columns) -> Layout:
    offers, employers, requests = len(p.offers), len(p.caps), len(p.requests)
    counts = np.cumsum([0, offers, offers, employers, employers, requests, len(c.prefix_fall)]).tolist()
    return Layout(*counts)


def _limits(c: Columns, at: Layout) -> Table:
    limits = np.zeros(at.rows)
    rooms = c.rooms
    limits[at.groups : at.pupils] = rooms.groups
    limits[at.pupils : at.days] = np.where(rooms.single, INFINITE, rooms.pupils)
    limits[at.days : at.part] = rooms.days
    limits[at.places : at.prefixes] = rooms.places
    return limits


def _add_rows(highs: highspy.Highs, limits: Table) -> None:
    count = len(limits)
    nothing = np.zeros(0)
    highs.addRows(
        count, np.full(count, -INFINITE), limits, 0, np.zeros(count, np.int32), nothing.astype(np.int32), nothing
    )


def _add_standing_columns(highs: highspy.Highs, p: Problem, c: Columns, at: Layout) -> int:
    """Credits per prefix, employers that take part, sessions with room for several groups."""
    prefixes = np.arange(len(c.prefix_fall))
    _add_columns(highs, c.prefix_fall, c.prefix_left, [(prefixes, at.prefixes + prefixes, np.ones(len(prefixes)))])
    fresh = np.nonzero(~c.rooms.taking_part)[0]
    one = np.ones(len(fresh))
    _add_columns(highs, one * p.policy[EMPLOYER_USED], one, [(np.arange(len(fresh)), at.part + fresh, one)])
    shared = np.nonzero(~c.rooms.single)[0]
    k, one, offers = np.arange(len(shared)), np.ones(len(shared)), p.offers[shared]
    terms = [
        (k, at.groups + shared, -one * offers["max_groups"]),
        (k, at.pupils + shared, -one * offers["max_pupils"]),
        (k, at.days + offers["employer"], one),
    ]
    _add_columns(highs, -one * p.policy[SESSION_USED], c.rooms.sessions[shared], terms)
    return len(prefixes) + len(fresh) + len(shared)


def _add_columns(highs: highspy.Highs, gains: Table, most: Table, terms: Terms) -> None:
    count = len(gains)
    if not count:
        return
    column, row, factor = (np.concatenate([t[i] for t in terms]) for i in range(3))
    order = np.lexsort((row, column))
    order = order[factor[order] != 0]
    starts = np.searchsorted(column[order], np.arange(count)).astype(np.int32)
    rows, factors = row[order].astype(np.int32), factor[order].astype(float)
    highs.addCols(count, gains.astype(float), np.zeros(count), most.astype(float), len(rows), starts, rows, factors)


def enter(m: Master, which: Table) -> None:
    """Let these configurations into the program."""
    p, c, at = m.problem, m.columns, m.layout
    k, one = np.arange(len(which)), np.ones(len(which))
    offer, request, size = c.offer[which], c.request[which], c.size[which]
    single, employer = c.rooms.single[offer], p.offers["employer"][offer]
    terms: Terms = [
        (k, at.groups + offer, one),
        (k, at.pupils + offer, np.where(single, 0, size)),
        (k, at.days + employer, single * one),
        (k, at.part + employer, np.where(c.rooms.taking_part[employer], 0.0, -1.0)),
        (k, at.places + request, one * size),
    ]
    rows = c.prefix_row[request]
    terms += [
        (k, at.prefixes + np.maximum(0, rows[:, j]), np.where(rows[:, j] >= 0, -c.counted[which, j], 0.0))
        for j in range(rows.shape[1])
    ]
    for extra in (m.group_row[p.pairs["group"][c.pair[which]]], m.pair_row[c.pair[which]]):
        terms.append((k, np.maximum(0, extra), np.where(extra >= 0, 1.0, 0.0)))
    _add_columns(m.highs, c.gain[which], np.full(len(which), INFINITE), terms)
    m.inside[which] = True
    m.listed = np.concatenate([m.listed, which])


def reduced_gains(m: Master) -> Table:
    """What one more unit of each configuration would add to the program's value at the present prices."""
    p, c, at, dual = m.problem, m.columns, m.layout, np.append(m.dual, 0.0)
    employer = p.offers["employer"][c.offer]
    single = c.rooms.single[c.offer]
    gains = c.gain - dual[at.groups + c.offer] - dual[at.places + c.request] * c.size
    gains -= np.where(single, dual[at.days + employer], c.size * dual[at.pupils + c.offer])
    gains += np.where(c.rooms.taking_part[employer], 0.0, dual[at.part + employer])
    gains -= dual[m.group_row[p.pairs["group"][c.pair]]] + dual[m.pair_row[c.pair]]
    prices = np.where(c.prefix_row >= 0, dual[at.prefixes + np.maximum(0, c.prefix_row)], 0.0)
    return gains + np.einsum("ij,ij->i", c.counted, prices[c.request])


def promising(m: Master, gains: Table) -> Table:
    """The best configurations per offer and per request that would raise the program's value."""
    order = np.argsort(-gains, kind="stable")
    order = order[: int(np.count_nonzero(gains > TOLERANCE))]
    picked = [_best_of_each(order, key[order]) for key in (m.columns.offer, m.columns.request)]
    return np.unique(np.concatenate(picked))


def _best_of_each(order: Table, keys: Table) -> Table:
    by_key = np.argsort(keys, kind="stable")
    sorted_keys = keys[by_key]
    rank = np.arange(len(by_key)) - np.searchsorted(sorted_keys, sorted_keys)
    return order[by_key[rank < ENTRIES]]


def turn(m: Master) -> bool:
    """One turn: let promising configurations and broken rows in and solve; false when there was none."""
    gains = np.where(m.inside, 0.0, reduced_gains(m))
    which = promising(m, gains)
    if not len(which) and m.is_solved and not _add_broken_rows(m):
        return False
    if len(which):
        enter(m, which)
    m.highs.run()
    solution = m.highs.getSolution()
    if not solution.dual_valid:
        return False
    # Prices of limits are never negative; without a basis HiGHS turns their sign.
    m.dual = np.abs(np.array(solution.row_dual))
    m.used = np.array(solution.col_value)[m.first :]
    m.is_solved = True
    return True


def bound_of(m: Master) -> float:
    """What no plan can exceed. Any prices prove it, whatever found them: each offer chooses freely at these prices."""
    p, c, at, rooms = m.problem, m.columns, m.layout, m.columns.rooms
    finite = np.isfinite(m.limits)
    total = float(m.dual[finite] @ m.limits[finite])
    prefix = np.maximum(0.0, c.prefix_fall - m.dual[at.prefixes : at.rows])
    total += float(prefix @ c.prefix_left)
    part = np.maximum(0.0, p.policy[EMPLOYER_USED] - m.dual[at.part : at.places])
    total += float(part[~rooms.taking_part].sum())
    offers = p.offers
    opened = m.dual[at.groups : at.pupils] * offers["max_groups"] + m.dual[at.pupils : at.days] * offers["max_pupils"]
    opened = opened - m.dual[at.days + offers["employer"]] - float(p.policy[SESSION_USED])
    total += float((np.maximum(0.0, opened) * rooms.sessions)[~rooms.single].sum())
    best = np.zeros(len(offers))
    np.maximum.at(best, c.offer, reduced_gains(m))
    most = np.minimum(offers["max_groups"], len(p.requests)).astype(np.int64)
    groups = np.where(rooms.single, rooms.groups, rooms.groups + rooms.sessions * most)
    return total + float(best @ groups)


def _add_broken_rows(m: Master) -> bool:
    """H5-hogging, and one match per request and session, for offers and schools that break it."""
    p, c = m.problem, m.columns
    if not len(m.used):
        return False
    used, pair = m.used, c.pair[m.listed[: len(m.used)]]
    per_pair = np.bincount(pair, used, len(p.pairs))
    offers = p.offers[p.pairs["offer"]]
    most = np.minimum(p.pairs["last"] - p.pairs["first"], offers["max_sessions"])
    pairs = np.nonzero((per_pair > most + 1e-6) & (m.pair_row < 0))[0]
    per_group = np.bincount(p.pairs["group"][pair], used, len(m.group_row))
    limit = np.full(len(m.group_row), INFINITE)
    limit[p.pairs["group"]] = offers["max_per_school"]
    np.subtract.at(limit, p.pairs["group"][p.fixed_pairs], 1)
    groups = np.nonzero((per_group > limit + 1e-6) & (m.group_row < 0))[0]
    _add_row_of(m, m.pair_row, pairs, most[pairs].astype(float), pair)
    _add_row_of(m, m.group_row, groups, np.maximum(0.0, limit[groups]), p.pairs["group"][pair])
    return len(pairs) + len(groups) > 0


def _add_row_of(m: Master, row_of: Table, keys: Table, limits: Table, key_of_listed: Table) -> None:
    if not len(keys):
        return
    row_of[keys] = np.arange(m.rows, m.rows + len(keys))
    m.rows += len(keys)
    m.dual = np.append(m.dual, np.zeros(len(keys)))
    m.limits = np.append(m.limits, limits)
    mine = row_of[key_of_listed] >= m.rows - len(keys)
    order = np.argsort(row_of[key_of_listed[mine]], kind="stable")
    rows = row_of[key_of_listed[mine]][order]
    columns = (m.first + np.nonzero(mine)[0][order]).astype(np.int32)
    starts = np.searchsorted(rows, row_of[keys]).astype(np.int32)
    low = np.full(len(keys), -INFINITE)
    m.highs.addRows(len(keys), low, limits, len(columns), starts, columns, np.ones(len(columns)))
