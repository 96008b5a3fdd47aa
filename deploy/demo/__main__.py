"""`python -m deploy.demo [--once]`: starts everything, plays the main job, and stays up until Ctrl-C.

With --once it ends by itself; the exit code is 0 only if every step was seen.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from contracts.links import LinkKey
from deploy.demo import hub, play
from deploy.demo.client import Client, Refused
from deploy.demo.mails import Mails
from deploy.demo.show import Show
from deploy.demo.stage import NotSeen, Stage
from deploy.embedded.stack import EmbeddedStack
from deploy.embedded.system import System, Wanted, parts_of
from deploy.embedded.trouble import Trouble
from services.plumbing.clock import Clock

LONDON = ZoneInfo("Europe/London")
NINE_O_CLOCK = datetime(hub.TODAY.year, hub.TODAY.month, hub.TODAY.day, 9, 5, tzinfo=LONDON)
LOGS = Path(".run/demo-logs")


def main() -> int:
    """Run the demonstration; the exit code."""
    once = _arguments().parse_args().once
    show = Show()
    clock = f"from:{NINE_O_CLOCK.isoformat()}@{time.time():.0f}"
    show.say("Starting a real Kafka and a real PostgreSQL of its own; the clock says Tuesday 4 November 2025, 09:05.")
    try:
        with EmbeddedStack(show.say) as stack, System(parts_of(stack), Wanted(clock), show.say) as system:
            show.say(f"All {len(system.process_names())} processes are ready.")
            with _logs_kept_on_failure(system):
                asyncio.run(_tell(system, show, clock))
            if not once:
                show.say("[bold]Ctrl-C ends everything and clears it away.[/bold]")
                signal.pause()
    except (Trouble, NotSeen, Refused) as trouble:
        show.say(f"[red]The demonstration failed.[/red] {trouble} Its logs are in {LOGS}.")
        return 1
    except KeyboardInterrupt:
        show.say("Ended and cleared away.")
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end by itself when everything was seen")
    return parser


@contextlib.contextmanager
def _logs_kept_on_failure(system: System) -> Iterator[None]:
    """The logs go with the system; of one that failed they are wanted."""
    try:
        yield
    except BaseException:
        LOGS.mkdir(parents=True, exist_ok=True)
        for log in system.supervisor.data.glob("*.log"):
            shutil.copy(log, LOGS)
        raise


def operator_key(system: System) -> str:
    """Make the first operator's key, by the command that an operator would use."""
    argv, environment = system.command("registry", "operator-key")
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"The operator's key could not be made: {done.stderr.strip()}")
    return done.stdout.split()[-1]


async def _tell(system: System, show: Show, clock: str) -> None:
    key = operator_key(system)
    show.say("The first operator's key is made; from here on everything goes through the HTTP API.")
    async with (
        httpx.AsyncClient(base_url=system.api_url, timeout=30) as api,
        httpx.AsyncClient(base_url=system.mail_url, timeout=30) as catcher,
        httpx.AsyncClient(timeout=30) as browser,
    ):
        mails = Mails(catcher, LinkKey.parse(system.link_keys), Clock.from_setting(clock).now)
        stage = Stage(Client(api, key), mails, browser, show.say)
        await _acts(stage, show)
        await _where_to_look(stage, system, show)


async def _acts(stage: Stage, show: Show) -> None:
    await play.set_up(stage)
    chance = random.Random(hub.SEED + 1)
    asks = hub.asks(hub.read("schools"), chance)
    await play.post_everything(stage, asks, hub.promises(hub.read("employers"), chance))
    first = await play.first_email(stage)
    show.say(f"The first match email is there: “{first.subject}”, to {first.to}.")
    show.round(await play.last_round(stage))
    proposed = await play.everybody_written_to(stage)
    show.matches(proposed, len(await stage.mails.all()))
    served = {match["request_id"] for match in proposed}
    nothing = [request for request in stage.requests if request["request_id"] not in served]
    show.waiting([await stage.operator.get(f"/v1/requests/{request['request_id']}") for request in nothing])
    declined, again, seconds = await play.decline_and_rematch(stage)
    show.say(
        f"{declined['terms']['school_name']} declined “{declined['terms']['title']}” by the link in its email; "
        f"{seconds:.1f} s later it was proposed to {again['terms']['school_name']}."
    )
    confirmed = await play.accept_and_confirm(stage)
    told = confirmed["terms"]
    show.say(f"{told['school_name']} accepted a visit, {told['employer_name']} confirmed it: both by links, no login.")
    delivered, before, after = await play.deliver(stage)
    show.say(
        f"{delivered['terms']['school_name']} recorded {delivered['pupils']} pupils; its progress in benchmark 5 for "
        f"{delivered['terms']['cohort_label']}: {before['percent']} % → {after['percent']} %."
    )


async def _where_to_look(stage: Stage, system: System, show: Show) -> None:
    pages = list((await stage.mails.links_by_school()).values())
    show.addresses(
        [
            ("API documentation", f"{system.api_url}/docs"),
            ("Inbox of everybody", system.mail_url),
            ("A school's answer page", pages[-1]),
            ("Logs", str(system.supervisor.data)),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
