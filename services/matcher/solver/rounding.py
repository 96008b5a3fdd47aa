"""From the linear program to a plan: what it uses most is booked first, the rest is filled greedily."""

import numpy as np

from services.matcher.solver.master import Master
from services.matcher.solver.seating import seat_all
from services.matcher.solver.state import State, start


def rounded_state(m: Master, seed: int, least: float = 0.3) -> State:
    """A plan of what the program uses at least so much of, the most used first."""
    p, c = m.problem, m.columns
    share = m.used
    # A turn that was cut short has listed more than it has weighed.
    listed = m.listed[: len(m.used)]
    pair, size = c.pair[listed], c.size[listed]
    total = np.bincount(pair, share, len(p.pairs))
    pupils = np.bincount(pair, share * size, len(p.pairs))
    picked = np.nonzero(total >= least)[0]
    picked = picked[np.argsort(-total[picked], kind="stable")]
    groups = np.maximum(1, np.rint(total[picked]))
    wanted = np.rint(pupils[picked] / np.maximum(total[picked], 1e-9) * groups).astype(np.int64)
    state = start(p, seed)
    seat_all(p, state, picked, wanted)
    return state
