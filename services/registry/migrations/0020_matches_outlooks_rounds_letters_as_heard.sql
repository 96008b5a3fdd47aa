-- What the matcher and the notifier told us. May be dropped and rebuilt from the topics: nothing here refers to
-- another topic's row, because facts arrive in any order.

-- Every match told to anybody. `record` is the whole match; the columns are those that questions are asked by.
CREATE TABLE memory.matches (
    match_id     uuid PRIMARY KEY,
    version      integer     NOT NULL CHECK (version >= 1),
    state        text        NOT NULL,
    offer_id     uuid        NOT NULL,
    session_id   uuid        NOT NULL,
    employer_id  uuid        NOT NULL,
    request_id   uuid        NOT NULL,
    school_id    uuid        NOT NULL,
    cohort_id    uuid        NOT NULL,
    hub_id       uuid        NOT NULL,
    area_id      uuid        NOT NULL,
    round_id     uuid        NOT NULL,
    pupils       integer     NOT NULL,
    day          date        NOT NULL,
    answer_by    timestamptz NOT NULL,
    confirm_by   timestamptz,
    record       jsonb       NOT NULL
);
CREATE INDEX matches_of_an_offer ON memory.matches (offer_id);
CREATE INDEX matches_of_a_request ON memory.matches (request_id);
CREATE INDEX matches_of_a_school ON memory.matches (school_id, state);
CREATE INDEX matches_of_an_employer ON memory.matches (employer_id);
CREATE INDEX matches_of_a_hub ON memory.matches (hub_id, state);
-- What the ticker looks for: who has not answered, who has not confirmed.
CREATE INDEX matches_waiting_for_a_school ON memory.matches (answer_by) WHERE state = 'proposed';
CREATE INDEX matches_waiting_for_an_employer ON memory.matches (confirm_by) WHERE state = 'accepted';

-- Why a request has nothing yet, or not all.
CREATE TABLE memory.outlooks (
    request_id   uuid PRIMARY KEY,
    version      integer     NOT NULL CHECK (version >= 1),
    state        text        NOT NULL,
    record       jsonb       NOT NULL
);

-- Runs of the solver, in figures.
CREATE TABLE memory.rounds (
    round_id     uuid PRIMARY KEY,
    version      integer     NOT NULL CHECK (version >= 1),
    area_id      uuid        NOT NULL,
    started_at   timestamptz NOT NULL,
    record       jsonb       NOT NULL
);
CREATE INDEX rounds_of_an_area ON memory.rounds (area_id, round_id);

-- Whether a letter got there. A deadline counts only for somebody who was written to.
CREATE TABLE memory.letters (
    letter_id    uuid PRIMARY KEY,
    version      integer     NOT NULL CHECK (version >= 1),
    match_id     uuid        NOT NULL,
    kind         text        NOT NULL,
    audience     text        NOT NULL,
    state        text        NOT NULL,
    at           timestamptz NOT NULL,
    record       jsonb       NOT NULL
);
CREATE INDEX letters_of_a_match ON memory.letters (match_id, kind);
