"""The counters behind every match. The database refuses what would exceed them."""

from collections.abc import Iterable, Mapping

from services.matcher.capacity import Count, Key
from services.plumbing.postgres import Transaction


async def lock_counts(tx: Transaction, keys: Iterable[Key]) -> dict[Key, Count]:
    """Lock those of these counters that exist, in the order of their keys, and read them."""
    ordered = sorted(set(keys))
    rows = await tx.fetch(
        """
        SELECT c.kind, c.id, c.places, c.taken
          FROM own.capacity AS c
          JOIN unnest($1::text[], $2::uuid[]) AS wanted (kind, id) ON wanted.kind = c.kind AND wanted.id = c.id
         ORDER BY c.kind, c.id
           FOR UPDATE OF c
        """,
        [kind for kind, _ in ordered],
        [id_ for _, id_ in ordered],
    )
    return {(row["kind"], row["id"]): Count(row["places"], row["taken"]) for row in rows}


async def move_counts(tx: Transaction, moves: Mapping[Key, int]) -> None:
    """Move locked counters. Raises asyncpg.CheckViolationError where one would exceed its places."""
    if not moves:
        return
    await tx.execute(
        """
        UPDATE own.capacity AS c SET taken = c.taken + moved.by
          FROM unnest($1::text[], $2::uuid[], $3::int[]) AS moved (kind, id, by)
         WHERE c.kind = moved.kind AND c.id = moved.id
        """,
        [kind for kind, _ in moves],
        [id_ for _, id_ in moves],
        list(moves.values()),
    )


async def set_limits(tx: Transaction, limits: Mapping[Key, int | None]) -> None:
    """Make counters, or set how much there is of them: never less than what is taken by then (what took place)."""
    ordered = sorted(limits)
    await tx.execute(
        """
        INSERT INTO own.capacity AS c (kind, id, places)
        SELECT kind, id, places
          FROM unnest($1::text[], $2::uuid[], $3::int[]) AS told (kind, id, places) ORDER BY kind, id
        ON CONFLICT (kind, id) DO UPDATE
           SET places = CASE WHEN excluded.places IS NULL THEN NULL ELSE greatest(excluded.places, c.taken) END
        """,
        [kind for kind, _ in ordered],
        [id_ for _, id_ in ordered],
        [limits[key] for key in ordered],
    )
