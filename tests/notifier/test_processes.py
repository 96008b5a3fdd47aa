"""The notifier's own processes on a real broker, database and mail server, and what a kill leaves behind."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from contracts.event import Entity, Fact, new_fact
from deploy.embedded.supervisor import LAUNCH
from deploy.topics import create_topics
from services.plumbing.uuids import uuid7
from tests.mail import MailServer
from tests.notifier.given import PRIYA, SAM, TOM, TUESDAY, a_contact, a_hub, a_match

pytestmark = pytest.mark.delivery

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
HEARD = ("hubs", "contacts", "matches", "answers")


async def until(check: Callable[[], Awaitable[T]], seconds: float = 30) -> T:
    """The first true value of `check`; fails with the last one when time is up."""
    deadline = time.monotonic() + seconds
    while not (value := await check()):
        assert time.monotonic() < deadline, f"still {value!r} after {seconds} s"
        await asyncio.sleep(0.05)
    return value


@dataclass
class Notifier:
    """Its processes, its broker, its database."""

    environment: dict[str, str]
    database: "asyncpg.Connection[asyncpg.Record]"
    producer: AIOKafkaProducer
    letters: AIOKafkaConsumer
    prefix: str
    log: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *names: str) -> subprocess.Popen[bytes]:
        """Start processes of the notifier; the last one."""
        for name in names:
            command = [sys.executable, "-m", "services.notifier", name]
            with self.log.open("ab") as log:
                self.running.append(
                    subprocess.Popen(
                        [sys.executable, "-I", "-S", LAUNCH, str(os.getpid()), "-", *command],
                        cwd=ROOT,
                        env={**os.environ, **self.environment},
                        stdout=log,
                        stderr=log,
                    )
                )
        return self.running[-1]

    async def say(self, entity: Entity, type_: str, version: int = 1) -> Fact[Any]:
        """Publish a fact."""
        fact = new_fact(
            entity,
            type_,
            id=uuid7(),
            version=version,
            source="tests",
            time=TUESDAY,
            correlation_id=uuid7(),
        )
        await self.publish(fact)
        return fact

    async def publish(self, fact: Fact[Any]) -> None:
        headers = [(name, value.encode()) for name, value in fact.headers.items()]
        await self.producer.send_and_wait(self.prefix + fact.topic, fact.to_bytes(), key=fact.key, headers=headers)

    async def say_who_is_there(self) -> list[Fact[Any]]:
        facts = [await self.say(a_hub(), "hub.added.v1")]
        facts += [await self.say(a_contact(contact_id), "contact.added.v1") for contact_id in (PRIYA, SAM, TOM)]
        return facts

    async def states(self) -> list[str]:
        rows = await self.database.fetch("SELECT state FROM own.letters WHERE state <> 'waiting' ORDER BY letter_id")
        return [row["state"] for row in rows]

    async def next_letter(self) -> dict[str, Any]:
        """The next fact on `letters`."""
        async with asyncio.timeout(60):
            record = await self.letters.getone()
        said: dict[str, Any] = json.loads(record.value or b"")
        return said


@contextlib.contextmanager
def ended_after(running: list[subprocess.Popen[bytes]]) -> Iterator[None]:
    """End what the block started, by force."""
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


@pytest.fixture
async def notifier(
    fresh_database: Callable[[str], Awaitable[str]],
    kafka_bootstrap: str,
    topic_prefix: str,
    mail_catcher: MailServer,
    tmp_path: Path,
) -> AsyncIterator[Notifier]:
    url = await fresh_database("notifier")
    await create_topics(kafka_bootstrap, topic_prefix, partitions=2, names=[*HEARD, "letters"])
    settings = {
        "DATABASE_URL": url,
        "KAFKA_BOOTSTRAP": kafka_bootstrap,
        "TOPIC_PREFIX": topic_prefix,
        "CLOCK": f"from:{TUESDAY.isoformat()}@{time.time()}",
        "LINK_KEYS": "test:" + "0" * 64,
        "PUBLIC_URL": "https://encounters.example",
        "MAIL_FROM": "matches@encounters.example",
        "MAIL_DOMAIN": "encounters.example",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mail_catcher.port),
        "SENDER_POLL": "0.1",
        "RELAY_POLL": "0.1",
        "LEASE": "2",
        "RETRY_FIRST": "0.2",
    }
    environment = {f"ENCOUNTERS_{name}": value for name, value in settings.items()}
    database = await asyncpg.connect(url)
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    letters = AIOKafkaConsumer(
        f"{topic_prefix}letters",
        bootstrap_servers=kafka_bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    async with producer, letters:
        made = Notifier(environment, database, producer, letters, topic_prefix, tmp_path / "log")
        with ended_after(made.running):
            yield made
    await database.close()


async def test_facts_delivered_twice_make_one_email_and_one_fact(notifier: Notifier, mail_catcher: MailServer):
    notifier.start("consumer", "sender", "sender", "relay")
    facts = await notifier.say_who_is_there()
    facts.append(await notifier.say(a_match(), "match.proposed.v1"))
    for fact in facts:
        await notifier.publish(fact)

    letter = await notifier.next_letter()
    last = await notifier.say(a_match(), "match.proposed.v1")
    await notifier.publish(last)
    second = await notifier.next_letter()

    assert [letter["type"], second["type"]] == ["letter.sent.v1", "letter.sent.v1"]
    assert second["data"]["match_id"] == str(last.data.match_id)
    assert second["correlation_id"] == str(last.correlation_id)
    assert second["causation_id"] == str(last.id)
    assert "school.example" not in json.dumps([letter, second])
    assert len(mail_catcher.mails()) == 2


async def test_a_sender_killed_while_the_mail_server_is_silent_leaves_an_unknown_email(
    notifier: Notifier, mail_catcher: MailServer
):
    mail_catcher.trouble("hang:times=1")
    notifier.start("consumer", "relay")
    sender = notifier.start("sender")
    await notifier.say_who_is_there()
    await notifier.say(a_match(), "match.proposed.v1")

    async def has_begun() -> bool:
        return mail_catcher.catcher.attempts == 1

    await until(has_begun)
    sender.kill()
    notifier.start("sender")

    assert (await notifier.next_letter())["type"] == "letter.unknown.v1"
    assert await notifier.states() == ["unknown"]
    assert mail_catcher.catcher.attempts == 1


async def test_a_sender_killed_before_the_content_leaves_the_email_to_the_next(
    notifier: Notifier, mail_catcher: MailServer
):
    mail_catcher.trouble("hang:stage=rcpt,times=1")
    notifier.start("consumer", "relay")
    sender = notifier.start("sender")
    await notifier.say_who_is_there()
    await notifier.say(a_match(), "match.proposed.v1")

    async def is_under_way() -> bool:
        return bool(await notifier.database.fetchval("SELECT count(*) FROM own.emails WHERE state = 'sending'"))

    await until(is_under_way)
    sender.kill()
    notifier.start("sender")

    assert (await notifier.next_letter())["type"] == "letter.sent.v1"
    assert len(mail_catcher.mails()) == 1


async def test_a_sender_asked_to_stop_ends_in_good_order(notifier: Notifier):
    sender = notifier.start("sender")

    async def is_up() -> bool:
        return "started" in notifier.log.read_text()

    await until(is_up)
    sender.terminate()

    assert await asyncio.to_thread(sender.wait, 20) == 0


async def test_a_sender_without_a_setting_says_which(notifier: Notifier):
    del notifier.environment["ENCOUNTERS_LINK_KEYS"]

    assert await asyncio.to_thread(notifier.start("sender").wait, 20) == 1
    assert "ENCOUNTERS_LINK_KEYS is not set" in notifier.log.read_text()
