"""`what-if INSTANCE CHANGES`: who would gain what by these changes, and what one more place is worth where and when."""

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from services.matcher.commands.ending import EXIT_CODES, Ending, Refused, ended, say
from services.matcher.commands.reading import allowed_matches, read, solvable_instance
from services.matcher.contradictions import contradiction
from services.matcher.fields import BadFile
from services.matcher.files import read_json
from services.matcher.instance import Instance, Match
from services.matcher.solver import solve
from services.matcher.what_if import changes
from services.matcher.what_if.changes import Asked, changed
from services.matcher.what_if.comparing import STEPS, Outcome, compare
from services.matcher.what_if.worth import Worth, worths

WORTHS_SHOWN = 12
EQUITY = {
    "coverage": "coverage of the needs",
    "lowest_decile": "lowest decile of cohorts",
    "gini": "Gini",
    "disadvantaged_quarter": "disadvantaged quarter",
    "other_three_quarters": "the other three quarters",
}


def run(arguments: list[str]) -> int:
    """Answer as the arguments say; the exit code."""
    options = _parser().parse_args(arguments)
    return ended(lambda: _answer(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.matcher what-if",
        description="Say who would gain what by changes, planned anew, and what one more session or place is worth "
        f"by activity, district and month, from the linear program's prices.\n\nCHANGES: {changes.__doc__}",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("instance", metavar="INSTANCE", help="encounters-instance/1, .json or .json.gz")
    parser.add_argument("changes", metavar="CHANGES", help="encounters-changes/1, see above")
    parser.add_argument("--matches", help="the plan at hand (encounters-matches/1); without it one is made")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"steps of the search for each plan ({STEPS})")
    parser.add_argument("--json", action="store_true", help="as JSON")
    return parser


def _answer(options: argparse.Namespace) -> Ending:
    instance = solvable_instance(options.instance)
    asked = _asked(options.changes, instance)
    outcome = compare(instance, asked.instance, _plan(options, instance), options.steps)
    worth = worths(instance)
    if options.json:
        told = {"changes": asked.sentences, **asdict(outcome), "worth": [asdict(one) for one in worth]}
        say(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        say("\n".join(_lines(asked, outcome, worth)))
    return Ending.DONE


def _asked(path: str, instance: Instance) -> Asked:
    source = read(path, read_json)
    try:
        asked = changed(instance, source)
    except BadFile as wrong:
        raise Refused(f"{path}: {wrong}", Ending.BAD_FILE) from wrong
    if conflict := contradiction(asked.instance):
        raise Refused(f"{path}: with these changes {conflict}", Ending.NO_PLAN)
    return asked


def _plan(options: argparse.Namespace, instance: Instance) -> tuple[Match, ...]:
    if options.matches:
        return allowed_matches(options.matches, instance).matches
    return solve(instance, steps=options.steps, gap=0.001).matches


def _lines(asked: Asked, outcome: Outcome, worth: list[Worth]) -> Iterator[str]:
    yield from (f"What if: {sentence}" for sentence in asked.sentences)
    how = "proven" if outcome.proven else "found by planning anew"
    difference = outcome.objective_after - outcome.before_by_new_policy
    yield f"{difference:+,} points ({how}): from {outcome.before_by_new_policy:,} to {outcome.objective_after:,}."
    if outcome.before_by_new_policy != outcome.objective_before:
        yield f"The plan before has {outcome.objective_before:,} points as things are now."
    moves = (
        f"{outcome.kept} matches stay, {outcome.resized} change their size, {outcome.dropped} go, {outcome.added} come"
    )
    yield f"{moves}."
    yield ""
    yield from _equity(outcome)
    yield from _gains("By year group", outcome.by_year)
    yield from _gains("By school", outcome.by_school)
    yield from _worth(worth)


def _equity(outcome: Outcome) -> Iterator[str]:
    for name, words in EQUITY.items():
        before, after = outcome.equity_before.get(name, 0.0), outcome.equity_after.get(name, 0.0)
        yield f"{words:<28}{before:>8.4f} → {after:.4f}"


def _gains(title: str, gains: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    yield ""
    yield f"{title}: " + ("pupil places and needed credits" if gains else "nobody gains or loses")
    for name, counts in gains.items():
        yield f"  {name:<16}" + "  ".join(f"{count:>+7,} {what}" for what, count in counts.items())


def _worth(worth: list[Worth]) -> Iterator[str]:
    yield ""
    yield "One more place is worth at most (points, as things are now; the month in which it is worth most):"
    best: dict[tuple[str, str], Worth] = {}
    for one in worth:
        best.setdefault((one.activity, one.district), one)
    for one in list(best.values())[:WORTHS_SHOWN]:
        where = f"{one.activity} in {one.district}"
        yield f"  {where:<34}{one.month}{one.place:>10,}   a session {one.session:,} for {one.pupils} pupils"
    if len(worth) > WORTHS_SHOWN:
        yield f"  all {len(worth)} activities, districts and months: --json"
    if not worth:
        yield "  nothing: nowhere is a place scarce"
