-- The registry judges facts that cross: what was said about a match, by whom, when. Rows are added, never changed.

-- One per match about which anything was said. Its row is locked before anything is said; `version` rises with every fact.
CREATE TABLE own.answers (
    match_id     uuid PRIMARY KEY,
    version      integer     NOT NULL CHECK (version >= 0)
);

-- What each audience said, or that it let the deadline pass. The key is the rule: the first one holds.
CREATE TABLE own.said (
    match_id      uuid        NOT NULL REFERENCES own.answers,
    audience      text        NOT NULL CHECK (audience IN ('school', 'employer')),
    verdict       text        NOT NULL CHECK (verdict IN ('accepted', 'declined', 'lapsed')),
    reason        text,
    comment       text        NOT NULL DEFAULT '',
    at            timestamptz NOT NULL,
    contact_id    uuid,
    terms_version integer     NOT NULL,
    PRIMARY KEY (match_id, audience)
);
CREATE INDEX said_by_a_contact ON own.said (contact_id) WHERE contact_id IS NOT NULL;

-- Somebody called a match off.
CREATE TABLE own.cancellations (
    match_id     uuid PRIMARY KEY REFERENCES own.answers,
    by           text        NOT NULL CHECK (by IN ('school', 'employer', 'hub')),
    reason       text        NOT NULL,
    comment      text        NOT NULL DEFAULT '',
    at           timestamptz NOT NULL,
    contact_id   uuid
);

-- Whether it took place and how many pupils took part. A correction is a further row; the highest number holds.
CREATE TABLE own.deliveries (
    match_id     uuid        NOT NULL REFERENCES own.answers,
    number       integer     NOT NULL CHECK (number >= 1),
    held         boolean     NOT NULL,
    pupils       integer     NOT NULL CHECK (pupils >= 0 AND (held OR pupils = 0)),
    reason       text,
    by           text        NOT NULL CHECK (by IN ('school', 'employer', 'hub')),
    at           timestamptz NOT NULL,
    contact_id   uuid,
    PRIMARY KEY (match_id, number)
);
