"""Figures for operators: how much there is of what, and what has waited longest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.plumbing.postgres import Transaction


@dataclass(frozen=True)
class Waiting:
    """Open requests for which nothing is agreed or asked, and since when the oldest of them waits."""

    requests: int
    oldest: datetime | None


async def counts_by_state(tx: Transaction) -> dict[str, dict[str, int]]:
    """How many offers, requests and matches there are, by state."""
    rows = await tx.fetch(
        """
        SELECT 'offers' AS what, state, count(*) AS number FROM own.offers GROUP BY state
        UNION ALL
        SELECT 'requests', state, count(*) FROM own.requests GROUP BY state
        UNION ALL
        SELECT 'matches', state, count(*) FROM memory.matches GROUP BY state
        """
    )
    found: dict[str, dict[str, int]] = {"offers": {}, "requests": {}, "matches": {}}
    for row in rows:
        found[row["what"]][row["state"]] = row["number"]
    return found


async def requests_with_nothing(tx: Transaction) -> Waiting:
    """Open requests without any match that is under way or took place."""
    (row,) = await tx.fetch(
        """
        SELECT count(*) AS requests, min((entity ->> 'posted_at')::timestamptz) AS oldest
          FROM own.requests
         WHERE state = 'open'
           AND NOT EXISTS (
                 SELECT FROM memory.matches
                  WHERE matches.request_id = requests.request_id
                    AND matches.state IN ('proposed', 'accepted', 'confirmed', 'delivered'))
        """
    )
    return Waiting(row["requests"], row["oldest"])


async def overdue_answers(tx: Transaction, before: datetime) -> int:
    """How many matches wait for an answer although their deadline passed before `before`: their letter never went."""
    return int(
        await tx.fetchval(
            """
            SELECT count(*) FROM memory.matches
             WHERE (state = 'proposed' AND answer_by < $1) OR (state = 'accepted' AND confirm_by < $1)
            """,
            before,
        )
    )
