-- What employers put on the table. `entity` is the whole offer in the contract's shape; `said` is what the employer said
-- of it, sessions apart, so that what was left out can follow anew when the rest is amended.
CREATE TABLE own.offers (
    offer_id      uuid PRIMARY KEY,
    version       integer NOT NULL CHECK (version >= 1),
    employer_id   uuid    NOT NULL REFERENCES own.employers,
    reference     text,
    state         text    NOT NULL CHECK (state IN ('open', 'withdrawn')),
    terms_version integer NOT NULL CHECK (terms_version >= 1),
    areas         uuid[]  NOT NULL CHECK (cardinality(areas) > 0),
    said          jsonb   NOT NULL,
    entity        jsonb   NOT NULL
);
-- Withdrawn ones count too: a reference is never used twice.
CREATE UNIQUE INDEX offers_have_a_reference_each ON own.offers (employer_id, reference);
CREATE INDEX offers_of_an_employer ON own.offers (employer_id, offer_id);
CREATE INDEX offers_of_an_area ON own.offers USING gin (areas);
