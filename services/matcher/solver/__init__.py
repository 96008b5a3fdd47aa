"""The solver: from an instance to a plan that keeps every hard rule, with a bound on what any plan can reach.

`solve` plans afresh, `repair` re-plans what one event touches, `warm_up` compiles ahead. Pure: no clock but its own
stopwatch, no files, no network; the same input, seed and steps give the same plan.
"""

from services.matcher.solver.plan import Conflict, Infeasible, Plan
from services.matcher.solver.repairing import repair
from services.matcher.solver.solving import Progress, solve, warm_up

__all__ = ["Conflict", "Infeasible", "Plan", "Progress", "repair", "solve", "warm_up"]
