-- What schools ask for, one open request per cohort. `entity` is the whole request in the contract's shape; `said` is what
-- the school said of it, so that what was left out can follow anew when the rest is amended.
CREATE TABLE own.requests (
    request_id    uuid PRIMARY KEY,
    version       integer NOT NULL CHECK (version >= 1),
    school_id     uuid    NOT NULL,
    cohort_id     uuid    NOT NULL,
    state         text    NOT NULL CHECK (state IN ('open', 'withdrawn')),
    terms_version integer NOT NULL CHECK (terms_version >= 1),
    said          jsonb   NOT NULL,
    entity        jsonb   NOT NULL,
    FOREIGN KEY (school_id, cohort_id) REFERENCES own.cohorts (school_id, cohort_id)
);
CREATE UNIQUE INDEX requests_are_open_once_a_cohort ON own.requests (cohort_id) WHERE state = 'open';
CREATE INDEX requests_of_a_school ON own.requests (school_id, request_id);
