"""The email itself: the passages of the letters due to one person, as bytes that never change again. Pure.

Headers are made by the standard library from clean, single-line values, so that nothing in them can start a header of
its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import policy
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any
from uuid import UUID

from jinja2 import Environment

from contracts.contacts import Contact
from contracts.hubs import Hub
from contracts.links import Audience, Link, LinkKey, sign
from services.notifier import wording
from services.notifier.facts import Subject
from services.notifier.invitation import Invitation, Origin
from services.notifier.passages import Passage, passage
from services.notifier.wording import one_line

LINKS_LAST = timedelta(days=180)
_NAMED_IN_SUBJECT = 2


@dataclass(frozen=True)
class Sender:
    """Who writes: fixed per installation."""

    address: str
    domain: str
    public_url: str
    keys: tuple[LinkKey, ...]

    def match_url(self, audience: Audience, subject: UUID, contact: UUID, terms_version: int, until: datetime) -> str:
        """Where this contact sees this match, and answers."""
        page = "u" if audience == "unsubscribe" else "m"
        link = Link(audience, subject, contact, terms_version, until)
        return f"{self.public_url}/{page}/{sign(link, self.keys)}"


@dataclass(frozen=True)
class Draft:
    """What goes to whom."""

    email_id: UUID
    contact: Contact
    organisation: str
    hub: Hub
    subjects: Sequence[Subject]


def envelope_sender(email_id: UUID, sender: Sender) -> str:
    """Where a bounce comes back to: it names the email."""
    return f"bounce+{email_id}@{sender.domain}"


def compose(draft: Draft, sender: Sender, jinja: Environment, now: datetime) -> bytes:
    """The email's bytes."""
    origin = Origin(draft.hub.letters.reply_to or sender.address, draft.hub.name)
    passages = sorted((passage(subject, jinja, origin, now) for subject in draft.subjects), key=_order)
    subject = subject_line(passages)
    shown = _shown(draft, sender, passages, subject, now)
    message = EmailMessage(policy=_POLICY)
    _address(message, draft, sender, subject, now)
    message["List-Unsubscribe"] = f"<{shown['unsubscribe_url']}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(jinja.get_template("email.txt").render(shown))
    message.add_alternative(jinja.get_template("email.html").render(shown).strip(), subtype="html")
    for each in passages:
        if each.invitation:
            _attach(message, each.invitation)
    return message.as_bytes()


def subject_line(passages: Sequence[Passage]) -> str:
    """What the email is about; with several letters, what matters most and how much more there is."""
    if len(passages) == 1:
        return passages[0].subject
    deadlines = [each.about.deadline for each in passages if each.about.deadline]
    if len(deadlines) > 1:
        named, more = [_briefly(each) for each in passages[:_NAMED_IN_SUBJECT]], len(passages) - _NAMED_IN_SUBJECT
        listed = wording.joined([*named, f"{more} more"] if more else named)
        return one_line(f"Please answer by {wording.short_deadline(min(deadlines))}: {listed}", 180)
    return one_line(f"{passages[0].subject} (and {len(passages) - 1} more)", 180)


def _briefly(each: Passage) -> str:
    terms = each.about.match.terms
    other = terms.employer_name if each.about.audience == "school" else terms.school_name
    return f"{one_line(other, 60)} on {wording.short_day(terms.date)}"


def _order(each: Passage) -> tuple[bool, float, str]:
    deadline = each.about.deadline
    return deadline is None, deadline.timestamp() if deadline else 0, str(each.about.match.terms.date)


def _shown(draft: Draft, sender: Sender, passages: Sequence[Passage], subject: str, now: datetime) -> dict[str, Any]:
    first, hub = passages[0], one_line(draft.hub.name, 100)
    unsubscribe_url = sender.match_url(
        "unsubscribe", first.about.match.match_id, draft.contact.contact_id, 0, now + LINKS_LAST
    )
    return {
        "name": one_line(draft.contact.name, 80),
        "passages": passages,
        "subject": subject,
        "preview": first.lead,
        "hub_name": hub,
        "reply_to": draft.hub.letters.reply_to,
        "because": f"{hub} writes to you as a contact of {one_line(draft.organisation, 120)}.",
        "unsubscribe_url": unsubscribe_url,
    }


def _address(message: EmailMessage, draft: Draft, sender: Sender, subject: str, now: datetime) -> None:
    hub = draft.hub
    message["From"] = Address(one_line(hub.name, 100), addr_spec=sender.address)
    message["To"] = Address(one_line(draft.contact.name, 80), addr_spec=draft.contact.email.strip())
    if hub.letters.reply_to:
        message["Reply-To"] = Address(one_line(hub.name, 100), addr_spec=hub.letters.reply_to.strip())
    message["Subject"] = subject
    message["Date"] = now
    message["Message-ID"] = f"<{draft.email_id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"


def _attach(message: EmailMessage, invitation: Invitation) -> None:
    message.add_attachment(
        invitation.content,
        maintype="text",
        subtype="calendar",
        filename=invitation.name,
        params={"method": invitation.method, "charset": "utf-8"},
        cte="base64",
    )


class _FromTheFirstLine(UniqueUnstructuredHeader):
    """A header that begins beside its name: the library moves a long subject down, and cuts a long link to pieces."""

    def fold(self, *, policy: Any) -> str:
        header: Any = self
        text = str(header)
        folded = (
            text if text.isascii() else Header(text, "utf-8", header_name=header.name).encode(linesep=policy.linesep)
        )
        return f"{header.name}: {folded}{policy.linesep}"


_headers: Any = HeaderRegistry()
for _name in ("Subject", "List-Unsubscribe", "Message-ID"):
    _headers.map_to_type(_name, _FromTheFirstLine)
_POLICY: EmailPolicy[EmailMessage] = policy.SMTP.clone(header_factory=_headers)
