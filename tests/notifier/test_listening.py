"""Facts come in any order, more than once, and again from the start: the same letters, and no second email."""

from itertools import permutations
from typing import Any

import pytest

from contracts.event import Entity
from tests.mail import MailServer
from tests.notifier.given import AT_ONCE, PRIYA, SAM, TOM, TUESDAY, Office, a_contact, a_hub, a_match, an_answer

MATCH = a_match()
CONFIRMED = MATCH.model_copy(update={"state": "confirmed"})
ENDED = MATCH.model_copy(update={"state": "withdrawn", "reason": "offer_withdrawn", "ended_by": "employer"})
LIFE: list[tuple[Entity, int]] = [
    (MATCH, 1),
    (an_answer(MATCH), 1),
    (CONFIRMED, 2),
    (a_contact(PRIYA), 1),
    (a_contact(TOM), 1),
    (a_hub(), 1),
]
ORDERS = list(permutations(range(len(LIFE))))[::97]


@pytest.mark.parametrize("order", ORDERS)
async def test_the_order_of_facts_makes_no_difference(office: Office, mail_catcher: MailServer, order: tuple[int, ...]):
    for place in order:
        await office.hears(LIFE[place][0], version=LIFE[place][1])

    await office.works()

    assert sorted(mail.subject.split(":")[0] for mail in mail_catcher.mails()) == ["Confirmed", "Confirmed"]


async def hear_everything_again(office: Office, said: list[tuple[Entity, int]]) -> None:
    await office.pool.execute("TRUNCATE memory.hubs, memory.contacts, memory.matches, memory.answers, memory.inbox")
    for entity, version in said:
        await office.hears(entity, version=version)
        # The sender goes on meanwhile: it must not act on what is only half known.
        office.later(seconds=30)
        await office.works()


async def state_of(office: Office) -> list[Any]:
    rows = await office.pool.fetch("SELECT letter_id, kind, state, contact_id FROM own.letters ORDER BY letter_id")
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_memory_rebuilt_from_the_topics_sends_nothing(
    office: Office, mail_catcher: MailServer, *, backwards: bool
):
    said: list[tuple[Entity, int]] = []
    for entity, version in [(a_hub(), 1), (a_contact(PRIYA), 1), (a_contact(SAM), 1), (a_contact(TOM), 1)]:
        said.append((entity, version))
    other, open_one = a_match(), a_match()
    said += [(MATCH, 1), (an_answer(MATCH), 1), (CONFIRMED, 2), (other, 1), (open_one, 1)]
    mail_catcher.trouble("permanent:address=priya,times=1")
    for entity, version in said:
        await office.hears(entity, version=version)
        await office.works()
    said.append((other.model_copy(update={"state": "withdrawn", "reason": "offer_withdrawn"}), 2))
    await office.hears(*said[-1:][0][:1], version=2)
    await office.works()
    arrived, before = len(mail_catcher.mails()), await state_of(office)

    await hear_everything_again(office, list(reversed(said)) if backwards else said)

    assert len(mail_catcher.mails()) == arrived
    assert await state_of(office) == before


async def test_an_old_fact_does_not_bring_back_whom_it_named(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    await office.hears(a_contact(PRIYA, state="erased", name="", email=""), "contact.erased.v1")

    await office.hears(a_contact(PRIYA), version=1)
    await office.hears(a_match())
    await office.works()

    assert [mail.envelope_to for mail in mail_catcher.mails()] == [("sam@school.example",)]


async def test_an_older_contact_heard_again_gets_nothing_before_the_newer_one(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    await office.hears(a_contact(PRIYA, unsubscribed=True), version=2)
    await office.hears(a_contact(SAM, unsubscribed=True), version=2)
    await office.hears(a_match())
    await office.pool.execute("TRUNCATE memory.contacts, memory.inbox")

    await office.hears(a_contact(PRIYA), version=1)
    await office.works()

    assert mail_catcher.mails() == []


async def test_a_match_that_moved_on_while_its_hub_was_forgotten_is_caught_up_with(
    office: Office, mail_catcher: MailServer
):
    await office.knows_everybody()
    await office.hears(MATCH, version=1)
    await office.works()
    await office.pool.execute("TRUNCATE memory.hubs, memory.inbox")
    await office.hears(CONFIRMED, version=2)
    await office.works()
    assert len(mail_catcher.mails()) == 1

    await office.hears(a_hub(), version=1)
    await office.works()

    assert len(mail_catcher.mails()) == 3


async def test_an_older_hub_heard_again_decides_nothing(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    await office.hears(a_hub(AT_ONCE.model_copy(update={"quiet": True})), version=2)
    await office.pool.execute("TRUNCATE memory.hubs, memory.inbox")
    office.at(TUESDAY.replace(hour=22))

    await office.hears(a_hub(), version=1)
    await office.hears(MATCH, version=1)
    await office.works()

    assert mail_catcher.mails() == []


async def test_a_withdrawal_heard_before_the_hub_says_nothing_to_anybody(office: Office, mail_catcher: MailServer):
    await office.hears(MATCH, version=1)
    await office.hears(ENDED, version=2)

    await office.knows_everybody()
    await office.works()

    assert await office.letters() == []


async def test_a_contact_told_again_changes_nothing_for_who_is_written_to(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    mail_catcher.trouble("permanent:address=priya,times=1")
    await office.hears(a_match())
    await office.works()

    await office.hears(a_contact(PRIYA), "contact.restated.v1", version=5)
    await office.hears(a_match())
    await office.works()

    assert [mail.envelope_to for mail in mail_catcher.mails()] == [("sam@school.example",)] * 2
