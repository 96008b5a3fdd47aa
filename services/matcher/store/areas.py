"""Areas: their news, and the lease with a fence of whoever plans them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.plumbing.postgres import Pool, Transaction


class Fenced(Exception):
    """Somebody else has leased the area since: what was planned is thrown away."""


@dataclass(frozen=True)
class Lease:
    """The right to plan an area, until somebody leases it with a higher fence.

    `is_repair`: places came free since it was last planned; what they concern cannot wait for a full round.
    """

    area_id: UUID
    fence: int
    is_repair: bool = False


@dataclass(frozen=True)
class Freed:
    """An offer that has places again, and the request that gave them back."""

    offer_id: UUID
    request_id: UUID


@dataclass(frozen=True)
class Patience:
    """How long an area must be quiet, how long news may wait for that, and how long a lease lasts.

    `overtaking`: how long news may wait because what came free is repaired first, again and again.
    """

    quiet: timedelta
    quiet_max: timedelta
    lease: timedelta
    overtaking: timedelta = timedelta(minutes=2)


async def add_news(
    tx: Transaction, areas: Iterable[UUID], urgent: Iterable[UUID] = (), freed: Iterable[Freed] = ()
) -> None:
    """Count one more piece of news for each of these areas, some of it urgent and about places that came free.

    Once in a transaction, as the last thing it does: it locks the areas' rows in order.
    """
    hurried = set(urgent)
    ids = sorted(hurried.union(areas))
    if not ids:
        return
    await tx.execute("INSERT INTO own.areas (id) SELECT unnest($1::uuid[]) ORDER BY 1 ON CONFLICT (id) DO NOTHING", ids)
    rows = await tx.fetch(
        """
        INSERT INTO own.news AS n (area_id, news, urgent, since, latest)
        SELECT told.id, 1, CASE WHEN told.hurried THEN 1 ELSE 0 END, clock_timestamp(), clock_timestamp()
          FROM unnest($1::uuid[], $2::bool[]) AS told (id, hurried) ORDER BY told.id
        ON CONFLICT (area_id) DO UPDATE
           SET news = n.news + 1,
               urgent = CASE WHEN excluded.urgent > 0 THEN n.news + 1 ELSE n.urgent END,
               since = CASE WHEN n.news <= (SELECT planned FROM own.areas WHERE id = n.area_id)
                            THEN clock_timestamp() ELSE n.since END,
               latest = clock_timestamp()
        RETURNING area_id, news
        """,
        ids,
        [id_ in hurried for id_ in ids],
    )
    about = sorted({(one.offer_id, one.request_id) for one in freed})
    await tx.executemany(
        "INSERT INTO own.freed (area_id, news, offer_id, request_id) VALUES ($1, $2, $3, $4)",
        [(row["area_id"], row["news"], *ids) for row in rows if row["area_id"] in hurried for ids in about],
    )


async def lease_area(tx: Transaction, today: date, patience: Patience, *, only_repairs: bool = False) -> Lease | None:
    """Lease the area that most needs planning, if one does: urgent news first, then the oldest.

    `only_repairs`: leave alone what takes a full round.

    News counts once the area has been quiet for a while, urgent news at once. With every new day an area is planned
    anew, since notice, windows and memberships go by the day.

    Between repairs a full round begins where the area is quiet, or once they may put it off no longer: else it would be
    overtaken and begun again all the time.

    What came free overtakes a full round that is under way, as long as the area's news may wait for that: the round's
    fence is passed, and what it plans is thrown away and planned again.
    """
    row = await tx.fetchrow(
        """
        WITH next AS MATERIALIZED (
            SELECT areas.id, has_freed AND is_planned AS is_repair
              FROM own.areas JOIN own.news ON news.area_id = areas.id
              CROSS JOIN LATERAL (
                SELECT planned > 0 AND planned_day = $1 AS is_planned,
                       news.urgent > greatest(planned, repaired) AS has_freed,
                       clock_timestamp() - latest AS quiet, clock_timestamp() - since AS waiting,
                       CASE WHEN repaired > planned THEN greatest($3, $6::interval) ELSE $3::interval END AS longest
              ) AS seen
             WHERE (leased_until IS NULL OR leased_until < clock_timestamp()
                    OR (NOT for_repair AND has_freed AND is_planned AND waiting < $6::interval))
               AND (has_freed OR planned_day < $1
                    OR (news.news > planned AND (quiet > $2::interval OR waiting > longest)))
               AND (NOT $5::bool OR (has_freed AND is_planned))
             ORDER BY has_freed DESC, since, areas.id
             LIMIT 1
               FOR UPDATE OF areas SKIP LOCKED
        )
        UPDATE own.areas
           SET fence = fence + 1, leased_until = clock_timestamp() + $4::interval, for_repair = next.is_repair
          FROM next
         WHERE areas.id = next.id
        RETURNING areas.id, fence, for_repair AS is_repair
        """,
        today,
        patience.quiet,
        patience.quiet_max,
        patience.lease,
        only_repairs,
        patience.overtaking,
    )
    return Lease(row["id"], row["fence"], row["is_repair"]) if row else None


async def renew_lease(pool: Pool, lease: Lease, lasts: timedelta) -> None:
    """Keep the area a while longer. Raises Fenced if somebody else has it by now."""
    row = await pool.fetchrow(
        """
        UPDATE own.areas SET leased_until = clock_timestamp() + $3::interval WHERE id = $1 AND fence = $2
        RETURNING fence
        """,
        lease.area_id,
        lease.fence,
        lasts,
    )
    if row is None:
        raise Fenced(f"area {lease.area_id} was leased again after {lease.fence}")


async def hold_lease(tx: Transaction, lease: Lease) -> None:
    """Lock the area's row for what is written now. Raises Fenced if somebody else has leased it since."""
    fence = await tx.fetchval("SELECT fence FROM own.areas WHERE id = $1 FOR UPDATE", lease.area_id)
    if fence != lease.fence:
        raise Fenced(f"area {lease.area_id} has fence {fence}, this plan was made under {lease.fence}")


