"""Whether a process can do its work: checks that say what is wrong, and heartbeats of its loops."""

import time
from collections.abc import Callable
from datetime import timedelta

Check = Callable[[], str | None]
"""Says what is wrong, or None."""


class Health:
    """What a process checks about itself. Asked for by /readyz; being able to answer at all is /livez."""

    def __init__(self, *, starting: bool = False) -> None:
        """`starting`: not ready until there is a check."""
        self._checks: dict[str, Check] = {}
        self._starting = starting

    def add(self, name: str, check: Check) -> None:
        """Ask `check` from now on."""
        self._checks[name] = check

    def troubles(self) -> dict[str, str]:
        """What is wrong, by the name of the check; empty when ready."""
        if self._starting and not self._checks:
            return {"process": "is starting"}
        return {name: trouble for name, check in self._checks.items() if (trouble := check())}

    def heartbeat(self, name: str, within: timedelta) -> Callable[[], None]:
        """A function for a loop to call each turn: not ready before the first call, nor `within` after the last."""
        last: list[float] = []

        def beat() -> None:
            last[:] = [time.monotonic()]

        def check() -> str | None:
            if not last:
                return "has not had a turn yet"
            silent = time.monotonic() - last[0]
            return f"had its last turn {silent:.0f} s ago" if silent > within.total_seconds() else None

        self.add(name, check)
        return beat
