"""From facts to emails: what is said to whom as a match lives and ends."""

from contracts.answers import Answer
from tests.mail import MailServer
from tests.notifier.given import PRIYA, SAM, TOM, Office, a_contact, a_hub, a_match, an_answer


async def test_a_proposed_match_becomes_an_email_to_the_school(office: Office, mail_catcher: MailServer):
    await office.knows_everybody()
    await office.hears(a_match())

    await office.works()

    (mail,) = mail_catcher.mails()
    assert mail.envelope_to == ("priya@school.example",)
    assert "please answer by Tue 13 Oct" in mail.subject
    assert await office.told() == [("letter.sent.v1", "school_match_proposed")]
