-- Functions of the ledger; replaced as a whole at each migration. Triggers that use them are in triggers.sql.

-- Directed boundary segments of a polygon in integer millimetres. `exact` is false where a coordinate is not what
-- integer / 1000.0 gives, or where two consecutive vertices are the same.
CREATE OR REPLACE FUNCTION fabric.segments(g geometry)
RETURNS TABLE (x1 bigint, y1 bigint, x2 bigint, y2 bigint, exact boolean)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT round(a.x * 1000)::bigint, round(a.y * 1000)::bigint, round(b.x * 1000)::bigint, round(b.y * 1000)::bigint,
           a.x = round(a.x * 1000) / 1000 AND a.y = round(a.y * 1000) / 1000
           AND (a.x, a.y) <> (b.x, b.y)
    FROM ST_DumpSegments(g) d,
         LATERAL (SELECT ST_X(ST_StartPoint(d.geom)) AS x, ST_Y(ST_StartPoint(d.geom)) AS y) a,
         LATERAL (SELECT ST_X(ST_EndPoint(d.geom)) AS x, ST_Y(ST_EndPoint(d.geom)) AS y) b
$$;

-- The same polygon with whole millimetres as coordinates: validity is judged here, in exact arithmetic.
CREATE OR REPLACE FUNCTION fabric.on_grid(g geometry) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ST_SnapToGrid(ST_Scale(g, 1000, 1000), 1)
$$;

-- Tiles of zoom 12 that a Web Mercator box touches, as 'z/x/y'; null when there are more than 64.
CREATE OR REPLACE FUNCTION feed.cells(box geometry) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH world AS (SELECT 20037508.342789244::float8 AS half, 4096 AS n),
    span AS (
        SELECT floor((ST_XMin(box) + half) / (2 * half) * n)::int AS x0, floor((ST_XMax(box) + half) / (2 * half) * n)::int AS x1,
               floor((half - ST_YMax(box)) / (2 * half) * n)::int AS y0, floor((half - ST_YMin(box)) / (2 * half) * n)::int AS y1
        FROM world)
    SELECT CASE WHEN (x1 - x0 + 1)::bigint * (y1 - y0 + 1) > 64 THEN NULL
           ELSE (SELECT array_agg('12/' || x || '/' || y ORDER BY x, y)
                 FROM generate_series(x0, x1) x, generate_series(y0, y1) y) END
    FROM span
$$;

