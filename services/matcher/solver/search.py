"""Greedy, then ruin-and-recreate: take out a few matches that compete, put back the best, keep what is little worse."""

from heapq import heapify, heappop, heapreplace
from math import exp, log
from typing import NamedTuple

import numpy as np

from services.matcher.solver.compiled import allocating, compiled
from services.matcher.solver.pairs import Problem
from services.matcher.solver.rating import rate
from services.matcher.solver.state import ACTIVE, OBJECTIVE, RANDOM, hold, release
from services.matcher.solver.tables import Table


class Desk(NamedTuple):
    """Room to work in: candidates of one step, and what the step took out and put in, to take it back."""

    pairs: Table
    scores: Table
    gains: Table
    marks: Table  # per pair: the step that listed it
    offer_marks: Table
    request_marks: Table
    gone: Table  # rows pair, choice-session, pupils, bonus
    added: Table
    offers: Table  # touched in this step
    requests: Table
    counts: Table  # step, candidates, gone, added, offers, requests, ratings
    prices: Table  # per offer: points that a group and a pupil there could fetch elsewhere


STEP, LISTED, GONE, ADDED, OFFERS, REQUESTS, RATINGS = range(7)


def empty_desk(problem: Problem, prices: Table | None = None) -> Desk:
    """Room for the steps of one search."""
    pairs, offers, requests = len(problem.pairs), len(problem.offers), len(problem.requests)
    return Desk(
        pairs=np.zeros(pairs + 1, np.int32),
        scores=np.zeros(pairs + 1, np.float64),
        gains=np.zeros(pairs + 1, np.int64),
        marks=np.zeros(pairs + 1, np.int64),
        offer_marks=np.zeros(offers, np.int64),
        request_marks=np.zeros(requests, np.int64),
        gone=np.zeros((512, 4), np.int32),
        added=np.zeros(4096, np.int32),
        offers=np.zeros(offers + 1, np.int32),
        requests=np.zeros(requests + 1, np.int32),
        counts=np.zeros(7, np.int64),
        prices=np.zeros((offers, 2)) if prices is None else prices,
    )


@compiled
def draw(s, limit):
    """A random whole number from 0 to limit - 1 (xorshift)."""
    x = np.uint64(s.sums[RANDOM])
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    s.sums[RANDOM] = np.int64(x)
    return np.int64((x >> np.uint64(33)) % np.uint64(limit))


@compiled
def unit(s):
    """A random number in [0, 1)."""
    return draw(s, 1 << 30) / float(1 << 30)


@allocating
def greedy(p, s, count):
    """Largest gain first over the first `count` pairs, until nothing gains."""
    heap = [(np.int64(0), np.int32(0)) for _ in range(0)]
    for pair in range(count):
        gain, _, _ = rate(p, s, pair, 0)
        if gain > 0:
            heap.append((np.int64(-gain), np.int32(pair)))
    heapify(heap)
    while len(heap) > 0:
        before, top = heap[0]
        gain, choice, pupils = rate(p, s, top, 0)
        if gain <= 0:
            heappop(heap)
        elif -gain > before:
            heapreplace(heap, (np.int64(-gain), top))
        else:
            hold(p, s, top, p.choices[choice].session, pupils, p.choices[choice].bonus, True)


@compiled
def touch(p, d, o, r):
    """Remember that an offer and a request take part in this step."""
    step = d.counts[STEP]
    if d.offer_marks[o] != step:
        d.offer_marks[o] = step
        d.offers[d.counts[OFFERS]] = o
        d.counts[OFFERS] += 1
    if d.request_marks[r] != step:
        d.request_marks[r] = step
        d.requests[d.counts[REQUESTS]] = r
        d.counts[REQUESTS] += 1


@compiled
def take_out(p, s, d, m):
    """Release a match and write down how to put it back."""
    visit = s.visits[m]
    row = d.gone[d.counts[GONE]]
    row[0], row[1], row[2], row[3] = visit.pair, visit.session, visit.pupils, visit.bonus
    d.counts[GONE] += 1
    touch(p, d, p.pairs[visit.pair].offer, visit.request)
    release(p, s, m)


@compiled
def _any_of_request(s, r):
    """A random match of this request that may be moved, or -1."""
    count = 0
    m = s.at_request[r].head
    found = -1
    while m >= 0:
        if s.visits[m].place >= 0:
            count += 1
            if draw(s, count) == 0:
                found = m
        m = s.visits[m].next_mine
    return found


@compiled
def _any_of_offer(p, s, o):
    """A random match of this offer that may be moved, or -1."""
    count = 0
    found = -1
    for session in range(p.offers[o].first, p.offers[o].last):
        m = s.at_session[session].head
        while m >= 0:
            if s.visits[m].place >= 0:
                count += 1
                if draw(s, count) == 0:
                    found = m
            m = s.visits[m].next_there
    return found


@compiled
def _ruin_rivals(p, s, d, r, wanted):
    """Take out matches of offers that this request could use as well."""
    first, last = p.by_request[r], p.by_request[r + 1]
    if last == first:
        return
    for _ in range(4 * wanted):
        if d.counts[GONE] >= wanted:
            return
        pair = p.request_pairs[first + draw(s, last - first)]
        m = _any_of_offer(p, s, p.pairs[pair].offer)
        if m >= 0:
            take_out(p, s, d, m)


