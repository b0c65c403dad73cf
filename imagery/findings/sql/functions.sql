-- The life of a finding; replaced at each migration.
--
-- Only the functions here write findings, verdicts and photos (a run's own are inserted by the owner, see imagery.findings.recording). The head of the
-- feed is locked before the row of a finding, and both until COMMIT: a dossier that is being approved holds the head already when it silences findings.

-- What permits a change that is seen from above. Months before the first scene: two years, within which land given must be put to use (Land Law 2024,
-- art. 81 (8)); which procedures count, and for how long, is the operator's to change (grade D).
INSERT INTO imagery.permitting (procedure, months_before, source, grade) VALUES
    ('1.013949', 24, 'Luật Đất đai 2024 Điều 121, 123; QĐ 2304/QĐ-BNNMT: giao đất, cho thuê đất, chuyển mục đích (cấp xã)', 'D'),
    ('1.013825', 24, 'Luật Đất đai 2024 Điều 121, 123; QĐ 2304/QĐ-BNNMT: giao đất, cho thuê đất, chuyển mục đích (cấp thành phố)', 'D'),
    ('1.013952', 24, 'QĐ 2304/QĐ-BNNMT: điều chỉnh quyết định chuyển mục đích do thay đổi căn cứ (cấp xã)', 'D'),
    ('1.013827', 24, 'QĐ 2304/QĐ-BNNMT: điều chỉnh quyết định chuyển mục đích (cấp thành phố)', 'D'),
    ('1.013992', 24, 'Luật Đất đai 2024 Điều 121 khoản 3: chuyển mục đích không phải xin phép, đã đăng ký', 'D')
ON CONFLICT DO NOTHING;

-- Tell the feed. No parcel and no name: everybody hears it.
CREATE OR REPLACE FUNCTION imagery.publish_finding(the_unit text, the_kind text, the_finding uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    payload jsonb := jsonb_build_object('finding', jsonb_build_object('id', the_finding, 'unit', the_unit, 'kind', the_kind));
BEGIN
    IF current_setting('geo.untold', true) = 'on' AND accounts.is_owner() THEN
        RETURN;  -- invented history (sample data) is told to nobody
    END IF;
    PERFORM feed.publish('finding', payload, sha256(convert_to(payload::text, 'UTF8')), NULL,
                         ARRAY(SELECT DISTINCT t FROM unnest(ARRAY['finding/' || coalesce(the_unit, '*'), 'finding/*']) t));
END $$;

-- ---- permissions --------------------------------------------------------------------------------------------------------

-- Ground on which a dossier permitted another use: parcels of its change set that have another land use than what they came from; where it changed no
-- map, the parcels it is about.
CREATE OR REPLACE FUNCTION imagery.permitted_ground(the_dossier uuid) RETURNS TABLE (geom geometry)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    changes bigint[] := ARRAY(SELECT change_set FROM dossier.event WHERE dossier_id = the_dossier AND change_set IS NOT NULL);
BEGIN
    IF cardinality(changes) = 0 THEN
        RETURN QUERY SELECT v.geom_3857::geometry FROM dossier.parcel p
            JOIN LATERAL (SELECT * FROM fabric.parcel_version v WHERE v.parcel_id = p.parcel_id ORDER BY v.id DESC LIMIT 1) v ON true
            WHERE p.dossier_id = the_dossier AND p.role = 'subject';
        RETURN;
    END IF;
    RETURN QUERY SELECT v.geom_3857::geometry FROM fabric.parcel_version v
        WHERE v.created_by = ANY(changes) AND v.cause = 'subject' AND v.kind = 'land'
          AND EXISTS (SELECT 1 FROM fabric.parcel_version o
                      WHERE o.retired_by = v.created_by AND o.land_use IS DISTINCT FROM v.land_use
                        AND (o.parcel_id = v.parcel_id OR EXISTS (
                            SELECT 1 FROM fabric.lineage l WHERE l.change_set = v.created_by AND l.child = v.parcel_id AND l.parent = o.parcel_id)));
END $$;

-- Silence open findings that lie for the most part on ground whose change of use was permitted: those of one run, or those that one dossier permits.
-- Ground is compared, not numbers of parcels: so it holds for what the parcel came from and for what became of it. Returns units and how many.
CREATE OR REPLACE FUNCTION imagery.silence(the_run uuid, the_dossier uuid) RETURNS TABLE (unit text, silenced integer)
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY
    WITH granted AS MATERIALIZED (
        SELECT d.id, p.months_before, max(e.at) AS at
        FROM imagery.permitting p JOIN dossier.dossier d ON d.procedure = p.procedure
        JOIN dossier.event e ON e.dossier_id = d.id AND e.to_status = 9 AND e.kind IN ('approve', 'finish')
        WHERE p.active AND (the_dossier IS NULL OR d.id = the_dossier)
          AND (the_run IS NULL OR e.at >= (SELECT before_at FROM imagery.recording WHERE run_id = the_run) - make_interval(months => p.months_before))
        GROUP BY d.id, p.months_before),
    covered AS (
        SELECT f.id, g.id AS dossier, g.at, sum(ST_Area(ST_Intersection(f.geom_web, c.geom))) / ST_Area(f.geom_web) AS share
        FROM granted g CROSS JOIN LATERAL imagery.permitted_ground(g.id) c
        JOIN imagery.finding f ON f.geom_web && c.geom AND f.state = 'open' AND (the_run IS NULL OR f.run_id = the_run)
        JOIN imagery.recording r ON r.run_id = f.run_id AND g.at >= r.before_at - make_interval(months => g.months_before)
        GROUP BY f.id, g.id, g.at),
    best AS (SELECT DISTINCT ON (c.id) c.id, c.dossier, c.at FROM covered c WHERE c.share >= 0.5 ORDER BY c.id, c.at DESC),
    done AS (
        UPDATE imagery.finding f SET state = 'permitted', permitted_by = b.dossier, permitted_at = b.at, revision = f.revision + 1
        FROM best b WHERE f.id = b.id RETURNING f.unit)
    SELECT d.unit, count(*)::integer FROM done d GROUP BY d.unit;
END $$;

CREATE OR REPLACE FUNCTION imagery.silence_by_dossier() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    place record;
BEGIN
    FOR place IN SELECT s.unit FROM imagery.silence(NULL, NEW.dossier_id) s LOOP
        PERFORM imagery.publish_finding(place.unit, 'permitted', NULL);
    END LOOP;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER event_permits AFTER INSERT ON dossier.event
    FOR EACH ROW WHEN (NEW.to_status = 9 AND NEW.kind IN ('approve', 'finish')) EXECUTE FUNCTION imagery.silence_by_dossier();

-- ---- a run's findings -----------------------------------------------------------------------------------------------------

-- After the findings of a run were inserted: older open ones of the same pair and place step back, what is permitted falls silent, the feed is told.
CREATE OR REPLACE FUNCTION imagery.settle_run(the_run uuid) RETURNS imagery.recording
LANGUAGE plpgsql AS $$
DECLARE
    r imagery.recording;
    place record;
BEGIN
    PERFORM 1 FROM feed.head FOR UPDATE;
    SELECT * INTO STRICT r FROM imagery.recording WHERE run_id = the_run;
    WITH earlier AS MATERIALIZED (
        SELECT o.id, o.parcel_id, o.geom_web FROM imagery.recording p
        JOIN imagery.finding o ON o.run_id = p.run_id AND o.state = 'open' AND o.dossier_id IS NULL
        WHERE p.before_id = r.before_id AND p.after_id = r.after_id AND p.run_id <> the_run),
    older AS (
        SELECT e.id FROM earlier e JOIN imagery.finding n ON n.parcel_id = e.parcel_id AND n.run_id = the_run
        UNION
        SELECT e.id FROM earlier e JOIN imagery.finding n ON n.geom_web && e.geom_web AND ST_Intersects(n.geom_web, e.geom_web)
        WHERE e.parcel_id IS NULL AND n.parcel_id IS NULL AND n.run_id = the_run),
    done AS (
        UPDATE imagery.finding f SET state = 'superseded', superseded_by = the_run, revision = f.revision + 1
        FROM older o WHERE f.id = o.id RETURNING 1)
    SELECT count(*) INTO r.superseded FROM done;
    SELECT coalesce(sum(s.silenced), 0) INTO r.permitted FROM imagery.silence(the_run, NULL) s;
    SELECT count(*) INTO r.leads FROM imagery.finding WHERE run_id = the_run;
    UPDATE imagery.recording SET leads = r.leads, superseded = r.superseded, permitted = r.permitted WHERE run_id = the_run;
    FOR place IN SELECT DISTINCT unit FROM imagery.finding WHERE run_id = the_run ORDER BY unit LOOP
        PERFORM imagery.publish_finding(place.unit, 'recorded', NULL);
    END LOOP;
    RETURN r;
END $$;

-- ---- judging --------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION imagery.sees(f imagery.finding) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN accounts.is_owner() OR accounts.may('finding.read', coalesce(f.unit, '*'));
END $$;

-- A finding for this transaction alone, for a person who may judge it.
CREATE OR REPLACE FUNCTION imagery.lock_to_judge(the_finding uuid) RETURNS imagery.finding
LANGUAGE plpgsql AS $$
DECLARE
    f imagery.finding;
BEGIN
    SELECT * INTO f FROM imagery.finding WHERE id = the_finding;
    IF NOT FOUND OR NOT imagery.sees(f) THEN
        RAISE EXCEPTION 'no such finding' USING ERRCODE = 'GD101';
    END IF;
    IF dossier.own_account() IS NULL OR NOT accounts.may('finding.judge', coalesce(f.unit, '*')) THEN
        RAISE EXCEPTION 'no authority to judge here' USING ERRCODE = 'GD104';
    END IF;
    PERFORM 1 FROM feed.head FOR UPDATE;
    SELECT * INTO f FROM imagery.finding WHERE id = the_finding FOR UPDATE;
    IF f.state = 'superseded' THEN
        RAISE EXCEPTION 'a later run stands in its place' USING ERRCODE = 'GD103';
    END IF;
    RETURN f;
END $$;

CREATE OR REPLACE FUNCTION imagery.judge(the_finding uuid, seen_revision integer, the_verdict text, the_note text, the_photo bytea) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    f imagery.finding := imagery.lock_to_judge(the_finding);
    note text := coalesce(btrim(the_note), '');
    standing imagery.verdict;
    made bigint;
BEGIN
    IF seen_revision IS DISTINCT FROM f.revision THEN
        RAISE EXCEPTION 'the finding moved on' USING ERRCODE = 'GD102', DETAIL = jsonb_build_object('state', f.state, 'revision', f.revision)::text;
    END IF;
    SELECT * INTO standing FROM imagery.verdict WHERE id = f.verdict_id;
    IF the_verdict = 'withdrawn' AND standing.account IS DISTINCT FROM accounts.acting() THEN
        RAISE EXCEPTION 'one takes back what one said oneself' USING ERRCODE = 'GD106';
    END IF;
    IF note = '' AND (the_verdict = 'permitted' OR standing.account <> accounts.acting()) THEN
        RAISE EXCEPTION 'say why' USING ERRCODE = 'GD105';
    END IF;
    IF the_photo IS NOT NULL AND NOT EXISTS (SELECT 1 FROM imagery.photo WHERE finding_id = f.id AND sha256 = the_photo) THEN
        RAISE EXCEPTION 'no such photo' USING ERRCODE = 'GD107';
    END IF;
    INSERT INTO imagery.verdict (finding_id, verdict, note, photo_sha256, account) VALUES (f.id, the_verdict, note, the_photo, accounts.acting())
    RETURNING id INTO made;
    UPDATE imagery.finding SET
        state = CASE WHEN the_verdict <> 'withdrawn' THEN the_verdict WHEN permitted_by IS NOT NULL THEN 'permitted' ELSE 'open' END,
        verdict_id = CASE WHEN the_verdict <> 'withdrawn' THEN made END, revision = revision + 1 WHERE id = f.id;
    PERFORM imagery.publish_finding(f.unit, 'judged', f.id);
    RETURN made;
END $$;

-- Whether a photo may be added now, before its bytes are taken in; raises what adding it would.
CREATE OR REPLACE FUNCTION imagery.check_photo(the_finding uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    f imagery.finding := imagery.lock_to_judge(the_finding);
BEGIN
    IF (SELECT count(*) FROM imagery.photo WHERE finding_id = f.id) >= 20 THEN
        RAISE EXCEPTION 'enough photos' USING ERRCODE = 'GD108';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION imagery.keep_photo(the_finding uuid, the_sha256 bytea, size bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM imagery.check_photo(the_finding);
    INSERT INTO imagery.photo (finding_id, sha256, bytes, account) VALUES (the_finding, the_sha256, size, accounts.acting()) ON CONFLICT DO NOTHING;
END $$;

-- ---- inspection -------------------------------------------------------------------------------------------------------------

-- Bind an inspection that was opened in this transaction to the finding it is about; from then on the dossier says what was seen. One that ended
-- without an answer (not received, withdrawn, stopped) may be followed by another.
CREATE OR REPLACE FUNCTION imagery.bind_inspection(the_finding uuid, the_dossier uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    f imagery.finding;
    r imagery.recording;
    earlier dossier.dossier;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM dossier.event e JOIN dossier.dossier d ON d.id = e.dossier_id JOIN dossier.procedure_version v ON v.id = d.version_id
                   WHERE e.dossier_id = the_dossier AND e.kind = 'open' AND e.xid = pg_current_xact_id() AND v.definition ->> 'kind' = 'internal') THEN
        RAISE EXCEPTION 'no such dossier' USING ERRCODE = 'GD001';
    END IF;
    SELECT * INTO f FROM imagery.finding WHERE id = the_finding FOR UPDATE;  -- the head of the feed is locked since the dossier was opened
    IF NOT FOUND OR NOT imagery.sees(f) THEN
        RAISE EXCEPTION 'no such finding' USING ERRCODE = 'GD101';
    END IF;
    IF f.state = 'superseded' THEN
        RAISE EXCEPTION 'a later run stands in its place' USING ERRCODE = 'GD103';
    END IF;
    SELECT * INTO earlier FROM dossier.dossier WHERE id = f.dossier_id AND status NOT IN (3, 7, 8);
    IF FOUND THEN
        RAISE EXCEPTION 'an inspection is open' USING ERRCODE = 'GD109', DETAIL = jsonb_build_object('dossier', earlier.id, 'code', earlier.code)::text;
    END IF;
    SELECT * INTO STRICT r FROM imagery.recording WHERE run_id = f.run_id;
    UPDATE imagery.finding SET dossier_id = the_dossier, revision = revision + 1 WHERE id = f.id;
    UPDATE dossier.dossier SET finding = jsonb_build_object(
        'id', f.id, 'number', f.number, 'transition', f.transition, 'persistence', f.persistence, 'land_use', f.land_use, 'area_m2', f.area_m2,
        'probability', f.probability, 'before_at', r.before_at, 'after_at', r.after_at, 'before_title', r.before_title, 'after_title', r.after_title,
        'sensor', r.sensor, 'gsd_m', r.gsd_m, 'model', r.model, 'simulated', r.simulated, 'evidence', f.evidence,
        'lon', ST_X(ST_PointOnSurface(f.geom)), 'lat', ST_Y(ST_PointOnSurface(f.geom))) WHERE id = the_dossier;
    PERFORM imagery.publish_finding(f.unit, 'inspected', f.id);
END $$;

-- ---- what binds them ----------------------------------------------------------------------------------------------------------

CREATE OR REPLACE TRIGGER verdict_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON imagery.verdict FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();
CREATE OR REPLACE TRIGGER photo_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON imagery.photo FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();
CREATE OR REPLACE TRIGGER finding_kept BEFORE DELETE OR TRUNCATE ON imagery.finding FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();

-- What a run saw never changes; a row changes by what is done about it, and each time its revision goes up.
CREATE OR REPLACE FUNCTION imagery.check_finding() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.run_id, NEW.number, NEW.parcel_id, NEW.unit, NEW.geom, NEW.area_m2, NEW.probability, NEW.max_probability, NEW.transition,
        NEW.persistence, NEW.rank_score, NEW.indices, NEW.series, NEW.evidence, NEW.land_use, NEW.made_at)
       IS DISTINCT FROM (OLD.id, OLD.run_id, OLD.number, OLD.parcel_id, OLD.unit, OLD.geom, OLD.area_m2, OLD.probability, OLD.max_probability, OLD.transition,
        OLD.persistence, OLD.rank_score, OLD.indices, OLD.series, OLD.evidence, OLD.land_use, OLD.made_at)
       OR NEW.revision <> OLD.revision + 1 THEN
        RAISE EXCEPTION 'what was seen from above is not altered' USING ERRCODE = 'GF010';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER finding_changed BEFORE UPDATE ON imagery.finding FOR EACH ROW EXECUTE FUNCTION imagery.check_finding();

-- ---- grants and rows ------------------------------------------------------------------------------------------------------------

REVOKE ALL ON imagery.recording, imagery.finding, imagery.photo, imagery.verdict, imagery.permitting FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
REVOKE ALL ON FUNCTION imagery.publish_finding(text, text, uuid), imagery.permitted_ground(uuid), imagery.silence(uuid, uuid), imagery.silence_by_dossier(),
    imagery.settle_run(uuid), imagery.sees(imagery.finding), imagery.lock_to_judge(uuid), imagery.judge(uuid, integer, text, text, bytea),
    imagery.check_photo(uuid), imagery.keep_photo(uuid, bytea, bigint), imagery.bind_inspection(uuid, uuid), imagery.check_finding()
    FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
GRANT USAGE ON SCHEMA imagery TO geo_service, geo_analyst;
GRANT SELECT ON imagery.recording, imagery.finding, imagery.photo, imagery.verdict, imagery.permitting TO geo_service;
GRANT EXECUTE ON FUNCTION imagery.judge(uuid, integer, text, text, bytea), imagery.check_photo(uuid), imagery.keep_photo(uuid, bytea, bigint),
    imagery.bind_inspection(uuid, uuid) TO geo_service;
-- analysts: how many, of which kind, how they were judged; no place and no parcel
GRANT SELECT ON imagery.recording TO geo_analyst;
GRANT SELECT (id, run_id, unit, area_m2, probability, max_probability, transition, persistence, rank_score, land_use, state, verdict_id, made_at)
    ON imagery.finding TO geo_analyst;

ALTER TABLE imagery.finding ENABLE ROW LEVEL SECURITY;
ALTER TABLE imagery.recording ENABLE ROW LEVEL SECURITY;
ALTER TABLE imagery.verdict ENABLE ROW LEVEL SECURITY;
ALTER TABLE imagery.photo ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen ON imagery.finding;
DROP POLICY IF EXISTS seen ON imagery.recording;
DROP POLICY IF EXISTS seen ON imagery.verdict;
DROP POLICY IF EXISTS seen ON imagery.photo;
DROP POLICY IF EXISTS analysed ON imagery.finding;
DROP POLICY IF EXISTS analysed ON imagery.recording;
CREATE POLICY seen ON imagery.finding FOR SELECT TO geo_service USING ((SELECT accounts.units_for('finding.read')) && ARRAY[coalesce(unit, '*'), '*']);
CREATE POLICY seen ON imagery.recording FOR SELECT TO geo_service USING ((SELECT accounts.may('finding.read', NULL)));
CREATE POLICY seen ON imagery.verdict FOR SELECT TO geo_service USING (EXISTS (SELECT 1 FROM imagery.finding f WHERE f.id = finding_id));
CREATE POLICY seen ON imagery.photo FOR SELECT TO geo_service USING (EXISTS (SELECT 1 FROM imagery.finding f WHERE f.id = finding_id));
CREATE POLICY analysed ON imagery.finding FOR SELECT TO geo_analyst USING (true);
CREATE POLICY analysed ON imagery.recording FOR SELECT TO geo_analyst USING (true);