-- Take the next seq, chain the hash, write the outbox row and ring the bell. The last thing a transaction does:
-- from here to COMMIT the head row is locked. What has no place names its topics instead of tiles (dossier/<id>, desk/<unit>).
DROP FUNCTION IF EXISTS feed.publish(text, jsonb, bytea, geometry);
CREATE OR REPLACE FUNCTION feed.publish(kind text, payload jsonb, digest bytea, box geometry, topics text[] DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    last feed.head;
    fresh bytea;
    wgs84 geometry := ST_Transform(box, 4326);
BEGIN
    SELECT * INTO STRICT last FROM feed.head FOR UPDATE;
    fresh := sha256(last.hash || convert_to((last.seq + 1) || '|' || kind || '|', 'UTF8') || digest);
    INSERT INTO feed.event (seq, kind, at, bounds, cells, payload, digest, hash)
    VALUES (last.seq + 1, kind, clock_timestamp(),
            CASE WHEN box IS NULL THEN NULL
                 ELSE ARRAY[ST_XMin(wgs84), ST_YMin(wgs84), ST_XMax(wgs84), ST_YMax(wgs84)] END,
            coalesce(topics, feed.cells(box)), payload, digest, fresh);
    UPDATE feed.head SET seq = last.seq + 1, hash = fresh;
    PERFORM pg_notify('geo_feed', (last.seq + 1)::text);
    RETURN last.seq + 1;
END $$;

-- What a change set did, as one digest: every version it retired and created, in id order, facts and geometry.
-- (PL/pgSQL here and below because it keeps its plans; a function in plain SQL is planned anew at each call.)
CREATE OR REPLACE FUNCTION fabric.digest(cs bigint) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN sha256(
        (SELECT convert_to(concat_ws('|', kind, reason, author, approver, intents::text, base_seq, effective_on, reverts), 'UTF8')
         FROM fabric.change_set WHERE id = cs)
        || coalesce((
            SELECT string_agg(sha256(
                convert_to(concat_ws('|', CASE WHEN created_by = cs THEN 'C' ELSE 'R' END, id, parcel_id, unit, kind, sheet,
                    number, land_use, official_area_m2, address, source_id, cause, created_by), 'UTF8')
                || ST_AsBinary(geom)), ''::bytea ORDER BY id)
            FROM fabric.parcel_version WHERE created_by = cs OR retired_by = cs), ''::bytea));
END $$;

-- The change set whose outline was in force before this one's.
CREATE OR REPLACE FUNCTION fabric.outline_before(cs bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT o.change_set FROM (
                SELECT change_set, (SELECT seq FROM fabric.change_set c WHERE c.id = change_set) AS seq
                FROM fabric.outline WHERE change_set <> cs OFFSET 0) o
            WHERE o.seq IS NOT NULL ORDER BY o.seq DESC LIMIT 1);
END $$;

-- Directed segments that do not cancel in a change set: created count +1, retired -1, the declared outer ring -1 and the one
-- before it +1.
-- Conservation law (docs/decisions/0001): the change set is sound exactly when this returns no row.
CREATE OR REPLACE FUNCTION fabric.unbalanced(cs bigint)
RETURNS TABLE (x1 bigint, y1 bigint, x2 bigint, y2 bigint, net bigint, exact boolean)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY WITH directed AS MATERIALIZED (
        SELECT s.*, 1 AS sign FROM fabric.parcel_version v, LATERAL fabric.segments(v.geom) s WHERE v.created_by = cs
        UNION ALL
        SELECT s.*, -1 FROM fabric.parcel_version v, LATERAL fabric.segments(v.geom) s WHERE v.retired_by = cs
        UNION ALL
        SELECT s.*, -1 FROM fabric.outline o, LATERAL fabric.segments(o.geom) s WHERE o.change_set = cs
        UNION ALL
        SELECT s.*, 1 FROM fabric.outline o, LATERAL fabric.segments(o.geom) s
        WHERE EXISTS (SELECT 1 FROM fabric.outline WHERE change_set = cs) AND o.change_set = fabric.outline_before(cs))
    SELECT x1, y1, x2, y2, sum(n)::bigint, bool_and(exact) FROM (
        SELECT x1, y1, x2, y2, sign AS n, exact FROM directed WHERE x1 < x2 OR (x1 = x2 AND y1 <= y2)
        UNION ALL
        SELECT x2, y2, x1, y1, -sign, exact FROM directed WHERE NOT (x1 < x2 OR (x1 = x2 AND y1 <= y2))) d
    GROUP BY x1, y1, x2, y2 HAVING sum(n) <> 0 OR NOT bool_and(exact);
END $$;

-- Twice the area in mm2 of what a change set created and retired, exact: the shoelace formula on integers,
-- taken from an origin nearby so that products stay within bigint.
CREATE OR REPLACE FUNCTION fabric.doubled_areas(cs bigint, OUT created numeric, OUT retired numeric, OUT segments bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    WITH origin AS (
        SELECT round(ST_XMin(geom) * 1000)::bigint AS x, round(ST_YMin(geom) * 1000)::bigint AS y
        FROM fabric.parcel_version WHERE created_by = cs LIMIT 1),
    parts AS (
        SELECT v.created_by = cs AS fresh, (s.x1 - o.x) * (s.y2 - o.y) - (s.x2 - o.x) * (s.y1 - o.y) AS part
        FROM origin o, fabric.parcel_version v, LATERAL fabric.segments(v.geom) s
        WHERE v.created_by = cs OR v.retired_by = cs)
    SELECT coalesce(sum(part) FILTER (WHERE fresh), 0), coalesce(sum(part) FILTER (WHERE NOT fresh), 0), count(*)
    INTO created, retired, segments FROM parts;
END $$;

-- The check and the seal of a change set; fired by a deferred constraint trigger, so before COMMIT at the latest.
-- It runs with the rights of the owner: nobody else writes to the feed, to lineage or to certificates.
CREATE OR REPLACE FUNCTION fabric.seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    cs fabric.change_set;
    offenders jsonb;
    inexact boolean;
    invalid record;
    created bigint; retired bigint;
    areas record;
    box geometry;
    the_digest bytea;
    the_seq bigint;
    bulk boolean;
BEGIN
    SELECT * INTO STRICT cs FROM fabric.change_set WHERE id = NEW.id;
    IF cs.seq IS NOT NULL THEN
        RAISE EXCEPTION 'change set % was given a seq by hand', cs.id USING ERRCODE = 'GF001';
    END IF;
    SELECT count(*) INTO created FROM fabric.parcel_version WHERE created_by = cs.id;
    SELECT count(*) INTO retired FROM fabric.parcel_version WHERE retired_by = cs.id;
    IF created = 0 THEN
        RAISE EXCEPTION 'change set % creates nothing', cs.id USING ERRCODE = 'GF002';
    END IF;
    bulk := cs.kind IN ('load', 'extend');

    -- I1: valid, shell counter-clockwise, holes clockwise
    -- (OFFSET 0 keeps the planner from walking the whole table for the first bad face instead of asking for these few)
    SELECT id, parcel_id, ST_IsValidReason(fabric.on_grid(geom)) AS why,
           ST_AsGeoJSON(ST_PointOnSurface(ST_Envelope(geom))) AS place
    INTO invalid
    FROM (SELECT id, parcel_id, geom FROM fabric.parcel_version WHERE created_by = cs.id OFFSET 0) mine
    WHERE NOT (ST_IsPolygonCCW(geom) AND ST_IsValid(fabric.on_grid(geom))) ORDER BY id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'face % of change set % is not a valid polygon: %', invalid.parcel_id, cs.id,
            CASE WHEN invalid.why = 'Valid Geometry' THEN 'ring in the wrong direction' ELSE invalid.why END
            USING ERRCODE = 'GF003', DETAIL = invalid.place;
    END IF;

    -- I2, I3: whole millimetres, and every directed segment cancels
    SELECT jsonb_agg(jsonb_build_array(x1, y1, x2, y2, net)), bool_or(NOT exact) INTO offenders, inexact
    FROM (SELECT * FROM fabric.unbalanced(cs.id) LIMIT 200) u;
    IF inexact THEN
        RAISE EXCEPTION 'change set % has coordinates off the millimetre grid or repeated vertices', cs.id
            USING ERRCODE = 'GF004', DETAIL = offenders::text;
    END IF;
    IF offenders IS NOT NULL THEN
        RAISE EXCEPTION 'change set % would open a gap or an overlap: % segments do not cancel', cs.id,
            jsonb_array_length(offenders) USING ERRCODE = 'GF005', DETAIL = offenders::text;
    END IF;

    PERFORM fabric.check_outline(cs.id, bulk);
    IF NOT bulk THEN
        -- Area shared by each retired parcel and each created one, apart from neighbours that only gained a vertex.
        INSERT INTO fabric.lineage (change_set, parent, child, shared_m2)
        SELECT cs.id, parent, child, shared FROM (
            SELECT r.parcel_id AS parent, c.parcel_id AS child, round(sum(ST_Area(ST_Intersection(r.geom, c.geom)))::numeric, 4) AS shared
            FROM fabric.parcel_version r JOIN fabric.parcel_version c ON c.created_by = cs.id AND r.geom && c.geom
            WHERE r.retired_by = cs.id AND r.parcel_id <> c.parcel_id AND c.cause = 'subject'
              AND (cs.kind <> 'revert' OR r.id < c.id)
            GROUP BY 1, 2) p WHERE shared > 0;
    END IF;

    SELECT * INTO areas FROM fabric.doubled_areas(cs.id);
    SELECT ST_SetSRID(ST_Extent(geom_3857)::geometry, 3857) INTO box
    FROM fabric.parcel_version WHERE created_by = cs.id OR retired_by = cs.id;
    the_digest := fabric.digest(cs.id);
    the_seq := feed.publish(cs.kind, jsonb_build_object(
            'retired', CASE WHEN bulk THEN '[]' ELSE (
                SELECT coalesce(jsonb_agg(parcel_id ORDER BY parcel_id), '[]') FROM fabric.parcel_version WHERE retired_by = cs.id) END,
            'created', CASE WHEN bulk THEN '[]' ELSE (
                SELECT coalesce(jsonb_agg(jsonb_build_object('id', v.parcel_id, 'kind', v.kind, 'code', p.code) ORDER BY v.parcel_id), '[]')
                FROM fabric.parcel_version v JOIN fabric.parcel p ON p.id = v.parcel_id WHERE v.created_by = cs.id) END),
        the_digest, box);
    UPDATE fabric.change_set SET seq = the_seq, committed_at = clock_timestamp(), digest = the_digest,
        certificate = jsonb_build_object('created', created, 'retired', retired,
            'segments', areas.segments,
            'doubled_area_before_mm2', areas.retired, 'doubled_area_after_mm2', areas.created,
            'open_segments', 0)
    WHERE id = cs.id AND seq IS NULL;
    RETURN NULL;
END $$;

-- The outline in force as of a seq.
CREATE OR REPLACE FUNCTION fabric.outline_at(at bigint) RETURNS geometry
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT o.geom FROM (
                SELECT geom, (SELECT seq FROM fabric.change_set c WHERE c.id = change_set) AS seq FROM fabric.outline OFFSET 0) o
            WHERE o.seq <= at ORDER BY o.seq DESC LIMIT 1);
END $$;

-- The declared outer ring bounds a region that is covered once: a valid multipolygon. Together with the cancelled segments this
-- proves that no face of the fabric overlaps another (winding numbers, docs/decisions/0001). Only load and extend may move the ring;
-- any other change set may only put points on it: every old point stays, and new ones lie where rounding to the grid put them.
CREATE OR REPLACE FUNCTION fabric.check_outline(cs bigint, may_move boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    old geometry;
    fresh geometry := (SELECT fabric.on_grid(geom) FROM fabric.outline WHERE change_set = cs);
BEGIN
    IF fresh IS NULL THEN
        RETURN;
    END IF;
    IF NOT ST_IsValid(fresh) OR NOT ST_IsPolygonCCW(fresh) THEN
        RAISE EXCEPTION 'change set % overlaps the fabric: its outer ring is not valid (%)', cs, ST_IsValidReason(fresh)
            USING ERRCODE = 'GF006';
    END IF;
    IF may_move THEN
        RETURN;
    END IF;
    old := (SELECT fabric.on_grid(geom) FROM fabric.outline WHERE change_set = fabric.outline_before(cs));
    IF old IS NULL
       OR EXISTS (SELECT d.geom FROM ST_DumpPoints(old) d EXCEPT SELECT d.geom FROM ST_DumpPoints(fresh) d)
       OR EXISTS (SELECT 1 FROM (SELECT d.geom FROM ST_DumpPoints(fresh) d EXCEPT SELECT d.geom FROM ST_DumpPoints(old) d) n
                  WHERE ST_Distance(n.geom, ST_Boundary(old)) > 0.7072)
    THEN
        RAISE EXCEPTION 'change set % moves the outer limit of the fabric; only an extension may', cs USING ERRCODE = 'GF007';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION fabric.refuse() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on %.% is not allowed: the ledger is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'GF010';
END $$;

-- New versions belong to an unsealed change set born in this transaction (I3b).
CREATE OR REPLACE FUNCTION fabric.check_created() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT created_by FROM new_versions) n
        LEFT JOIN fabric.change_set c ON c.id = n.created_by
        WHERE c.id IS NULL OR c.xid <> pg_current_xact_id() OR c.seq IS NOT NULL)
    THEN
        RAISE EXCEPTION 'a version may only be created by an open change set of the same transaction'
            USING ERRCODE = 'GF011';
    END IF;
    IF EXISTS (SELECT 1 FROM new_versions WHERE retired_by IS NOT NULL) THEN
        RAISE EXCEPTION 'a version cannot be born retired' USING ERRCODE = 'GF011';
    END IF;
    IF EXISTS (SELECT 1 FROM new_versions n LEFT JOIN fabric.parcel p ON p.id = n.parcel_id WHERE p.id IS NULL) THEN
        RAISE EXCEPTION 'a version needs its parcel' USING ERRCODE = 'GF011';
    END IF;
    RETURN NULL;
