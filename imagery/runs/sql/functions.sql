-- Detection runs: who may start, stop and read them; replaced at each migration. A run is worked on by the owner's login (command line, worker), which
-- holds the lock `imagery.run_key` for as long as it lives: a run that says `running` while its lock is free was killed, and is resumed.

CREATE OR REPLACE FUNCTION imagery.run_key(the_run uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT hashtextextended('imagery run ' || the_run::text, 0) $$;

-- Tell a worker that a run waits, in this transaction; where no worker has ever been, the first one finds it by itself.
CREATE OR REPLACE FUNCTION imagery.wake_runner() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF to_regclass('public.procrastinate_jobs') IS NOT NULL THEN
        INSERT INTO public.procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args)
        VALUES ('imagery', 'imagery.runs', 0, NULL, 'imagery.runs', jsonb_build_object('timestamp', extract(epoch FROM now())::bigint));
    END IF;
EXCEPTION WHEN unique_violation THEN
    NULL;  -- a job that waits already will find this run too
END $$;

-- Whether the acting account may start or stop runs in a unit; with unit null, over whole scenes.
CREATE OR REPLACE FUNCTION imagery.may_run(the_unit text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN accounts.is_owner() OR accounts.may('imagery.manage', '*') OR accounts.may('detect.run', coalesce(the_unit, '*'));
END $$;

-- Put a run into the queue. The scenes must be in the catalogue and follow one another in time; a scene of the run cannot be removed until it ends.
CREATE OR REPLACE FUNCTION imagery.start_run(the_before uuid, the_after uuid, the_later uuid[], the_unit text, the_method text, the_model text,
                                             the_parameters jsonb) RETURNS imagery.run
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    made imagery.run;
    asked uuid[] := ARRAY[the_before, the_after] || the_later;
    dates timestamptz[];
BEGIN
    IF NOT imagery.may_run(the_unit) THEN
        RAISE EXCEPTION 'no authority to start a run there' USING ERRCODE = 'GI101';
    END IF;
    PERFORM 1 FROM imagery.scene WHERE id = ANY(asked) AND removed_at IS NULL ORDER BY id FOR SHARE;
    dates := ARRAY(SELECT s.datetime FROM unnest(asked) WITH ORDINALITY a (id, n) JOIN imagery.scene s ON s.id = a.id AND s.removed_at IS NULL ORDER BY a.n);
    IF cardinality(dates) <> cardinality(asked) THEN
        RAISE EXCEPTION 'no such scene' USING ERRCODE = 'GI102';
    END IF;
    IF dates[1] >= dates[2] OR EXISTS (SELECT 1 FROM unnest(dates[3:]) d WHERE d <= dates[2]) THEN
        RAISE EXCEPTION 'the dates do not follow one another' USING ERRCODE = 'GI103';
    END IF;
    IF the_unit IS NOT NULL AND NOT EXISTS (SELECT 1 FROM register.unit WHERE code = the_unit AND ended_on IS NULL) THEN
        RAISE EXCEPTION 'no such unit' USING ERRCODE = 'GI104';
    END IF;
    IF NOT accounts.is_owner() AND (SELECT count(*) FROM imagery.run WHERE started_by = accounts.acting() AND state IN ('queued', 'running')) >= 10 THEN
        RAISE EXCEPTION 'too many runs wait' USING ERRCODE = 'GI105';
    END IF;
    INSERT INTO imagery.run (before_id, after_id, later_ids, unit, method, model, parameters, started_by, simulated)
    VALUES (the_before, the_after, the_later, the_unit, the_method, the_model, the_parameters, accounts.acting(),
            (SELECT simulated FROM fabric.deployment) OR EXISTS (SELECT 1 FROM imagery.scene WHERE id = ANY(asked) AND simulated))
    RETURNING * INTO made;
    PERFORM audit.write('run.start', 'run:' || made.id, the_unit, jsonb_build_object('before', the_before, 'after', the_after, 'method', the_method));
    PERFORM imagery.wake_runner();
    RETURN made;
END $$;

-- Stop a run that waits or is worked on; its process notices within a tile. Returns null for a run that is not there, or has ended.
CREATE OR REPLACE FUNCTION imagery.cancel_run(the_run uuid) RETURNS imagery.run
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    r imagery.run;
BEGIN
    SELECT * INTO r FROM imagery.run WHERE id = the_run FOR UPDATE;
    IF FOUND AND NOT imagery.may_run(r.unit) THEN
        RAISE EXCEPTION 'no authority to stop this run' USING ERRCODE = 'GI101';
    END IF;
    IF r.id IS NULL OR r.state NOT IN ('queued', 'running') THEN
        RETURN NULL;
    END IF;
    UPDATE imagery.run SET state = 'cancelled', finished_at = clock_timestamp(), message_vi = 'Đã dừng theo yêu cầu.', message_en = 'Stopped on request.'
    WHERE id = the_run RETURNING * INTO r;
    PERFORM audit.write('run.cancel', 'run:' || r.id, r.unit, '{}');
    PERFORM imagery.wake_runner();  -- to clear its work folder where no process works on it
    RETURN r;
END $$;

-- What was asked stays, and an end is an end.
CREATE OR REPLACE FUNCTION imagery.check_run() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.before_id, NEW.after_id, NEW.later_ids, NEW.unit, NEW.method, NEW.model, NEW.parameters, NEW.started_by, NEW.queued_at, NEW.simulated)
       IS DISTINCT FROM
       (OLD.id, OLD.before_id, OLD.after_id, OLD.later_ids, OLD.unit, OLD.method, OLD.model, OLD.parameters, OLD.started_by, OLD.queued_at, OLD.simulated)
       OR OLD.finished_at IS NOT NULL THEN
        RAISE EXCEPTION 'a run that has ended, and what a run was asked, are not altered' USING ERRCODE = 'GF010';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER run_changed BEFORE UPDATE ON imagery.run FOR EACH ROW EXECUTE FUNCTION imagery.check_run();
