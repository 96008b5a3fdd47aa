"""What the demonstration prints."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

Thing = dict[str, Any]
MATCHES_SHOWN = 12


class Show:
    """Lines with the seconds since the start, and tables."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=False, width=None if Console().is_terminal else 132)
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """One line of progress."""
        self.console.print(f"[dim]{time.monotonic() - self._began:6.1f} s[/dim]  {text}", highlight=False)

    def matches(self, matches: list[Thing], emails: int) -> None:
        """Some of the matches, with the reason for each."""
        table = Table(title=f"{len(matches)} matches were proposed in {emails} emails; some of them")
        for column in ("school", "year group", "pupils", "employer", "activity", "on", "why"):
            table.add_column(column, overflow="fold", justify="right" if column == "pupils" else "left")
        for match in matches[:: max(1, len(matches) // MATCHES_SHOWN)]:
            terms = match["terms"]
            why = terms["why"][0]["text"] if terms["why"] else ""
            table.add_row(
                terms["school_name"],
                terms["cohort_label"],
                str(terms["pupils"]),
                terms["employer_name"],
                terms["activity"].replace("_", " "),
                terms["date"],
                why,
            )
        self.console.print(table)

    def waiting(self, requests: list[Thing]) -> None:
        """Requests that have nothing yet, and why."""
        table = Table(title=f"{len(requests)} requests have nothing yet; some of them")
        for column in ("request", "why not", "nearest miss"):
            table.add_column(column, overflow="fold")
        for request in requests[:5]:
            outlook = request.get("outlook") or {}
            why = "; ".join(excluded["text"] for excluded in outlook.get("excluded", [])[:3])
            table.add_row(request["request_id"][-12:], why, outlook.get("nearest_miss", ""))
        self.console.print(table)

    def round(self, found: Thing) -> None:
        """The solver's figures."""
        bound = f"{found['bound']:,}" if found["bound"] is not None else "not proven"
        self.say(
            f"The round over everything took {found['seconds']:.1f} s ({found['method']}): "
            f"{found['objective']:,} points, proven limit {bound}."
        )

    def addresses(self, rows: list[tuple[str, str]]) -> None:
        """Where to look."""
        table = Table(title="Where to look", show_header=False)
        for name, address in rows:
            table.add_row(name, Text(address, overflow="fold"))
        self.console.print(table)
