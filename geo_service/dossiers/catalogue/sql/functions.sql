-- The catalogue of procedures; replaced at each migration.
--
-- Guarantees, for every client: a published version, its steps and its actions never change; only the day on which it ends is set, never to a
-- day that has passed; the rows of steps and actions say what the definition says; a unit's variation is replaced, never rewritten. All writing
-- goes through the functions here, which ask for catalogue.write in the whole city.

-- Whether the acting account keeps the catalogue.
CREATE OR REPLACE FUNCTION dossier.keeps_catalogue() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN accounts.is_owner() OR accounts.may('catalogue.write', '*');
END $$;

CREATE OR REPLACE FUNCTION dossier.require_catalogue() RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT dossier.keeps_catalogue() THEN
        RAISE EXCEPTION 'the catalogue is kept by an administrator of the whole city' USING ERRCODE = 'GA001';
    END IF;
END $$;

-- ---- versions ---------------------------------------------------------------------------------------------------------

-- Write the one draft of a procedure; `seen`: when the draft the writer began from was edited, null for a first one.
CREATE OR REPLACE FUNCTION dossier.save_draft(the_definition jsonb, seen timestamptz) RETURNS dossier.procedure_version
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    the_code text := the_definition ->> 'code';
    draft dossier.procedure_version;
BEGIN
    PERFORM dossier.require_catalogue();
    INSERT INTO dossier.procedure (code, name_vi, name_en) VALUES (the_code, the_definition ->> 'name_vi', the_definition ->> 'name_en')
    ON CONFLICT (code) DO NOTHING;
    PERFORM 1 FROM dossier.procedure WHERE code = the_code FOR UPDATE;
    SELECT * INTO draft FROM dossier.procedure_version WHERE procedure = the_code AND status = 'draft';
    IF draft.edited_at IS DISTINCT FROM seen THEN
        RAISE EXCEPTION 'somebody else edited the draft' USING ERRCODE = 'GD043';
    END IF;
    IF draft.id IS NULL THEN
        INSERT INTO dossier.procedure_version (procedure, version, definition, source, edited_by, edited_at)
        SELECT the_code, coalesce(max(version), 0) + 1, the_definition, coalesce(the_definition ->> 'source', ''), accounts.acting(), clock_timestamp()
        FROM dossier.procedure_version WHERE procedure = the_code RETURNING * INTO draft;
    ELSE
        UPDATE dossier.procedure_version SET definition = the_definition, source = coalesce(the_definition ->> 'source', ''),
            edited_by = accounts.acting(), edited_at = clock_timestamp() WHERE id = draft.id RETURNING * INTO draft;
    END IF;
    RETURN draft;
END $$;

