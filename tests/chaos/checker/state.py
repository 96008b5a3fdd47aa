"""All that is written down, everywhere, at one quiet moment: plain values that can be kept as a file."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

Row = dict[str, Any]
SERVICES = ("registry", "matcher", "notifier")
READERS = {
    "hubs": ("matcher", "notifier"),
    "schools": ("matcher",),
    "employers": ("matcher",),
    "offers": ("matcher",),
    "requests": ("matcher",),
    "answers": ("matcher", "notifier"),
    "matches": ("registry", "notifier"),
    "outlooks": ("registry",),
    "rounds": ("registry",),
    "letters": ("matcher", "registry"),
    "contacts": ("notifier",),
}
"""Topics and who reads them."""


@dataclass
class State:
    """`tables`: by service, then table. `topics`: each record in its partition's order."""

    tables: dict[str, dict[str, list[Row]]]
    topics: dict[str, list[Row]]
    mails: list[Row]
    journal: list[Row]
    progress: dict[str, list[Row]]
    meta: Row = field(default_factory=dict)

    def rows(self, service: str, table: str) -> list[Row]:
        """The rows of one table."""
        return self.tables[service][table]

    def versions(self, service: str, table: str) -> dict[str, int]:
        """The version of each entity in a table."""
        return {row["id"]: row["version"] for row in self.rows(service, table)}

    def first_records(self, topic: str) -> list[Row]:
        """The topic's records without those that the harness put there."""
        return [record for record in self.topics[topic] if not record["again"]]

    def keep(self, path: Path) -> None:
        """Write it down."""
        # Without the time in the header, the same state is the same file.
        with path.open("wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
            packed.write(json.dumps(asdict(self), sort_keys=True).encode())

    @classmethod
    def kept(cls, path: Path) -> State:
        """Read what was written down."""
        return cls(**json.loads(gzip.decompress(path.read_bytes())))


def moment(text: str) -> datetime:
    """An instant as it is written everywhere."""
    return datetime.fromisoformat(text)
