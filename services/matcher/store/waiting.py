"""What was heard and still lacks something that has not been heard of. It waits; nothing is parked for it."""

from services.plumbing.postgres import Transaction


async def waiting_facts(tx: Transaction) -> list[tuple[str, int, float]]:
    """What is lacking, by how many, and how many seconds the oldest of them has waited."""
    rows = await tx.fetch(
        """
        SELECT lacks, count(heard_at) AS waiting,
               coalesce(extract(epoch FROM clock_timestamp() - min(heard_at)), 0)::float8 AS oldest_seconds
          FROM (SELECT 'school' AS lacks, heard_at FROM memory.requests
                 WHERE state = 'open' AND NOT EXISTS (SELECT FROM memory.schools WHERE schools.id = school_id)
                UNION ALL
                SELECT 'hub', heard_at FROM memory.schools
                 WHERE cardinality(hub_ids) > 0
                   AND NOT EXISTS (SELECT FROM memory.hubs WHERE hubs.id = ANY(schools.hub_ids))
                UNION ALL
                SELECT 'employer', heard_at FROM memory.offers
                 WHERE state = 'open' AND NOT EXISTS (SELECT FROM memory.employers WHERE employers.id = employer_id)
                UNION ALL
                SELECT 'match', heard_at FROM memory.answers
                 WHERE NOT EXISTS (SELECT FROM own.matches WHERE matches.id = answers.id)
                UNION ALL
                SELECT kind, NULL FROM unnest(ARRAY['school', 'hub', 'employer', 'match']) AS kind) AS waits
         GROUP BY lacks ORDER BY lacks
        """
    )
    return [(row["lacks"], row["waiting"], row["oldest_seconds"]) for row in rows]