-- Give the draft up; a procedure that never had a version goes with it.
CREATE OR REPLACE FUNCTION dossier.drop_draft(the_procedure text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM dossier.require_catalogue();
    PERFORM 1 FROM dossier.procedure WHERE code = the_procedure FOR UPDATE;
    DELETE FROM dossier.procedure_version WHERE procedure = the_procedure AND status = 'draft';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no draft' USING ERRCODE = 'GD041';
    END IF;
    DELETE FROM dossier.procedure p WHERE p.code = the_procedure AND NOT EXISTS (SELECT 1 FROM dossier.procedure_version v WHERE v.procedure = p.code);
END $$;

-- Steps and actions of a version as rows.
CREATE OR REPLACE FUNCTION dossier.write_rows(the_version bigint, the_definition jsonb) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO dossier.step (version_id, ord, code, name_vi, name_en, status, role, place, clock, reason, days, map)
    SELECT the_version, e.ord, s.code, s.name_vi, s.name_en, s.status, s.role, s.place, s.clock, s.reason, s.days, s.map
    FROM jsonb_array_elements(the_definition -> 'steps') WITH ORDINALITY e (j, ord), jsonb_populate_record(NULL::dossier.step, e.j) s;
    INSERT INTO dossier.action (version_id, ord, from_step, code, to_step, kind, name_vi, name_en, role, place, note, documents, paper, map, effect)
    SELECT the_version, e.ord, e.j ->> 'from', a.code, e.j ->> 'to', a.kind, a.name_vi, a.name_en, a.role, a.place, a.note, a.documents, a.paper, a.map, a.effect
    FROM jsonb_array_elements(the_definition -> 'actions') WITH ORDINALITY e (j, ord), jsonb_populate_record(NULL::dossier.action, e.j) a;
$$;

-- Publish the draft from a day on: the version in force ends the day before, and dossiers that are open stay on the version they have. `seen`:
-- when the draft that was checked had been edited.
CREATE OR REPLACE FUNCTION dossier.enact(the_procedure text, from_day date, seen timestamptz) RETURNS dossier.procedure_version
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    draft dossier.procedure_version;
    earliest date;
    move record;
BEGIN
    PERFORM dossier.require_catalogue();
    PERFORM 1 FROM dossier.procedure WHERE code = the_procedure FOR UPDATE;
    SELECT * INTO draft FROM dossier.procedure_version WHERE procedure = the_procedure AND status = 'draft';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no draft' USING ERRCODE = 'GD041';
    END IF;
    IF draft.edited_at <> seen THEN
        RAISE EXCEPTION 'somebody else edited the draft' USING ERRCODE = 'GD043';
    END IF;
    SELECT max(lower(valid)) + 1 INTO earliest FROM dossier.procedure_version WHERE procedure = the_procedure AND status = 'published';
    IF NOT accounts.is_owner() OR earliest IS NOT NULL THEN
        earliest := greatest(earliest, accounts.today());
    END IF;
    IF from_day < earliest THEN
        RAISE EXCEPTION 'a version cannot begin before %', earliest USING ERRCODE = 'GD042', DETAIL = jsonb_build_object('earliest', earliest)::text;
    END IF;
    PERFORM dossier.write_rows(draft.id, draft.definition);
    SELECT s.status AS a, t.status AS b INTO move
    FROM dossier.action x JOIN dossier.step s ON s.version_id = x.version_id AND s.code = x.from_step JOIN dossier.step t ON t.version_id = x.version_id AND t.code = x.to_step
    WHERE x.version_id = draft.id AND s.status <> t.status AND NOT EXISTS (SELECT 1 FROM dossier.status_move m WHERE m.from_status = s.status AND m.to_status = t.status)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'status % does not move to %', move.a, move.b USING ERRCODE = 'GD044';
    END IF;
    UPDATE dossier.procedure_version SET valid = daterange(lower(valid), from_day)
    WHERE procedure = the_procedure AND status = 'published' AND valid && daterange(from_day, NULL);
    UPDATE dossier.procedure_version SET status = 'published', valid = daterange(from_day, NULL), published_by = accounts.acting(), published_at = clock_timestamp()
    WHERE id = draft.id RETURNING * INTO draft;
    UPDATE dossier.procedure SET name_vi = draft.definition ->> 'name_vi', name_en = draft.definition ->> 'name_en' WHERE code = the_procedure;
    RETURN draft;
END $$;

-- No dossier is opened under a procedure from a day on; those that are open go on.
CREATE OR REPLACE FUNCTION dossier.end_procedure(the_procedure text, on_day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    earliest date := accounts.today();
BEGIN
    PERFORM dossier.require_catalogue();
    SELECT greatest(earliest, lower(valid) + 1) INTO earliest FROM dossier.procedure_version
    WHERE procedure = the_procedure AND status = 'published' AND upper_inf(valid) FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such procedure is in force' USING ERRCODE = 'GD015';
    END IF;
    IF on_day < earliest THEN
        RAISE EXCEPTION 'a version cannot end before %', earliest USING ERRCODE = 'GD042', DETAIL = jsonb_build_object('earliest', earliest)::text;
    END IF;
    UPDATE dossier.procedure_version SET valid = daterange(lower(valid), on_day) WHERE procedure = the_procedure AND status = 'published' AND upper_inf(valid);
END $$;

-- What the service is shipped with: a first version where there is none; where what is in force was shipped too and says something else, a new one
-- from today. What an administrator edited, is editing or ended is left alone.
CREATE OR REPLACE FUNCTION dossier.ship(definitions jsonb, first_day date) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    one jsonb;
    latest dossier.procedure_version;
    begins date;
    written integer := 0;
BEGIN
    FOR one IN SELECT value FROM jsonb_array_elements(definitions) LOOP
        SELECT * INTO latest FROM dossier.procedure_version WHERE procedure = one ->> 'code' AND status = 'published' ORDER BY version DESC LIMIT 1;
        begins := CASE WHEN FOUND THEN greatest(accounts.today(), lower(latest.valid) + 1) ELSE first_day END;
        CONTINUE WHEN latest.edited_by IS NOT NULL OR latest.definition = one OR NOT coalesce(upper_inf(latest.valid), true)
            OR EXISTS (SELECT 1 FROM dossier.procedure_version WHERE procedure = one ->> 'code' AND status = 'draft');
        PERFORM dossier.enact(one ->> 'code', begins, (dossier.save_draft(one, NULL)).edited_at);
        written := written + 1;
    END LOOP;
    RETURN written;
END $$;

-- ---- variations -------------------------------------------------------------------------------------------------------

-- From a day on a unit does otherwise; replaces what was to hold there from that day. What holds for dossiers opened today cannot be undone today.
CREATE OR REPLACE FUNCTION dossier.end_variation(the_procedure text, the_unit text, on_day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ended boolean;
BEGIN
    PERFORM dossier.require_catalogue();
    IF on_day < accounts.today() THEN
        RAISE EXCEPTION 'that day has passed' USING ERRCODE = 'GD042', DETAIL = jsonb_build_object('earliest', accounts.today())::text;
    END IF;
    BEGIN
        DELETE FROM dossier.variation WHERE unit = the_unit AND procedure = the_procedure AND lower(valid) >= on_day;
    EXCEPTION WHEN foreign_key_violation THEN
        RAISE EXCEPTION 'dossiers were opened under it' USING ERRCODE = 'GD042', DETAIL = jsonb_build_object('earliest', on_day + 1)::text;
    END;
    ended := FOUND;
    UPDATE dossier.variation SET valid = daterange(lower(valid), on_day)
    WHERE unit = the_unit AND procedure = the_procedure AND valid && daterange(on_day, NULL);
    RETURN ended OR FOUND;
END $$;

CREATE OR REPLACE FUNCTION dossier.put_variation(the_procedure text, the_unit text, from_day date, until_day date, the_changes jsonb, document text)
RETURNS dossier.variation
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    made dossier.variation;
BEGIN
    PERFORM dossier.require_catalogue();
    IF the_unit <> '*' AND NOT EXISTS (SELECT 1 FROM register.unit WHERE code = the_unit) THEN
        RAISE EXCEPTION 'no such unit' USING ERRCODE = 'GD014';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM dossier.procedure_version WHERE procedure = the_procedure AND status = 'published') THEN
        RAISE EXCEPTION 'no such procedure' USING ERRCODE = 'GD015';
    END IF;
    PERFORM dossier.end_variation(the_procedure, the_unit, from_day);
    INSERT INTO dossier.variation (unit, procedure, valid, changes, legal_document, made_by)
    VALUES (the_unit, the_procedure, daterange(from_day, until_day), the_changes, document, accounts.acting()) RETURNING * INTO made;
    RETURN made;
END $$;

-- What a dossier opened on a day is opened under: the version in force, with the variation of the competent unit put in. Read once a dossier.
CREATE OR REPLACE FUNCTION dossier.terms(the_procedure text, the_unit text, on_day date) RETURNS TABLE (version_id bigint, variation_id bigint, terms jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT v.id, a.id, jsonb_build_object('limit', d."limit", 'documents', d.documents, 'fees', d.fees, 'blocks', d.blocks, 'level', d.level, 'change_type', d.change_type)
                       || coalesce(a.changes, '{}')
    FROM dossier.procedure_version v
    CROSS JOIN LATERAL jsonb_to_record(v.definition) d ("limit" jsonb, documents jsonb, fees jsonb, blocks jsonb, level text, change_type text)
    LEFT JOIN dossier.variation a ON a.unit = the_unit AND a.procedure = v.procedure AND a.valid @> on_day
    WHERE v.procedure = the_procedure AND v.status = 'published' AND v.valid @> on_day;
END $$;

-- Every procedure for who keeps the catalogue: what is in force on a day, what comes next, its draft, how many units do otherwise, and how many
-- dossiers run under it. Numbers only: whose they are is not the catalogue's business.
CREATE OR REPLACE FUNCTION dossier.whole_catalogue(on_day date) RETURNS TABLE (code text, name_vi text, name_en text, definition jsonb, version integer,
    valid_from date, valid_until date, next_from date, draft_edited_at timestamptz, draft_edited_by text, varied bigint, running bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM dossier.require_catalogue();
    RETURN QUERY
    WITH open_ones AS MATERIALIZED (SELECT d.procedure, count(*) AS n FROM dossier.dossier d WHERE d.finished_at IS NULL GROUP BY 1)
    SELECT p.code, p.name_vi, p.name_en, coalesce(v.definition, w.definition, l.definition), v.version, lower(v.valid), upper(v.valid),
           (SELECT min(lower(n.valid)) FROM dossier.procedure_version n WHERE n.procedure = p.code AND n.status = 'published' AND lower(n.valid) > on_day),
           w.edited_at, a.name,
           (SELECT count(DISTINCT x.unit) FROM dossier.variation x WHERE x.procedure = p.code AND x.valid && daterange(on_day, NULL)),
           coalesce(o.n, 0)
    FROM dossier.procedure p
    LEFT JOIN dossier.procedure_version v ON v.procedure = p.code AND v.status = 'published' AND v.valid @> on_day
    LEFT JOIN dossier.procedure_version w ON w.procedure = p.code AND w.status = 'draft'
    LEFT JOIN LATERAL (SELECT n.definition FROM dossier.procedure_version n WHERE n.procedure = p.code AND n.status = 'published'
                       ORDER BY n.version DESC LIMIT 1) l ON true
    LEFT JOIN accounts.account a ON a.id = w.edited_by
    LEFT JOIN open_ones o ON o.procedure = p.code
    ORDER BY p.code;
END $$;

-- The published versions of a procedure, newest first, with who published them and how many dossiers run under each.
CREATE OR REPLACE FUNCTION dossier.whole_history(the_procedure text) RETURNS TABLE (version integer, valid_from date, valid_until date,
    published_at timestamptz, published_by text, source text, running bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM dossier.require_catalogue();
    RETURN QUERY
    SELECT v.version, lower(v.valid), upper(v.valid), v.published_at, a.name, v.source,
           (SELECT count(*) FROM dossier.dossier d WHERE d.version_id = v.id AND d.finished_at IS NULL)
    FROM dossier.procedure_version v LEFT JOIN accounts.account a ON a.id = v.published_by
    WHERE v.procedure = the_procedure AND v.status = 'published' ORDER BY v.version DESC;
END $$;

-- ---- what binds them --------------------------------------------------------------------------------------------------

-- A published version and a variation keep what they say and when they began; only their end is set, earlier than it was and not into the past.
CREATE OR REPLACE FUNCTION dossier.keep_period() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF to_jsonb(OLD) ->> 'status' = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'variation' AND lower(OLD.valid) >= accounts.today() THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'valid' <> to_jsonb(OLD) - 'valid' OR lower(NEW.valid) <> lower(OLD.valid)
       OR (NEW.valid <> OLD.valid AND (NOT NEW.valid <@ OLD.valid OR upper(NEW.valid) < accounts.today())) THEN
        RAISE EXCEPTION 'what was published is never altered' USING ERRCODE = 'GD040';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER version_kept BEFORE UPDATE OR DELETE ON dossier.procedure_version FOR EACH ROW EXECUTE FUNCTION dossier.keep_period();
CREATE OR REPLACE TRIGGER variation_kept BEFORE UPDATE OR DELETE ON dossier.variation FOR EACH ROW EXECUTE FUNCTION dossier.keep_period();

CREATE OR REPLACE FUNCTION dossier.keep_rows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM dossier.procedure_version WHERE id IN (NEW.version_id, OLD.version_id) AND status = 'published') THEN
        RAISE EXCEPTION 'what was published is never altered' USING ERRCODE = 'GD040';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER step_kept BEFORE INSERT OR UPDATE OR DELETE ON dossier.step FOR EACH ROW EXECUTE FUNCTION dossier.keep_rows();
CREATE OR REPLACE TRIGGER action_kept BEFORE INSERT OR UPDATE OR DELETE ON dossier.action FOR EACH ROW EXECUTE FUNCTION dossier.keep_rows();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['procedure', 'procedure_version', 'step', 'action', 'variation'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE TRUNCATE ON dossier.%I FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse()', name || '_not_emptied', name);
    END LOOP;
END $$;

-- What is published is in rows exactly what it is as a document.
CREATE OR REPLACE FUNCTION dossier.check_rows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (SELECT jsonb_agg(to_jsonb(s) - '{version_id,ord}'::text[] ORDER BY s.ord) FROM dossier.step s WHERE s.version_id = NEW.id) IS DISTINCT FROM NEW.definition -> 'steps'
       OR (SELECT jsonb_agg(to_jsonb(a) - '{version_id,ord,from_step,to_step}'::text[] || jsonb_build_object('from', a.from_step, 'to', a.to_step) ORDER BY a.ord)
           FROM dossier.action a WHERE a.version_id = NEW.id) IS DISTINCT FROM NEW.definition -> 'actions' THEN
        RAISE EXCEPTION 'steps and actions are not what the definition of % says', NEW.procedure USING ERRCODE = 'GD044';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS version_in_rows ON dossier.procedure_version;
CREATE CONSTRAINT TRIGGER version_in_rows AFTER INSERT OR UPDATE OF status, definition ON dossier.procedure_version
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'published') EXECUTE FUNCTION dossier.check_rows();

-- A variation changes nothing but terms.
CREATE OR REPLACE FUNCTION dossier.check_variation() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF jsonb_typeof(NEW.changes) <> 'object' OR NEW.changes - '{limit,fees,documents,level}'::text[] <> '{}' OR NEW.changes = '{}' THEN
        RAISE EXCEPTION 'a variation changes limit, fees, documents or level' USING ERRCODE = 'GD044';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER variation_checked BEFORE INSERT ON dossier.variation FOR EACH ROW EXECUTE FUNCTION dossier.check_variation();

-- ---- grants and rows --------------------------------------------------------------------------------------------------

REVOKE ALL ON FUNCTION dossier.keeps_catalogue(), dossier.require_catalogue(), dossier.save_draft(jsonb, timestamptz), dossier.drop_draft(text),
    dossier.write_rows(bigint, jsonb), dossier.enact(text, date, timestamptz), dossier.end_procedure(text, date), dossier.ship(jsonb, date),
    dossier.end_variation(text, text, date), dossier.put_variation(text, text, date, date, jsonb, text), dossier.terms(text, text, date),
    dossier.whole_catalogue(date), dossier.whole_history(text), dossier.keep_period(), dossier.keep_rows(), dossier.check_rows(), dossier.check_variation() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dossier.terms(text, text, date) TO geo_public, geo_service;
GRANT EXECUTE ON FUNCTION dossier.whole_catalogue(date), dossier.whole_history(text) TO geo_service;
GRANT EXECUTE ON FUNCTION dossier.keeps_catalogue(), dossier.save_draft(jsonb, timestamptz), dossier.drop_draft(text), dossier.enact(text, date, timestamptz),
    dossier.end_procedure(text, date), dossier.end_variation(text, text, date), dossier.put_variation(text, text, date, date, jsonb, text) TO geo_service;

GRANT SELECT ON dossier.procedure, dossier.step, dossier.action TO geo_public, geo_service, geo_analyst;  -- steps and actions are published ones
GRANT SELECT (id, procedure, version, status, valid, definition, source, published_at) ON dossier.procedure_version TO geo_public, geo_analyst;
GRANT SELECT ON dossier.procedure_version TO geo_service;
GRANT SELECT ON dossier.variation TO geo_service;
GRANT SELECT, INSERT (unit, code), UPDATE (code), DELETE ON dossier.agency TO geo_service;

ALTER TABLE dossier.procedure_version ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS published ON dossier.procedure_version;
CREATE POLICY published ON dossier.procedure_version FOR SELECT TO geo_public, geo_service, geo_analyst USING (status = 'published');
DROP POLICY IF EXISTS kept ON dossier.procedure_version;
CREATE POLICY kept ON dossier.procedure_version FOR SELECT TO geo_service USING ((SELECT dossier.keeps_catalogue()));

ALTER TABLE dossier.procedure ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS versioned ON dossier.procedure;
CREATE POLICY versioned ON dossier.procedure FOR SELECT TO geo_public, geo_service, geo_analyst
    USING (EXISTS (SELECT 1 FROM dossier.procedure_version v WHERE v.procedure = code));

ALTER TABLE dossier.variation ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS kept ON dossier.variation;
CREATE POLICY kept ON dossier.variation FOR SELECT TO geo_service USING ((SELECT dossier.keeps_catalogue()));

ALTER TABLE dossier.agency ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS kept ON dossier.agency;
CREATE POLICY kept ON dossier.agency TO geo_service USING ((SELECT dossier.keeps_catalogue())) WITH CHECK ((SELECT dossier.keeps_catalogue()));
