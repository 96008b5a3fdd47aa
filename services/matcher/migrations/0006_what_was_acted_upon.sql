-- The newest version of each entity that has had its effect on matches. It outlives memory: when the topics are read
-- again, older records are remembered on the way but no match is judged by them.
CREATE TABLE own.acted_upon (
    id uuid PRIMARY KEY,
    version bigint NOT NULL
);
INSERT INTO own.acted_upon (id, version)
SELECT id, version FROM memory.schools
UNION ALL SELECT id, version FROM memory.employers
UNION ALL SELECT id, version FROM memory.offers
UNION ALL SELECT id, version FROM memory.requests;
