"""The command that makes a key for an operator: the first one, when there is nobody yet to ask through the API."""

from __future__ import annotations

import argparse
import asyncio

from services.plumbing import postgres, settings
from services.plumbing.clock import Clock
from services.plumbing.postgres import transaction
from services.plumbing.uuids import uuid7
from services.registry.domain.keys import OPERATORS, Caller, NewKey, make_key
from services.registry.settings import RegistrySettings
from services.registry.store import keys as store


def make_operator_key(arguments: list[str]) -> int:
    """Make a key and print it, this once; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.registry operator-key", description=__doc__)
    parser.add_argument("--label", default="operator", help="what the key is for, as lists of keys show it")
    options = parser.parse_args(arguments)
    made = asyncio.run(add_operator_key(settings.load(RegistrySettings), options.label))
    print(made.text)  # noqa: T201 - this is its answer
    return 0


async def add_operator_key(loaded: RegistrySettings, label: str) -> NewKey:
    """Add an operator's key that does not run out."""
    pool = await postgres.open_pool(loaded, "registry-operator-key")
    made = make_key()
    try:
        async with transaction(pool) as tx:
            operator = Caller(uuid7(), "operator", OPERATORS)
            await store.add_key(tx, operator, made, label, Clock.from_setting(loaded.clock).now())
    finally:
        await pool.close()
    return made
