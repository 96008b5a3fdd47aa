"""The harness itself, for less than a minute and always with the same seed: nothing lost, twice, over or stuck."""

import asyncio
import faulthandler

from tests.chaos.plan import Fault
from tests.chaos.run import Result, Wish, run
from tests.chaos.stage import Stage
from tests.chaos.table import tell
from tests.stack import Say

SEED = 7
FAULTS = [
    Fault("kill", "matcher-rounds", 0.2, 0.2),
    Fault("freeze in an email", "notifier-sender", 5.5, 0.2, seed=1),
    Fault("kill", "registry-relay", 0.2, 0.2),
    Fault("smtp", "drop:stage=content,times=2", 2.0, 0.2),
    Fault("kill", "postgres", 0.2, 0.5),
    Fault("cut in the middle", "postgres", 0.0, 0.2),
    Fault("kill", "kafka", 0.2, 0.2),
    Fault("everything twice", "matcher", 0.0, 0.2),
    Fault("group reset", "notifier", 0.0, 0.2),
]
"""One of most kinds. The long run, `make chaos`, draws them."""


DOUBLES = {"notifier-sender": 2}
PATIENCE_SECONDS = 900
"""On a machine that is busy with other things everything takes its time: that is no fault."""


def test_whatever_breaks_nothing_is_lost_and_nothing_comes_twice(say: Say):
    faulthandler.dump_traceback_later(PATIENCE_SECONDS, exit=True)
    with Stage(say, DOUBLES) as stage:
        result = asyncio.run(run(stage, Wish(SEED, FAULTS, wave=5, rest_seconds=1, well_seconds=8), say))

    assert {incident.fault.kind for incident in result.incidents} == {fault.kind for fault in FAULTS}
    assert result.breaches == [], told(result)


def told(result: Result) -> str:
    """The table, and the story of whatever broke a promise."""
    lines: list[str] = []
    tell([result], lines.append)
    return "\n".join(lines)
