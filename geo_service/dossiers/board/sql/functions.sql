-- What the leaders' board counts, kept as dossiers move, and read; replaced at each migration, after dossiers/clock/sql/functions.sql.
--
-- Reading functions look at narrow rows of their own and check who asks: a leader counts what the leader's units decide or received. Terms:
--   received    came to the desk that decides (received_at) in the period
--   finished    decided, handed out or withdrawn (report 'done') for the first time in the period; late: after its due date, pauses left out
--   now         unfinished dossiers as they are at this moment, whatever the period: waiting, green, amber, red, paused

-- ---- kept as dossiers move ------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION dossier.keep_tally() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    s dossier.step;
BEGIN
    SELECT * INTO STRICT s FROM dossier.step WHERE version_id = NEW.version_id AND code = NEW.step;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO dossier.tally VALUES (NEW.id, NEW.procedure, NEW.competent_unit, NEW.received_unit, NEW.channel, NEW.status, NEW.step, s.clock, s.reason, NEW.filed_at,
            NEW.received_at, NEW.clock_start, NEW.due_at, NEW.step_since, NEW.finished_at, NULL, NEW.simulated);
    ELSE
        UPDATE dossier.tally SET status = NEW.status, step = NEW.step, clock = s.clock, reason = s.reason, received_at = NEW.received_at, clock_start = NEW.clock_start,
            due_at = NEW.due_at, step_since = NEW.step_since, finished_at = NEW.finished_at
        WHERE dossier_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER dossier_tallied AFTER INSERT OR UPDATE OF step, due_at ON dossier.dossier FOR EACH ROW EXECUTE FUNCTION dossier.keep_tally();

CREATE OR REPLACE FUNCTION dossier.keep_stay() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was dossier.stay;
    s dossier.step;
    spent integer := 0;
BEGIN
    IF NEW.from_step IS NOT NULL THEN
        UPDATE dossier.stay SET left_at = NEW.at, action = NEW.action, seconds = trunc(dossier.seconds_worked(NEW.at) - dossier.seconds_worked(entered_at))
        WHERE dossier_id = NEW.dossier_id AND left_at IS NULL RETURNING * INTO was;
        spent := was.before + CASE was.clock WHEN 'running' THEN was.seconds ELSE 0 END;
    END IF;
    SELECT * INTO STRICT s FROM dossier.step WHERE version_id = NEW.version_id AND code = NEW.to_step;
    UPDATE dossier.tally SET worked = spent WHERE dossier_id = NEW.dossier_id AND finished_at = NEW.at AND worked IS NULL;
    IF NOT (SELECT final FROM dossier.status WHERE code = s.status) THEN
        INSERT INTO dossier.stay (event_id, dossier_id, version_id, procedure, step, role, clock, days, unit, received_unit, entered_at, before)
        SELECT NEW.id, t.dossier_id, NEW.version_id, t.procedure, s.code, s.role, s.clock, s.days, t.unit, t.received_unit, NEW.at, spent
        FROM dossier.tally t WHERE t.dossier_id = NEW.dossier_id;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER event_stays AFTER INSERT ON dossier.event FOR EACH ROW
    WHEN (NEW.to_step IS NOT NULL AND NEW.to_step IS DISTINCT FROM NEW.from_step) EXECUTE FUNCTION dossier.keep_stay();

