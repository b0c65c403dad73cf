-- What tiles need besides the ledger. Everything in here can be thrown away and built again.
CREATE SCHEMA tiles;

-- Generalised snapshots of the whole fabric (PMTiles files), each at one seq.
CREATE TABLE tiles.snapshot (
    seq bigint PRIMARY KEY,
    file text NOT NULL,                 -- name inside the data folder
    built_at timestamptz NOT NULL DEFAULT now(),
    faces bigint NOT NULL,
    bytes bigint NOT NULL,
    seconds jsonb NOT NULL
);

-- Limits between units as of the newest snapshot, in pieces short enough for a tile.
CREATE TABLE tiles.unit_limit (
    geom_3857 geometry(LineString, 3857) NOT NULL
);
CREATE INDEX unit_limit_map ON tiles.unit_limit USING gist (geom_3857);

-- Extent of each unit's faces as of the newest snapshot, for search and zooming.
CREATE TABLE tiles.unit_extent (
    unit text PRIMARY KEY,
    faces bigint NOT NULL,
    geom_3857 geometry(Polygon, 3857) NOT NULL,
    centre_3857 geometry(Point, 3857) NOT NULL
);
