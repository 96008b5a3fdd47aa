-- What the specimen's handler did, once per row, with nothing that would hide a second time.
CREATE TABLE own.effects (
    event_id uuid NOT NULL,
    thing_id uuid NOT NULL,
    version integer NOT NULL,
    done_by integer NOT NULL,
    done_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A row here ends all waiting.
CREATE TABLE own.enough (said_at timestamptz NOT NULL DEFAULT now());

-- Handlers that have begun, told outside their transaction.
CREATE TABLE own.beginnings (event_id uuid NOT NULL, begun_by integer NOT NULL);
