"""Deadlines that have passed. A deadline counts only for somebody who was written to, or may have been."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from services.plumbing.postgres import Transaction


async def matches_past_deadline(
    tx: Transaction, now: datetime, limit: int, but: Collection[UUID] = ()
) -> Sequence[UUID]:
    """Matches whose school or employer has let the deadline pass without a word, the longest ago first, less `but`."""
    rows = await tx.fetch(
        """
        SELECT match_id
          FROM (
            SELECT match_id, answer_by AS deadline, 'school' AS audience, 'school_match_proposed' AS kind
              FROM memory.matches
             WHERE state = 'proposed' AND answer_by <= $1
            UNION ALL
            SELECT match_id, confirm_by, 'employer', 'employer_asked_to_confirm'
              FROM memory.matches
             WHERE state = 'accepted' AND confirm_by <= $1 AND (record ->> 'employer_confirms')::boolean
          ) AS due
         WHERE EXISTS (
                 SELECT FROM memory.letters
                  WHERE letters.match_id = due.match_id AND letters.kind = due.kind
                    AND letters.state IN ('sent', 'unknown'))
           AND NOT EXISTS (SELECT FROM own.said WHERE said.match_id = due.match_id AND said.audience = due.audience)
           AND NOT EXISTS (SELECT FROM own.cancellations WHERE cancellations.match_id = due.match_id)
           AND due.match_id <> ALL($3::uuid[])
         ORDER BY deadline, match_id
         LIMIT $2
        """,
        now,
        limit,
        list(but),
    )
    return [row["match_id"] for row in rows]
