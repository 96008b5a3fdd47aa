"""Facts that come while an email is on its way: whoever locks first decides, and nobody gets what was overtaken."""

import asyncio
from collections.abc import Callable

import pytest

from contracts.contacts import Contact
from contracts.event import Entity
from contracts.matches import Match
from tests.mail import MailServer
from tests.notifier.given import PRIYA, Office, a_contact, a_match, an_answer

TIMES = 4


def erased() -> Contact:
    return a_contact(PRIYA, state="erased", name="", email="", roles=())


CROSSING: dict[str, Callable[[Match], Entity]] = {
    "answered": an_answer,
    "withdrawn": lambda match: match.model_copy(update={"state": "withdrawn", "reason": "offer_withdrawn"}),
    "erased": lambda _: erased(),
    "moved": lambda _: a_contact(PRIYA, email="priya@elsewhere.example"),
}


@pytest.mark.parametrize("what", CROSSING)
async def test_a_fact_that_crosses_an_email_stops_it_or_comes_after_it(
    office: Office, mail_catcher: MailServer, what: str
) -> None:
    await office.knows_everybody()
    for _ in range(TIMES):
        match = a_match()
        await office.hears(match)

        await asyncio.gather(office.works(), office.works(), office.hears(CROSSING[what](match)))
        await office.works()

        asked = [row["state"] for row in await asking(office, match)]
        assert asked.count("sent") <= 1
        assert set(asked) <= {"sent", "stale"}
        if what in {"erased", "moved"}:
            assert asked == ["sent"]
            await office.hears(a_contact(PRIYA))
        if what == "erased":
            break

    mails = [mail.message_id for mail in mail_catcher.mails()]
    assert len(mails) == len(set(mails))
    sent = await office.pool.fetchval("SELECT count(*) FROM own.emails WHERE state = 'sent'")
    assert sent == len(mails)


async def test_two_senders_and_an_erasure_leave_nothing_of_the_person_unsent(
    office: Office, mail_catcher: MailServer
) -> None:
    await office.knows_everybody()
    matches = [a_match() for _ in range(TIMES)]
    for match in matches:
        await office.hears(match)

    await asyncio.gather(office.works(), office.hears(erased(), "contact.erased.v1"), office.works())
    await office.works()

    for match in matches:
        assert [row["state"] for row in await asking(office, match)] == ["sent"]
    kept = await office.pool.fetch("SELECT state, recipient, message FROM own.emails WHERE contact_id = $1", PRIYA)
    assert all(row["recipient"] is None and row["message"] is None for row in kept)
    to_priya = sum("priya@school.example" in mail.envelope_to for mail in mail_catcher.mails())
    assert to_priya == sum(row["state"] == "sent" for row in kept)


async def asking(office: Office, match: Match) -> list[dict[str, str]]:
    rows = await office.pool.fetch(
        "SELECT state FROM own.letters WHERE match_id = $1 AND kind = 'school_match_proposed'", match.match_id
    )
    return [dict(row) for row in rows]
