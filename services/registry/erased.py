"""The command that lists the ids of everybody who was erased: to be kept beside the backups, for `recover --erasures`.

An id says nothing about a person; a backup from before the erasure does, and this is what undoes that.
"""

from __future__ import annotations

import argparse
import asyncio
from uuid import UUID

from services.plumbing import postgres, settings
from services.plumbing.postgres import transaction
from services.registry.settings import RegistrySettings
from services.registry.store.contacts import erased_contacts


def list_erased(arguments: list[str]) -> int:
    """Print the ids, one a line; the exit code."""
    argparse.ArgumentParser(prog="python -m services.registry erased", description=__doc__).parse_args(arguments)
    for contact_id in asyncio.run(_erased(settings.load(RegistrySettings))):
        print(contact_id)  # noqa: T201 - this is its answer
    return 0


async def _erased(loaded: RegistrySettings) -> list[UUID]:
    pool = await postgres.open_pool(loaded, "registry-erased")
    try:
        async with transaction(pool) as tx:
            return await erased_contacts(tx)
    finally:
        await pool.close()
