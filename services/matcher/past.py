"""What came to an area before, as it was noted, and what is learnt from it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matcher.instance import Match


@dataclass(frozen=True)
class Arrival:
    """An offer or a request as it was when it came. `was_used`: somebody was told of a match of the offer."""

    id: UUID
    kind: str
    arrived_at: datetime
    record: Mapping[str, Any]
    gone_at: datetime | None = None
    was_used: bool = False


@dataclass(frozen=True)
class Past:
    """What came to an area, oldest first; how many proposals were accepted and declined; how the scenarios stand."""

    arrivals: tuple[Arrival, ...] = ()
    yes: int = 0
    no: int = 0
    plans: tuple[tuple[Match, ...], ...] = ()

    def of_kind(self, kind: str) -> list[Arrival]:
        """All offers, or all requests."""
        return [one for one in self.arrivals if one.kind == kind]
