-- Answers given to requests with an Idempotency-Key, kept seven days so that a repeat gets the same one.
-- `body` is null where it is not kept: it held a secret, or a person who was erased since.
CREATE TABLE own.replies (
    organisation_id uuid        NOT NULL,
    method          text        NOT NULL,
    path            text        NOT NULL,
    key             text        NOT NULL,
    body_hash       bytea,
    status          integer,
    headers         jsonb,
    body            bytea,
    contact_id      uuid,
    asked_at        timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, method, path, key)
);
CREATE INDEX replies_by_age ON own.replies (asked_at);
CREATE INDEX replies_about_a_contact ON own.replies (contact_id) WHERE contact_id IS NOT NULL;

-- API keys. Of the secret only its SHA-256 is here; the prefix is public and finds the row.
-- The organisation of operators is the nil id.
CREATE TABLE own.keys (
    key_id          uuid PRIMARY KEY,
    prefix          text        NOT NULL CONSTRAINT keys_have_a_prefix_each UNIQUE CHECK (prefix ~ '^[0-9a-f]{12}$'),
    secret_hash     bytea       NOT NULL CHECK (length(secret_hash) = 32),
    role            text        NOT NULL CHECK (role IN ('employer', 'school', 'hub', 'operator')),
    organisation_id uuid        NOT NULL
                    CHECK ((role = 'operator') = (organisation_id = '00000000-0000-0000-0000-000000000000')),
    label           text        NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz,
    revoked_at      timestamptz,
    last_used_at    timestamptz,
    -- The key that was rotated into this one.
    rotated_from    uuid UNIQUE REFERENCES own.keys
);
CREATE INDEX keys_of_an_organisation ON own.keys (organisation_id, key_id);
