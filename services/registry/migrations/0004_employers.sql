-- Employers: who offers.
CREATE TABLE own.employers (
    employer_id  uuid PRIMARY KEY,
    version      integer NOT NULL CHECK (version >= 1),
    name         text    NOT NULL,
    sectors      text[]  NOT NULL,
    size_band    text,
    home_area_id uuid    NOT NULL REFERENCES own.areas,
    max_sessions integer CHECK (max_sessions >= 0)
);
CREATE UNIQUE INDEX employers_have_a_name_each_in_an_area ON own.employers (home_area_id, lower(name));

CREATE TABLE own.cornerstones (
    employer_id uuid NOT NULL REFERENCES own.employers,
    hub_id      uuid NOT NULL REFERENCES own.hubs,
    PRIMARY KEY (employer_id, hub_id)
);

-- An employer as others are told of it: the shape of the contract.
CREATE VIEW own.whole_employers AS
SELECT employer_id,
       version,
       home_area_id,
       jsonb_build_object(
           'employer_id', employer_id, 'name', name, 'sectors', to_jsonb(sectors), 'size_band', size_band,
           'home_area_id', home_area_id, 'max_sessions', max_sessions,
           'cornerstone_of', COALESCE(
               (SELECT jsonb_agg(hub_id ORDER BY hub_id)
                  FROM own.cornerstones
                 WHERE cornerstones.employer_id = employers.employer_id),
               '[]'
           )
       ) AS entity
  FROM own.employers;