END $$;

-- The only change a version ever sees: it is retired, once, by an unsealed change set of this transaction (I4).
CREATE OR REPLACE FUNCTION fabric.check_retired() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    same fabric.parcel_version := NEW;
BEGIN
    same.retired_by := OLD.retired_by;
    same.geom_3857 := OLD.geom_3857;   -- generated columns are not computed yet in a BEFORE trigger
    same.area_m2 := OLD.area_m2;
    IF OLD.retired_by IS NOT NULL OR NEW.retired_by IS NULL OR same *<> OLD THEN
        RAISE EXCEPTION 'a version can only be retired, and only once' USING ERRCODE = 'GF010';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM fabric.change_set
                   WHERE id = NEW.retired_by AND xid = pg_current_xact_id() AND seq IS NULL) THEN
        RAISE EXCEPTION 'a version may only be retired by an open change set of the same transaction'
            USING ERRCODE = 'GF011';
    END IF;
    RETURN NEW;
END $$;

-- A change set is touched once more after its birth: by its seal. (The search path is the seal's: plans made under another would be made again each time.)
CREATE OR REPLACE FUNCTION fabric.check_sealing() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    same fabric.change_set := NEW;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.seq IS NOT NULL OR NEW.xid <> pg_current_xact_id() THEN
            RAISE EXCEPTION 'a change set is born open, in its own transaction' USING ERRCODE = 'GF011';
        END IF;
        RETURN NEW;
    END IF;
    same.seq := OLD.seq; same.committed_at := OLD.committed_at;
    same.certificate := OLD.certificate; same.digest := OLD.digest;
    IF OLD.seq IS NOT NULL OR OLD.xid <> pg_current_xact_id() OR same *<> OLD
       OR NEW.seq IS DISTINCT FROM (SELECT seq FROM feed.head) THEN
        RAISE EXCEPTION 'a change set cannot be altered' USING ERRCODE = 'GF010';
    END IF;
    RETURN NEW;
END $$;

-- Lineage and outline rows belong to a change set that is still open. Lineage written by hand collides with what the seal
-- writes; a declared outline is checked by it. Two writers of the outline wait for each other.
CREATE OR REPLACE FUNCTION fabric.check_open() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM fabric.change_set
                   WHERE id = NEW.change_set AND xid = pg_current_xact_id() AND seq IS NULL) THEN
        RAISE EXCEPTION '% rows belong to an open change set of the same transaction', TG_TABLE_NAME
            USING ERRCODE = 'GF011';
    END IF;
    IF TG_TABLE_NAME = 'outline' THEN
        PERFORM pg_advisory_xact_lock(hashtext('fabric.outline'));
    END IF;
    RETURN NEW;
