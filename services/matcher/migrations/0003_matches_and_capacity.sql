-- Matches: what holds. `places` is what a match takes from the counters below; 0 once it gave them back.
CREATE TABLE own.matches (
    id uuid PRIMARY KEY,
    -- The version last published; 0 while it was told to nobody.
    version bigint NOT NULL DEFAULT 0,
    state text NOT NULL,
    reason text,
    ended_by text,
    area_id uuid NOT NULL,
    hub_id uuid NOT NULL,
    offer_id uuid NOT NULL,
    session_id uuid NOT NULL,
    employer_id uuid NOT NULL,
    request_id uuid NOT NULL,
    school_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    round_id uuid NOT NULL,
    pupils integer NOT NULL CHECK (pupils >= 0),
    places integer NOT NULL CHECK (places >= 0),
    first_day date NOT NULL,
    last_day date NOT NULL,
    counts_to jsonb NOT NULL,
    terms_version integer NOT NULL DEFAULT 1,
    offer_terms_version integer NOT NULL,
    request_terms_version integer NOT NULL,
    -- As told; null while it was told to nobody.
    terms jsonb,
    why jsonb NOT NULL DEFAULT '[]',
    employer_confirms boolean NOT NULL DEFAULT false,
    planned_at timestamptz NOT NULL,
    release_at timestamptz NOT NULL,
    answer_by timestamptz,
    confirm_by timestamptz,
    urgent boolean NOT NULL DEFAULT false,
    history jsonb NOT NULL,
    -- What was said about it and has had its effect.
    heard text[] NOT NULL DEFAULT '{}',
    correlation_id uuid NOT NULL,
    CHECK ((state IN ('planned', 'dropped')) = (terms IS NULL)),
    CHECK (places = 0 OR state IN ('planned', 'proposed', 'accepted', 'confirmed', 'delivered'))
);
CREATE UNIQUE INDEX matches_open_pair ON own.matches (session_id, request_id)
    WHERE state IN ('planned', 'proposed', 'accepted', 'confirmed');
CREATE INDEX matches_by_offer ON own.matches (offer_id);
CREATE INDEX matches_by_request ON own.matches (request_id);
CREATE INDEX matches_by_cohort ON own.matches (cohort_id);
CREATE INDEX matches_by_school ON own.matches (school_id);
CREATE INDEX matches_by_employer ON own.matches (employer_id);
CREATE INDEX matches_planned ON own.matches (area_id) WHERE state = 'planned';
CREATE INDEX matches_to_release ON own.matches (release_at) WHERE state = 'planned';

-- The counters that refuse, whatever the solver says. Moved in the match's own transaction, locked in the order of
-- their key. No `places`: no limit.
CREATE TABLE own.capacity (
    kind text NOT NULL CHECK (kind IN (
        'employer_sessions', 'offer_sessions', 'request_places', 'session_groups', 'session_places'
    )),
    id uuid NOT NULL,
    places integer CHECK (places >= 0),
    taken integer NOT NULL DEFAULT 0 CHECK (taken >= 0),
    PRIMARY KEY (kind, id),
    CONSTRAINT never_over_capacity CHECK (taken <= places)
);
