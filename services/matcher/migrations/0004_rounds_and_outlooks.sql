-- Every round with what went in and what came out, packed, so that it can be run again and asked again.
CREATE TABLE own.rounds (
    id uuid PRIMARY KEY,
    version bigint NOT NULL DEFAULT 1,
    area_id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    record jsonb NOT NULL,
    instance_gz bytea NOT NULL,
    matches_gz bytea NOT NULL
);
CREATE INDEX rounds_by_area ON own.rounds (area_id, started_at);

-- Where each request stands, as last told.
CREATE TABLE own.outlooks (
    request_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    area_id uuid NOT NULL,
    record jsonb NOT NULL
);
CREATE INDEX outlooks_by_area ON own.outlooks (area_id);
