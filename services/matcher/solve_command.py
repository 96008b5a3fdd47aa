"""`python -m services.matcher solve INSTANCE MATCHES`: plan an instance and write the answer.

Exit codes: 0 an answer was written (also after Ctrl-C or SIGTERM: the best found so far); 1 it could not be written;
2 the command line is wrong; 3 the instance cannot be read; 4 no plan exists, since the accepted matches contradict
one another; 5 it was written, but standard output is closed or full.
"""

import argparse
import math
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from services.matcher.commands.ending import Ending, ended, say
from services.matcher.commands.stopping import listen
from services.matcher.files import BadFile, matches_to_bytes, read_instance, unwritable, write_bytes
from services.matcher.instance import Instance, Matches
from services.matcher.solver import Infeasible, Plan, Progress, solve
from services.matcher.solver.plan import gap_of

UNWRITABLE, UNREADABLE, CONTRADICTION = 1, 3, 4
# What a run that did not end by the clock took is told in work, not in time, so that equal runs give equal bytes.
STEPS_PER_SECOND = 5_000


def main(arguments: Sequence[str]) -> int:
    """Solve as the arguments say; the exit code."""
    stop = listen()
    wish = _parser().parse_args(arguments)
    if why := unwritable(wish.matches):
        return _refuse(f"{wish.matches} cannot be written: {why}", UNWRITABLE)
    try:
        instance = read_instance(wish.instance)
        plan = _solved(instance, wish, stop)
    except BadFile as wrong:
        return _refuse(f"{wish.instance}: {wrong}", UNREADABLE)
    except Infeasible as wrong:
        return _refuse(f"{wish.instance}: no plan exists, nothing is written: {wrong}", CONTRADICTION)
    answer = Matches(instance.id, plan.matches, _meta(plan, wish))
    try:
        write_bytes(wish.matches, matches_to_bytes(answer))
    except OSError as wrong:
        return _refuse(f"{wish.matches} cannot be written: {wrong.strerror}", UNWRITABLE)
    return ended(lambda: _told(plan))


def _told(plan: Plan) -> Ending:
    say(_summary(plan))
    return Ending.DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.matcher solve",
        description="Plan an instance and write the matches, with points, proven bound and gap in their meta.",
        epilog=(__doc__ or "").partition("\n\n")[2],
    )
    parser.add_argument("instance", type=Path, help="encounters-instance/1, .json or .json.gz")
    parser.add_argument("matches", type=Path, help="where to write encounters-matches/1, .json or .json.gz")
    parser.add_argument("--seconds", type=_positive, help="end after so many seconds")
    parser.add_argument("--steps", type=_count, help="end after so many steps of the search")
    parser.add_argument("--gap", type=_share, help="end when the proven gap is at most this share, as 0.01 or 1%%")
    parser.add_argument("--seed", type=int, default=0, help="the same seed, instance and limits give the same bytes")
    return parser


def _positive(text: str) -> float:
    value = _number(text)
    if not value > 0 or not math.isfinite(value):
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a number") from None


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("must be a whole number, 0 or more")
    return int(text)


def _share(text: str) -> float:
    value = _number(text[:-1]) / 100 if text.endswith("%") else _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must be between 0 and 1, or a percentage")
    return value


def _solved(instance: Instance, wish: argparse.Namespace, stop: Callable[[], bool]) -> Plan:
    """The plan; the main thread stays free to hear signals while another one thinks."""
    outcome: list[Plan | BaseException] = []

    def think() -> None:
        try:
            show = _show if sys.stderr.isatty() else None
            limits = {"seconds": wish.seconds, "steps": wish.steps, "gap": wish.gap}
            outcome.append(solve(instance, seed=wish.seed, progress=show, stop=stop, **limits))
        except BaseException as wrong:  # noqa: BLE001 — handed to the thread that waits.
            outcome.append(wrong)

    thread = threading.Thread(target=think, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.05)
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def _show(progress: Progress) -> None:
    bound = (
        "bound not known yet"
        if progress.bound is None
        else f"bound {progress.bound:,}  gap {gap_of(progress.objective, progress.bound):.2%}"
    )
    sys.stderr.write(f"\r{progress.seconds:7.1f} s  {progress.objective:,} points  {bound}\x1b[K")
    sys.stderr.flush()


def _meta(plan: Plan, wish: argparse.Namespace) -> dict[str, object]:
    by_clock = plan.ending in ("seconds", "stopped")
    return {
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": None if plan.gap is None else round(plan.gap, 6),
        "seconds": round(plan.seconds if by_clock else plan.steps / STEPS_PER_SECOND, 2),
        "seconds_by": "clock" if by_clock else f"work: steps, at {STEPS_PER_SECOND:,} a second",
        "method": plan.method,
        "status": plan.status,
        "ended_by": plan.ending,
        "steps": plan.steps,
        "seed": wish.seed,
    }


def _summary(plan: Plan) -> str:
    bound = "no bound" if plan.bound is None else f"bound {plan.bound:,}, gap {plan.gap:.3%}"
    points = f"{plan.objective:,} points in {len(plan.matches):,} matches"
    return f"{points}; {bound}; {plan.seconds:.1f} s; {plan.method}; {plan.status}, ended by {plan.ending}"


def _refuse(message: str, code: int) -> int:
    sys.stderr.write(message + "\n")
    return code
