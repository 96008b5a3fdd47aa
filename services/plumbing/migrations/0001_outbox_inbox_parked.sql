-- Two schemas: what the service decided itself, and what it heard from others and could hear again.
CREATE SCHEMA IF NOT EXISTS own;
CREATE SCHEMA IF NOT EXISTS memory;

-- Facts that a committed transaction promised to publish. The bytes are final.
CREATE TABLE own.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key bytea NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    type text NOT NULL,
    correlation_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz
);
CREATE INDEX outbox_unpublished ON own.outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON own.outbox (published_at) WHERE published_at IS NOT NULL;

-- Facts whose effect is in this database: each has it once.
CREATE TABLE memory.inbox (
    event_id uuid PRIMARY KEY,
    topic text NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_handled ON memory.inbox (handled_at);

-- Messages set aside for a human, whole. `headers` is a list of [name, base64 of the value, or null].
CREATE TABLE own.parked (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    service text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    sent_at timestamptz NOT NULL,
    key bytea,
    headers jsonb NOT NULL,
    body bytea,
    error text NOT NULL,
    error_class text NOT NULL,
    state text NOT NULL DEFAULT 'parked' CHECK (state IN ('parked', 'replayed', 'discarded', 'erased')),
    parked_at timestamptz NOT NULL DEFAULT now(),
    -- A message that comes again after a crash is parked once. The time tells a topic made anew from the old one.
    UNIQUE (topic, partition, "offset", sent_at)
);
CREATE INDEX parked_waiting ON own.parked (id) WHERE state = 'parked';

-- What an operator did about a parked message, and what came of it.
CREATE TABLE own.parked_actions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parked_id bigint NOT NULL REFERENCES own.parked,
    action text NOT NULL CHECK (action IN ('replay', 'discard', 'erase')),
    outcome text NOT NULL,
    acted_at timestamptz NOT NULL DEFAULT now()
);

-- Topics with messages parked one after the other. `stopped_at`: the consumer stands still until a human resumes it.
CREATE TABLE own.poison (
    topic text PRIMARY KEY,
    parked_in_row integer NOT NULL,
    stopped_at timestamptz
);
