-- Writing and checking the log; replaced at each migration.

-- One entry as bytes. The time is written in microseconds of UTC, whatever the session's settings.
CREATE OR REPLACE FUNCTION audit.content(e audit.entry) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT convert_to(jsonb_build_array(e.id, (extract(epoch FROM e.at) * 1000000)::bigint, e.actor, e.kind, e.subject, e.unit, e.detail)::text, 'UTF8')
$$;

-- Append an entry; who acts is known to the database. The head row stays locked until the transaction ends, so the log is in commit
-- order: write to it last, after the feed. Time never runs backwards in it, whatever the clock does.
CREATE OR REPLACE FUNCTION audit.write(kind text, subject text, unit text DEFAULT NULL, detail jsonb DEFAULT '{}') RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    last audit.head;
    fresh audit.entry;
BEGIN
    SELECT * INTO STRICT last FROM audit.head FOR UPDATE;
    fresh.id := last.id + 1;
    fresh.at := greatest(clock_timestamp(), last.at);
    fresh.actor := accounts.acting();
    fresh.kind := kind;
    fresh.subject := subject;
    fresh.unit := unit;
    fresh.detail := coalesce(detail, '{}');
    fresh.hash := sha256(last.hash || audit.content(fresh));
    INSERT INTO audit.entry VALUES (fresh.*);
    UPDATE audit.head SET id = fresh.id, at = fresh.at, hash = fresh.hash;
    RETURN fresh.id;
END $$;

-- The first entry whose hash or number does not follow from the one before it (the head counts as one past the end); null when the
-- chain is whole.
CREATE OR REPLACE FUNCTION audit.first_broken() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    e audit.entry;
    before bytea := sha256('geo-service audit');
    number bigint := 0;
    head audit.head;
BEGIN
    FOR e IN SELECT * FROM audit.entry ORDER BY id LOOP
        number := number + 1;
        IF e.id <> number OR e.hash <> sha256(before || audit.content(e)) THEN
            RETURN number;
        END IF;
        before := e.hash;
    END LOOP;
    SELECT * INTO STRICT head FROM audit.head;
    RETURN CASE WHEN head.id = number AND head.hash = before THEN NULL ELSE number + 1 END;
END $$;

CREATE OR REPLACE TRIGGER entry_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entry
    FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();
CREATE OR REPLACE TRIGGER head_kept BEFORE INSERT OR DELETE OR TRUNCATE ON audit.head
    FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();
