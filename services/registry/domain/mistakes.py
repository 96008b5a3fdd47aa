"""What a caller can do wrong, each with a plain sentence. `api.problems` says which status each becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Part = Literal["body", "query", "path", "header"]


@dataclass(frozen=True)
class Fault:
    """One thing wrong at one place of a request."""

    pointer: str
    """JSON pointer as a fragment, in the caller's own names: `#/sessions/0/date`."""
    detail: str
    remedy: str = ""
    part: Part = "body"


class Mistake(Exception):
    """The request cannot be done as it stands. `members` become further members of the problem document."""

    def __init__(self, detail: str, *faults: Fault, headers: dict[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults
        self.headers = headers or {}
        self.members = members


class Unacceptable(Mistake):
    """A body that reads well and says what cannot be: name the fields in faults."""


class NotFound(Mistake):
    """There is no such thing, or not for this caller: both look the same from outside."""


class NotAllowed(Mistake):
    """The key is good, but not for this."""


class Conflict(Mistake):
    """It does not go with what is already there."""


class NoKey(Mistake):
    """No key, or none that holds."""


class KeyReused(Mistake):
    """An Idempotency-Key that came before with another body."""


class StillRunning(Mistake):
    """The first request with this Idempotency-Key has not ended yet."""


class AlreadyDone(Mistake):
    """A repeat whose first answer is not kept: it held a secret, or an erased person."""


class Stale(Mistake):
    """A change of a version that is no longer the newest."""


class NotJson(Mistake):
    """A body that does not say it is JSON."""


class TooMany(Mistake):
    """More requests than the holder of this key or link may make."""
