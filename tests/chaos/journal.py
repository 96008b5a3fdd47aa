"""What the load was answered: every 2xx is a promise that the checker holds the system to."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One act that was answered with 2xx: what it was, about which entity, and what it claims."""

    number: int
    at: str
    act: str
    topic: str
    entity_id: str
    version: int | None = None
    claims: dict[str, Any] = field(default_factory=dict)


@dataclass
class Journal:
    """Everything the load did, in order."""

    entries: list[Entry] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    """Acts that the rules refused, by act and status: no promise, and no fault."""
    lost: Counter[str] = field(default_factory=Counter)
    """Replies that never came, by act: the act was repeated, or nobody knows."""

    def kept(self, at: str, act: str, topic: str, entity_id: str, version: int | None = None, **claims: Any) -> None:
        """Note a 2xx."""
        self.entries.append(Entry(len(self.entries), at, act, topic, entity_id, version, claims))

    def as_json(self) -> list[dict[str, Any]]:
        """The entries as plain values."""
        return [asdict(entry) for entry in self.entries]
