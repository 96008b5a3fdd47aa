"""From facts to emails: what is said to whom as a match lives and ends."""

from datetime import timedelta

from contracts.answers import Answer, Cancelled, Delivery
from tests.mail import MailServer
from tests.notifier.given import AT_ONCE, PRIYA, SAM, TOM, TUESDAY, Office, a_contact, a_hub, a_match, an_answer, terms
from tests.parking import parked_answer, parked_comments

CHANGED_TERMS = terms(requirements="Sturdy shoes and a packed lunch.")


async def test_a_proposed_match_becomes_an_email_to_the_school(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    await office.hears(a_match())

    await office.works()

    (mail,) = mail_catcher.mails()
    assert mail.envelope_to == ("priya@school.example",)
    assert "please answer by Tue 13 Oct" in mail.subject
    assert await office.told() == [("letter.sent.v1", "school_match_proposed")]


async def test_the_same_fact_twice_makes_one_email(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    match = a_match()
    await office.hears(match, version=1)
    await office.hears(match, version=1)
    await office.hears(match, version=2)

    await office.works()

    assert len(mail_catcher.mails()) == 1


async def test_an_answered_question_is_not_sent_any_more(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    match = a_match()
    await office.hears(match)
    await office.hears(an_answer(match, "declined"))

    await office.works()

    assert mail_catcher.mails() == []
    assert await office.letters("school_match_proposed") == [("school_match_proposed", "stale")]


async def test_a_school_that_answers_gets_no_reminder(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    match = a_match()
    await office.hears(match)
    await office.works()
    await office.hears(an_answer(match))

    office.later(days=4)
    await office.works()

    assert len(mail_catcher.mails()) == 1
    assert ("school_answer_reminder", "stale") in await office.letters()


async def test_a_silent_school_gets_one_reminder_two_school_days_before_the_deadline(
    office: Office, mail_catcher: MailServer
):
    await office.knows_everybody()
    await office.hears(a_match())
    await office.works()

    office.at(TUESDAY.replace(day=9, hour=6, minute=0))
    assert await office.works() == []
    office.at(TUESDAY.replace(day=9, hour=6, minute=31))
    await office.works()
    office.later(hours=5)
    await office.works()

    assert [mail.subject.split(":")[0] for mail in mail_catcher.mails()][1:] == ["Reminder"]


async def test_a_confirmed_match_is_told_to_both_sides_once(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    match = a_match()
    await office.hears(match)
    await office.works()
    await office.hears(an_answer(match))

    await office.hears(match.model_copy(update={"state": "confirmed"}), "match.confirmed.v1")
    await office.works()
    await office.hears(match.model_copy(update={"state": "confirmed"}), "match.noted.v1")
    await office.works()

    to_school, to_employer = mail_catcher.mails("priya@school.example"), mail_catcher.mails("tom@employer.example")
    assert [mail.subject.split(":")[0] for mail in to_school[1:]] == ["Confirmed"]
    assert [mail.subject.split(":")[0] for mail in to_employer] == ["Confirmed"]
    assert "Tom Okafor, tom@employer.example" in to_school[1].text
    assert "Priya Shah, priya@school.example" in to_employer[0].text


async def test_an_employer_who_must_confirm_is_asked_and_then_told(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    match = a_match(employer_confirms=True, confirm_by=TUESDAY + timedelta(days=3))
    await office.hears(match)
    await office.hears(an_answer(match))

    await office.hears(match.model_copy(update={"state": "accepted"}), "match.accepted.v1")
    await office.works()
    await office.hears(match.model_copy(update={"state": "confirmed"}), "match.confirmed.v1")
    await office.works()

    subjects = [mail.subject.split(":")[0] for mail in mail_catcher.mails("tom@employer.example")]
    assert subjects == ["Please confirm by Fri 9 Oct", "Confirmed"]


async def test_changed_details_of_a_confirmed_match_are_named(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    match = a_match(state="confirmed")
    await office.hears(match)
    await office.works()

    await office.hears(match.model_copy(update={"terms_version": 2, "terms": CHANGED_TERMS}), "match.changed.v1")
    await office.works()

    changed = mail_catcher.mails("priya@school.example")[-1]
    assert changed.subject.startswith("Changed:")
    assert "What is new:\n * To prepare: Sturdy shoes and a packed lunch." in changed.text.replace("\r\n", "\n")


async def test_a_confirmation_not_sent_yet_is_replaced_by_one_of_the_new_terms(
    office: Office, mail_catcher: MailServer
):
    await office.knows_everybody()
    match = a_match(state="confirmed")
    await office.hears(match)
    await office.hears(match.model_copy(update={"terms_version": 2, "terms": CHANGED_TERMS}), "match.changed.v1")

    await office.works()

    (mail,) = mail_catcher.mails("priya@school.example")
    assert mail.subject.startswith("Confirmed:")
    assert "packed lunch" in mail.text


async def test_a_question_whose_terms_changed_is_not_asked_again(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    match = a_match()
    await office.hears(match)
    await office.works()

    await office.hears(match.model_copy(update={"terms_version": 2, "terms": CHANGED_TERMS}), "match.changed.v1")
    await office.works()

    assert len(mail_catcher.mails()) == 1


async def test_a_withdrawn_offer_is_told_to_a_school_that_was_asked(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    match = a_match()
    await office.hears(match)
    await office.works()

    ended = {"state": "withdrawn", "reason": "offer_withdrawn", "ended_by": "employer"}
    await office.hears(match.model_copy(update=ended), "match.ended.v1")
    await office.works()

    told = mail_catcher.mails()[-1]
    assert told.subject.startswith("No longer available:")
    assert "the employer withdrew the offer" in told.text
    assert told.attachments == []


async def test_a_withdrawn_offer_is_not_told_to_a_school_that_was_not_asked_yet(
    office: Office, mail_catcher: MailServer
):
    await office.knows_everybody()
    match = a_match()
    await office.hears(match)
    ended = {"state": "withdrawn", "reason": "offer_withdrawn", "ended_by": "employer"}
    await office.hears(match.model_copy(update=ended), "match.ended.v1")

    await office.works()

    assert mail_catcher.mails() == []


async def test_a_cancelled_match_leaves_both_calendars(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    match = a_match(state="confirmed")
    await office.hears(match)
    await office.works()
    cancelled = Cancelled(by="school", reason="transport", at=TUESDAY)
    await office.hears(Answer(match_id=match.match_id, cancelled=cancelled))

    ended = {"state": "cancelled", "reason": "transport", "ended_by": "school"}
    await office.hears(match.model_copy(update=ended), "match.ended.v1")
    await office.works()

    for address in ("priya@school.example", "tom@employer.example"):
        confirmed, removed = mail_catcher.mails(address)
        assert b"METHOD:PUBLISH" in confirmed.attachments[0].content
        assert b"METHOD:CANCEL" in removed.attachments[0].content
    assert "You have called it off" in mail_catcher.mails("priya@school.example")[1].text
    assert "transport fell through" in mail_catcher.mails("tom@employer.example")[1].text


async def test_after_the_session_the_school_is_asked_how_many_took_part(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    await office.hears(a_match(state="confirmed"))
    await office.works()

    office.at(TUESDAY.replace(month=11, day=17, hour=13, minute=1))
    await office.works()

    assert mail_catcher.mails("priya@school.example")[-1].subject.startswith("How many pupils took part?")


async def test_a_recorded_delivery_is_not_asked_for(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    match = a_match(state="confirmed")
    await office.hears(match)
    await office.works()
    delivery = Delivery(held=True, pupils=23, by="employer", at=TUESDAY)
    await office.hears(Answer(match_id=match.match_id, delivery=delivery))

    office.at(TUESDAY.replace(month=11, day=18))
    await office.works()

    assert len(mail_catcher.mails("priya@school.example")) == 1
    assert ("school_did_it_take_place", "stale") in await office.letters()


async def test_a_question_with_too_little_time_left_is_not_sent(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    await office.hears(a_match(answer_by=TUESDAY + timedelta(hours=23)))

    await office.works()

    assert mail_catcher.mails() == []
    assert await office.told() == [("letter.too_late.v1", "school_match_proposed")]


async def test_a_letter_waits_for_its_hub_and_its_contact(office: Office, mail_catcher: MailServer):
    await office.hears(a_match())
    await office.works()
    await office.hears(a_hub())
    await office.works()

    office.later(minutes=1)
    await office.hears(a_contact(PRIYA))
    await office.works()

    assert len(mail_catcher.mails()) == 1


async def test_a_school_without_any_contact_is_undeliverable_after_a_while(office: Office, mail_catcher: MailServer):
    await office.hears(a_hub())
    await office.hears(a_match())
    await office.works()
    assert await office.told() == []

    office.later(minutes=16)
    await office.works()

    assert await office.told() == [("letter.undeliverable.v1", "school_match_proposed")]


async def test_a_refused_address_passes_the_letter_to_the_next_contact(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    mail_catcher.trouble("permanent:address=priya@school.example")
    await office.hears(a_match())

    await office.works()

    (mail,) = mail_catcher.mails()
    assert mail.envelope_to == ("sam@school.example",)
    assert await office.told() == [
        ("letter.refused.v1", "school_match_proposed"),
        ("letter.sent.v1", "school_match_proposed"),
    ]


async def test_when_every_contact_was_refused_the_letter_is_undeliverable(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    mail_catcher.trouble("permanent")
    await office.hears(a_match())

    await office.works()

    assert [type_ for type_, _ in await office.told()] == [
        "letter.refused.v1",
        "letter.refused.v1",
        "letter.undeliverable.v1",
    ]


async def test_later_letters_go_to_whoever_was_reached(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    mail_catcher.trouble("permanent:address=priya@school.example,times=1")
    match = a_match()
    await office.hears(match)
    await office.works()

    await office.hears(match.model_copy(update={"state": "confirmed"}), "match.confirmed.v1")
    await office.works()

    assert [mail.subject.split(":")[0] for mail in mail_catcher.mails("sam@school.example")][1:] == ["Confirmed"]


async def test_two_contacts_with_one_address_are_tried_once(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    await office.hears(a_contact(SAM, email="Priya@School.example"))
    mail_catcher.trouble("permanent")
    await office.hears(a_match())

    await office.works()

    assert [type_ for type_, _ in await office.told()] == ["letter.refused.v1", "letter.undeliverable.v1"]


async def test_whoever_unsubscribed_is_passed_over(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    await office.hears(a_contact(PRIYA, unsubscribed=True))
    await office.hears(a_match())

    await office.works()

    assert [mail.envelope_to for mail in mail_catcher.mails()] == [("sam@school.example",)]


async def test_letters_of_one_hour_go_out_as_one_email(office: Office, mail_catcher: MailServer):
    await office.knows_everybody(AT_ONCE.model_copy(update={"digest_minutes": 20}))
    await office.hears(a_match())
    await office.works()
    office.later(minutes=12)
    await office.hears(a_match(terms=terms(employer_name="Airbus")))
    await office.works()
    assert mail_catcher.mails() == []

    office.later(minutes=9)
    await office.works()

    (mail,) = mail_catcher.mails()
    assert mail.subject.startswith("Please answer by Tue 13 Oct: ")
    assert "Vistry Group" in mail.text
    assert "Airbus" in mail.text
    assert await office.letters("school_match_proposed") == [("school_match_proposed", "sent")] * 2


async def test_the_days_cap_holds_the_rest_until_tomorrow(office: Office, mail_catcher: MailServer):
    await office.knows_everybody(AT_ONCE.model_copy(update={"emails_per_day": 2}))
    for _ in range(3):
        await office.hears(a_match())
        await office.works()
    assert len(mail_catcher.mails()) == 2

    office.at(TUESDAY.replace(day=7, hour=6))
    await office.works()

    assert len(mail_catcher.mails()) == 3


async def test_nothing_goes_out_in_quiet_hours(office: Office, mail_catcher: MailServer):
    await office.knows_everybody(AT_ONCE.model_copy(update={"quiet": True}))
    office.at(TUESDAY.replace(hour=20))
    await office.hears(a_match())
    await office.works()
    assert mail_catcher.mails() == []

    office.at(TUESDAY.replace(day=7, hour=6, minute=30))
    await office.works()

    assert len(mail_catcher.mails()) == 1


async def test_an_email_put_off_by_the_mail_server_does_not_go_out_at_night(office: Office, mail_catcher: MailServer):
    await office.knows_everybody(AT_ONCE.model_copy(update={"quiet": True}))
    office.at(TUESDAY.replace(hour=16, minute=29))
    mail_catcher.trouble("temporary")
    await office.hears(a_match())
    await office.works()
    mail_catcher.recover()

    office.later(hours=1)
    await office.works()
    assert mail_catcher.mails() == []
    office.at(TUESDAY.replace(day=7, hour=6, minute=31))
    await office.works()

    assert len(mail_catcher.mails()) == 1


async def test_an_employer_in_the_holidays_is_written_to(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    await office.hears(a_contact(TOM))
    await office.hears(a_match(state="confirmed"))

    await office.works()

    assert len(mail_catcher.mails("tom@employer.example")) == 1


async def test_what_an_erased_person_wrote_is_not_kept_with_the_parked_messages(office: Office):
    match, other = a_match(), a_match()
    for key in (match.match_id, other.match_id):
        await parked_answer(office.pool, key)

    await office.hears(an_answer(match), "answer.accepted.v1")
    assert await parked_comments(office.pool) == 2
    await office.hears(an_answer(match), "answer.restated.v1")

    assert await parked_comments(office.pool) == 1