-- Office hours of past days have changed: what was measured over these days is measured again.
CREATE OR REPLACE FUNCTION dossier.measure_again(since timestamptz, until timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    number integer;
BEGIN
    WITH touched AS (
        SELECT DISTINCT dossier_id FROM dossier.stay WHERE left_at > since AND entered_at < until
    ), measured AS MATERIALIZED (
        SELECT s.event_id, s.dossier_id, s.clock,
               CASE WHEN s.left_at IS NOT NULL THEN trunc(dossier.seconds_worked(s.left_at) - dossier.seconds_worked(s.entered_at))::integer END AS seconds
        FROM dossier.stay s JOIN touched USING (dossier_id)
    ), summed AS (
        SELECT m.*, coalesce(sum(m.seconds) FILTER (WHERE m.clock = 'running') OVER (
                        PARTITION BY m.dossier_id ORDER BY m.event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::integer AS before
        FROM measured m
    ), kept AS (
        UPDATE dossier.stay s SET seconds = n.seconds, before = n.before FROM summed n
        WHERE n.event_id = s.event_id AND (s.seconds, s.before) IS DISTINCT FROM (n.seconds, n.before) RETURNING s.dossier_id
    )
    UPDATE dossier.tally t SET worked = w.worked
    FROM (SELECT n.dossier_id, coalesce(sum(n.seconds) FILTER (WHERE n.clock = 'running'), 0) AS worked FROM summed n GROUP BY n.dossier_id) w
    WHERE w.dossier_id = t.dossier_id AND t.worked <> w.worked;
    GET DIAGNOSTICS number = ROW_COUNT;
    RETURN number;
END $$;

CREATE OR REPLACE FUNCTION dossier.calendar_measured() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    first date;
    last date;
BEGIN
    SELECT min(n.day), max(n.day) INTO first, last FROM after_it n JOIN before_it o USING (day)
    WHERE (n.opens_at, n.lunch_from, n.lunch_until, n.closes_at) IS DISTINCT FROM (o.opens_at, o.lunch_from, o.lunch_until, o.closes_at) AND n.day <= dossier.day_of(now());
    IF FOUND AND first IS NOT NULL THEN
        PERFORM dossier.measure_again(dossier.midnight(first), dossier.midnight(last + 1));
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER office_day_measured AFTER UPDATE ON dossier.office_day
    REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it FOR EACH STATEMENT EXECUTE FUNCTION dossier.calendar_measured();

-- ---- who asks -------------------------------------------------------------------------------------------------------------

-- Units whose dossiers the acting account may count; null: all. Raises GA001 for who may count nowhere.
CREATE OR REPLACE FUNCTION dossier.counted_units(capability text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    units text[] := accounts.units_for(capability);
BEGIN
    IF accounts.is_owner() OR '*' = ANY(units) THEN
        RETURN NULL;
    END IF;
    IF coalesce(cardinality(units), 0) = 0 THEN
        RAISE EXCEPTION 'not yours to ask' USING ERRCODE = 'GA001';
    END IF;
    RETURN units;
END $$;

-- Seconds of office hours before a moment of a day whose row of dossier.office_day is at hand (dossier.seconds_worked, for many moments at once; in columns,
-- because a whole row would be built anew for each of them).
CREATE OR REPLACE FUNCTION dossier.worked_on(at timestamptz, seconds_before bigint, opens_at timestamptz, lunch_from timestamptz, lunch_until timestamptz, closes_at timestamptz)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT seconds_before + CASE WHEN opens_at IS NULL OR at <= opens_at THEN 0
                                 ELSE date_part('epoch', least(at, lunch_from) - opens_at)
                                      + CASE WHEN at > lunch_until THEN date_part('epoch', least(at, closes_at) - lunch_until) ELSE 0 END END
$$;

-- Unfinished dossiers and how each stands: waiting (its clock has not begun), green, amber, red (dossier.tone), or paused; `answer`: how long one that was
-- filed online has waited to be received (dossier.answer_tone). Units null: all.
CREATE OR REPLACE FUNCTION dossier.standing(units text[], by_received boolean)
RETURNS TABLE (dossier_id uuid, procedure text, unit text, step text, state text, reason text, answer text, due_at timestamptz, step_since timestamptz)
LANGUAGE sql STABLE AS $$
    WITH n AS MATERIALIZED (SELECT t.amber_days, t.amber_share::double precision AS amber_share, t.answer_amber_hours::double precision * 3600 AS answer_amber,
                      t.answer_red_hours::double precision * 3600 AS answer_red, now() AS at, dossier.seconds_worked(now())::double precision AS worked,
                      dossier.closings_before(now(), true) AS closed FROM dossier.clock_threshold t),
    m AS MATERIALIZED (
        SELECT y.*, CASE WHEN by_received THEN y.received_unit ELSE y.unit END AS whose, d.nth - CASE WHEN d.closes_at > y.due_at THEN 1 ELSE 0 END AS due_nth,
               dossier.worked_on(y.due_at, d.seconds_before, d.opens_at, d.lunch_from, d.lunch_until, d.closes_at) AS due_worked,
               dossier.worked_on(y.clock_start, s.seconds_before, s.opens_at, s.lunch_from, s.lunch_until, s.closes_at) AS start_worked,
               dossier.worked_on(y.filed_at, g.seconds_before, g.opens_at, g.lunch_from, g.lunch_until, g.closes_at) AS filed_worked
        FROM dossier.tally y
        LEFT JOIN dossier.office_day d ON d.day = dossier.day_of(y.due_at)
        LEFT JOIN dossier.office_day s ON s.day = dossier.day_of(y.clock_start)
        LEFT JOIN dossier.office_day g ON y.status = 1 AND y.channel = 2 AND g.day = dossier.day_of(y.filed_at)
        WHERE y.finished_at IS NULL AND (units IS NULL OR CASE WHEN by_received THEN y.received_unit ELSE y.unit END = ANY(units))
    )
    SELECT m.dossier_id, m.procedure, m.whose, m.step,
           CASE WHEN m.clock = 'paused' THEN 'paused' WHEN m.due_at IS NULL THEN 'waiting' WHEN n.at > m.due_at THEN 'red'
                WHEN m.due_nth - n.closed <= n.amber_days OR n.worked - m.start_worked >= n.amber_share * (m.due_worked - m.start_worked) THEN 'amber' ELSE 'green' END,
           CASE WHEN m.clock = 'paused' THEN m.reason END,
           CASE WHEN m.status <> 1 OR m.channel <> 2 THEN NULL WHEN n.worked - m.filed_worked >= n.answer_red THEN 'red'
                WHEN n.worked - m.filed_worked >= n.answer_amber THEN 'amber' ELSE 'green' END,
           m.due_at, m.step_since
    FROM m CROSS JOIN n
$$;

-- ---- the board ------------------------------------------------------------------------------------------------------------
--
-- Every answer below has rows of three kinds: for all (unit and procedure null), for each unit, for each procedure. `by_received`: a dossier belongs to
-- the unit that received it, not to the one that decides it. A period holds its beginning and not its end.

DROP FUNCTION IF EXISTS dossier.board_flow(timestamptz, timestamptz, boolean, text, text);
CREATE FUNCTION dossier.board_flow(since timestamptz, until timestamptz, by_received boolean, the_unit text, the_procedure text)
RETURNS TABLE (unit text, procedure text, filed bigint, received bigint, finished bigint, late bigint, withdrawn bigint, refused bigint, stopped bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    units text[] := dossier.counted_units('board.read');
BEGIN
    RETURN QUERY
    WITH t AS MATERIALIZED (
        SELECT CASE WHEN by_received THEN y.received_unit ELSE y.unit END AS unit, y.procedure, y.filed_at >= since AND y.filed_at < until AS filed,
               y.received_at >= since AND y.received_at < until AS received,
               CASE WHEN y.finished_at >= since AND y.finished_at < until THEN y.status END AS ended, y.finished_at > y.due_at AS late
        FROM dossier.tally y
        WHERE (y.filed_at >= since AND y.filed_at < until OR y.received_at >= since AND y.received_at < until OR y.finished_at >= since AND y.finished_at < until)
          AND (units IS NULL OR CASE WHEN by_received THEN y.received_unit ELSE y.unit END = ANY(units))
          AND (the_unit IS NULL OR CASE WHEN by_received THEN y.received_unit ELSE y.unit END = the_unit) AND (the_procedure IS NULL OR y.procedure = the_procedure)
    ), c AS (
        SELECT t.unit, t.procedure, count(*) FILTER (WHERE t.filed) AS filed, count(*) FILTER (WHERE t.received) AS received,
               count(*) FILTER (WHERE t.ended IN (7, 9, 10)) AS finished, count(*) FILTER (WHERE t.ended IN (7, 9, 10) AND t.late) AS late,
               count(*) FILTER (WHERE t.ended = 7) AS withdrawn, count(*) FILTER (WHERE t.ended = 3) AS refused, count(*) FILTER (WHERE t.ended = 8) AS stopped
        FROM t GROUP BY t.unit, t.procedure
    )
    SELECT c.unit, c.procedure, coalesce(sum(c.filed), 0)::bigint, coalesce(sum(c.received), 0)::bigint, coalesce(sum(c.finished), 0)::bigint,
           coalesce(sum(c.late), 0)::bigint, coalesce(sum(c.withdrawn), 0)::bigint, coalesce(sum(c.refused), 0)::bigint, coalesce(sum(c.stopped), 0)::bigint
    FROM c GROUP BY GROUPING SETS ((), (c.unit), (c.procedure));
END $$;

-- Office hours with the clock running of what was finished in the period, in tenths of a working day: the middle one and the one nine in ten are below.
DROP FUNCTION IF EXISTS dossier.board_pace(timestamptz, timestamptz, boolean, text, text);
CREATE FUNCTION dossier.board_pace(since timestamptz, until timestamptz, by_received boolean, the_unit text, the_procedure text)
RETURNS TABLE (unit text, procedure text, number bigint, median_tenths integer, p90_tenths integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    units text[] := dossier.counted_units('board.read');
    length integer := dossier.day_seconds();
BEGIN
    RETURN QUERY
    WITH g AS (
        SELECT y.unit, y.procedure, y.tenths, count(*) AS n FROM (
            SELECT CASE WHEN by_received THEN y.received_unit ELSE y.unit END AS unit, y.procedure, ((y.worked * 20::bigint + length) / (2 * length))::integer AS tenths
            FROM dossier.tally y
            WHERE y.finished_at >= since AND y.finished_at < until AND y.status IN (9, 10) AND y.clock_start IS NOT NULL
              AND (units IS NULL OR CASE WHEN by_received THEN y.received_unit ELSE y.unit END = ANY(units))
              AND (the_unit IS NULL OR CASE WHEN by_received THEN y.received_unit ELSE y.unit END = the_unit) AND (the_procedure IS NULL OR y.procedure = the_procedure)
            OFFSET 0) y
        GROUP BY GROUPING SETS ((y.tenths), (y.unit, y.tenths), (y.procedure, y.tenths))
    ), c AS (
        SELECT g.*, sum(g.n) OVER (PARTITION BY g.unit, g.procedure ORDER BY g.tenths) AS up_to, sum(g.n) OVER (PARTITION BY g.unit, g.procedure) AS whole FROM g
    )
    SELECT c.unit, c.procedure, max(c.whole)::bigint, min(c.tenths) FILTER (WHERE c.up_to >= 0.5 * c.whole), min(c.tenths) FILTER (WHERE c.up_to >= 0.9 * c.whole)
    FROM c GROUP BY c.unit, c.procedure;
END $$;

DROP FUNCTION IF EXISTS dossier.board_now(boolean, text, text);
CREATE FUNCTION dossier.board_now(by_received boolean, the_unit text, the_procedure text)
RETURNS TABLE (unit text, procedure text, state text, reason text, answer text, number bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    units text[] := dossier.counted_units('board.read');
BEGIN
    RETURN QUERY
    WITH c AS MATERIALIZED (
        SELECT s.unit, s.procedure, s.state, s.reason, s.answer, count(*) AS n
        FROM dossier.standing(units, by_received) s
        WHERE (the_unit IS NULL OR s.unit = the_unit) AND (the_procedure IS NULL OR s.procedure = the_procedure)
        GROUP BY s.unit, s.procedure, s.state, s.reason, s.answer
    )
    SELECT c.unit, c.procedure, c.state, c.reason, c.answer, sum(c.n)::bigint
    FROM c GROUP BY GROUPING SETS ((c.state, c.reason, c.answer), (c.unit, c.state, c.reason, c.answer), (c.procedure, c.state, c.reason, c.answer));
END $$;

-- Steps in which dossiers stayed in the period, those that took most over their time first. `over`: stays longer than meant; `lost`: office hours over it,
-- in all; `standing`: dossiers there now, and how many of them longer than meant.
DROP FUNCTION IF EXISTS dossier.board_steps(timestamptz, timestamptz, boolean, text, text);
CREATE FUNCTION dossier.board_steps(since timestamptz, until timestamptz, by_received boolean, the_unit text, the_procedure text)
RETURNS TABLE (procedure text, step text, version_id bigint, days integer, stays bigint, median_seconds integer, p90_seconds integer, over bigint, lost_seconds bigint,
               standing bigint, standing_over bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    units text[] := dossier.counted_units('board.read');
    length integer := dossier.day_seconds();
    worked double precision := dossier.seconds_worked(now());
BEGIN
    RETURN QUERY
    WITH past AS (
        SELECT y.procedure, y.step, max(y.version_id) AS version_id, max(y.days) AS days, count(*) AS stays,
               percentile_disc(0.5) WITHIN GROUP (ORDER BY y.seconds) AS median, percentile_disc(0.9) WITHIN GROUP (ORDER BY y.seconds) AS p90,
               count(*) FILTER (WHERE y.clock = 'running' AND y.seconds > y.days * length) AS over,
               coalesce(sum(y.seconds - y.days * length) FILTER (WHERE y.clock = 'running' AND y.seconds > y.days * length), 0) AS lost
        FROM dossier.stay y
        WHERE y.left_at >= since AND y.left_at < until AND (units IS NULL OR CASE WHEN by_received THEN y.received_unit ELSE y.unit END = ANY(units))
          AND (the_unit IS NULL OR CASE WHEN by_received THEN y.received_unit ELSE y.unit END = the_unit) AND (the_procedure IS NULL OR y.procedure = the_procedure)
        GROUP BY y.procedure, y.step
    ), present AS (
        SELECT y.procedure, y.step, max(y.version_id) AS version_id, max(y.days) AS days, count(*) AS n,
               count(*) FILTER (WHERE y.clock = 'running' AND worked - dossier.worked_on(y.entered_at, o.seconds_before, o.opens_at, o.lunch_from, o.lunch_until, o.closes_at) > y.days * length) AS over
        FROM dossier.stay y LEFT JOIN dossier.office_day o ON o.day = dossier.day_of(y.entered_at)
        WHERE y.left_at IS NULL AND (units IS NULL OR CASE WHEN by_received THEN y.received_unit ELSE y.unit END = ANY(units))
          AND (the_unit IS NULL OR CASE WHEN by_received THEN y.received_unit ELSE y.unit END = the_unit) AND (the_procedure IS NULL OR y.procedure = the_procedure)
        GROUP BY y.procedure, y.step
    )
    SELECT procedure, step, coalesce(p.version_id, n.version_id), coalesce(p.days, n.days), coalesce(p.stays, 0), p.median, p.p90, coalesce(p.over, 0), coalesce(p.lost, 0)::bigint,
           coalesce(n.n, 0), coalesce(n.over, 0)
    FROM past p FULL JOIN present n USING (procedure, step)
    ORDER BY coalesce(p.lost, 0) DESC, coalesce(n.over, 0) DESC, coalesce(p.stays, 0) DESC, procedure, step;
END $$;

-- The dossiers behind a number, most urgent or newest first, and how many there are. `cell`: filed, received, finished, in_time, late, withdrawn, refused, stopped;
-- now: open, waiting, green, amber, red, paused (`detail`: the reason), unanswered, unanswered_red, step (`detail`: its code).
DROP FUNCTION IF EXISTS dossier.board_list(text, text, timestamptz, timestamptz, boolean, text, text, integer, integer);
CREATE FUNCTION dossier.board_list(cell text, detail text, since timestamptz, until timestamptz, by_received boolean, the_unit text, the_procedure text, first integer, most integer)
RETURNS TABLE (dossier_id uuid, number bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    units text[] := dossier.counted_units('board.read');
BEGIN
    IF cell IN ('filed', 'received', 'finished', 'in_time', 'late', 'withdrawn', 'refused', 'stopped') THEN
        RETURN QUERY
        SELECT y.dossier_id, count(*) OVER () FROM dossier.tally y
        WHERE CASE cell WHEN 'filed' THEN y.filed_at WHEN 'received' THEN y.received_at ELSE y.finished_at END >= since
          AND CASE cell WHEN 'filed' THEN y.filed_at WHEN 'received' THEN y.received_at ELSE y.finished_at END < until
          AND CASE cell WHEN 'filed' THEN true WHEN 'received' THEN true WHEN 'withdrawn' THEN y.status = 7 WHEN 'refused' THEN y.status = 3 WHEN 'stopped' THEN y.status = 8
                   WHEN 'finished' THEN y.status IN (7, 9, 10) WHEN 'late' THEN y.status IN (7, 9, 10) AND y.finished_at > y.due_at
                   ELSE y.status IN (7, 9, 10) AND (y.finished_at > y.due_at) IS NOT TRUE END
          AND (units IS NULL OR CASE WHEN by_received THEN y.received_unit ELSE y.unit END = ANY(units))
          AND (the_unit IS NULL OR CASE WHEN by_received THEN y.received_unit ELSE y.unit END = the_unit) AND (the_procedure IS NULL OR y.procedure = the_procedure)
        ORDER BY CASE cell WHEN 'filed' THEN y.filed_at WHEN 'received' THEN y.received_at ELSE y.finished_at END DESC, y.dossier_id OFFSET first LIMIT most;
    ELSE
        RETURN QUERY
        SELECT s.dossier_id, count(*) OVER () FROM dossier.standing(units, by_received) s
        WHERE (the_unit IS NULL OR s.unit = the_unit) AND (the_procedure IS NULL OR s.procedure = the_procedure)
          AND CASE cell WHEN 'open' THEN true WHEN 'paused' THEN s.state = 'paused' AND (detail IS NULL OR s.reason = detail) WHEN 'step' THEN s.step = detail
                   WHEN 'unanswered' THEN s.answer IN ('amber', 'red') WHEN 'unanswered_red' THEN s.answer = 'red' ELSE s.state = cell END
        ORDER BY s.due_at NULLS LAST, s.step_since, s.dossier_id OFFSET first LIMIT most;
    END IF;
END $$;

-- Seconds of office hours in a working day, as the hours in force have it.
CREATE OR REPLACE FUNCTION dossier.day_seconds() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT extract(epoch FROM (h.lunch_from - h.opens) + (h.closes - h.lunch_until))::integer FROM dossier.office_hours h
    WHERE h.valid_from <= dossier.day_of(now()) ORDER BY h.valid_from DESC LIMIT 1
$$;

-- ---- what is to come ------------------------------------------------------------------------------------------------------

-- Dossiers received and finished on each day from `since` up to yesterday; days on which nothing happened have no row.
DROP FUNCTION IF EXISTS dossier.board_days(date, boolean, text, text);
CREATE FUNCTION dossier.board_days(since date, by_received boolean, the_unit text, the_procedure text) RETURNS TABLE (day date, received bigint, finished bigint, late bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    units text[] := dossier.counted_units('board.read');
    today timestamptz := dossier.midnight(dossier.day_of(now()));
BEGIN
    RETURN QUERY
    WITH t AS (
        SELECT y.received_at, CASE WHEN y.status IN (7, 9, 10) THEN y.finished_at END AS finished_at, y.due_at FROM dossier.tally y
        WHERE (units IS NULL OR CASE WHEN by_received THEN y.received_unit ELSE y.unit END = ANY(units))
          AND (the_unit IS NULL OR CASE WHEN by_received THEN y.received_unit ELSE y.unit END = the_unit) AND (the_procedure IS NULL OR y.procedure = the_procedure)
          AND (y.received_at >= dossier.midnight(since) OR y.finished_at >= dossier.midnight(since))
    ), e AS (
        SELECT dossier.day_of(t.received_at) AS day, count(*) AS received, 0 AS finished, 0 AS late FROM t
        WHERE t.received_at >= dossier.midnight(since) AND t.received_at < today GROUP BY 1
        UNION ALL
        SELECT dossier.day_of(t.finished_at), 0, count(*), count(*) FILTER (WHERE t.finished_at > t.due_at) FROM t
        WHERE t.finished_at >= dossier.midnight(since) AND t.finished_at < today GROUP BY 1
    )
    SELECT e.day, sum(e.received)::bigint, sum(e.finished)::bigint, sum(e.late)::bigint FROM e GROUP BY e.day ORDER BY e.day;
END $$;

-- Of dossiers decided since a day: for each procedure and step whose clock runs, how long each stayed there (`spent`), what it still needed from its arrival there
-- (`rest`), what it then had until it was due (`slack`), in seconds of office hours, whether it was late and when it was decided; the newest `most` of each. In whatever unit.
DROP FUNCTION IF EXISTS dossier.board_alike(timestamptz, integer);
CREATE FUNCTION dossier.board_alike(since timestamptz, most integer)
RETURNS TABLE (procedure text, step text, spent integer[], rest integer[], slack integer[], late boolean[], finished double precision[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM dossier.counted_units('board.read');
    RETURN QUERY
    WITH kinds AS (SELECT DISTINCT a.procedure, s.code AS step FROM dossier.procedure_version a JOIN dossier.step s ON s.version_id = a.id WHERE s.clock = 'running')
    SELECT k.procedure, k.step, array_agg(x.seconds), array_agg(x.rest), array_agg(x.slack), array_agg(x.late), array_agg(x.finished)
    FROM kinds k CROSS JOIN LATERAL (
        -- what it had then: what its term left over in the end and what it still needed, for pauses move the due date with them
        SELECT y.seconds, t.worked - y.before AS rest, t.finished_at > t.due_at AS late, extract(epoch FROM t.finished_at)::double precision AS finished,
               (dossier.worked_on(t.due_at, d.seconds_before, d.opens_at, d.lunch_from, d.lunch_until, d.closes_at)
                - dossier.worked_on(t.finished_at, f.seconds_before, f.opens_at, f.lunch_from, f.lunch_until, f.closes_at))::integer + t.worked - y.before AS slack
        FROM dossier.stay y JOIN dossier.tally t USING (dossier_id)
        JOIN dossier.office_day d ON d.day = dossier.day_of(t.due_at) JOIN dossier.office_day f ON f.day = dossier.day_of(t.finished_at)
        WHERE y.procedure = k.procedure AND y.step = k.step AND y.clock = 'running' AND y.left_at >= since
          AND t.status IN (9, 10) AND t.worked IS NOT NULL
        ORDER BY y.left_at DESC LIMIT most) x
    GROUP BY k.procedure, k.step;
END $$;

-- Dossiers whose clock runs, for which a forecast is wanted: how long each has been where it is, and what it has until it is due, in seconds of office hours.
DROP FUNCTION IF EXISTS dossier.board_running(boolean, text, text);
CREATE FUNCTION dossier.board_running(by_received boolean, the_unit text, the_procedure text)
RETURNS TABLE (dossier_id uuid, procedure text, unit text, step text, spent integer, slack integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    units text[] := dossier.counted_units('board.read');
    worked double precision := dossier.seconds_worked(now());
BEGIN
    RETURN QUERY
    SELECT s.dossier_id, s.procedure, s.unit, s.step, (worked - dossier.worked_on(s.step_since, e.seconds_before, e.opens_at, e.lunch_from, e.lunch_until, e.closes_at))::integer, (dossier.worked_on(s.due_at, d.seconds_before, d.opens_at, d.lunch_from, d.lunch_until, d.closes_at) - worked)::integer
    FROM dossier.standing(units, by_received) s
    JOIN dossier.office_day d ON d.day = dossier.day_of(s.due_at) JOIN dossier.office_day e ON e.day = dossier.day_of(s.step_since)
    WHERE s.state IN ('green', 'amber', 'red') AND (the_unit IS NULL OR s.unit = the_unit) AND (the_procedure IS NULL OR s.procedure = the_procedure);
END $$;

-- ---- for analysts -----------------------------------------------------------------------------------------------------------

-- Dossiers that were open at some time in a period, in pages by id.
CREATE OR REPLACE FUNCTION dossier.facts(since timestamptz, until timestamptz, after uuid, most integer) RETURNS SETOF dossier.tally
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    units text[] := dossier.counted_units('analysis.read');
BEGIN
    RETURN QUERY SELECT y.* FROM dossier.tally y
    WHERE y.filed_at < until AND (y.finished_at IS NULL OR y.finished_at >= since) AND (after IS NULL OR y.dossier_id > after)
      AND (units IS NULL OR units && ARRAY[y.unit, y.received_unit]) ORDER BY y.dossier_id LIMIT most;
END $$;

-- Their stays in steps that were left in a period, in pages by the event that began each.
CREATE OR REPLACE FUNCTION dossier.fact_stays(since timestamptz, until timestamptz, after bigint, most integer) RETURNS SETOF dossier.stay
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    units text[] := dossier.counted_units('analysis.read');
BEGIN
    RETURN QUERY SELECT y.* FROM dossier.stay y
    WHERE y.left_at >= since AND y.left_at < until AND (after IS NULL OR y.event_id > after)
      AND (units IS NULL OR units && ARRAY[y.unit, y.received_unit]) ORDER BY y.event_id LIMIT most;
END $$;

-- ---- invented dossiers ------------------------------------------------------------------------------------------------------

-- Walk invented dossiers through the doors of real ones, each act at its own time: an item with a procedure files a dossier, others act on one. Papers and fees
-- are written as rows. For the operator (geo_service.dossiers.sample).
CREATE OR REPLACE FUNCTION dossier.replay(items jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT * FROM jsonb_to_recordset(items) x (at timestamptz, id uuid, procedure text, received_unit text, channel smallint, parcels jsonb, form jsonb,
                        account bigint, party bigint, papers jsonb, payments jsonb, action text, note text, detail jsonb) LOOP
        PERFORM set_config('geo.now', item.at::text, true);
        IF item.procedure IS NOT NULL THEN
            PERFORM dossier.open(item.id, item.procedure, item.received_unit, NULL, item.channel, ARRAY(SELECT p::bigint FROM jsonb_array_elements_text(item.parcels) p),
                                 item.form, item.account, item.party, true);
            INSERT INTO dossier.payment (dossier_id, kind, code, name_vi, name_en, amount, status, made_at, paid_at, method)
            SELECT item.id, 'fee', p.code, p.name_vi, p.name_en, p.amount, p.status, item.at, CASE p.status WHEN 'paid' THEN item.at END,
                   CASE WHEN p.status = 'paid' AND p.amount > 0 THEN CASE item.channel WHEN 2 THEN 'online' ELSE 'counter' END END
            FROM jsonb_to_recordset(item.payments) p (code text, name_vi text, name_en text, amount bigint, status text);
        END IF;
        INSERT INTO dossier.document (dossier_id, type, name, media_type, bytes, pages, sha256, kind, added_at)
        SELECT item.id, p.type, p.name, 'application/pdf', p.bytes, 1, decode(p.sha256, 'hex'), 2, item.at
        FROM jsonb_to_recordset(item.papers) p (type text, name text, bytes bigint, sha256 text);
        IF item.action IS NOT NULL THEN
            PERFORM dossier.act(item.id, item.action, NULL, item.note, coalesce(item.detail, '{}'), NULL);
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION dossier.replay(jsonb) FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;

-- ---- grants -----------------------------------------------------------------------------------------------------------------

REVOKE ALL ON dossier.tally, dossier.stay, dossier.board_band FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
GRANT SELECT ON dossier.tally, dossier.stay TO geo_analyst;
GRANT SELECT ON dossier.board_band TO geo_service, geo_analyst;
GRANT INSERT, UPDATE, DELETE ON dossier.board_band TO geo_service;
REVOKE ALL ON FUNCTION dossier.keep_tally(), dossier.keep_stay(), dossier.measure_again(timestamptz, timestamptz), dossier.calendar_measured(), dossier.counted_units(text),
    dossier.standing(text[], boolean), dossier.board_flow(timestamptz, timestamptz, boolean, text, text), dossier.board_pace(timestamptz, timestamptz, boolean, text, text),
    dossier.board_now(boolean, text, text), dossier.board_steps(timestamptz, timestamptz, boolean, text, text),
    dossier.board_list(text, text, timestamptz, timestamptz, boolean, text, text, integer, integer), dossier.board_days(date, boolean, text, text),
    dossier.board_alike(timestamptz, integer), dossier.board_running(boolean, text, text), dossier.facts(timestamptz, timestamptz, uuid, integer),
    dossier.fact_stays(timestamptz, timestamptz, bigint, integer) FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
GRANT EXECUTE ON FUNCTION dossier.board_flow(timestamptz, timestamptz, boolean, text, text), dossier.board_pace(timestamptz, timestamptz, boolean, text, text),
    dossier.board_now(boolean, text, text), dossier.board_steps(timestamptz, timestamptz, boolean, text, text),
    dossier.board_list(text, text, timestamptz, timestamptz, boolean, text, text, integer, integer), dossier.board_days(date, boolean, text, text),
    dossier.board_alike(timestamptz, integer), dossier.board_running(boolean, text, text), dossier.facts(timestamptz, timestamptz, uuid, integer),
    dossier.fact_stays(timestamptz, timestamptz, bigint, integer) TO geo_service;
-- these answer from the calendar alone
REVOKE ALL ON FUNCTION dossier.day_seconds(), dossier.worked_on(timestamptz, bigint, timestamptz, timestamptz, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dossier.day_seconds(), dossier.worked_on(timestamptz, bigint, timestamptz, timestamptz, timestamptz, timestamptz) TO geo_service, geo_analyst;

ALTER TABLE dossier.board_band ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS everybody ON dossier.board_band;
CREATE POLICY everybody ON dossier.board_band FOR SELECT USING (true);
DROP POLICY IF EXISTS kept ON dossier.board_band;
CREATE POLICY kept ON dossier.board_band TO geo_service USING ((SELECT dossier.keeps_calendar())) WITH CHECK ((SELECT dossier.keeps_calendar()));
