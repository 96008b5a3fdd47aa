"""Three backups of three different moments are put back, and the system goes on: with the topics, and without them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from contracts.topics import TOPICS
from deploy.embedded.system import PROCESSES, System
from services.matcher.recovery import recovery as of_matcher
from services.notifier.recovery import recovery as of_notifier
from services.plumbing import recovering
from services.plumbing.rebuilding import rebuild
from services.plumbing.recovering import people_in
from services.registry.recovery import recovery as of_registry
from tests.journeys.town import Town
from tests.recovery.backups import put_back, save
from tests.recovery.history import Asked, ask
from tests.recovery.installation import Installation

pytestmark = pytest.mark.delivery
RECOVERIES = {"registry": of_registry, "matcher": of_matcher, "notifier": of_notifier}
AGREED = ["accepted", "confirmed", "delivered"]
OVER = """
    SELECT c.kind, c.id FROM own.capacity c WHERE c.taken > c.places
    UNION ALL
    SELECT 'session_places', m.session_id FROM own.matches m JOIN memory.offers o ON o.id = m.offer_id
     GROUP BY m.session_id, o.record HAVING sum(m.places) > (o.record ->> 'max_pupils')::int
"""


async def test_with_newer_topics_nothing_is_lost_and_nothing_said_twice(
    town: Town, installation: Installation, tmp_path: Path
) -> None:
    files = await three_backups(town, tmp_path, ("registry", "matcher", "notifier"))
    erased = await somebody_to_erase(town)
    await town.api.delete(f"/v1/contacts/{erased}")
    waiting = await ask(town, "After")
    await installation.quiet()
    before, agreed = await mails(town), await in_agreement(installation)

    await break_down(town.system)
    for service, file in files.items():
        await put_back(town.system, service, file)
    await recover(installation)

    await installation.quiet()
    assert await mails(town) == before
    assert await in_agreement(installation) == agreed
    assert await installation.ask("matcher", OVER) == []
    assert await knows_of(installation, erased) == {"registry": ("erased", ""), "notifier": ("erased", "")}
    await town.press(waiting.page, "accept")
    await town.match_of(waiting.request, "confirmed")


async def test_without_topics_nothing_that_the_backup_knows_to_be_sent_is_sent_again(
    town: Town, installation: Installation, tmp_path: Path
) -> None:
    erased = await somebody_to_erase(town)
    files = await three_backups(town, tmp_path, ("notifier", "registry", "matcher"))
    told = await letters_told(installation)
    await town.api.delete(f"/v1/contacts/{erased}")
    (tmp_path / "erasures").write_text((await installation.order("registry", "erased")).text)
    await ask(town, "Lost")
    await installation.quiet()
    before = await mails(town)

    await break_down(town.system)
    await installation.lose_topics(*(topic.name for topic in TOPICS))
    for service, file in files.items():
        await put_back(town.system, service, file)
    agreed = await in_agreement(installation)
    known = await letters_told(installation)
    await recover(installation, tmp_path / "erasures")

    await installation.quiet()
    assert set(known) <= set(told)
    new = await mails(town) - before
    assert new.total() == len(set(await letters_told(installation)) - set(known))
    assert set(known) <= set(await letters_told(installation))
    assert set(agreed) <= set(await in_agreement(installation))
    assert await installation.ask("matcher", OVER) == []
    assert await knows_of(installation, erased) == {"registry": ("erased", ""), "notifier": ("erased", "")}
    later = await ask(town, "Later")
    await town.press(later.page, "accept")
    await town.match_of(later.request, "confirmed")


async def three_backups(town: Town, folder: Path, order: tuple[str, str, str]) -> dict[str, Path]:
    """One database after the other is saved, while schools ask and accept."""
    files = {}
    for number, service in enumerate(order):
        async with asking_meanwhile(town, f"{folder.name} {number}"):
            files[service] = await save(town.system, service, folder)
    return files


@asynccontextmanager
async def asking_meanwhile(town: Town, name: str) -> AsyncIterator[None]:
    async def ask_and_accept() -> Asked:
        asked = await ask(town, name)
        await town.press(asked.page, "accept")
        return asked

    asking = asyncio.ensure_future(ask_and_accept())
    yield
    await town.match_of((await asking).request, "confirmed")


async def break_down(system: System) -> None:
    """Every process of ours ends at once, without a goodbye."""
    await asyncio.gather(*(asyncio.to_thread(system.supervisor.kill, name) for name in system.process_names()))


async def recover(installation: Installation, erasures: Path | None = None) -> None:
    """What an operator does after a restore, in this order."""
    system = installation.system
    await asyncio.gather(*(recover_one(installation, service, erasures) for service in PROCESSES))
    await start(system, [f"{service}-relay" for service in PROCESSES])
    await installation.carried()
    await asyncio.gather(*(rebuild_one(installation, service) for service in PROCESSES))
    await start(system, [name for name in system.process_names() if not name.endswith("-relay")])


async def recover_one(installation: Installation, service: str, erasures: Path | None) -> None:
    async with installation.patient_pool(service, "recover") as pool:
        await recovering.recover(pool, RECOVERIES[service], installation.settings(service), people_in(erasures))


async def rebuild_one(installation: Installation, service: str) -> None:
    async with installation.patient_pool(service, "rebuild") as pool:
        await rebuild(pool, RECOVERIES[service], installation.settings(service), even_if_empty=True)


async def start(system: System, names: list[str]) -> None:
    await asyncio.gather(*(asyncio.to_thread(system.supervisor.restart, name) for name in names))


async def somebody_to_erase(town: Town) -> str:
    employer = await town.add_employer(f"Works of {len(await town.api.all('/v1/employers'))}")
    ((contact),) = (await town.api.get(f"/v1/employers/{employer['employer_id']}/contacts"))["items"]
    return str(contact["contact_id"])


async def mails(town: Town) -> Counter[tuple[str, str]]:
    """What arrived, by recipient and subject."""
    return Counter((mail.to, mail.subject) for mail in await town.mails.all())


async def in_agreement(installation: Installation) -> list[Any]:
    """The matches that people rely on."""
    return await installation.ask(
        "matcher", "SELECT id, session_id, request_id FROM own.matches WHERE state = ANY($1) ORDER BY id", AGREED
    )


async def letters_told(installation: Installation) -> list[Any]:
    """What was said, or may have been, about which match."""
    return await installation.ask(
        "notifier", "SELECT match_id, kind, terms_version FROM own.letters WHERE state IN ('sent', 'unknown')"
    )


async def knows_of(installation: Installation, contact_id: str) -> dict[str, Any]:
    """What is left of a person."""
    asked = {
        "registry": "SELECT state, email FROM own.contacts WHERE contact_id::text = $1",
        "notifier": "SELECT contact ->> 'state', contact ->> 'email' FROM memory.contacts WHERE contact_id::text = $1",
    }
    return {service: (await installation.ask(service, question, contact_id))[0] for service, question in asked.items()}
