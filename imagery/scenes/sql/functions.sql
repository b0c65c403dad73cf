-- Scenes and uploads: what a service login may do; replaced at each migration. Scenes are added by the owner's login (command line, worker);
-- everybody reads what is public, and who may manage imagery or start detection the rest.

-- What two processes must not do to one scene or upload at a time: put its files and its row there, or sweep files without a row.
CREATE OR REPLACE FUNCTION imagery.lock_key(the_id uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT hashtextextended('imagery ' || the_id::text, 0) $$;

-- The city: generous discs around its units' places and the extents of their parcels, in lon/lat; null where neither is known.
CREATE OR REPLACE FUNCTION imagery.region() RETURNS geometry
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT ST_UnaryUnion(ST_Collect(part)) FROM (
        SELECT ST_Buffer(ST_MakePoint(u.lon, u.lat)::geography, 1500 * sqrt(u.area_km2 / pi()))::geometry AS part FROM register.unit u
        WHERE u.lon IS NOT NULL AND u.area_km2 IS NOT NULL
        UNION ALL
        SELECT ST_Transform(ST_SetSRID(ST_Extent(v.geom_3857)::geometry, 3857), 4326) FROM fabric.parcel_version v
        WHERE v.retired_by IS NULL GROUP BY v.unit) parts);
END $$;

-- Take a scene out of the catalogue. Returns the keys of its files, to be removed from the store once this is committed; null when there is no such
-- scene. A scene that a run has used keeps its row; one that a run is using stays.
CREATE OR REPLACE FUNCTION imagery.remove_scene(the_scene uuid) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    s imagery.scene;
    states text[];
BEGIN
    IF NOT (accounts.is_owner() OR accounts.may('imagery.manage', '*')) THEN
        RAISE EXCEPTION 'only who manages imagery removes scenes' USING ERRCODE = '42501';
    END IF;
    SELECT * INTO s FROM imagery.scene WHERE id = the_scene AND removed_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    states := ARRAY(SELECT r.state FROM imagery.run r WHERE the_scene IN (r.before_id, r.after_id) OR the_scene = ANY(r.later_ids));
    IF states && '{queued,running}' THEN
        RAISE EXCEPTION 'a run is using the scene' USING ERRCODE = 'GI001';
    ELSIF cardinality(states) > 0 THEN
        UPDATE imagery.scene SET removed_at = now() WHERE id = s.id;
    ELSE
        DELETE FROM imagery.scene WHERE id = s.id;
    END IF;
    PERFORM audit.write('scene.remove', 'scene:' || s.code, NULL, jsonb_build_object('id', s.id, 'title', s.title, 'datetime', s.datetime));
    RETURN array_remove(ARRAY[s.data_key, s.visual_key, s.mask_key], NULL);
END $$;

-- Note a file that has arrived whole; a worker takes it from there.
CREATE OR REPLACE FUNCTION imagery.take_upload(the_id uuid, the_name text, the_key text, the_bytes bigint, the_sha256 bytea, the_parameters jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT accounts.may('imagery.manage', '*') THEN
        RAISE EXCEPTION 'only who manages imagery adds scenes' USING ERRCODE = '42501';
    END IF;
    INSERT INTO imagery.upload (id, name, key, bytes, sha256, parameters, account)
    VALUES (the_id, the_name, the_key, the_bytes, the_sha256, the_parameters, accounts.acting());
    PERFORM audit.write('scene.upload', 'upload:' || the_id, NULL, jsonb_build_object('name', the_name, 'bytes', the_bytes, 'sha256', encode(the_sha256, 'hex')));
END $$;

-- ---- who reads what -------------------------------------------------------------------------------------------------------

GRANT USAGE ON SCHEMA imagery TO geo_public, geo_service, geo_analyst;
REVOKE ALL ON imagery.scene, imagery.upload FROM geo_public, geo_gate, geo_service, geo_analyst;
GRANT SELECT (id, code, title, sensor, datetime, gsd, epsg, width, height, transform, footprint, bands, data_key, visual_key, mask_key, size_bytes, licence,
              source, simulated, public, elsewhere, cloud_cover, notes, content_sha256, added_at, removed_at) ON imagery.scene TO geo_public;
GRANT SELECT ON imagery.scene TO geo_service, geo_analyst;
GRANT SELECT ON imagery.upload TO geo_service;

ALTER TABLE imagery.scene ENABLE ROW LEVEL SECURITY;
ALTER TABLE imagery.upload ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS everybody ON imagery.scene;
CREATE POLICY everybody ON imagery.scene FOR SELECT TO geo_public, geo_service USING (public);
DROP POLICY IF EXISTS seen ON imagery.scene;
CREATE POLICY seen ON imagery.scene FOR SELECT TO geo_service
    USING ((SELECT accounts.may('imagery.manage', '*') OR accounts.may('detect.run', NULL)));
DROP POLICY IF EXISTS analysed ON imagery.scene;
CREATE POLICY analysed ON imagery.scene FOR SELECT TO geo_analyst USING (true);
DROP POLICY IF EXISTS seen ON imagery.upload;
CREATE POLICY seen ON imagery.upload FOR SELECT TO geo_service USING ((SELECT accounts.may('imagery.manage', '*')));

REVOKE ALL ON FUNCTION imagery.lock_key(uuid), imagery.region(), imagery.remove_scene(uuid),
    imagery.take_upload(uuid, text, text, bigint, bytea, jsonb) FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
GRANT EXECUTE ON FUNCTION imagery.lock_key(uuid), imagery.region() TO geo_public, geo_service, geo_analyst;
GRANT EXECUTE ON FUNCTION imagery.remove_scene(uuid), imagery.take_upload(uuid, text, text, bigint, bytea, jsonb) TO geo_service;
