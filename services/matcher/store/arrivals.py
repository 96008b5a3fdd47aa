"""What came to an area and when, and how its proposals were answered: what rounds learn from."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.matcher.instance import Match
from services.matcher.past import Arrival, Past
from services.plumbing.postgres import Transaction


async def read_past(tx: Transaction, area_id: UUID, since: datetime) -> Past:
    """What came to the area since then, oldest first, and how many proposals were accepted and declined in it."""
    rows = await tx.fetch(
        """
        SELECT id, kind, arrived_at, gone_at, record,
               kind = 'offer' AND EXISTS (
                   SELECT FROM own.matches WHERE offer_id = arrivals.id AND version > 0) AS was_used
          FROM own.arrivals WHERE area_id = $1 AND arrived_at >= $2
         ORDER BY arrived_at, id
        """,
        area_id,
        since,
    )
    answers = await tx.fetchrow(
        """
        SELECT count(*) FILTER (WHERE state IN ('declined', 'refused', 'lapsed')) AS no,
               count(*) FILTER (WHERE state IN ('accepted', 'confirmed', 'delivered', 'not_held', 'cancelled')) AS yes
          FROM own.matches WHERE area_id = $1 AND version > 0 AND planned_at >= $2
        """,
        area_id,
        since,
    )
    plans = await tx.fetchval("SELECT plans FROM own.courses WHERE area_id = $1", area_id)
    yes, no = (answers["yes"], answers["no"]) if answers else (0, 0)
    return Past(
        tuple(Arrival(**row) for row in rows),
        yes,
        no,
        tuple(tuple(Match(*match) for match in plan) for plan in plans or ()),
    )


async def save_plans(tx: Transaction, area_id: UUID, plans: Iterable[Iterable[Match]]) -> None:
    """Keep what each scenario would do, for the next round to go on from."""
    await tx.execute(
        """
        INSERT INTO own.courses (area_id, plans) VALUES ($1, $2)
        ON CONFLICT (area_id) DO UPDATE SET plans = excluded.plans
        """,
        area_id,
        [[(m.offer, m.session, m.request, m.pupils) for m in plan] for plan in plans],
    )


async def add_arrivals(tx: Transaction, area_id: UUID, arrivals: Iterable[Arrival]) -> None:
    """Note what came. What was noted before stays as it was."""
    await tx.executemany(
        """
        INSERT INTO own.arrivals (area_id, id, kind, arrived_at, record) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (area_id, id) DO NOTHING
        """,
        [(area_id, one.id, one.kind, one.arrived_at, dict(one.record)) for one in arrivals],
    )


async def note_gone(tx: Transaction, id_: UUID, gone_at: datetime | None) -> None:
    """It was withdrawn then; None: it is there (again)."""
    await tx.execute(
        """
        UPDATE own.arrivals SET gone_at = $2
         WHERE id = $1 AND (gone_at IS NULL) <> ($2::timestamptz IS NULL)
        """,
        id_,
        gone_at,
    )
