-- Indexes of the big table, apart because a bulk load into an empty fabric builds them once at its end.
CREATE UNIQUE INDEX IF NOT EXISTS parcel_version_current ON fabric.parcel_version (parcel_id) WHERE retired_by IS NULL;
CREATE INDEX IF NOT EXISTS parcel_version_parcel ON fabric.parcel_version (parcel_id);
CREATE INDEX IF NOT EXISTS parcel_version_label ON fabric.parcel_version (unit, sheet, number);
CREATE INDEX IF NOT EXISTS parcel_version_created ON fabric.parcel_version (created_by);
CREATE INDEX IF NOT EXISTS parcel_version_retired ON fabric.parcel_version (retired_by) WHERE retired_by IS NOT NULL;
CREATE INDEX IF NOT EXISTS parcel_version_source ON fabric.parcel_version (source_id) WHERE source_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS parcel_version_map ON fabric.parcel_version USING gist (geom_3857) WHERE retired_by IS NULL;
-- Every version that ever lay somewhere: past states, history by location. Today's map uses the smaller one above.
CREATE INDEX IF NOT EXISTS parcel_version_ever_map ON fabric.parcel_version USING gist (geom_3857);
