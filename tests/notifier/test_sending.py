"""At most one email, or one marked unknown: crashes between any two steps, several senders, lost leases, erasure."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.notifier import compose, composing, sender, sending
from services.notifier.smtp import Courier, Outcome
from services.notifier.store import due
from services.plumbing.postgres import transaction
from tests.mail import MailServer
from tests.notifier.given import PRIYA, SAM, TOM, Office, a_contact, a_match

Patch = Callable[[pytest.MonkeyPatch], None]


class Killed(BaseException):
    """The process ends here."""


def before(owner: Any, name: str) -> Patch:
    """Die on entering the step."""

    async def die(*_: Any, **__: Any) -> None:
        raise Killed

    return lambda patch: patch.setattr(owner, name, die)


def after(owner: Any, name: str) -> Patch:
    """Die when the step has had its effect, before anybody learns of it."""
    original = getattr(owner, name)

    async def do_and_die(*given: Any, **named: Any) -> None:
        await original(*given, **named)
        raise Killed

    return lambda patch: patch.setattr(owner, name, do_and_die)


async def lose_leases(office: Office) -> None:
    await office.pool.execute(
        "UPDATE own.emails SET leased_until = now() - interval '1 second' WHERE state = 'sending'"
    )


async def ready_email(office: Office, mail_catcher: MailServer) -> None:
    """A proposed match whose email is composed and ready."""
    await office.knows_everybody()
    await office.hears(a_match())
    mail_catcher.trouble("temporary:times=1")
    await office.works()
    office.later(minutes=5)


@pytest.mark.parametrize(
    "step, arrived, state",
    [
        (before(composing, "_write"), 1, "sent"),
        (after(composing, "_write"), 1, "sent"),
        (before(sending, "_claim"), 1, "sent"),
        (after(sending, "_claim"), 1, "sent"),
        (after(sending, "claim_email"), 1, "sent"),
        (before(Courier, "_introduce"), 1, "sent"),
        (after(Courier, "_introduce"), 1, "sent"),
        (before(sending, "begin_content"), 1, "sent"),
        (after(sending, "begin_content"), 0, "unknown"),
        (before(Courier, "_hand_over"), 0, "unknown"),
        (after(Courier, "_hand_over"), 1, "unknown"),
        (before(sending, "note_outcome"), 1, "unknown"),
        (before(sending, "_end"), 1, "unknown"),
        (after(sending, "_end"), 1, "unknown"),
        (after(sending, "note_outcome"), 1, "sent"),
    ],
)
async def test_a_crash_at_any_step_leaves_one_email_or_an_unknown_one(
    office: Office, mail_catcher: MailServer, step: Patch, arrived: int, state: str
):
    await office.knows_everybody()
    await office.hears(a_match())

    with pytest.MonkeyPatch.context() as patch:
        step(patch)
        with pytest.raises(Killed):
            await office.works()
    await lose_leases(office)
    await office.works()
    office.later(hours=1)
    await office.works()

    assert len(mail_catcher.mails()) == arrived
    assert await office.letters("school_match_proposed") == [("school_match_proposed", state)]
    assert await office.told() == [(f"letter.{state}.v1", "school_match_proposed")]


async def test_many_senders_at_once_send_each_email_once(
    office: Office, mail_catcher: MailServer, sender_settings: Any
):
    await office.knows_everybody()
    for _ in range(30):
        await office.hears(a_match())
        await composing.compose_due(office.pool, office.desk)
    await composing.compose_due(office.pool, office.desk)
    couriers = [Courier(sender_settings) for _ in range(4)]

    async def send_all(courier: Courier) -> int:
        sent = 0
        while await sending.send_one(office.pool, office.desk, courier, asyncio.Event()):
            sent += 1
        courier.close()
        return sent

    counts = await asyncio.gather(*(send_all(courier) for courier in couriers))

    ids = [mail.message_id for mail in mail_catcher.mails()]
    assert sum(counts) == len(ids) == len(set(ids)) == 30
    assert await office.letters("school_match_proposed") == [("school_match_proposed", "sent")] * 30


async def test_many_composers_at_once_compose_each_letter_once(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    for _ in range(10):
        await office.hears(a_match(state="confirmed"))

    await asyncio.gather(*(composing.compose_due(office.pool, office.desk) for _ in range(4)))
    await office.works()

    attached = [attachment for mail in mail_catcher.mails() for attachment in mail.attachments]
    assert len(attached) == 20
    assert {state for _, state in await office.letters("%confirmed")} == {"sent"}


async def test_a_busy_mail_server_is_tried_again_with_the_same_email(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    mail_catcher.trouble("temporary:stage=content,times=2")
    await office.hears(a_match())

    states = []
    for _ in range(3):
        states += [outcome.state for outcome in await office.works()]
        office.later(minutes=5)

    assert states == ["again", "again", "sent"]
    assert await office.emails() == ["sent"]


async def test_a_busy_mail_server_is_left_alone_for_a_while(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    mail_catcher.trouble("temporary")
    await office.hears(a_match())
    await office.works()

    office.later(seconds=10)

    assert await office.works() == []


def test_pauses_double_up_to_a_cap(office: Office):
    pauses = [max(sending.pause_after(attempt, office.desk) for _ in range(50)) for attempt in (1, 2, 3, 20, 1000)]

    assert pauses[0] <= timedelta(seconds=30)
    assert timedelta(seconds=60) < pauses[2] <= timedelta(seconds=120)
    assert timedelta(minutes=30) < pauses[4] <= timedelta(hours=1)


async def test_a_mail_server_busy_for_days_counts_as_no(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    mail_catcher.trouble("temporary:address=priya")
    await office.hears(a_match(state="confirmed"))
    await office.works()

    office.later(days=2, hours=1)
    await office.works()

    assert [mail.envelope_to for mail in mail_catcher.mails()][-1] == ("sam@school.example",)


@pytest.mark.parametrize("fault", ["hang", "drop", "drop:keep=no"])
async def test_silence_after_the_content_is_unknown_and_never_repeated(
    office: Office, mail_catcher: MailServer, fault: str
):
    await office.knows_everybody()
    mail_catcher.trouble(fault)
    await office.hears(a_match())
    await office.works()
    mail_catcher.recover()

    office.later(days=1)
    await office.works()

    assert mail_catcher.catcher.attempts == 1
    assert await office.told() == [("letter.unknown.v1", "school_match_proposed")]


async def test_a_sender_that_lost_its_lease_sends_nothing(office: Office, mail_catcher: MailServer):
    await ready_email(office, mail_catcher)
    stale_claim = await sending.claim_email(office.pool, office.desk)
    assert stale_claim is not None
    await lose_leases(office)
    await office.works()

    assert not await sending.begin_content(office.pool, office.desk, stale_claim)
    assert len(mail_catcher.mails()) == 1


async def test_a_sender_that_wakes_up_late_still_notes_what_it_alone_knows(office: Office, mail_catcher: MailServer):
    await ready_email(office, mail_catcher)
    claim = await sending.claim_email(office.pool, office.desk)
    assert claim is not None
    await sending.begin_content(office.pool, office.desk, claim)
    await lose_leases(office)
    await office.works()

    await sending.note_outcome(office.pool, office.desk, claim, Outcome("sent"))

    assert [type_ for type_, _ in await office.told()] == ["letter.unknown.v1", "letter.sent.v1"]


async def test_an_email_is_composed_anew_when_one_of_its_letters_is_answered(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    first, second = a_match(), a_match()
    await office.hears(first)
    await office.hears(second)
    mail_catcher.trouble("temporary:times=1")
    await office.works()

    await office.hears(first.model_copy(update={"state": "withdrawn", "reason": "offer_withdrawn"}), "match.ended.v1")
    office.later(minutes=5)
    await office.works()

    (mail,) = mail_catcher.mails()
    assert mail.subject.startswith("Workplace visit")
    assert await office.emails() == ["dissolved", "sent"]


async def test_an_answer_between_claim_and_content_stops_the_email(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    match = a_match()
    await office.hears(match)
    await composing.compose_due(office.pool, office.desk)
    await composing.compose_due(office.pool, office.desk)
    claim = await sending.claim_email(office.pool, office.desk)
    assert claim is not None

    await office.hears(match.model_copy(update={"state": "withdrawn", "reason": "offer_withdrawn"}), "match.ended.v1")

    assert not await sending.begin_content(office.pool, office.desk, claim)
    assert await office.emails() == ["dissolved"]


async def test_someone_erased_between_writing_and_sending_gets_nothing(office: Office, mail_catcher: MailServer):
    await ready_email(office, mail_catcher)

    await office.hears(a_contact(PRIYA, state="erased", name="", email="", roles=()), "contact.erased.v1")
    await office.works()

    assert [mail.envelope_to for mail in mail_catcher.mails()] == [("sam@school.example",)]
    assert b"Priya" not in mail_catcher.mails()[0].source


async def test_someone_erased_between_claim_and_content_gets_nothing(office: Office, mail_catcher: MailServer):
    await ready_email(office, mail_catcher)
    claim = await sending.claim_email(office.pool, office.desk)
    assert claim is not None

    await office.hears(a_contact(PRIYA, state="erased", name="", email="", roles=()), "contact.erased.v1")

    assert not await sending.begin_content(office.pool, office.desk, claim)


async def test_nothing_of_an_erased_person_stays(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    await office.hears(a_match())
    await office.hears(a_match(state="confirmed"))
    mail_catcher.trouble("hang:times=1")
    mail_catcher.trouble("temporary")
    await office.works()
    gone = dict.fromkeys(("name", "email"), "")

    await office.hears(a_contact(PRIYA, state="erased", roles=(), **gone), "contact.erased.v1")

    left = await office.pool.fetchval(
        "SELECT count(*) FROM own.emails WHERE message LIKE '%Priya%' OR recipient LIKE 'priya%'"
    )
    assert left == 0


async def test_an_email_that_names_an_erased_person_is_composed_anew(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    mail_catcher.trouble("temporary")
    await office.hears(a_match(state="confirmed"))
    await office.works()
    mail_catcher.recover()

    await office.hears(a_contact(TOM, state="erased", name="", email="", roles=()), "contact.erased.v1")
    office.later(minutes=5)
    await office.works()

    (mail,) = mail_catcher.mails("priya@school.example")
    assert "Tom Okafor" not in mail.text


async def test_a_changed_address_gets_the_email_that_waited(office: Office, mail_catcher: MailServer):
    await ready_email(office, mail_catcher)

    await office.hears(a_contact(PRIYA, email="p.shah@school.example"), "contact.amended.v1")
    await office.works()

    assert [mail.envelope_to for mail in mail_catcher.mails()] == [("p.shah@school.example",)]


async def test_letters_that_cannot_be_composed_do_not_keep_others_from_going_out(
    office: Office, mail_catcher: MailServer, monkeypatch: pytest.MonkeyPatch
):
    await office.knows_everybody()

    def fail_for_priya(draft: Any, *rest: Any) -> bytes:
        if draft.contact.contact_id == PRIYA:
            raise ValueError("a template is broken")
        return compose.compose(draft, *rest)

    monkeypatch.setattr(composing, "compose", fail_for_priya)
    await office.hears(a_match(state="confirmed"))
    await office.works()
    assert [mail.envelope_to for mail in mail_catcher.mails()] == [("tom@employer.example",)]

    monkeypatch.undo()
    office.later(minutes=16)
    await office.works()

    assert len(mail_catcher.mails("priya@school.example")) == 1


async def test_the_text_of_an_unknown_email_is_kept_for_a_month(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    mail_catcher.trouble("drop")
    await office.hears(a_match())
    await office.works()

    await sender.measure(office.pool, office.desk)
    assert await office.pool.fetchval("SELECT message FROM own.emails") is not None
    office.later(days=31)
    await sender.measure(office.pool, office.desk)

    assert await office.pool.fetchval("SELECT message FROM own.emails") is None


async def test_a_second_contact_stays_unwritten_while_the_first_is_only_unknown(
    office: Office, mail_catcher: MailServer
):
    await office.knows_everybody()
    mail_catcher.trouble("drop")
    await office.hears(a_match())
    await office.works()

    office.later(hours=2)
    await office.works()

    assert mail_catcher.mails(a_contact(SAM).email) == []


async def test_operators_see_how_many_letters_are_under_way(office: Office, mail_catcher: MailServer) -> None:
    await ready_email(office, mail_catcher)
    async with transaction(office.pool) as tx:
        assert await due.under_way(tx) == {"waiting": 2, "sending": 0}

    await office.works()
    async with transaction(office.pool) as tx:
        assert await due.under_way(tx) == {"waiting": 1, "sending": 0}
    # The reminder waits for its day.
    assert [kind for kind, state in await office.letters() if state == "waiting"] == ["school_answer_reminder"]
