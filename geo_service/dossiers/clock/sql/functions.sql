-- The clock of dossiers; replaced at each migration, after dossiers/sql/functions.sql.
--
-- All days are those of Hanoi. A stop (an interval in which a clock stands still) holds its beginning and not its end. Nothing here walks over days:
-- the counters of dossier.office_day answer "how many before" and "which is the n-th" with one look at an index, and only stops are walked over.

-- ---- counters -----------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION dossier.day_of(at timestamptz) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date $$;

CREATE OR REPLACE FUNCTION dossier.midnight(day date) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT day::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' $$;

-- The row of a day. Raises GD030 for a day the calendar does not have.
CREATE OR REPLACE FUNCTION dossier.office_day_on(wanted date) RETURNS dossier.office_day
LANGUAGE plpgsql STABLE AS $$
DECLARE
    o dossier.office_day;
BEGIN
    SELECT * INTO o FROM dossier.office_day WHERE day = wanted;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the working calendar has no day %', wanted USING ERRCODE = 'GD030';
    END IF;
    RETURN o;
END $$;

-- How many offices days closed before a moment (`at_it`: or at it). Before the calendar begins none did, after its end all.
CREATE OR REPLACE FUNCTION dossier.closings_before(at timestamptz, at_it boolean DEFAULT false) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
DECLARE
    o dossier.office_day;
BEGIN
    IF at >= '2041-01-01 00:00+07' THEN
        SELECT * INTO o FROM dossier.office_day ORDER BY day DESC LIMIT 1;
    ELSE
        SELECT * INTO o FROM dossier.office_day WHERE day = dossier.day_of(at);
    END IF;
    RETURN coalesce(o.nth - CASE WHEN o.closes_at > at OR o.closes_at = at AND NOT at_it THEN 1 ELSE 0 END, 0);
END $$;

-- Seconds of office hours before a moment, since the calendar began.
CREATE OR REPLACE FUNCTION dossier.seconds_worked(at timestamptz) RETURNS numeric
LANGUAGE plpgsql STABLE AS $$
DECLARE
    o dossier.office_day := dossier.office_day_on(dossier.day_of(at));
BEGIN
    IF NOT o.working OR at <= o.opens_at THEN
        RETURN o.seconds_before;
    END IF;
    RETURN o.seconds_before + extract(epoch FROM least(at, o.lunch_from) - o.opens_at)
           + CASE WHEN at > o.lunch_until THEN extract(epoch FROM least(at, o.closes_at) - o.lunch_until) ELSE 0 END;
END $$;

-- The first moment before which there were that many seconds of office hours.
CREATE OR REPLACE FUNCTION dossier.when_worked(seconds numeric) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    o dossier.office_day;
    reached timestamptz;
BEGIN
    SELECT * INTO o FROM dossier.office_day WHERE working AND seconds_before < ceil(seconds)::bigint ORDER BY seconds_before DESC LIMIT 1;
    reached := o.opens_at + make_interval(secs => (seconds - o.seconds_before)::double precision);
    IF reached > o.lunch_from THEN
        reached := reached + (o.lunch_until - o.lunch_from);
    END IF;
    IF reached IS NULL OR reached > o.closes_at THEN
        RAISE EXCEPTION 'the working calendar ends before %', reached USING ERRCODE = 'GD030';
    END IF;
    RETURN reached;
END $$;

-- ---- due dates ------------------------------------------------------------------------------------------------------------

-- Of the working days from the one numbered `first` on whose closing finds the clock running, the first and `more`: its closing. Null when the clock
-- never runs again.
CREATE OR REPLACE FUNCTION dossier.nth_closing(first integer, more integer, stops tstzmultirange) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    wanted integer := first + more;
    stop tstzrange;
    before integer;
    through integer;
    closing timestamptz;
