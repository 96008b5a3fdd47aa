"""What an email says and how: wording, headers, safeguarding, calendar entries, and what strangers' texts cannot do."""

from datetime import UTC, date, datetime, time
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from contracts.activities import ACTIVITIES
from contracts.letters import KINDS
from contracts.links import LinkKey, read
from contracts.matches import Match, Progress, Terms
from contracts.safeguarding import safeguarding_facts
from services.notifier.compose import Draft, Sender, compose
from services.notifier.facts import Subject
from services.notifier.passages import environment
from services.plumbing.uuids import uuid7
from tests.notifier.given import AT_ONCE, PRIYA, TOM, TUESDAY, a_contact, a_hub, a_match, terms

KEYS = LinkKey.parse("test:" + "0" * 64)
SENDER = Sender("matches@encounters.example", "encounters.example", "https://encounters.example", KEYS)
JINJA = environment()
EMAIL_ID = UUID("01990000-0000-7000-8000-00000000ffff")


def about(kind: str = "school_match_proposed", match: Match | None = None, **said: Any) -> Subject:
    match = match or a_match(confirm_by=datetime(2026, 10, 16, 16, 0, tzinfo=UTC))
    audience = "employer" if kind.startswith("employer") else "school"
    url = SENDER.match_url(audience, match.match_id, PRIYA, 1, TUESDAY.replace(year=2027))  # type: ignore[arg-type]
    return Subject(uuid7(), kind, match, 7, url, **said)


def email(*subjects: Subject, **said: Any) -> EmailMessage:
    draft = {"contact": a_contact(PRIYA), "organisation": "Simon Balle School", "hub": a_hub(), **said}
    raw = compose(Draft(EMAIL_ID, subjects=subjects or [about()], **draft), SENDER, JINJA, TUESDAY)
    return message_from_bytes(raw, policy=policy.default)


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def entry_of(message: EmailMessage) -> Any:
    (attachment,) = message.iter_attachments()
    (event,) = Calendar.from_ical(attachment.get_content()).walk("VEVENT")
    return event


def test_the_headers_say_who_writes_and_how_to_make_it_stop():
    message = email()

    assert message["From"] == "Hertfordshire Careers Hub <matches@encounters.example>"
    assert message["To"] == "Priya Shah <priya@school.example>"
    assert message["Reply-To"] == "Hertfordshire Careers Hub <hub@example.org>"
    assert message["Message-ID"] == f"<{EMAIL_ID}@encounters.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"].startswith("<https://encounters.example/u/")


def test_the_link_to_stop_names_the_contact():
    token = email()["List-Unsubscribe"].strip("<>").rsplit("/", 1)[1]

    link = read(token, KEYS, TUESDAY)

    assert (link.audience, link.contact_id) == ("unsubscribe", PRIYA)


def test_a_hub_without_a_mailbox_sets_no_reply_to():
    assert email(hub=a_hub(AT_ONCE.model_copy(update={"reply_to": None})))["Reply-To"] is None


def test_a_proposal_says_all_that_a_school_needs_to_decide():
    text = text_of(email())

    for said in (
        "Vistry Group has 24 places for your Year 10 on Tuesday 17 November 2026.",
        "Please answer by 5pm on Tuesday 13 October.",
        "When: Tuesday 17 November 2026, 9:30am to 12:30pm",
        "Where: Vistry Group, 11 Tower Way, Hatfield, AL10 9XX (about 6 miles from you)",
        "Who: 24 pupils in Year 10, received by people from Vistry Group",
        "They walk the site in groups and lay a row of bricks.",
        "To prepare: Sturdy shoes.",
        "Year 10, Benchmark 6, experiences of workplaces: 62% → 78%",
        "24 pupils who have not seen a workplace yet would see one.",
        "public liability insurance covers visits",
    ):
        assert said in text


def test_text_and_html_carry_the_same_one_button_per_match():
    subjects = [about(), about()]
    message = email(*subjects)

    for subject in subjects:
        assert text_of(message).count(subject.url) == 1
        assert html_of(message).count(f'href="{subject.url}"') == 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_letter_has_its_wording(kind: str):
    message = email(about(kind, agreed=True, partner=a_contact(TOM), told_before=terms(title="Another title")))

    assert 20 < len(message["Subject"]) <= 160
    assert "17 Nov" in message["Subject"]
    assert "encounters.example/m/" in text_of(message)
    assert "<html" in html_of(message)


