-- What the matcher heard from registry and notifier. May be dropped and read again from the topics.
-- `record` is the whole entity as it was told; the columns beside it are what questions ask for. `heard_at` is for ages.
CREATE TABLE memory.hubs (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    area_id uuid NOT NULL,
    record jsonb NOT NULL
);
CREATE INDEX hubs_by_area ON memory.hubs (area_id);

CREATE TABLE memory.schools (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    hub_ids uuid[] NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT now(),
    record jsonb NOT NULL
);
CREATE INDEX schools_by_hub ON memory.schools USING gin (hub_ids);

CREATE TABLE memory.employers (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    record jsonb NOT NULL
);

CREATE TABLE memory.offers (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    state text NOT NULL,
    employer_id uuid NOT NULL,
    areas uuid[] NOT NULL,
    correlation_id uuid NOT NULL,
    told_at timestamptz NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT now(),
    record jsonb NOT NULL
);
CREATE INDEX offers_by_area ON memory.offers USING gin (areas) WHERE state = 'open';
CREATE INDEX offers_by_employer ON memory.offers (employer_id);

CREATE TABLE memory.requests (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    state text NOT NULL,
    school_id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    told_at timestamptz NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT now(),
    record jsonb NOT NULL
);
CREATE INDEX requests_by_school ON memory.requests (school_id);

CREATE TABLE memory.answers (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT now(),
    record jsonb NOT NULL
);

CREATE TABLE memory.letters (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    match_id uuid NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT now(),
    record jsonb NOT NULL
);
CREATE INDEX letters_by_match ON memory.letters (match_id);
