-- Areas: the hubs that share their employers; the unit of matching. Told to others as part of each hub.
CREATE TABLE own.areas (
    area_id    uuid PRIMARY KEY,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX areas_have_a_name_each ON own.areas (lower(name));

-- Careers Hubs. Policy, letters and calendar are values that are read and written whole.
CREATE TABLE own.hubs (
    hub_id   uuid PRIMARY KEY,
    version  integer NOT NULL CHECK (version >= 1),
    area_id  uuid    NOT NULL REFERENCES own.areas,
    name     text    NOT NULL,
    kind     text    NOT NULL,
    host     text    NOT NULL,
    policy   jsonb   NOT NULL,
    letters  jsonb   NOT NULL,
    calendar jsonb   NOT NULL
);
CREATE UNIQUE INDEX hubs_have_a_name_each ON own.hubs (lower(name));
CREATE INDEX hubs_of_an_area ON own.hubs (area_id, hub_id);

CREATE TABLE own.clusters (
    cluster_id uuid PRIMARY KEY,
    hub_id     uuid NOT NULL REFERENCES own.hubs,
    name       text NOT NULL,
    since      date NOT NULL,
    -- So that a membership can name a cluster only together with its hub.
    UNIQUE (hub_id, cluster_id)
);
CREATE UNIQUE INDEX clusters_have_a_name_each ON own.clusters (hub_id, lower(name));

-- A hub as others are told of it: the shape of the contract.
CREATE VIEW own.whole_hubs AS
SELECT hub_id,
       version,
       area_id,
       jsonb_build_object(
           'hub_id', hub_id, 'area_id', area_id, 'area_name', areas.name, 'name', hubs.name, 'kind', kind, 'host', host,
           'policy', policy, 'letters', letters, 'calendar', calendar,
           'clusters', COALESCE(
               (SELECT jsonb_agg(jsonb_build_object('cluster_id', cluster_id, 'name', clusters.name, 'since', since)
                                 ORDER BY cluster_id)
                  FROM own.clusters
                 WHERE clusters.hub_id = hubs.hub_id),
               '[]'
           )
       ) AS entity
  FROM own.hubs JOIN own.areas USING (area_id);
