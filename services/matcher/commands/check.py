"""`check INSTANCE MATCHES`: every rule that is broken, and the points by part."""

import argparse
import json
from collections import Counter

from services.matcher.checker import Verdict, check
from services.matcher.commands.ending import EXIT_CODES, Ending, ended, say
from services.matcher.commands.reading import read
from services.matcher.files import read_instance, read_matches


def run(arguments: list[str]) -> int:
    """Judge the matches as the arguments say; the exit code."""
    options = _parser().parse_args(arguments)
    return ended(lambda: _judge(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.matcher check",
        description="Say whether matches keep every rule of their instance, and how many points they have, by part. "
        "Shares no code with the solver but the reading of files.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("instance", metavar="INSTANCE", help="encounters-instance/1, .json or .json.gz")
    parser.add_argument("matches", metavar="MATCHES", help="encounters-matches/1, .json or .json.gz")
    parser.add_argument("--json", action="store_true", help="as JSON")
    return parser


def _judge(options: argparse.Namespace) -> Ending:
    instance = read(options.instance, read_instance)
    answer = read(options.matches, read_matches)
    verdict = check(instance, answer)
    told = _as_json(verdict) if options.json else _as_text(verdict, len(answer.matches))
    say(told)
    return Ending.DONE if verdict.feasible else Ending.RULES_BROKEN


def _as_json(verdict: Verdict) -> str:
    broken = [{"code": one.code, "where": one.where, "text": one.text} for one in verdict.broken]
    told = {"allowed": verdict.feasible, "objective": verdict.objective, "parts": verdict.parts, "violations": broken}
    return json.dumps(told, ensure_ascii=False, indent=1)


def _as_text(verdict: Verdict, matches: int) -> str:
    lines = [f"{one.code}  {one.where}: {one.text}" for one in verdict.broken]
    if lines:
        counts = Counter(one.code for one in verdict.broken)
        lines += ["", f"Broken: {', '.join(f'{count} × {code}' for code, count in sorted(counts.items()))}"]
    else:
        lines.append(f"Every rule is kept by {matches} matches.")
    lines += [f"{part:<12}{points:>16,}" for part, points in verdict.parts.items()]
    lines.append(f"{'objective':<12}{verdict.objective:>16,}")
    if not verdict.feasible:
        lines.append("These points do not count: the plan is not allowed.")
    return "\n".join(lines)
