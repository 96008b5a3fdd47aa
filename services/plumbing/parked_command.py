"""The operator's command for parked messages: list, show, replay, discard, resume."""

import argparse
import json
from typing import Any

from services.plumbing import parked, poison, postgres, telemetry
from services.plumbing.clock import Clock
from services.plumbing.handlers import Handlers
from services.plumbing.parked import Parked
from services.plumbing.postgres import Pool, transaction
from services.plumbing.settings import Settings

_BODY_SHOWN_MAX = 10_000


async def run(service: str, handlers: Handlers, settings: Settings, options: argparse.Namespace) -> int:
    """Do what the operator asked; 1 where a replay failed or nothing waits under the number given."""
    telemetry.configure_logging(service, "parked", settings.log_level)
    pool = await postgres.open_pool(settings, f"{service}-parked")
    try:
        return await _act(pool, handlers, Clock.from_setting(settings.clock), options)
    except parked.NotParked as error:
        _say(f"{error}.")
        return 1
    finally:
        await pool.close()


async def _act(pool: Pool, handlers: Handlers, clock: Clock, options: argparse.Namespace) -> int:
    match options.action:
        case "list":
            await _list(pool)
        case "show":
            await _show(pool, options.id)
        case "discard":
            async with transaction(pool) as tx:
                await parked.discard(tx, options.id, options.why)
            _say(f"{options.id}: discarded")
        case "resume":
            await _resume(pool)
        case "replay":
            return await _replay(pool, handlers, clock, options)
    return 0


async def _list(pool: Pool) -> None:
    async with transaction(pool) as tx:
        for waiting in await parked.waiting_ids(tx):
            _say(_line(await parked.get_parked(tx, waiting)))


def _line(entry: Parked) -> str:
    place = f"{entry.message.topic}/{entry.message.partition}/{entry.message.offset}"
    return f"{entry.id}  {entry.parked_at:%Y-%m-%d %H:%M:%S}  {place}  {entry.error_class}: {entry.error[:120]}"


async def _show(pool: Pool, parked_id: int) -> None:
    async with transaction(pool) as tx:
        entry = await parked.get_parked(tx, parked_id)
        actions = await parked.actions_on(tx, parked_id)
    _say(_line(entry))
    _say(json.dumps(_whole(entry, actions), indent=2))


def _whole(entry: Parked, actions: list[dict[str, str]]) -> dict[str, Any]:
    body = entry.message.body
    return {
        "state": entry.state,
        "error": entry.error,
        "sent_at": entry.message.sent_at.isoformat(),
        "key": entry.message.key.decode(errors="backslashreplace") if entry.message.key else None,
        "headers": [
            [name, None if value is None else value.decode(errors="backslashreplace")]
            for name, value in entry.message.headers
        ],
        "body_bytes": None if body is None else len(body),
        "body": None if body is None else body[:_BODY_SHOWN_MAX].decode(errors="backslashreplace"),
        "actions": actions,
    }


async def _replay(pool: Pool, handlers: Handlers, clock: Clock, options: argparse.Namespace) -> int:
    async with transaction(pool) as tx:
        chosen = await parked.waiting_ids(tx) if options.all else [options.id]
    failed = 0
    for parked_id in chosen:
        outcome = await parked.replay(pool, handlers, parked_id, clock)
        failed += outcome.startswith("failed")
        _say(f"{parked_id}: {outcome}")
    return 1 if failed else 0


async def _resume(pool: Pool) -> None:
    async with transaction(pool) as tx:
        topics = await poison.resume(tx)
    _say(f"resumed after too many parked messages of {', '.join(topics)}" if topics else "nothing stood still")


def _say(line: str) -> None:
    print(line)  # noqa: T201 - this is its answer
