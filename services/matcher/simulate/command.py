"""`simulate YEAR… [--policy …] [--decisions FOLDER] [--plot FILE]`: replay school years and compare policies."""

import argparse
import math
import os
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import monotonic

from services.matcher.commands.ending import Ending, ended, say
from services.matcher.commands.writing import check_place, make_folder
from services.matcher.files import write_bytes
from services.matcher.look_ahead.holding import USUAL, Holding
from services.matcher.simulate.decisions import Decision, Log, log_to_bytes
from services.matcher.simulate.game import Policy, play
from services.matcher.simulate.judge import judge
from services.matcher.simulate.measures import Measures, measure
from services.matcher.simulate.plot import svg
from services.matcher.simulate.table import ALL_KNOWING, PORTAL, by_year, overview
from services.matcher.simulate.yardsticks import BrowseAndBook, ImmediateGreedy
from services.matcher.simulate.years import Year, read_year

BROKEN_RULES = 4


class BrokenRules(Exception):
    """The judge refused a proposal: the program is wrong, and nothing it says of this year can be trusted."""


def _look_ahead(_: Year) -> Policy:
    from services.matcher.look_ahead.policy import LookAhead  # noqa: PLC0415 — compiled code.

    return LookAhead()


def _live(holding: Holding | None) -> Callable[[Year], Policy]:
    def rounds(_: Year) -> Policy:
        from services.matcher.simulate.live import HubRules, LiveRounds  # noqa: PLC0415 — compiled code.
        from services.matcher.thinking import Limits  # noqa: PLC0415 — as above.

        return LiveRounds(HubRules(window_days=1, holding=holding), Limits(seed=1, steps=LIVE_STEPS, seconds=math.inf))

    return rounds


LIVE_STEPS = 500
"""Steps of search in each simulated round; running ones take more."""
POLICIES: Mapping[str, Callable[[Year], Policy]] = {
    PORTAL: BrowseAndBook,
    "immediate-greedy": lambda _: ImmediateGreedy(),
    "look-ahead": _look_ahead,
    "live-rounds": _live(USUAL),
    "live-rounds-without": _live(None),
}


def run(arguments: list[str]) -> int:
    """Replay, print the tables, write what was asked for; the exit code.

    0: every log keeps the rules; 3: a file cannot be read, does not follow the format or cannot be written; 4: a log
    breaks a rule; 5: the tables could not be told, since standard output is closed or full.
    """
    asked = _parser().parse_args(arguments)
    try:
        return ended(lambda: _compared(asked))
    except BrokenRules as wrong:
        sys.stderr.write(f"{wrong}\n")
        return BROKEN_RULES


def _compared(asked: argparse.Namespace) -> Ending:
    if asked.decisions:
        # First: the picture may go there too.
        make_folder(asked.decisions)
    if asked.plot:
        check_place(asked.plot)
    chosen = asked.policy or ["look-ahead"]
    jobs = [(path, (PORTAL, "immediate-greedy", *chosen), asked.decisions) for path in asked.years]
    results = dict(_all(jobs, asked.workers))
    if asked.plot:
        write_bytes(asked.plot, svg(results).encode())
    say(f"{overview(results)}\n\n{by_year(results)}\n\n{LEGEND}")
    return Ending.DONE


LEGEND = """Means over the years ± half the 95 % confidence interval. Pupils served: places per cohort, up to its size.
Covered: share of the needed credits met. Worst decile: mean coverage of the tenth of the schools that got least.
Offer waits: days to its first proposal. Request waits: days to its first proposal that was accepted.
Emails: proposals and confirmations per school and week. Clairvoyant: the best plan found, knowing everything."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m services.matcher simulate", description="Replay school years of arrivals and compare policies."
    )
    parser.add_argument("years", nargs="+", metavar="YEAR", help="a file encounters-year/1, plain or gzip")
    parser.add_argument("--policy", action="append", choices=sorted(POLICIES), help="look-ahead unless given")
    parser.add_argument("--decisions", metavar="FOLDER", help="write each year's log of the policy here")
    parser.add_argument("--plot", metavar="FILE", help="write a picture of the shares here (SVG)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="years replayed at once")
    return parser


Job = tuple[str, tuple[str, ...], str | None]
Result = tuple[str, dict[str, Measures]]


def _all(jobs: list[Job], workers: int) -> list[Result]:
    if len(jobs) == 1 or workers <= 1:
        return [_replay(job) for job in jobs]
    with ProcessPoolExecutor(min(workers, len(jobs))) as pool:
        return list(pool.map(_replay, jobs))


def _replay(job: Job) -> Result:
    """One year under every policy. Raises BrokenRules if the judge refuses anything."""
    path, policies, folder = job
    year = read_year(path)
    found: dict[str, Measures] = {}
    for name in dict.fromkeys(policies):
        begun = monotonic()
        decisions = play(year, POLICIES[name](year)).decisions
        found[name] = _judged(year, name, decisions)
        sys.stderr.write(f"{year.id} {name}: {found[name].points:,} points in {monotonic() - begun:.0f} s\n")
        if folder and name == policies[-1]:
            write_bytes(Path(folder) / f"{year.id}.json", log_to_bytes(Log(year.id, name, decisions)))
    found[ALL_KNOWING] = _judged(year, ALL_KNOWING, _best(year))
    return year.id, found


def _best(year: Year) -> tuple[Decision, ...]:
    from services.matcher.simulate.clairvoyant import clairvoyant  # noqa: PLC0415 — compiled code.

    return clairvoyant(year)


def _judged(year: Year, name: str, decisions: tuple[Decision, ...]) -> Measures:
    ruling = judge(year, Log(year.id, name, decisions))
    if ruling.complaints:
        raise BrokenRules(f"{year.id}: the log of {name} breaks {ruling.complaints[0].code}")
    return measure(year, decisions, ruling)