BEGIN
    FOREACH stop IN ARRAY ARRAY(SELECT unnest(stops)) LOOP
        before := CASE WHEN lower_inf(stop) THEN 0 ELSE dossier.closings_before(lower(stop), NOT lower_inc(stop)) END;
        EXIT WHEN before >= wanted;
        IF upper_inf(stop) THEN
            RETURN NULL;
        END IF;
        through := dossier.closings_before(upper(stop), upper_inc(stop));
        wanted := wanted + greatest(0, through - greatest(before, first - 1));
    END LOOP;
    SELECT closes_at INTO closing FROM dossier.office_day WHERE working AND nth = wanted;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the working calendar ends before the term does' USING ERRCODE = 'GD030';
    END IF;
    RETURN closing;
END $$;

-- Number of day 0 of a term in working days: the day itself if its office is open and it is not past the cut-off, otherwise the next working day.
CREATE OR REPLACE FUNCTION dossier.day_zero(since timestamptz, cutoff time) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
DECLARE
    o dossier.office_day := dossier.office_day_on(dossier.day_of(since));
BEGIN
    RETURN o.nth + CASE WHEN o.working AND since < coalesce((o.day + cutoff) AT TIME ZONE 'Asia/Ho_Chi_Minh', o.cut_off_at) THEN 0 ELSE 1 END;
END $$;

-- Of the days from one on whose 24:00 finds the clock running, the first and `more`; null when the clock never runs again.
CREATE OR REPLACE FUNCTION dossier.nth_midnight(first date, more integer, stops tstzmultirange) RETURNS date
LANGUAGE plpgsql STABLE AS $$
DECLARE
    wanted date := first + more;
    stop tstzrange;
    begins date;     -- the first and the last day whose 24:00 is in the stop
    ends date;
BEGIN
    FOREACH stop IN ARRAY ARRAY(SELECT unnest(stops)) LOOP
        begins := CASE WHEN lower_inf(stop) THEN first
                       WHEN lower(stop) = dossier.midnight(dossier.day_of(lower(stop))) AND lower_inc(stop) THEN dossier.day_of(lower(stop)) - 1
                       ELSE dossier.day_of(lower(stop)) END;
        EXIT WHEN begins > wanted;
        IF upper_inf(stop) THEN
            RETURN NULL;
        END IF;
        ends := dossier.day_of(upper(stop)) - CASE WHEN upper(stop) = dossier.midnight(dossier.day_of(upper(stop))) AND NOT upper_inc(stop) THEN 2 ELSE 1 END;
        wanted := wanted + greatest(0, ends - greatest(begins, first) + 1);
    END LOOP;
    RETURN wanted;
END $$;

-- The moment at which so many seconds of office hours have passed with the clock running; null when it never runs again.
CREATE OR REPLACE FUNCTION dossier.after_working(since timestamptz, seconds numeric, stops tstzmultirange) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    wanted numeric := dossier.seconds_worked(since) + seconds;
    stop tstzrange;
BEGIN
    FOREACH stop IN ARRAY ARRAY(SELECT unnest(stops * tstzmultirange(tstzrange(since, NULL)))) LOOP
        EXIT WHEN lower(stop) >= '2041-01-01 00:00+07' OR dossier.seconds_worked(lower(stop)) >= wanted;
        IF upper_inf(stop) OR upper(stop) >= '2041-01-01 00:00+07' THEN
            RETURN NULL;
        END IF;
        wanted := wanted + dossier.seconds_worked(upper(stop)) - dossier.seconds_worked(lower(stop));
    END LOOP;
    RETURN dossier.when_worked(wanted);
END $$;

-- When a term that began at `since` is over. `unit`: working_day (n = 0: on day 0 itself), calendar_day, working_hour. `cutoff`: hour from which on
-- day 0 is the next working day; null: that of the office. Day 0 does not count; a day after it counts when the clock runs at its close (calendar
-- days: at its 24:00). A term in calendar days that would end on a day off, or while the clock stands still, ends at the next closing with the
-- clock running (BLDS 2015 art. 147, 148). Null when the clock never runs again.
-- Raises GD030 when the calendar ends first, GD031 for a term that is none.
CREATE OR REPLACE FUNCTION dossier.due_at(since timestamptz, n integer, unit text, cutoff time, stops tstzmultirange) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    after_zero integer := least(n, 1);
    last date;
    o dossier.office_day;
