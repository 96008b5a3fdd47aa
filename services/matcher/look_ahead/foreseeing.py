"""Asking the scenarios about the present of one area, for a live round."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from services.matcher.instance import Instance
from services.matcher.look_ahead.board import PresentBoard
from services.matcher.look_ahead.deciding import Asking, Decided, decide
from services.matcher.look_ahead.holding import VERSION, Ahead, Foreseen
from services.matcher.look_ahead.patience import Patience
from services.matcher.look_ahead.scenarios import Present, scenarios_of


def foresee(problem: Instance, ahead: Ahead, stop: Callable[[], bool] | None = None) -> Foreseen:
    """What most scenarios would propose now. Once `stop` says so, what it says is of no use.

    The same problem and the same past give the same answer, unless the time was over before they were all heard:
    then what they had agreed on by then counts, and `notes` says so.
    """
    until = time.monotonic() + ahead.seconds
    present = present_of(problem, ahead)
    board = PresentBoard(present, ahead.arrived)
    waiting = {o.id: board.arrived(o.id) for o in problem.offers if not board.is_used(o.id)}
    scenarios = scenarios_of(ahead.years, ahead.terms.scenarios)
    for scenario, plan in zip(scenarios, ahead.plans, strict=False):
        scenario.plan = plan

    def is_late() -> bool:
        return time.monotonic() >= until or (stop is not None and stop())

    asking = Asking(scenarios, Patience(ahead.waits), ahead.terms, is_late)
    decided = decide(board, replace(present, waiting=waiting), asking)
    return Foreseen(tuple(sorted(decided.made)), tuple(decided.plans), _notes(ahead, decided))


def present_of(problem: Instance, ahead: Ahead) -> Present:
    """The round's problem as the scenarios see it: from the first day of the year on, with all schools of the area."""
    known = {s.id for s in problem.schools}
    instance = replace(
        problem,
        today=ahead.start,
        schools=(*problem.schools, *(s for s in ahead.schools if s.id not in known)),
        existing=tuple(e for e in problem.existing if e.status != "proposed"),
    )
    return Present(ahead.now, instance, {}, ahead.decline_share)


def _notes(ahead: Ahead, decided: Decided) -> Mapping[str, object]:
    return {
        "version": VERSION,
        "scenarios": len(decided.plans),
        "years": [year.id for year in ahead.years],
        "agreed": len(decided.made),
        "whole": decided.is_whole,
    }