END $$;

-- A parcel gets its code once.
CREATE OR REPLACE FUNCTION fabric.check_code() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.code IS NOT NULL OR NEW.id <> OLD.id THEN
        RAISE EXCEPTION 'the code of parcel % is given once and never changed', OLD.id USING ERRCODE = 'GF010';
    END IF;
    RETURN NEW;
END $$;

-- The head only steps by one, and only together with its event.
CREATE OR REPLACE FUNCTION feed.check_head() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq <> OLD.seq + 1 OR NOT EXISTS (
        SELECT 1 FROM feed.event e WHERE e.seq = NEW.seq AND e.hash = NEW.hash AND e.transaction = pg_current_xact_id()
          AND e.hash = sha256(OLD.hash || convert_to(e.seq || '|' || e.kind || '|', 'UTF8') || e.digest)) THEN
        RAISE EXCEPTION 'the feed advances one event at a time' USING ERRCODE = 'GF010';
    END IF;
    RETURN NEW;
END $$;

-- An event stands only if the head moved to it in the same transaction.
CREATE OR REPLACE FUNCTION feed.check_event() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM feed.head WHERE seq >= NEW.seq) THEN
        RAISE EXCEPTION 'event % lies beyond the head of the feed', NEW.seq USING ERRCODE = 'GF010';
    END IF;
    RETURN NULL;
END $$;
