"""`python -m tests.chaos --seeds 7 --kills 20`: break everything, check every promise; exit code 0 only if all hold."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import logging
import sys
from pathlib import Path

from tests.chaos import table
from tests.chaos.plan import draw
from tests.chaos.run import Result, Wish, run
from tests.chaos.stage import Stage


def main() -> int:
    """Run every seed on a stage of its own; tell at the end, or when interrupted, what came of them."""
    given = _arguments()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    results: list[Result] = []
    try:
        for seed in given.seeds:
            results.append(one(seed, given))
            table.tell(results[-1:], _say)
    finally:
        if len(results) > 1:
            _say("")
            for line in table.lines(results):
                _say(line)
    return 1 if any(result.breaches for result in results) else 0


def one(seed: int, given: argparse.Namespace) -> Result:
    """One seed."""
    wish = Wish(seed, draw(seed, given.kills), at_once=given.at_once, one_by_one=given.one_by_one)
    with Stage(_say) as stage:
        result = asyncio.run(run(stage, wish, _say))
        if given.keep and (result.breaches or given.record):
            _keep(result, stage, given.keep / f"seed-{seed}")
    return result


def _keep(result: Result, stage: Stage, folder: Path) -> None:
    """What is needed to find out what happened: the books, and every process's log."""
    folder.mkdir(parents=True, exist_ok=True)
    result.state.keep(folder / "state.json.gz")
    (folder / "incidents.txt").write_text("\n".join(str(dataclasses.asdict(one)) for one in result.incidents))
    for log in stage.supervisor.data.glob("*.log"):
        (folder / log.name).write_bytes(log.read_bytes())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=_numbers, default=[7], help="one (7), several (3,5) or a range (1-20)")
    parser.add_argument("--kills", type=int, default=20, help="per seed; other faults come on top")
    parser.add_argument("--at-once", type=int, default=3, help="how many faults may be under way")
    parser.add_argument("--one-by-one", action="store_true", help="measure: each fault waits until all is well again")
    parser.add_argument("--keep", type=Path, default=Path(".run/chaos"), help="where the books of a failed run go")
    parser.add_argument("--record", action="store_true", help="keep the books of a run that went well too")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    first, dash, last = text.partition("-")
    return list(range(int(first), int(last) + 1)) if dash else [int(part) for part in text.split(",")]


def _say(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201 - this is its answer


if __name__ == "__main__":
    sys.exit(main())
