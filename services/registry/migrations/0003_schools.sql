-- Schools: any institution in a hub, known by its URN. Head-counts only.
CREATE TABLE own.schools (
    school_id    uuid PRIMARY KEY,
    version      integer          NOT NULL CHECK (version >= 1),
    urn          integer          NOT NULL CONSTRAINT schools_have_a_urn_each UNIQUE
                                  CHECK (urn BETWEEN 100000 AND 999999),
    name         text             NOT NULL,
    phase        text             NOT NULL,
    state        text             NOT NULL CHECK (state IN ('open', 'closed')),
    postcode     text             NOT NULL,
    lat          double precision NOT NULL CHECK (lat BETWEEN 49 AND 61),
    lon          double precision NOT NULL CHECK (lon BETWEEN -9 AND 3),
    fsm_pct      double precision NOT NULL CHECK (fsm_pct BETWEEN 0 AND 100),
    max_parallel integer          NOT NULL CHECK (max_parallel >= 1),
    -- A list of {first, last}, read and written whole.
    closures     jsonb            NOT NULL
);

-- Dated membership of hubs. A school is in one hub at a time; its row is locked while this is checked.
CREATE TABLE own.memberships (
    membership_id uuid PRIMARY KEY,
    school_id     uuid NOT NULL REFERENCES own.schools,
    hub_id        uuid NOT NULL REFERENCES own.hubs,
    cluster_id    uuid,
    since         date NOT NULL,
    until         date CHECK (until >= since),
    FOREIGN KEY (hub_id, cluster_id) REFERENCES own.clusters (hub_id, cluster_id)
);
CREATE UNIQUE INDEX memberships_are_open_once_a_school ON own.memberships (school_id) WHERE until IS NULL;
CREATE INDEX memberships_of_a_school ON own.memberships (school_id, since);
CREATE INDEX memberships_of_a_hub ON own.memberships (hub_id, school_id);

-- Cohorts: one year group, programme or pathway of one school in one academic year.
CREATE TABLE own.cohorts (
    cohort_id     uuid PRIMARY KEY,
    version       integer NOT NULL CHECK (version >= 1),
    school_id     uuid    NOT NULL REFERENCES own.schools,
    kind          text    NOT NULL CHECK (kind IN ('year_group', 'programme', 'pathway')),
    label         text    NOT NULL,
    year          integer NOT NULL CHECK (year BETWEEN 7 AND 14),
    academic_year text    NOT NULL CHECK (academic_year ~ '^[0-9]{4}/[0-9]{2}$'),
    pupils        integer NOT NULL CHECK (pupils >= 0),
    -- Credits from elsewhere by benchmark.
    met_elsewhere jsonb   NOT NULL,
    UNIQUE (school_id, cohort_id)
);
CREATE UNIQUE INDEX cohorts_have_a_label_each ON own.cohorts (school_id, academic_year, lower(label));
CREATE UNIQUE INDEX cohorts_are_one_a_year_group ON own.cohorts (school_id, academic_year, year)
    WHERE kind = 'year_group';

-- A school as others are told of it: the shape of the contract.
CREATE VIEW own.whole_schools AS
SELECT school_id,
       version,
       urn,
       jsonb_build_object(
           'school_id', school_id, 'urn', urn, 'name', name, 'phase', phase, 'state', state,
           'postcode', postcode, 'lat', lat, 'lon', lon,
           'fsm_pct', fsm_pct, 'max_parallel', max_parallel, 'closures', closures,
           'memberships', COALESCE(
               (SELECT jsonb_agg(jsonb_build_object(
                           'hub_id', hub_id, 'cluster_id', cluster_id, 'since', since, 'until', until
                       ) ORDER BY since)
                  FROM own.memberships
                 WHERE memberships.school_id = schools.school_id),
               '[]'
           ),
           'cohorts', COALESCE(
               (SELECT jsonb_agg(jsonb_build_object(
                           'cohort_id', cohort_id, 'kind', kind, 'label', label, 'year', year,
                           'academic_year', academic_year, 'pupils', pupils, 'met_elsewhere', met_elsewhere
                       ) ORDER BY cohort_id)
                  FROM own.cohorts
                 WHERE cohorts.school_id = schools.school_id),
               '[]'
           )
       ) AS entity
  FROM own.schools;
