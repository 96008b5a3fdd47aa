"""The business clock: one per process, made from the settings and handed down; never global."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class Clock:
    """Business time: `start` was at the unix second `since`, and `pace` business seconds pass per second."""

    start: datetime = _EPOCH
    since: float = 0.0
    pace: float = 1.0

    def now(self) -> datetime:
        """The business instant, aware and in UTC."""
        return self.start + timedelta(seconds=(time.time() - self.since) * self.pace)

    def today(self) -> date:
        """The business day in England."""
        return self.now().astimezone(LONDON).date()

    @classmethod
    def stopped(cls, at: datetime) -> "Clock":
        """A clock that always says `at`."""
        return cls(start=at.astimezone(UTC), pace=0.0)

    @classmethod
    def from_setting(cls, text: str) -> "Clock":
        """Read `real`, `offset:<seconds>` or `from:<ISO instant>@<unix seconds when that was>[*<pace>]`.

        Every process of an installation gets the same text, so that all of them say the same time.
        Raises ValueError for anything else.
        """
        kind, _, rest = text.partition(":")
        match kind:
            case "real" if not rest:
                return cls()
            case "offset":
                return cls(start=_EPOCH + timedelta(seconds=float(rest)))
            case "from":
                return cls._from(rest)
        raise ValueError(f"a clock is real, offset:<seconds> or from:<instant>@<unix seconds>, not {text!r}")

    @classmethod
    def _from(cls, text: str) -> "Clock":
        instant, _, since = text.partition("@")
        since, _, pace = since.partition("*")
        start = datetime.fromisoformat(instant)
        if start.tzinfo is None:
            raise ValueError(f"the clock's instant {instant!r} has no time zone")
        return cls(start=start.astimezone(UTC), since=float(since), pace=float(pace or 1))
