"""Every topic: who writes it, who reads it, and how Kafka keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.answers import Answer
from contracts.contacts import Contact
from contracts.employers import Employer
from contracts.event import Entity
from contracts.hubs import Hub
from contracts.letters import Letter
from contracts.matches import Match
from contracts.offers import Offer
from contracts.outlooks import Outlook
from contracts.requests import SchoolRequest
from contracts.rounds import Round
from contracts.schools import School

_DAY_MS = 86_400_000
PARTITIONS = 12


@dataclass(frozen=True)
class Topic:
    """One topic. `config` holds Kafka's own settings, all of them each time."""

    entity: type[Entity]
    writer: str
    readers: tuple[str, ...]
    config: dict[str, str]

    @property
    def name(self) -> str:
        """The name, without the installation's prefix."""
        return self.entity.topic


_COMPACTED = {"cleanup.policy": "compact", "min.compaction.lag.ms": str(30 * _DAY_MS)}
_ERASABLE = {"cleanup.policy": "compact", "min.compaction.lag.ms": "0", "segment.ms": str(3_600_000)}
_PASSING = {"cleanup.policy": "delete", "retention.ms": str(400 * _DAY_MS)}

TOPICS: tuple[Topic, ...] = (
    Topic(Hub, "registry", ("matcher", "notifier"), _COMPACTED),
    Topic(School, "registry", ("matcher",), _COMPACTED),
    Topic(Employer, "registry", ("matcher",), _COMPACTED),
    Topic(Offer, "registry", ("matcher",), _COMPACTED),
    Topic(SchoolRequest, "registry", ("matcher",), _COMPACTED),
    Topic(Answer, "registry", ("matcher", "notifier"), _COMPACTED),
    Topic(Match, "matcher", ("registry", "notifier"), _COMPACTED),
    Topic(Outlook, "matcher", ("registry",), _COMPACTED),
    Topic(Round, "matcher", ("registry",), _PASSING),
    Topic(Letter, "notifier", ("matcher", "registry"), _COMPACTED),
    Topic(Contact, "registry", ("notifier",), _ERASABLE),
)