@compiled
def _ruin_wishers(p, s, d, o, wanted):
    """Take out matches of requests that could use this offer as well."""
    first, last = p.by_offer[o], p.by_offer[o + 1]
    if last == first:
        return
    for _ in range(4 * wanted):
        if d.counts[GONE] >= wanted:
            return
        m = _any_of_request(s, p.pairs[first + draw(s, last - first)].request)
        if m >= 0:
            take_out(p, s, d, m)


@compiled
def ruin(p, s, d):
    """Take out two to a dozen matches that compete with a random one, or with a request at random."""
    wanted = 2 + draw(s, 7)
    if draw(s, 8) == 0 or s.sums[ACTIVE] == 0:
        r = draw(s, p.requests.size)
        if p.by_request[r] < p.by_request[r + 1]:
            touch(p, d, p.pairs[p.request_pairs[p.by_request[r]]].offer, r)
        _ruin_rivals(p, s, d, r, wanted)
        return
    m = s.active[draw(s, s.sums[ACTIVE])]
    r, o = s.visits[m].request, p.pairs[s.visits[m].pair].offer
    take_out(p, s, d, m)
    kind = draw(s, 3)
    if kind == 0:
        m = _any_of_request(s, r)
        while m >= 0 and d.counts[GONE] < wanted:
            take_out(p, s, d, m)
            m = _any_of_request(s, r)
    if kind <= 1:
        _ruin_rivals(p, s, d, r, wanted)
    else:
        _ruin_wishers(p, s, d, o, wanted)


@compiled
def _list_one(p, s, d, pair, noise, turn):
    """List a pair as a candidate of this step if it would gain something."""
    if d.marks[pair] == d.counts[STEP]:
        return
    d.marks[pair] = d.counts[STEP]
    gain, _, pupils = rate(p, s, pair, turn)
    d.counts[RATINGS] += 1
    if gain > 0:
        at = d.counts[LISTED]
        o = p.pairs[pair].offer
        price = d.prices[o, 0] + d.prices[o, 1] * pupils
        d.pairs[at], d.gains[at], d.scores[at] = pair, gain, gain * (1.0 - noise * unit(s)) - price
        d.counts[LISTED] += 1


@compiled
def _list_all(p, s, d, noise, turn):
    """List what the touched offers and requests could do now."""
    for i in range(d.counts[OFFERS]):
        o = d.offers[i]
        for pair in range(p.by_offer[o], p.by_offer[o + 1]):
            _list_one(p, s, d, pair, noise, turn)
    for i in range(d.counts[REQUESTS]):
        r = d.requests[i]
        for at in range(p.by_request[r], p.by_request[r + 1]):
            pair = p.request_pairs[at]
            o = p.pairs[pair].offer
            if s.at_offer[o].groups < p.offers[o].max_sessions or p.offers[o].max_groups > 1:
                _list_one(p, s, d, pair, noise, turn)


@compiled
def _best_listed(d):
    best = 0
    for i in range(1, d.counts[LISTED]):
        if d.scores[i] > d.scores[best]:
            best = i
    return best


@compiled
def _strike(d, i):
    d.counts[LISTED] -= 1
    last = d.counts[LISTED]
    d.pairs[i], d.gains[i], d.scores[i] = d.pairs[last], d.gains[last], d.scores[last]


@compiled
def recreate(p, s, d, noise):
    """Put back what gains most, with noise on the gains, until nothing gains."""
    turn = draw(s, 1 << 20)
    _list_all(p, s, d, noise, turn)
    while d.counts[LISTED] > 0 and d.counts[ADDED] < d.added.size:
        i = _best_listed(d)
        pair = d.pairs[i]
        gain, choice, pupils = rate(p, s, pair, turn)
        d.counts[RATINGS] += 1
        if gain <= 0:
            _strike(d, i)
        elif gain < d.gains[i]:
            d.scores[i] -= d.gains[i] - gain
            d.gains[i] = gain
        else:
            m = hold(p, s, pair, p.choices[choice].session, pupils, p.choices[choice].bonus, True)
            d.added[d.counts[ADDED]] = m
            d.counts[ADDED] += 1


@compiled
def take_back(p, s, d):
    """Undo the step."""
    for i in range(d.counts[ADDED]):
        release(p, s, d.added[i])
    for i in range(d.counts[GONE]):
        row = d.gone[i]
        hold(p, s, row[0], row[1], row[2], row[3], True)


@compiled
def step(p, s, d, heat, noise):
    """One ruin, one recreate, kept or taken back."""
    d.counts[STEP] += 1
    d.counts[LISTED], d.counts[GONE], d.counts[ADDED], d.counts[OFFERS], d.counts[REQUESTS] = 0, 0, 0, 0, 0
    before = s.sums[OBJECTIVE]
    ruin(p, s, d)
    recreate(p, s, d, noise)
    lost = before - s.sums[OBJECTIVE]
    if lost > 0 and unit(s) >= exp(-lost / heat):
        take_back(p, s, d)


@compiled
def anneal(p, s, d, steps, hot, cold, noise):
    """So many steps while the heat falls from `hot` to `cold`."""
    cooling = exp(log(cold / hot) / max(1, steps))
    heat = hot
    for _ in range(steps):
        step(p, s, d, heat, noise)
        heat *= cooling
    return s.sums[OBJECTIVE]
