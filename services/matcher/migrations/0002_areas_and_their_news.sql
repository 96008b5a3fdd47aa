-- One row per area: who plans it (a lease with a fence) and how much of its news is planned.
-- Rounds lock this row first and hold it while they write.
CREATE TABLE own.areas (
    id uuid PRIMARY KEY,
    planned bigint NOT NULL DEFAULT 0,
    planned_day date,
    fence bigint NOT NULL DEFAULT 0,
    leased_until timestamptz
);

-- How much has happened in the area. A number, never a flag; a table of its own, because consumers add to it as
-- the last thing they do, and must not wait for a round that is writing.
CREATE TABLE own.news (
    area_id uuid PRIMARY KEY,
    news bigint NOT NULL,
    urgent bigint NOT NULL DEFAULT 0,
    since timestamptz NOT NULL,
    latest timestamptz NOT NULL,
    CHECK (urgent <= news)
);