CREATE OR REPLACE TRIGGER run_kept BEFORE DELETE OR TRUNCATE ON imagery.run FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();

-- ---- who reads what -------------------------------------------------------------------------------------------------------

GRANT USAGE ON SCHEMA imagery TO geo_service, geo_analyst;
REVOKE ALL ON imagery.run, imagery.observation FROM geo_public, geo_gate, geo_service, geo_analyst;
GRANT SELECT ON imagery.run, imagery.observation TO geo_service, geo_analyst;

ALTER TABLE imagery.run ENABLE ROW LEVEL SECURITY;
ALTER TABLE imagery.observation ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen ON imagery.run;
-- a run names scenes and figures, no parcel and no person: whoever works with findings or starts runs sees them all
CREATE POLICY seen ON imagery.run FOR SELECT TO geo_service
    USING ((SELECT accounts.may('detect.run', NULL) OR accounts.may('finding.read', NULL) OR accounts.may('imagery.manage', '*')));
DROP POLICY IF EXISTS analysed ON imagery.run;
CREATE POLICY analysed ON imagery.run FOR SELECT TO geo_analyst USING (true);
DROP POLICY IF EXISTS seen ON imagery.observation;
CREATE POLICY seen ON imagery.observation FOR SELECT TO geo_service USING ((SELECT accounts.units_for('finding.read')) && ARRAY[unit, '*']);
DROP POLICY IF EXISTS analysed ON imagery.observation;
CREATE POLICY analysed ON imagery.observation FOR SELECT TO geo_analyst USING (true);

REVOKE ALL ON FUNCTION imagery.run_key(uuid), imagery.wake_runner(), imagery.may_run(text), imagery.cancel_run(uuid),
    imagery.start_run(uuid, uuid, uuid[], text, text, text, jsonb) FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
GRANT EXECUTE ON FUNCTION imagery.may_run(text), imagery.cancel_run(uuid),
    imagery.start_run(uuid, uuid, uuid[], text, text, text, jsonb) TO geo_service;
