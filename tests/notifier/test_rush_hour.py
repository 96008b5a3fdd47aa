"""Everything at once: facts heard, contacts changed, emails composed and sent, and nobody waits in a circle."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from contracts.matches import Match
from services.notifier.composing import compose_due
from services.notifier.sending import send_one
from services.notifier.settings import SenderSettings
from services.notifier.smtp import Courier
from tests.mail import MailServer
from tests.notifier.given import PRIYA, SAM, TOM, Office, a_contact, a_match, an_answer


@dataclass
class Rush:
    """A short while in which everything happens to one office."""

    office: Office
    chance: random.Random
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self, match: Match) -> None:
        """A match from its proposal to its end."""
        for version, state in enumerate(("proposed", "accepted", "confirmed", "cancelled"), start=1):
            ended = {"reason": "weather", "ended_by": "employer"} if state == "cancelled" else {}
            await self.office.hears(match.model_copy(update={"state": state, **ended}), version=version)
            await asyncio.sleep(self.chance.random())
        await self.office.hears(an_answer(match), version=1)

    async def change(self, contact_id: UUID) -> bool:
        await self.office.hears(a_contact(contact_id, name=f"Name {self.chance.random()}"))
        await asyncio.sleep(self.chance.random())
        return True

    async def repeat(self, turn: Callable[[], Awaitable[object]]) -> None:
        while not self.over.is_set():
            if not await turn():
                await asyncio.sleep(0.01)

    async def go(self, couriers: list[Courier]) -> None:
        """All of it at once; whatever fails ends the test."""
        pool, desk = self.office.pool, self.office.desk
        turns: list[Callable[[], Awaitable[object]]] = [partial(self.change, who) for who in (PRIYA, SAM, TOM)]
        turns += [partial(compose_due, pool, desk)] * 2
        turns += [partial(send_one, pool, desk, courier, self.over) for courier in couriers]
        async with asyncio.TaskGroup() as tasks:
            for turn in turns:
                tasks.create_task(self.repeat(turn))
            await asyncio.gather(*(self.live(a_match(employer_confirms=self.chance.random() < 0.5)) for _ in range(25)))
            self.over.set()


async def test_a_rush_hour_ends_in_good_order(
    office: Office, mail_catcher: MailServer, sender_settings: SenderSettings
):
    await office.knows_everybody()
    mail_catcher.trouble("temporary:stage=content,times=3")
    mail_catcher.trouble("permanent:address=sam,times=2")
    couriers = [Courier(sender_settings) for _ in range(3)]

    await Rush(office, random.Random(7)).go(couriers)
    for courier in couriers:
        courier.close()
    office.later(hours=2)
    await office.works()

    ids = [mail.message_id for mail in mail_catcher.mails()]
    assert len(ids) == len(set(ids))
    assert {state for _, state in await office.letters()} <= {"sent", "stale", "refused", "undeliverable"}
    told_otherwise = await office.pool.fetch(
        """
        SELECT letter_id FROM own.letters l
         WHERE version <> (SELECT count(*) FROM own.outbox o WHERE o.key = convert_to(l.letter_id::text, 'UTF8'))
        """
    )
    assert told_otherwise == []
