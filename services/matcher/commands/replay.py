"""`replay ROUND_ID`: run a past round again from what it kept, and say whether the same comes of it."""

import argparse
import asyncio
import gzip
import json
from pathlib import Path
from typing import Any
from uuid import UUID

from services.matcher.commands.ending import Ending as How
from services.matcher.commands.ending import Refused, ended, say
from services.matcher.commands.writing import check_folder
from services.matcher.explain.reasons import explain
from services.matcher.explain.standing import Standing
from services.matcher.explain.telling import as_text
from services.matcher.files import write_bytes
from services.matcher.instance import Instance, Match
from services.matcher.parsing import instance_from
from services.matcher.settings import MatcherSettings
from services.matcher.store import rounds
from services.matcher.store.rounds import Recorded
from services.matcher.thinking import Limits, Touched, answer_of, pack, solve_within, solver_version
from services.plumbing import postgres, settings
from services.plumbing.postgres import transaction

EXIT_CODES = """exit codes:
  0  the same plan came of it
  1  another plan came of it: the line before says why that may be
  2  wrong use: no such round or school, or what went into the round was purged
  3  the folder to save in is not there or cannot be written to, or what the round kept cannot be read any more
  5  the answer could not be told: standard output is closed or full
"""
_FAR = 3600.0


def run(arguments: list[str]) -> int:
    """Replay as the arguments say; the exit code."""
    options = _parser().parse_args(arguments)
    return ended(lambda: _answer(options))


def _answer(options: argparse.Namespace) -> How:
    if options.save:
        check_folder(options.save)
    loaded = settings.load(MatcherSettings)
    return _replay(asyncio.run(find_round(loaded, options.round_id)), options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.matcher replay",
        description="Run a past round again from the input, the seed and the limits it kept, and compare the plans.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("round_id", metavar="ROUND", type=UUID, help="the id of a round")
    parser.add_argument("--school", metavar="ID", help="say why this school got what it got in it, and why not more")
    parser.add_argument("--save", metavar="FOLDER", type=Path, help="write the round's two files there, for `explain`")
    return parser


async def find_round(loaded: MatcherSettings, round_id: UUID) -> Recorded:
    """The round as it was kept. Refuses one that is not there, or whose input is there no more."""
    pool = await postgres.open_pool(loaded, "matcher-replay")
    try:
        async with transaction(pool) as tx:
            found = await rounds.find_round(tx, round_id)
    finally:
        await pool.close()
    if found is None:
        raise Refused(f"There is no round {round_id}.", How.WRONG_USE)
    if not found.instance_gz:
        raise Refused(f"Of round {round_id} only the figures are left: what went into it was purged.", How.WRONG_USE)
    return found


def _replay(kept: Recorded, options: argparse.Namespace) -> How:
    instance = instance_from(json.loads(gzip.decompress(kept.instance_gz)))
    if options.save:
        write_bytes(options.save / f"{options.round_id}.instance.json.gz", kept.instance_gz)
        write_bytes(options.save / f"{options.round_id}.matches.json.gz", kept.matches_gz)
    plan = solve_within(instance, _limits(kept), _touched(kept))
    again = answer_of(instance, plan)
    same = pack(again) == kept.matches_gz
    say("\n".join([_heading(kept), f"Now: {plan.objective:,} points by {plan.method}.", _verdict(kept, same=same)]))
    if options.school:
        say(of_school(instance, again.matches, options.school))
    return How.DONE if same else How.RULES_BROKEN


def of_school(instance: Instance, plan: tuple[Match, ...], school: str) -> str:
    """Why the school's requests got what they got in this plan, and why not more. Refuses a school not in it."""
    asked = [request.id for request in instance.requests if request.school == school and any(request.need.values())]
    if not asked and school not in {one.id for one in instance.schools}:
        raise Refused(f"School {school} was not in this round: it had no open request here.", How.WRONG_USE)
    if not asked:
        return f"School {school} lacked nothing in this round."
    standing = Standing(instance, plan)
    return "\n\n".join(as_text(explain(instance, plan, request), standing) for request in asked)


def _limits(kept: Recorded) -> Limits:
    """As they were, but that no clock ends it: a round ends by steps or by proof."""
    versions = kept.round.versions
    return Limits(seed=int(versions["seed"]), steps=int(versions["steps"]), seconds=_FAR)


def _touched(kept: Recorded) -> Touched | None:
    touched: dict[str, Any] | None = kept.round.versions.get("touched")
    return Touched(**touched) if touched else None


def _heading(kept: Recorded) -> str:
    done = kept.round
    return (
        f"Round {done.round_id} of {done.started_at:%Y-%m-%d %H:%M:%S} ({done.kind}): "
        f"{done.objective:,} points by {done.method}, seed {done.versions['seed']}, solver {done.versions['solver']}."
    )


def _verdict(kept: Recorded, *, same: bool) -> str:
    versions = kept.round.versions
    if same:
        return "The same plan, byte for byte."
    if versions["solver"] != solver_version():
        return f"Another plan: the solver is {solver_version()} by now. With the release of that day it is the same."
    if versions.get("ending") == "seconds":
        return "Another plan: the clock had ended that round before its steps were done, as on a machine in trouble."
    return "Another plan, although solver, seed and input are the same: this should not be."
