-- What came to each area and when, as the first round that saw it read it. The topics keep only the newest record of an
-- offer and not the day it first came, so this is the matcher's own: reading the topics again leaves it as it is.
-- `record` is the offer or request as the files of the matching problem say it.
CREATE TABLE own.arrivals (
    area_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('offer', 'request')),
    arrived_at timestamptz NOT NULL,
    gone_at timestamptz,
    gone_reason text,
    record jsonb NOT NULL,
    PRIMARY KEY (area_id, id)
);
CREATE INDEX arrivals_by_id ON own.arrivals (id);

-- Why a planned match is held back; null for one that is told when its window is over.
ALTER TABLE own.matches ADD COLUMN held text CHECK (held IS NULL OR state = 'planned');

-- What each of an area's scenarios would do, as the last round left it: the next one's searches go on from there.
CREATE TABLE own.courses (
    area_id uuid PRIMARY KEY,
    plans jsonb NOT NULL
);
