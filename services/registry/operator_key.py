"""The command that makes a key for an operator: the first one, when there is nobody yet to ask through the API."""

from __future__ import annotations

import argparse
import asyncio

from services.plumbing import postgres, settings
from services.plumbing.clock import Clock
from services.plumbing.postgres import transaction
from services.plumbing.uuids import uuid7
from services.registry.domain.key_life import Key
from services.registry.domain.keys import OPERATORS, Secret, make_secret
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


async def add_operator_key(loaded: RegistrySettings, label: str) -> Secret:
    """Add an operator's key that does not run out."""
    pool = await postgres.open_pool(loaded, "registry-operator-key")
    made = make_secret()
    try:
        async with transaction(pool) as tx:
            now = Clock.from_setting(loaded.clock).now()
            key = Key(
                key_id=uuid7(),
                prefix=made.prefix,
                role="operator",
                organisation_id=OPERATORS,
                label=label,
                created_at=now,
            )
            await store.add_key(tx, key, made.hash)
    finally:
        await pool.close()
    return made