@pytest.mark.parametrize("activity", ACTIVITIES)
@pytest.mark.parametrize("audience", ["school", "employer"])
def test_every_activity_has_its_safeguarding_facts(activity: str, audience: Any):
    for mode in ACTIVITIES[activity].modes:
        assert safeguarding_facts(terms(activity=activity, mode=mode), audience)


@pytest.mark.parametrize(
    "activity, mode, cohort, said, unsaid",
    [
        ("talk", "at_school", "Year 8", "need no DBS check", "insurance"),
        ("workplace_visit", "at_workplace", "Year 8", "public liability", "employers' liability"),
        ("work_experience", "at_workplace", "Year 10", "under 16", "16 or 17"),
        ("work_experience", "at_workplace", "Year 12", "16 or 17", "under 16"),
        ("work_experience", "at_workplace", "Pathway B", "under 16", "public liability"),
        ("mentoring", "at_school", "Year 9", "enhanced DBS check", "insurance"),
        ("mock_interview", "virtual", "Year 11", "classroom", "reception"),
        ("fair", "at_workplace", "Year 9", "public liability", "reception"),
        ("something_new", "at_school", "Year 9", "need no DBS check", "insurance"),
    ],
)
def test_only_the_facts_of_the_situation_are_said(activity: str, mode: str, cohort: str, said: str, unsaid: str):
    facts = " ".join(safeguarding_facts(terms(activity=activity, mode=mode, cohort_label=cohort), "school"))

    assert said in facts
    assert unsaid not in facts


def test_a_confirmation_brings_an_entry_for_the_calendar():
    match = a_match(state="confirmed")

    event = entry_of(email(about("school_match_confirmed", match)))

    assert str(event["UID"]) == f"{match.match_id}@encounters"
    assert event["SEQUENCE"] == 7
    assert event.decoded("DTSTART").isoformat() == "2026-11-17T09:30:00+00:00"
    assert event.decoded("DTEND").isoformat() == "2026-11-17T12:30:00+00:00"
    assert event["STATUS"] == "CONFIRMED"
    assert "ATTENDEE" not in event


def test_a_session_in_summer_time_starts_by_the_clock_on_the_wall():
    event = entry_of(email(about("school_match_confirmed", a_match(terms=terms(date=date(2027, 6, 15))))))

    assert event.decoded("DTSTART").isoformat() == "2027-06-15T09:30:00+01:00"


def test_a_session_of_several_days_repeats_on_weekdays_to_its_end():
    week = terms(date=date(2027, 3, 25), end_date=date(2027, 3, 31), starts=time(9), ends=time(16))

    event = entry_of(email(about("school_match_confirmed", a_match(terms=week))))

    assert event["RRULE"]["BYDAY"] == ["MO", "TU", "WE", "TH", "FR"]
    assert event["RRULE"]["UNTIL"][0].date() == date(2027, 3, 31)


def test_a_cancellation_removes_the_same_entry():
    match = a_match(state="cancelled", reason="weather", ended_by="employer")
    message = email(about("school_match_ended", match, agreed=True))

    (attachment,) = message.iter_attachments()

    assert attachment.get_content_type() == "text/calendar"
    assert 'method="CANCEL"' in attachment["Content-Type"]
    assert str(entry_of(message)["UID"]).startswith(str(match.match_id))


def test_the_end_of_what_was_never_agreed_leaves_calendars_alone():
    assert list(email(about("school_match_ended", a_match(state="withdrawn"))).iter_attachments()) == []


def test_several_letters_are_summed_up_in_the_subject():
    later = a_match(answer_by=datetime(2026, 10, 20, 16, 0, tzinfo=UTC), terms=terms(employer_name="Airbus"))
    asked, asked_later = about(), about(match=later)

    assert email(asked_later, asked)["Subject"] == (
        "Please answer by Tue 13 Oct: Vistry Group on Tue 17 Nov and Airbus on Tue 17 Nov"
    )
    assert email(about("school_match_confirmed"), asked)["Subject"].endswith("please answer by Tue 13 Oct (and 1 more)")


def test_what_an_email_is_about_is_named_as_far_as_it_fits():
    subjects = [about(match=a_match(terms=terms(employer_name=name))) for name in ("Airbus", "Roche", "Tesco", "Ocado")]

    assert email(*subjects)["Subject"].endswith("Airbus on Tue 17 Nov, Roche on Tue 17 Nov and 2 more")


