"""`python -m bench.live [--declines 200] [--look-ahead]`: a hub-sized area in the running system, then declines.

Loads it through the API. Prints the round's gap and seconds from its own event, and from a recorded decline to the
decision (the repair, with the next match where there is one): p50 and p99, from the times at which registry and
matcher recorded their facts.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from typing import Any

import asyncpg
import httpx

from contracts.links import LinkKey
from deploy.demo import hub, play
from deploy.demo.__main__ import NINE_O_CLOCK, operator_key
from deploy.demo.client import Client
from deploy.demo.mails import Mails
from deploy.demo.stage import Stage, until
from deploy.embedded.stack import EmbeddedStack
from deploy.embedded.system import System, Wanted, parts_of
from services.plumbing.clock import Clock

OFFERS, REQUESTS = 500, 229
FASTER = {"ENCOUNTERS_REQUESTS_PER_SECOND": "500", "ENCOUNTERS_DEBOUNCE": "1"}
Row = dict[str, Any]


def main() -> None:
    """Start everything, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__)
    parser.add_argument("--declines", type=int, default=200)
    parser.add_argument("--look-ahead", action="store_true", help="a window of a second, so that rounds look ahead")
    wish = parser.parse_args()
    clock = f"from:{NINE_O_CLOCK.isoformat()}@{time.time():.0f}"
    with EmbeddedStack() as stack, System(parts_of(stack), Wanted(clock, extra=FASTER)) as system:
        asyncio.run(_measure(system, clock, wish.declines, window_seconds=int(wish.look_ahead)))


async def _measure(system: System, clock: str, declines: int, window_seconds: int) -> None:
    registry = await asyncpg.connect(system.databases["registry"])
    matcher = await asyncpg.connect(system.databases["matcher"])
    async with httpx.AsyncClient(base_url=system.api_url, timeout=60) as api:
        mails = Mails(api, LinkKey.parse(system.link_keys), Clock.from_setting(clock).now)
        stage = Stage(Client(api, operator_key(system)), mails, api, print)
        await play.set_up(stage, window_seconds)
        chance = random.Random(hub.SEED)
        await play.post_everything(stage, _asks(chance), _promises(chance))
        _print_round(await play.last_round(stage))
        waits = [await _decline(stage, registry, matcher, chance) for _ in range(declines)]
    _print_waits(waits)


def _asks(chance: random.Random) -> list[hub.Ask]:
    schools = [row for row in hub.read("schools") if row["phase"] == "secondary"]
    return hub.asks(schools, chance, asking=len(schools), years=REQUESTS // len(schools) + 1)[:REQUESTS]


def _promises(chance: random.Random) -> list[hub.Promise]:
    employers = hub.read("employers")
    found: list[hub.Promise] = []
    while len(found) < OFFERS:
        found += hub.promises(employers, chance, already=len(found))
    return found[:OFFERS]


async def _decline(
    stage: Stage, registry: asyncpg.Connection, matcher: asyncpg.Connection, chance: random.Random
) -> Row:
    match = chance.choice(await stage.matches("proposed"))
    said = {"verdict": "declined", "reason": "staffing", "audience": "school", "terms_version": match["terms_version"]}
    await stage.operator.post(f"/v1/matches/{match['match_id']}/answer", said)
    said_at = await registry.fetchval(
        "SELECT max(recorded_at) FROM own.outbox WHERE topic = 'answers' AND key = $1", match["match_id"].encode()
    )

    async def decided() -> Row | None:
        row = await matcher.fetchrow(
            """
            SELECT o.recorded_at, r.record ->> 'kind' AS kind, (r.record ->> 'seconds')::float AS seconds
              FROM own.outbox AS o
              JOIN own.rounds AS r ON r.id = convert_from(o.key, 'UTF8')::uuid
             WHERE o.type = 'round.finished.v1' AND o.recorded_at > $1
             ORDER BY o.recorded_at
             LIMIT 1
            """,
            said_at,
        )
        return dict(row) if row else None

    row = await until("the decision after a decline", decided)
    return {**row, "wait": (row["recorded_at"] - said_at).total_seconds()}


def _print_round(found: Row) -> None:
    gap = "not proven" if found["gap"] is None else f"{found['gap']:.2%}"
    print(
        f"full round: {found['counts']} in {found['seconds']:.2f} s ({found['method']}), "
        f"{found['objective']:,} points, bound {found['bound']:,}, gap {gap}"
    )


def _print_waits(waits: list[Row]) -> None:
    for what in ("wait", "seconds"):
        values = sorted(row[what] * 1000 for row in waits)
        p99 = values[min(len(values) - 1, int(len(values) * 0.99))]
        name = "decline recorded → decision recorded" if what == "wait" else "of it in the solver's process"
        print(f"{name}: p50 {statistics.median(values):.0f} ms, p99 {p99:.0f} ms, worst {values[-1]:.0f} ms")
    kinds = {kind: sum(row["kind"] == kind for row in waits) for kind in {row["kind"] for row in waits}}
    print(f"{len(waits)} declines; decided by {kinds}")


if __name__ == "__main__":
    main()