BEGIN
    IF since IS NULL OR n IS NULL THEN
        RETURN NULL;
    END IF;
    stops := coalesce(stops, '{}');
    IF n >= 0 AND unit = 'working_day' THEN
        RETURN dossier.nth_closing(dossier.day_zero(since, cutoff) + after_zero, n - after_zero, stops);
    ELSIF n >= 0 AND unit = 'calendar_day' THEN
        last := dossier.nth_midnight(dossier.day_of(since) + after_zero, n - after_zero, stops);
        IF last IS NULL THEN
            RETURN NULL;
        END IF;
        o := dossier.office_day_on(last);
        RETURN dossier.nth_closing(o.nth + CASE WHEN o.working THEN 0 ELSE 1 END, 0, stops);
    ELSIF n > 0 AND unit = 'working_hour' THEN
        RETURN dossier.after_working(since, n * 3600::numeric, stops);
    END IF;
    RAISE EXCEPTION 'a term of % % is none', n, unit USING ERRCODE = 'GD031';
END $$;

-- Office hours between two moments, in whole minutes; negative when they are the other way round.
CREATE OR REPLACE FUNCTION dossier.working_minutes(from_at timestamptz, until_at timestamptz) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN trunc((dossier.seconds_worked(until_at) - dossier.seconds_worked(from_at)) / 60);
END $$;

-- Closings after one moment and up to the other; negative when they are the other way round.
CREATE OR REPLACE FUNCTION dossier.working_days_between(a timestamptz, b timestamptz) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN dossier.closings_before(b, true) - dossier.closings_before(a, true);
END $$;

-- ---- tones ----------------------------------------------------------------------------------------------------------------

-- How a term stands: red from its end on, amber when few working days are left or most of the time is used, otherwise green; null without a due date.
CREATE OR REPLACE FUNCTION dossier.tone(due timestamptz, start timestamptz, at timestamptz DEFAULT now()) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    t dossier.clock_threshold;
    whole numeric;
BEGIN
    IF due IS NULL OR at > due THEN
        RETURN CASE WHEN due IS NOT NULL THEN 'red' END;
    END IF;
    SELECT * INTO STRICT t FROM dossier.clock_threshold;
    whole := dossier.seconds_worked(due) - dossier.seconds_worked(start);
    IF dossier.working_days_between(at, due) <= t.amber_days
       OR dossier.seconds_worked(at) - dossier.seconds_worked(start) >= t.amber_share * whole THEN
        RETURN 'amber';
    END IF;
    RETURN 'green';
END $$;

-- How long an online dossier waits for its first answer: amber and red after so many office hours.
CREATE OR REPLACE FUNCTION dossier.answer_tone(filed_at timestamptz, at timestamptz DEFAULT now()) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    t dossier.clock_threshold;
    waited numeric := (dossier.seconds_worked(at) - dossier.seconds_worked(filed_at)) / 3600;
BEGIN
    SELECT * INTO STRICT t FROM dossier.clock_threshold;
    RETURN CASE WHEN waited >= t.answer_red_hours THEN 'red' WHEN waited >= t.answer_amber_hours THEN 'amber' ELSE 'green' END;
END $$;

-- ---- dossiers -------------------------------------------------------------------------------------------------------------

-- When the clock of a dossier stands still: by its ledger, and during announced outages of its procedure.
CREATE OR REPLACE FUNCTION dossier.stops(the_dossier uuid) RETURNS tstzmultirange
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(range_agg(s.during), '{}') FROM (
        SELECT tstzrange(c.started_at, c.ended_at) AS during FROM dossier.clock c WHERE c.dossier_id = the_dossier AND NOT c.counts
        UNION ALL
        SELECT tstzrange(o.from_at, o.until_at) FROM dossier.outage o JOIN dossier.dossier d ON d.id = the_dossier
        WHERE o.announced_at IS NOT NULL AND o.withdrawn_at IS NULL AND (o.procedures IS NULL OR d.procedure = ANY(o.procedures))
          AND o.until_at > d.filed_at) s
$$;