@pytest.mark.parametrize(
    "ended, agreed, opening",
    [
        ({"state": "withdrawn", "ended_by": "employer", "reason": "site_closed"}, True, "Withdrawn by Vistry Group: "),
        ({"state": "withdrawn", "ended_by": "school", "reason": "request_withdrawn"}, True, "Cancelled: "),
        ({"state": "cancelled", "ended_by": "employer", "reason": "illness"}, True, "Cancelled: "),
        ({"state": "withdrawn", "ended_by": "employer", "reason": "site_closed"}, False, "No longer available: "),
    ],
)
def test_the_subject_of_an_ending_says_who_ended_what(ended: dict[str, Any], agreed: bool, opening: str):  # noqa: FBT001
    message = email(about("school_match_ended", a_match(**ended), agreed=agreed))

    assert message["Subject"].startswith(opening)
    assert message["Subject"].endswith(" on Tue 17 Nov, 24 pupils in Year 10")


def test_a_school_hears_that_it_was_the_employer_who_could_not_be_reached():
    match = a_match(state="undeliverable", reason="nobody_reached", ended_by="matcher")

    assert "Why: the employer could not be reached." in text_of(email(about("school_match_ended", match)))


def test_progress_too_small_for_a_whole_percent_is_told_in_numbers():
    match = a_match(terms=terms(progress=(Progress(benchmark="gb6", target=1800, before=900, after=906),)))

    assert "50%, 6 more of 1,800" in text_of(email(about(match=match)))


def test_progress_towards_nothing_is_not_told():
    match = a_match(terms=terms(progress=(Progress(benchmark="gb6", target=0, before=0, after=0),)))

    assert "Benchmark" not in text_of(email(about(match=match)))


def test_an_employers_text_cannot_bring_markup_into_an_email():
    match = a_match(terms=terms(title="<script>alert(1)</script>", what_pupils_do='<a href="https://evil">x</a>'))

    html = html_of(email(about(match=match)))

    assert "<script>" not in html
    assert 'https://evil">' not in html


def test_a_name_on_two_lines_stays_one_header():
    contact = a_contact(PRIYA, name="Priya\r\nBcc: all@school.example")
    match = a_match(terms=terms(employer_name="Vistry\nX-Spam: yes", cohort_label="Year 10\r\n\r\nHello"))

    message = email(about(match=match), contact=contact)

    assert message["Bcc"] is None
    assert message["X-Spam"] is None
    assert "Hello Priya Bcc: all@school.example,\n" in text_of(message).replace("\r\n", "\n")


TEXTS = st.text(max_size=80)


@hypothesis.settings(max_examples=40)
@given(name=TEXTS, employer=TEXTS, school=TEXTS, cohort=TEXTS, title=TEXTS, hub=TEXTS)
def test_no_text_of_anybody_breaks_an_email(name: str, employer: str, school: str, cohort: str, title: str, hub: str):
    said = terms(employer_name=employer, school_name=school, cohort_label=cohort, title=title, requirements=title)
    subject = about("school_match_confirmed", a_match(terms=said, state="confirmed"), partner=a_contact(TOM, name=name))
    hub_named = a_hub().model_copy(update={"name": hub})

    message = email(subject, contact=a_contact(PRIYA, name=name), hub=hub_named)

    assert sorted({header.lower() for header in message}) == sorted(
        {
            "from",
            "to",
            "reply-to",
            "subject",
            "date",
            "message-id",
            "auto-submitted",
            "list-unsubscribe",
            "list-unsubscribe-post",
            "mime-version",
            "content-type",
        }
    )
    assert message["To"].addresses[0].addr_spec == "priya@school.example"
    assert all(not header.defects for header in (message["From"], message["To"], message["Subject"]))
    assert subject.url in text_of(message)


def test_every_field_of_the_terms_that_can_change_is_named_when_it_does():
    before = terms()
    other: dict[str, Any] = {
        "title": "Another",
        "what_pupils_do": "Something else.",
        "purpose": "Another one.",
        "learning_outcomes": ("Something",),
        "requirements": "Helmets.",
        "accessibility": "Ramp.",
        "send_support": ("quiet_room",),
        "pupils": 20,
        "address": "Elsewhere",
        "starts": time(9, 45),
        "ends": time(12, 15),
    }
    for field, value in other.items():
        match = a_match(state="confirmed", terms=Terms.model_validate({**before.model_dump(), field: value}))
        text = text_of(email(about("school_match_changed", match, told_before=before)))
        assert "What is new:" in text, field
