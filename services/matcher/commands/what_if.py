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
PLACES = "pupils"
"""What gains in pupil places are called."""
EQUITY = {
    "coverage": "cohorts' mean coverage",
    "lowest_decile": "lowest decile of cohorts",
    "gini": "Gini of their coverage",
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
    parser.add_argument("--steps", type=_steps, default=STEPS, help=f"steps of the search for each plan ({STEPS})")
    parser.add_argument("--json", action="store_true", help="as JSON")
    return parser


def _steps(text: str) -> int:
    steps = int(text)
    if steps < 0:
        raise argparse.ArgumentTypeError("it is below 0")
    return steps


def _answer(options: argparse.Namespace) -> Ending:
    instance = solvable_instance(options.instance)
    asked = _asked(options.changes, instance)
    outcome = compare(instance, asked.instance, _plan(options, instance), options.steps)
    worth = worths(instance)
    if options.json:
        priced = None if worth is None else [asdict(one) for one in worth]
        told = {"changes": asked.sentences, **asdict(outcome), "worth": priced}
        say(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        same_points = asked.instance.policy == instance.policy
        lines = [
            *_said(asked),
            *(_improved(outcome) if options.matches else ()),
            *_points(outcome, same_points=same_points),
            *_moves(outcome),
            "",
        ]
        say("\n".join([*lines, *_whom(outcome), "", *_worth(worth)]))
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


def _said(asked: Asked) -> Iterator[str]:
    yield from (f"What if: {sentence}" for sentence in asked.sentences)


def _improved(outcome: Outcome) -> Iterator[str]:
    if outcome.objective_before > outcome.at_hand:
        better = f"a better one was found, with {outcome.objective_before:,}"
        yield f"The plan at hand has {outcome.at_hand:,} points; {better}, and what follows starts from that."


def _points(outcome: Outcome, *, same_points: bool) -> Iterator[str]:
    """The difference by one and the same policy: the new one where the changes are to the points themselves."""
    left, after = outcome.before_by_new_policy, outcome.objective_after
    before = outcome.objective_before if same_points else left
    how = "proven" if outcome.proven else "found by planning anew"
    if not outcome.proven and outcome.bound is not None:
        how += f"; no plan with the changes has more than {outcome.bound:,}"
    yield f"{after - before:+,} points ({how}): from {before:,} to {after:,}."
    if not same_points:
        yield f"Both are by the changed points; the plan before has {outcome.objective_before:,} by the points of now."
    elif left != before and left <= after:
        yield f"What is left of the plan before has {left:,}; planning anew brings {after - left:,} on top."


def _moves(outcome: Outcome) -> Iterator[str]:
    moves = f"{outcome.kept} stay, {outcome.resized} change their size, {outcome.dropped} go, {outcome.added} come"
    yield f"Of the matches {moves}."
    if outcome.sessions_added:
        yield f"Sessions of new offers that take place: {outcome.sessions_taken} of {outcome.sessions_added}."


def _whom(outcome: Outcome) -> Iterator[str]:
    yield from _equity(outcome)
    yield from _gains("By year group", outcome.by_year)
    yield from _gains("By school", outcome.by_school)


def _equity(outcome: Outcome) -> Iterator[str]:
    for name, words in EQUITY.items():
        before, after = outcome.equity_before.get(name), outcome.equity_after.get(name)
        if before is not None or after is not None:
            yield f"{words:<28}{_share(before):>8} → {_share(after)}"


def _share(value: float | None) -> str:
    return "nobody" if value is None else f"{value:.4f}"


def _gains(title: str, gains: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    yield ""
    yield f"{title}: " + ("pupil places, and credits that are needed" if gains else "nobody gains or loses")
    for name, counts in gains.items():
        ordered = sorted(counts.items(), key=lambda one: (one[0] != PLACES, one[0]))
        told = (f"{count:>+7,} {'places' if what == PLACES else what}" for what, count in ordered)
        yield f"  {name:<16}" + "  ".join(told)


def _worth(worth: list[Worth] | None) -> Iterator[str]:
    if worth is None:
        yield "What one more place or session is worth is not told: there are too many offers and requests to price."
        return
    if not worth:
        yield "One more place or session is worth nothing, as things are now: none is scarce."
        return
    yield "What one more is worth, in points by the linear program's prices, as things are now, in its best month:"
    groups: dict[tuple[str, str], list[Worth]] = {}
    for one in worth:
        groups.setdefault((one.activity, one.district), []).append(one)
    for (activity, district), months in list(groups.items())[:WORTHS_SHOWN]:
        yield f"  {f'{activity} in {district}':<34}{_best(months)}"
    if len(worth) > min(len(groups), WORTHS_SHOWN):
        shown = f"{min(len(groups), WORTHS_SHOWN)} of {len(groups)} activities by district"
        yield f"  {shown}; all of them, by month: --json"
    yield "What it brings may be more, since groups go whole, or less, since days clash and prices fall as a session"
    yield "fills: add_sessions, add_places and add_groups find it out."


def _best(months: list[Worth]) -> str:
    session, place = max(months, key=lambda one: one.session), max(months, key=lambda one: one.place)
    told = []
    if session.session:
        told.append(f"a session {session.session:>9,} for {session.pupils} in {session.month}")
    if place.place:
        told.append(f"a place {place.place:>6,} in {place.month}")
    return "   ".join(told)
