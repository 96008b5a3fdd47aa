"""What writing an email takes, fixed while the process runs: who writes, the templates, the clock, the patience."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from jinja2 import Environment

from services.notifier.compose import Sender
from services.notifier.passages import environment
from services.notifier.settings import SenderSettings
from services.plumbing.clock import Clock


@dataclass(frozen=True)
class Desk:
    """Handed to everything that composes or sends."""

    sender: Sender
    clock: Clock
    lease: timedelta = timedelta(minutes=5)
    contact_wait: timedelta = timedelta(minutes=15)
    retry_first: timedelta = timedelta(seconds=30)
    retry_longest: timedelta = timedelta(hours=1)
    retry_for: timedelta = timedelta(days=2)
    jinja: Environment = field(default_factory=environment)

    @classmethod
    def of(cls, settings: SenderSettings, clock: Clock) -> Desk:
        """The desk that the settings describe."""
        return cls(
            sender=Sender(settings.mail_from, settings.mail_domain, settings.public_url, settings.keys),
            clock=clock,
            lease=settings.lease,
            contact_wait=settings.contact_wait,
            retry_first=settings.retry_first,
            retry_longest=settings.retry_longest,
            retry_for=settings.retry_for,
        )
