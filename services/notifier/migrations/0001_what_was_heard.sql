-- What the other services said, newest version only. May be dropped and heard again.

CREATE TABLE memory.hubs (
    hub_id uuid PRIMARY KEY,
    version integer NOT NULL,
    hub jsonb NOT NULL
);

-- The only names and addresses in the system. An erased contact keeps its row, so that no older fact brings it back.
CREATE TABLE memory.contacts (
    contact_id uuid PRIMARY KEY,
    version integer NOT NULL,
    organisation_id uuid NOT NULL,
    contact jsonb NOT NULL
);
CREATE INDEX contacts_of_organisation ON memory.contacts (organisation_id);

CREATE TABLE memory.matches (
    match_id uuid PRIMARY KEY,
    version integer NOT NULL,
    hub_id uuid NOT NULL,
    match jsonb NOT NULL,
    -- Whether this version has led to its letters; not so while its hub is unknown.
    settled boolean NOT NULL DEFAULT false
);
CREATE INDEX matches_not_settled ON memory.matches (hub_id) WHERE NOT settled;

CREATE TABLE memory.answers (
    match_id uuid PRIMARY KEY,
    version integer NOT NULL,
    answer jsonb NOT NULL
);

-- How far we had listened when we acted. A memory behind this is being rebuilt: nothing is decided from it.
CREATE TABLE own.heard (
    topic text NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (topic, id)
);
