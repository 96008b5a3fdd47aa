"""`python -m tests.chaos --seeds 7 --kills 20`: break everything, check every promise; exit code 0 only if all hold."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import traceback
from pathlib import Path

from tests.chaos import table
from tests.chaos.plan import draw, each
from tests.chaos.run import Result, Wish, run
from tests.chaos.stage import Stage


def main() -> int:
    """Run every seed on a stage of its own; tell at the end, or when interrupted, what came of them."""
    given = _arguments()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    results: list[Result] = []
    broken_off: list[int] = []
    try:
        for seed in given.seeds:
            if result := one(seed, given):
                results.append(result)
                table.tell([result], _say)
            else:
                broken_off.append(seed)
    finally:
        if len(results) > 1:
            _say("")
            for line in table.lines(results):
                _say(line)
    if broken_off:
        _say(f"Without a verdict, because the run itself failed: seeds {broken_off}.")
    return 1 if broken_off or any(result.breaches for result in results) else 0


def one(seed: int, given: argparse.Namespace) -> Result | None:
    """One seed; None if it could not be run to its end, which is no verdict, and no good one."""
    drawn = Wish(seed, draw(seed, given.kills), given.at_once)
    wish = Wish.to_measure(seed, each(given.measure)) if given.measure else drawn
    folder = given.keep / f"seed-{seed}"
    with Stage(_say) as stage:
        try:
            result = asyncio.run(run(stage, wish, _say))
        except Exception:  # noqa: BLE001 - the seeds after it are to be run all the same
            _say(traceback.format_exc())
            _keep_logs(stage, folder)
            return None
        if result.breaches or given.record:
            _keep_logs(stage, folder)
            result.state.keep(folder / "state.json.gz")
            told = [f"{one.began:.1f} {one.ended:.1f} {one.fault}" for one in result.incidents]
            (folder / "incidents.txt").write_text("\n".join(told))
    return result


def _keep_logs(stage: Stage, folder: Path) -> None:
    """What is needed to find out what happened."""
    folder.mkdir(parents=True, exist_ok=True)
    for log in stage.supervisor.data.glob("*.log"):
        (folder / log.name).write_bytes(log.read_bytes())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=_numbers, default=[7], help="some (7 or 3,5), a range (1-20), or both (1,4-9)")
    parser.add_argument("--kills", type=int, default=20, help="per seed; other faults come on top")
    parser.add_argument("--at-once", type=int, default=4, help="how many faults may be under way")
    parser.add_argument("--measure", type=int, default=0, help="instead: each fault so often, alone; how long it lasts")
    parser.add_argument("--keep", type=Path, default=Path(".run/chaos"), help="where the books of a failed run go")
    parser.add_argument("--record", action="store_true", help="keep the books of a run that went well too")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    ranges = [part.partition("-") for part in text.split(",")]
    return [number for first, _, last in ranges for number in range(int(first), int(last or first) + 1)]


def _say(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201 - this is its answer


if __name__ == "__main__":
    sys.exit(main())