-- What the calendar now says a dossier's due date is.
CREATE OR REPLACE FUNCTION dossier.due_of(d dossier.dossier) RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    term jsonb := d.terms -> 'limit';
BEGIN
    RETURN dossier.due_at(d.clock_start, (term ->> 'n')::integer, term ->> 'unit', (term ->> 'cutoff')::time, dossier.stops(d.id));
END $$;

-- Running dossiers whose due date is no longer what it says. `touching`: only those whose term meets these days; a change of the calendar outside
-- a term does not move its end. A clock that stands still has no due date, and gets one when it goes on.
CREATE OR REPLACE FUNCTION dossier.moved_due(touching daterange DEFAULT '(,)') RETURNS TABLE (id uuid, was timestamptz, becomes timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT d.id, d.due_at, n.due
    FROM dossier.dossier d CROSS JOIN LATERAL (SELECT dossier.due_of(d) AS due OFFSET 0) n
    WHERE d.finished_at IS NULL AND d.due_at IS NOT NULL AND d.clock_start IS NOT NULL
      AND daterange(dossier.day_of(d.clock_start), greatest(dossier.day_of(d.clock_start), dossier.day_of(d.due_at)), '[]') && touching
      AND n.due IS DISTINCT FROM d.due_at
$$;

-- Whether the acting account looks after the calendar.
CREATE OR REPLACE FUNCTION dossier.keeps_calendar() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN accounts.is_owner() OR accounts.may('catalogue.write', '*');
END $$;

-- How many due dates would move, for a preview.
CREATE OR REPLACE FUNCTION dossier.count_moved(touching daterange DEFAULT '(,)') RETURNS TABLE (moved integer, earlier integer, later integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT dossier.keeps_calendar() THEN
        RAISE EXCEPTION 'not yours to ask' USING ERRCODE = 'GA001';
    END IF;
    RETURN QUERY SELECT count(*)::integer, count(*) FILTER (WHERE m.becomes < m.was)::integer, count(*) FILTER (WHERE m.becomes > m.was)::integer
                 FROM dossier.moved_due(touching) m;
END $$;

-- After the calendar changed: every running dossier gets the due date it now has, and an event that says what it was. Returns how many.
-- All rows are locked before the first event, because an event locks the head of the feed.
CREATE OR REPLACE FUNCTION dossier.recompute_due(touching daterange DEFAULT '(,)') RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    candidates uuid[];
    d dossier.dossier;
    due timestamptz;
    number integer := 0;
BEGIN
    IF NOT dossier.keeps_calendar() THEN
        RAISE EXCEPTION 'not yours to do' USING ERRCODE = 'GA001';
    END IF;
    candidates := ARRAY(SELECT m.id FROM dossier.moved_due(touching) m);
    PERFORM 1 FROM dossier.dossier x WHERE x.id = ANY(candidates) ORDER BY x.id FOR UPDATE;
    FOR d IN SELECT x.* FROM dossier.dossier x WHERE x.id = ANY(candidates) AND x.finished_at IS NULL AND x.due_at IS NOT NULL ORDER BY x.id LOOP
        due := dossier.due_of(d);
        CONTINUE WHEN due IS NOT DISTINCT FROM d.due_at;
        UPDATE dossier.dossier SET due_at = due WHERE id = d.id;
        PERFORM dossier.record(d.id, 'calendar', jsonb_build_object('was', d.due_at, 'becomes', due), NULL);
        number := number + 1;
    END LOOP;
    RETURN number;
END $$;

-- ---- the calendar itself --------------------------------------------------------------------------------------------------

-- Who works out a due date and keeps it calls this first, before any row is locked: from there to COMMIT the calendar does not change.
CREATE OR REPLACE FUNCTION dossier.hold_calendar() RETURNS void
LANGUAGE sql VOLATILE AS $$ SELECT pg_advisory_xact_lock_shared(hashtext('dossier calendar')) $$;

-- Write dossier.office_day anew where it is not what the hours and days say. One at a time: the second waits and then sees what the first did.
CREATE OR REPLACE FUNCTION dossier.rebuild_calendar() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('dossier calendar'));
    INSERT INTO dossier.office_day AS o
    SELECT d.day, d.working, d.opens_at, d.lunch_from, d.lunch_until, d.closes_at, d.cut_off_at,
           count(*) FILTER (WHERE d.working) OVER so_far,
           coalesce(sum(extract(epoch FROM d.lunch_from - d.opens_at) + extract(epoch FROM d.closes_at - d.lunch_until)) OVER before, 0)
    FROM (
        SELECT g.day, w.working, (g.day + h.opens) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS opens_at, (g.day + h.lunch_from) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS lunch_from,
               (g.day + h.lunch_until) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS lunch_until, (g.day + h.closes) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS closes_at,
               (g.day + coalesce(h.cut_off, h.closes)) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS cut_off_at
        FROM (SELECT s::date AS day FROM generate_series('2020-01-01'::timestamp, '2040-12-31', interval '1 day') s) g
             LEFT JOIN dossier.calendar_day c ON c.day = g.day
             CROSS JOIN LATERAL (SELECT coalesce(c.working, extract(isodow FROM g.day) < 6) AS working) w
             LEFT JOIN (SELECT *, lead(valid_from, 1, 'infinity') OVER (ORDER BY valid_from) AS until FROM dossier.office_hours) h
                       ON w.working AND h.valid_from <= g.day AND g.day < h.until) d
    WINDOW so_far AS (ORDER BY d.day), before AS (ORDER BY d.day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ON CONFLICT (day) DO UPDATE SET
        working = excluded.working, opens_at = excluded.opens_at, lunch_from = excluded.lunch_from, lunch_until = excluded.lunch_until,
        closes_at = excluded.closes_at, cut_off_at = excluded.cut_off_at, nth = excluded.nth, seconds_before = excluded.seconds_before
    WHERE (o.*) IS DISTINCT FROM (excluded.*);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER calendar_day_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON dossier.calendar_day
    FOR EACH STATEMENT EXECUTE FUNCTION dossier.rebuild_calendar();
CREATE OR REPLACE TRIGGER office_hours_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON dossier.office_hours
    FOR EACH STATEMENT EXECUTE FUNCTION dossier.rebuild_calendar();

-- What somebody writes is marked as theirs, whatever the statement says; what the seed writes is not.
CREATE OR REPLACE FUNCTION dossier.mark_calendar() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF current_setting('geo.seeding', true) IS DISTINCT FROM 'on' OR NOT accounts.is_owner() THEN
        NEW.edited_by := accounts.acting();
        NEW.edited_at := clock_timestamp();
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER calendar_day_marked BEFORE INSERT OR UPDATE ON dossier.calendar_day FOR EACH ROW EXECUTE FUNCTION dossier.mark_calendar();
CREATE OR REPLACE TRIGGER office_hours_marked BEFORE INSERT OR UPDATE ON dossier.office_hours FOR EACH ROW EXECUTE FUNCTION dossier.mark_calendar();
CREATE OR REPLACE TRIGGER clock_threshold_marked BEFORE INSERT OR UPDATE ON dossier.clock_threshold FOR EACH ROW EXECUTE FUNCTION dossier.mark_calendar();

-- An outage stops clocks as soon as it is announced, so a change of one waits for whoever works out a due date.
CREATE OR REPLACE FUNCTION dossier.check_outage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('dossier calendar'));
    IF TG_OP = 'INSERT' THEN
        NEW.made_by := accounts.acting();
        IF EXISTS (SELECT 1 FROM unnest(NEW.procedures) p WHERE NOT EXISTS (SELECT 1 FROM dossier.procedure WHERE code = p)) THEN
            RAISE EXCEPTION 'an outage of a procedure that does not exist' USING ERRCODE = 'GD032';
        END IF;
    ELSIF OLD.withdrawn_at IS NOT NULL THEN
        RAISE EXCEPTION 'an outage that was withdrawn stays so' USING ERRCODE = 'GA001';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER outage_checked BEFORE INSERT OR UPDATE ON dossier.outage FOR EACH ROW EXECUTE FUNCTION dossier.check_outage();
CREATE OR REPLACE TRIGGER outage_kept BEFORE DELETE OR TRUNCATE ON dossier.outage FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();

-- ---- grants and rows ------------------------------------------------------------------------------------------------------

GRANT SELECT ON dossier.office_hours, dossier.calendar_day, dossier.office_day, dossier.clock_threshold TO geo_public, geo_service, geo_analyst;
GRANT SELECT (id, from_at, until_at, procedures, announced_at, note, withdrawn_at) ON dossier.outage TO geo_public, geo_analyst;
GRANT SELECT ON dossier.outage TO geo_service;
GRANT INSERT (valid_from, opens, lunch_from, lunch_until, closes, cut_off, source, grade), UPDATE (opens, lunch_from, lunch_until, closes, cut_off, source, grade)
    ON dossier.office_hours TO geo_service;
GRANT INSERT (day, kind, name_vi, name_en, source, grade, provisional), UPDATE (kind, name_vi, name_en, source, grade, provisional) ON dossier.calendar_day TO geo_service;
GRANT INSERT (from_at, until_at, procedures, announced_at, note), UPDATE (from_at, until_at, announced_at, note, withdrawn_at) ON dossier.outage TO geo_service;
GRANT UPDATE (amber_days, amber_share, answer_amber_hours, answer_red_hours) ON dossier.clock_threshold TO geo_service;
REVOKE ALL ON FUNCTION dossier.stops(uuid), dossier.due_of(dossier.dossier), dossier.moved_due(daterange), dossier.keeps_calendar(), dossier.count_moved(daterange),
    dossier.recompute_due(daterange), dossier.hold_calendar(), dossier.rebuild_calendar(), dossier.mark_calendar(), dossier.check_outage() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dossier.keeps_calendar(), dossier.count_moved(daterange), dossier.recompute_due(daterange) TO geo_service;
-- these answer from the calendar alone, which everybody may read
REVOKE ALL ON FUNCTION dossier.day_of(timestamptz), dossier.midnight(date), dossier.office_day_on(date), dossier.closings_before(timestamptz, boolean),
    dossier.seconds_worked(timestamptz), dossier.when_worked(numeric), dossier.nth_closing(integer, integer, tstzmultirange),
    dossier.day_zero(timestamptz, time), dossier.nth_midnight(date, integer, tstzmultirange), dossier.after_working(timestamptz, numeric, tstzmultirange),
    dossier.due_at(timestamptz, integer, text, time, tstzmultirange), dossier.working_minutes(timestamptz, timestamptz),
    dossier.working_days_between(timestamptz, timestamptz), dossier.tone(timestamptz, timestamptz, timestamptz), dossier.answer_tone(timestamptz, timestamptz)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dossier.day_of(timestamptz), dossier.midnight(date), dossier.office_day_on(date), dossier.closings_before(timestamptz, boolean),
    dossier.seconds_worked(timestamptz), dossier.when_worked(numeric), dossier.nth_closing(integer, integer, tstzmultirange),
    dossier.day_zero(timestamptz, time), dossier.nth_midnight(date, integer, tstzmultirange), dossier.after_working(timestamptz, numeric, tstzmultirange),
    dossier.due_at(timestamptz, integer, text, time, tstzmultirange), dossier.working_minutes(timestamptz, timestamptz),
    dossier.working_days_between(timestamptz, timestamptz), dossier.tone(timestamptz, timestamptz, timestamptz), dossier.answer_tone(timestamptz, timestamptz)
    TO geo_public, geo_service, geo_analyst;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['office_hours', 'calendar_day', 'outage', 'clock_threshold'] LOOP
        EXECUTE format('ALTER TABLE dossier.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('DROP POLICY IF EXISTS everybody ON dossier.%I', name);
        EXECUTE format('DROP POLICY IF EXISTS kept ON dossier.%I', name);
        EXECUTE format('CREATE POLICY everybody ON dossier.%I FOR SELECT USING (true)', name);
        EXECUTE format('CREATE POLICY kept ON dossier.%I TO geo_service USING ((SELECT dossier.keeps_calendar())) WITH CHECK ((SELECT dossier.keeps_calendar()))', name);
    END LOOP;
END $$;