async def mark_planned(tx: Transaction, lease: Lease, news: int, today: date, *, skipped: bool = False) -> int:
    """News up to `news` is planned, and the area is free for the next round.

    `skipped`: not all that was planned could be written. Returns how many rounds in a row that makes.
    """
    in_row = await tx.fetchval(
        """
        UPDATE own.areas SET planned = $2, planned_day = $3, leased_until = NULL,
               skipping = CASE WHEN $4 THEN skipping + 1 ELSE 0 END
         WHERE id = $1
        RETURNING skipping
        """,
        lease.area_id,
        news,
        today,
        skipped,
    )
    await tx.execute("DELETE FROM own.freed WHERE area_id = $1 AND news <= $2", lease.area_id, news)
    return int(in_row)


async def count_skipping(tx: Transaction, in_row: int) -> int:
    """Areas of which so many rounds in a row could not write all they planned."""
    return int(await tx.fetchval("SELECT count(*) FROM own.areas WHERE skipping >= $1", in_row))


async def mark_repaired(tx: Transaction, lease: Lease, news: int) -> None:
    """What came free up to `news` is planned again; a full round has yet to confirm it."""
    await tx.execute("UPDATE own.areas SET repaired = $2, leased_until = NULL WHERE id = $1", lease.area_id, news)


async def news_of(tx: Transaction, area_id: UUID) -> int:
    """How much has happened in the area; read before everything else, so that nothing read later is missing from it."""
    return int(await tx.fetchval("SELECT news FROM own.news WHERE area_id = $1", area_id) or 0)


async def freed_since(tx: Transaction, area_id: UUID) -> frozenset[Freed]:
    """What came free since the area was last planned or repaired."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT offer_id, request_id
          FROM own.freed JOIN own.areas ON areas.id = freed.area_id
         WHERE area_id = $1 AND news > greatest(planned, repaired)
        """,
        area_id,
    )
    return frozenset(Freed(row["offer_id"], row["request_id"]) for row in rows)
