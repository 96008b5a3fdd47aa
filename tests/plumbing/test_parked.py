import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from contracts.event import Fact
from services.plumbing import parked
from services.plumbing.clock import Clock
from services.plumbing.handlers import Handlers
from services.plumbing.postgres import Pool, Transaction, transaction
from services.plumbing.reading import Unreadable
from tests.plumbing.installation import a_fact
from tests.plumbing.running import start_specimen
from tests.plumbing.specimen import Thing, handlers
from tests.plumbing.test_reading import a_message

Command = Callable[..., Awaitable[tuple[int, list[str]]]]
FACT = a_fact(text="whole")


async def keep(pool: Pool, **changed: object) -> int:
    """Park a message; its number."""
    async with transaction(pool) as tx:
        await parked.park(tx, "specimen", a_message(**changed), Unreadable("why not"))
        return (await parked.waiting_ids(tx))[-1]


async def actions(pool: Pool, parked_id: int) -> list[tuple[str, str]]:
    async with transaction(pool) as tx:
        return [(said["action"], said["outcome"]) for said in await parked.actions_on(tx, parked_id)]


async def state(pool: Pool, parked_id: int) -> str:
    async with transaction(pool) as tx:
        return (await parked.get_parked(tx, parked_id)).state


async def test_a_message_is_kept_with_all_that_is_needed_to_replay_it(pool: Pool) -> None:
    message = a_message(headers=[("a", b"\xff"), ("b", None), ("a", b"2")], body=b"\x00\xff")

    kept = await keep(pool, headers=message.headers, body=message.body)

    async with transaction(pool) as tx:
        entry = await parked.get_parked(tx, kept)
    assert entry.message == message
    assert (entry.service, entry.error, entry.error_class) == ("specimen", "why not", "Unreadable")


async def test_a_replayed_message_has_its_effect_once(pool: Pool) -> None:
    kept = await keep(pool, body=FACT.to_bytes())

    assert await parked.replay(pool, handlers, kept, Clock()) == "handled"

    assert await pool.fetchval("SELECT count(*) FROM own.effects") == 1
    assert (await state(pool, kept), await actions(pool, kept)) == ("replayed", [("replay", "handled")])
    with pytest.raises(parked.NotParked, match="replayed already"):
        await parked.replay(pool, handlers, kept, Clock())


async def test_a_replay_that_fails_leaves_the_message_parked_and_is_recorded(pool: Pool) -> None:
    kept = await keep(pool, body=a_fact(does="break").to_bytes())

    said = await parked.replay(pool, handlers, kept, Clock())

    assert said.startswith("failed: ValueError: a handler's own mistake")
    assert (await state(pool, kept), len(await actions(pool, kept))) == ("parked", 1)


async def test_a_replay_after_a_newer_version_meets_the_version_guard(pool: Pool) -> None:
    guarded, applied = Handlers("guarded"), [0]

    @guarded.on(Thing)
    async def on_thing(_tx: Transaction, fact: Fact[Thing], _clock: Clock) -> None:
        if fact.aggregate_version > applied[-1]:
            applied.append(fact.aggregate_version)

    kept = await keep(pool, body=a_fact(1).to_bytes())
    await guarded.take_fact(pool, a_fact(2), Clock())

    assert await parked.replay(pool, guarded, kept, Clock()) == "handled"
    assert applied == [0, 2]


async def test_a_discarded_message_has_no_effect_and_says_why(pool: Pool) -> None:
    kept = await keep(pool, body=FACT.to_bytes())

    async with transaction(pool) as tx:
        await parked.discard(tx, kept, "sent by mistake")

    assert (await state(pool, kept), await actions(pool, kept)) == ("discarded", [("discard", "sent by mistake")])
    with pytest.raises(parked.NotParked, match="discarded already"):
        await parked.replay(pool, handlers, kept, Clock())


async def test_forgetting_a_person_removes_what_is_parked_about_them(pool: Pool) -> None:
    kept, other = await keep(pool, body=b"their address", key=b"them"), await keep(pool, offset=8, key=b"someone else")

    async with transaction(pool) as tx:
        assert await parked.erase(tx, "things", b"them") == 1

    async with transaction(pool) as tx:
        assert (await parked.get_parked(tx, kept)).message.body is None
        assert await parked.waiting_ids(tx) == [other]
    assert await pool.fetchval("SELECT count(*) FROM own.parked WHERE body = 'their address'") == 0


@pytest.fixture
def command(database_url: str, tmp_path: Path) -> Command:
    """The operator's command; answers its exit code and the lines that it printed besides the log's."""

    async def run(*arguments: str) -> tuple[int, list[str]]:
        running = start_specimen("parked", *arguments, log=tmp_path / "log", database_url=database_url)
        code = await asyncio.to_thread(running.process.wait, 20)
        return code, [line for line in running.log.read_text().splitlines() if not line.startswith('{"service"')]

    return run


async def test_an_operator_lists_shows_replays_and_discards(pool: Pool, command: Command) -> None:
    good = await keep(pool, body=FACT.to_bytes())
    bad = await keep(pool, offset=9, body=b"{")

    code, lines = await command("list")
    assert (code, [line.split()[0] for line in lines]) == (0, [str(good), str(bad)])
    assert "things/0/9  Unreadable: why not" in lines[1]
    code, lines = await command("show", str(bad))
    assert json.loads("".join(lines[1:]))["body"] == "{"
    code, lines = await command("replay", "--all")
    assert (code, lines[0]) == (1, f"{good}: handled")
    assert lines[1].startswith(f"{bad}: failed: Unreadable: body: Invalid JSON")
    assert await command("discard", str(bad), "--why", "cut off") == (0, [f"{bad}: discarded"])
