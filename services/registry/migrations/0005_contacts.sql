-- The adults we write to. An erased one keeps only ids, so that an older fact cannot bring the person back.
CREATE TABLE own.contacts (
    contact_id      uuid PRIMARY KEY,
    version         integer NOT NULL CHECK (version >= 1),
    organisation    text    NOT NULL CHECK (organisation IN ('school', 'employer', 'hub')),
    organisation_id uuid    NOT NULL,
    state           text    NOT NULL CHECK (state IN ('active', 'erased')),
    name            text    NOT NULL,
    email           text    NOT NULL,
    roles           text[]  NOT NULL,
    "order"         integer NOT NULL CHECK ("order" >= 1),
    unsubscribed    boolean NOT NULL,
    CHECK (state = 'active' OR (name = '' AND email = '' AND roles = '{}'))
);
CREATE UNIQUE INDEX contacts_have_an_address_each_in_an_organisation
    ON own.contacts (organisation, organisation_id, lower(email)) WHERE state = 'active';
CREATE INDEX contacts_of_an_organisation ON own.contacts (organisation_id, "order", contact_id);
