-- The life of a dossier; replaced at each migration.
--
-- Only the functions here write dossiers, events and clocks. Each checks who acts, what the pinned definition allows and what is seen, and ends
-- with one event of the feed: from there to COMMIT the head of the feed is locked. A dossier's row is locked before anything else.

INSERT INTO dossier.status (code, name_vi, name_en, final, report) VALUES
    (1, 'Mới đăng ký', 'Filed', false, 'new'),
    (2, 'Được tiếp nhận', 'Received', false, 'running'),
    (3, 'Không được tiếp nhận', 'Not received', true, 'refused'),
    (4, 'Đang xử lý', 'In progress', false, 'running'),
    (5, 'Yêu cầu bổ sung giấy tờ', 'Papers asked for', false, 'paused'),
    (6, 'Yêu cầu thực hiện nghĩa vụ tài chính', 'Payment asked for', false, 'paused'),
    (7, 'Công dân yêu cầu rút hồ sơ', 'Withdrawn by the applicant', true, 'done'),
    (8, 'Dừng xử lý', 'Stopped', true, 'paused'),
    (9, 'Đã xử lý xong', 'Decided', false, 'done'),
    (10, 'Đã trả kết quả', 'Result handed out', true, 'done')
ON CONFLICT (code) DO UPDATE SET name_vi = excluded.name_vi, name_en = excluded.name_en, final = excluded.final, report = excluded.report;

INSERT INTO dossier.status_move (from_status, to_status) VALUES
    (1, 2), (1, 3), (1, 5), (2, 4), (4, 5), (4, 6), (4, 8), (4, 9), (4, 7), (5, 4), (5, 8), (5, 7), (6, 4), (6, 8), (6, 7), (9, 10)
ON CONFLICT DO NOTHING;

INSERT INTO dossier.clock_reason (code, name_vi, name_en) VALUES
    ('supplement', 'Chờ người nộp bổ sung giấy tờ', 'Waiting for papers from the applicant'),
    ('tax', 'Chờ cơ quan thuế xác định nghĩa vụ tài chính', 'Waiting for the tax office'),
    ('payment', 'Chờ người nộp thực hiện nghĩa vụ tài chính', 'Waiting for payment'),
    ('posting', 'Đang niêm yết công khai', 'Public notice is running'),
    ('survey', 'Chờ đo đạc', 'Waiting for the survey'),
    ('expertise', 'Chờ giám định, xử lý vi phạm', 'Waiting for an expert opinion'),
    ('outage', 'Hệ thống ngừng hoạt động đã thông báo', 'Announced outage')
ON CONFLICT (code) DO UPDATE SET name_vi = excluded.name_vi, name_en = excluded.name_en;

-- ---- who ----------------------------------------------------------------------------------------------------------------

-- The account and the person that act for themselves: an access token is for machines and stands for no person.
CREATE OR REPLACE FUNCTION dossier.own_account() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    note text[] := accounts.note();
BEGIN
    RETURN CASE WHEN note[3] = '' THEN note[1]::bigint END;
END $$;

CREATE OR REPLACE FUNCTION dossier.own_party() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT party_id FROM accounts.account WHERE id = dossier.own_account());
END $$;

CREATE OR REPLACE FUNCTION dossier.is_applicant(d dossier.dossier) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN coalesce(d.applicant_account = dossier.own_account(), false) OR coalesce(d.applicant_party = dossier.own_party(), false);
END $$;

-- Whether the acting account may look at a dossier.
CREATE OR REPLACE FUNCTION dossier.sees(the_dossier uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
BEGIN
    SELECT * INTO d FROM dossier.dossier WHERE id = the_dossier;
    RETURN FOUND AND (accounts.is_owner() OR accounts.units_for('dossier.read') && ARRAY[d.received_unit, d.competent_unit, '*'] OR dossier.is_applicant(d));
END $$;

-- Whether the acting account has a desk of this role for a dossier. What a citizen does, the counter may do for them.
CREATE OR REPLACE FUNCTION dossier.has_desk(role text, place text, d dossier.dossier) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN CASE
        WHEN accounts.is_owner() THEN true
        WHEN role = 'partner' THEN false
        WHEN role = 'citizen' THEN dossier.is_applicant(d) OR accounts.may('desk.reception', d.received_unit)
        ELSE accounts.may('desk.' || role, CASE place WHEN 'reception' THEN d.received_unit ELSE d.competent_unit END) END;
END $$;

-- The time acts are dated with. The operator may set it (sample data, tests): SET LOCAL geo.now = '…'.
CREATE OR REPLACE FUNCTION dossier.clock_now() RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF coalesce(current_setting('geo.now', true), '') <> '' AND accounts.is_owner() THEN
        RETURN current_setting('geo.now', true)::timestamptz;
    END IF;
    RETURN clock_timestamp();
END $$;

-- ---- events -------------------------------------------------------------------------------------------------------------

-- Tell the feed that a dossier moved. No personal value and no code: everybody hears it.
CREATE OR REPLACE FUNCTION dossier.publish(d dossier.dossier, kind text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    payload jsonb := jsonb_build_object('dossier', jsonb_build_object(
        'id', d.id, 'procedure', d.procedure, 'unit', d.competent_unit, 'step', d.step, 'status', d.status, 'revision', d.revision, 'kind', kind));
BEGIN
    IF current_setting('geo.untold', true) = 'on' AND accounts.is_owner() THEN
        RETURN (SELECT seq FROM feed.head);  -- invented history (sample data) is told to nobody
    END IF;
    RETURN feed.publish('dossier', payload, sha256(convert_to(payload::text, 'UTF8')), NULL,
                        ARRAY(SELECT DISTINCT t FROM unnest(ARRAY['dossier/' || d.id, 'desk/' || d.received_unit, 'desk/' || d.competent_unit, 'desk/*']) t));
END $$;

-- An event that moves nothing: a paper added, a remark, a new due date. It does not make what an officer saw stale.
CREATE OR REPLACE FUNCTION dossier.record(the_dossier uuid, the_kind text, the_detail jsonb DEFAULT '{}', the_note text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
    number bigint;
BEGIN
    IF the_kind NOT IN ('attach', 'remove', 'comment', 'calendar', 'message', 'issue') OR NOT (dossier.sees(the_dossier) OR the_kind = 'calendar' AND accounts.may('catalogue.write', '*')) THEN
        RAISE EXCEPTION 'no such dossier' USING ERRCODE = 'GD001';
    END IF;
    SELECT * INTO STRICT d FROM dossier.dossier WHERE id = the_dossier FOR UPDATE;
    number := nextval(pg_get_serial_sequence('dossier.event', 'id'));
    INSERT INTO dossier.event (id, dossier_id, revision, at, actor, kind, note, detail, seq) OVERRIDING SYSTEM VALUE
    VALUES (number, d.id, -number, dossier.clock_now(), accounts.acting(), the_kind, the_note, the_detail, dossier.publish(d, the_kind));
    RETURN number;
END $$;

-- ---- opening ------------------------------------------------------------------------------------------------------------

-- The next code of an agency on a day: agency - YYMMDD - four digits (more when a day has more than 9,999).
CREATE OR REPLACE FUNCTION dossier.next_code(unit text, at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    agency text := (SELECT a.code FROM dossier.agency a WHERE a.unit IN (next_code.unit, '*') ORDER BY (a.unit = '*') LIMIT 1);
    today date := (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
    number integer;
BEGIN
    IF agency IS NULL THEN
        RAISE EXCEPTION 'no agency code is configured' USING ERRCODE = 'GD012';
    END IF;
    INSERT INTO dossier.counter AS c (agency, day, last) VALUES (agency, today, 1)
    ON CONFLICT ON CONSTRAINT counter_pkey DO UPDATE SET last = c.last + 1 RETURNING c.last INTO number;
    RETURN format('%s-%s-%s', agency, to_char(today, 'YYMMDD'), lpad(number::text, greatest(4, length(number::text)), '0'));
END $$;

CREATE OR REPLACE FUNCTION dossier.open(the_id uuid, the_procedure text, the_received text, the_competent text, the_channel smallint, parcels bigint[],
                                        the_form jsonb, account bigint, party bigint, is_simulated boolean DEFAULT false) RETURNS dossier.dossier
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
    at timestamptz := dossier.clock_now();
    owner boolean := accounts.is_owner();
    found_terms record;
    parcel_unit text;
    first dossier.step;
    internal boolean;
BEGIN
    IF EXISTS (SELECT 1 FROM unnest(parcels) p WHERE NOT EXISTS (SELECT 1 FROM fabric.parcel_version v WHERE v.parcel_id = p AND v.retired_by IS NULL)) THEN
        RAISE EXCEPTION 'a parcel is not on the map' USING ERRCODE = 'GD013';
    END IF;
    SELECT unit INTO parcel_unit FROM fabric.parcel_version WHERE parcel_id = parcels[1] AND retired_by IS NULL;
    d.received_unit := coalesce(the_received, parcel_unit);
    IF d.received_unit IS NULL OR (d.received_unit <> '*' AND NOT EXISTS (SELECT 1 FROM register.unit WHERE code = d.received_unit AND ended_on IS NULL)) THEN
        RAISE EXCEPTION 'no such unit' USING ERRCODE = 'GD014';
    END IF;
    d.competent_unit := coalesce(CASE WHEN owner THEN the_competent END, parcel_unit, d.received_unit);
    SELECT * INTO found_terms FROM dossier.terms(the_procedure, d.competent_unit, (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such procedure is in force' USING ERRCODE = 'GD015';
    END IF;
    IF found_terms.terms ->> 'level' = 'city' THEN
        d.competent_unit := '*';
    END IF;
    SELECT * INTO STRICT first FROM dossier.step WHERE version_id = found_terms.version_id ORDER BY ord LIMIT 1;
    internal := coalesce((SELECT v.definition ->> 'kind' = 'internal' FROM dossier.procedure_version v WHERE v.id = found_terms.version_id), false);
    IF NOT owner THEN
        IF internal THEN
            IF NOT dossier.has_desk(first.role, first.place, d) THEN
                RAISE EXCEPTION 'no authority in unit %', d.competent_unit USING ERRCODE = 'GD004';
            END IF;
            account := NULL;
            party := NULL;
        ELSIF accounts.may('desk.reception', d.received_unit) THEN
            account := NULL;  -- whoever stands at the counter; a person of the register only where the officer may know who that is
            IF party IS NOT NULL AND NOT rights.sees_party(party, 'person.reveal') THEN
                RAISE EXCEPTION 'no authority over that person' USING ERRCODE = 'GD004';
            END IF;
        ELSIF dossier.own_account() IS NOT NULL AND the_channel = 2 THEN
            account := dossier.own_account();
            party := dossier.own_party();
            IF (SELECT count(*) FROM dossier.dossier o WHERE o.applicant_account = account AND o.status = 1) >= 20 THEN
                RAISE EXCEPTION 'too many dossiers wait to be received' USING ERRCODE = 'GD011';
            END IF;
        ELSE
            RAISE EXCEPTION 'no authority in unit %', d.received_unit USING ERRCODE = 'GD004';
        END IF;
        is_simulated := (SELECT simulated FROM fabric.deployment);
    END IF;
    d.id := the_id;
    d.code := dossier.next_code(d.received_unit, at);
    d.token := translate(encode(substr(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 1, 15), 'base64'), '+/', '-_');
    d.procedure := the_procedure; d.version_id := found_terms.version_id; d.variation_id := found_terms.variation_id; d.terms := found_terms.terms;
    d.channel := the_channel; d.applicant_account := account; d.applicant_party := party; d.form := coalesce(the_form, '{}');
    d.step := first.code; d.status := first.status; d.revision := 1; d.filed_at := at; d.step_since := at; d.simulated := coalesce(is_simulated, false);
    INSERT INTO dossier.dossier VALUES (d.*) ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the key is taken' USING ERRCODE = 'GD017';
    END IF;
    INSERT INTO dossier.parcel (dossier_id, parcel_id, role, at_seq) SELECT d.id, p, 'subject', (SELECT seq FROM feed.head) FROM (SELECT DISTINCT unnest(parcels) AS p) s;
    PERFORM dossier.tell('portal', 'status', d.id, jsonb_build_object('code', d.code, 'status', d.status, 'step_vi', first.name_vi, 'at', at));
    INSERT INTO dossier.event (dossier_id, revision, at, actor, kind, version_id, to_step, to_status, detail, seq)
    VALUES (d.id, 1, at, accounts.acting(), 'open', d.version_id, d.step, d.status, jsonb_build_object('channel', d.channel), dossier.publish(d, 'open'));
    RETURN d;
END $$;

-- ---- acting -------------------------------------------------------------------------------------------------------------

-- Put the clock of a dossier where its new step wants it; sets clock_start and due_at.
CREATE OR REPLACE FUNCTION dossier.set_clock(d dossier.dossier, s dossier.step, at timestamptz) RETURNS dossier.dossier
LANGUAGE plpgsql AS $$
DECLARE
    running dossier.clock;
    term jsonb := d.terms -> 'limit';
BEGIN
    SELECT * INTO running FROM dossier.clock WHERE dossier_id = d.id AND ended_at IS NULL;
    IF FOUND AND (s.clock = 'none' OR running.counts <> (s.clock = 'running') OR running.reason IS DISTINCT FROM s.reason) THEN
        UPDATE dossier.clock SET ended_at = at WHERE dossier_id = d.id AND started_at = running.started_at;
        running := NULL;
    END IF;
    IF s.clock <> 'none' AND running.dossier_id IS NULL AND d.finished_at IS NULL THEN
        INSERT INTO dossier.clock (dossier_id, started_at, counts, reason) VALUES (d.id, at, s.clock = 'running', s.reason);
        d.clock_start := coalesce(d.clock_start, at);
    END IF;
    IF d.clock_start IS NOT NULL AND (d.finished_at IS NULL OR d.finished_at = at) THEN
        d.due_at := CASE WHEN s.clock <> 'paused' AND term IS NOT NULL AND term ->> 'n' IS NOT NULL
                         THEN dossier.due_of(d) END;
    END IF;
    RETURN d;
END $$;

-- What the acting account could do with a dossier now, in the order of the definition.
CREATE OR REPLACE FUNCTION dossier.possible(the_dossier uuid) RETURNS SETOF dossier.action
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
BEGIN
    SELECT * INTO d FROM dossier.dossier WHERE id = the_dossier;
    IF FOUND AND dossier.sees(the_dossier) THEN
        RETURN QUERY SELECT a.* FROM dossier.action a
            WHERE a.version_id = d.version_id AND a.from_step = d.step AND dossier.has_desk(a.role, a.place, d) AND (a.role <> 'partner')
              AND (d.assignee IS NULL OR a.role = 'citizen' OR d.assignee = accounts.acting() OR accounts.may('desk.leader', d.competent_unit)
                   OR a.role <> (SELECT role FROM dossier.step WHERE version_id = d.version_id AND code = d.step))
            ORDER BY a.ord;
    END IF;
END $$;

-- Blocks that stop a dossier of these terms: kinds the definition names, standing on a parcel it is about.
CREATE OR REPLACE FUNCTION dossier.blocks(d dossier.dossier) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT jsonb_agg(jsonb_build_object('id', b.id, 'parcel', p.parcel_id, 'kind', b.kind)
                             || CASE WHEN accounts.may('rights.read', b.unit) THEN jsonb_build_object('reason', b.reason) ELSE '{}'::jsonb END)
            FROM dossier.parcel p, LATERAL rights.blocks_on(p.parcel_id) b
            WHERE p.dossier_id = d.id AND p.role = 'subject' AND rights.stands(b.valid) AND lower(b.valid) <= accounts.today() AND d.terms -> 'blocks' ? b.kind);
END $$;

-- The map's part of an act: what it commits must be the dossier's own draft, committed in this very transaction.
CREATE OR REPLACE FUNCTION dossier.check_map(d dossier.dossier, a dossier.action, the_change_set bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF the_change_set IS NOT NULL AND (a.map = 'none' OR NOT EXISTS (
        SELECT 1 FROM fabric.change_set c JOIN work.draft w ON w.id = c.draft_id
        WHERE c.id = the_change_set AND c.xid = pg_current_xact_id() AND c.seq IS NOT NULL AND w.dossier_id = d.id AND w.status = 'committed')) THEN
        RAISE EXCEPTION 'the change set is not the dossier''s' USING ERRCODE = 'GD007';
    END IF;
    IF the_change_set IS NULL AND a.map = 'required' THEN
        RAISE EXCEPTION 'the step is decided by changing the map' USING ERRCODE = 'GD007';
    END IF;
    IF the_change_set IS NULL AND a.map = 'optional' AND EXISTS (SELECT 1 FROM work.draft WHERE dossier_id = d.id AND status IN ('open', 'submitted')) THEN
        RAISE EXCEPTION 'a drawing waits: decide on it with the dossier' USING ERRCODE = 'GD007';
    END IF;
    IF a.kind = 'propose_map' AND NOT EXISTS (SELECT 1 FROM work.draft WHERE dossier_id = d.id AND status = 'submitted') THEN
        RAISE EXCEPTION 'there is no submitted drawing' USING ERRCODE = 'GD007';
    END IF;
END $$;

-- One step of a dossier. Everything it says is checked here, whatever client asks.
CREATE OR REPLACE FUNCTION dossier.act(the_dossier uuid, the_action text, seen_revision integer, the_note text DEFAULT NULL, the_detail jsonb DEFAULT '{}',
                                       the_change_set bigint DEFAULT NULL) RETURNS dossier.dossier
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
    a dossier.action;
    before dossier.step;
    s dossier.step;
    at timestamptz;
    lacking jsonb;
    from_status smallint;
BEGIN
    PERFORM dossier.hold_calendar();  -- before the row: who changes the calendar locks rows after it
    SELECT * INTO d FROM dossier.dossier WHERE id = the_dossier FOR UPDATE;
    IF NOT FOUND OR NOT dossier.sees(the_dossier) THEN
        RAISE EXCEPTION 'no such dossier' USING ERRCODE = 'GD001';
    END IF;
    IF seen_revision IS DISTINCT FROM d.revision AND seen_revision IS NOT NULL THEN
        RAISE EXCEPTION 'the dossier moved on' USING ERRCODE = 'GD002', DETAIL = jsonb_build_object('step', d.step, 'status', d.status, 'revision', d.revision)::text;
    END IF;
    SELECT * INTO a FROM dossier.action WHERE version_id = d.version_id AND from_step = d.step AND code = the_action;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'not possible in this step' USING ERRCODE = 'GD003', DETAIL = jsonb_build_object('step', d.step, 'possible',
            (SELECT coalesce(jsonb_agg(p.code), '[]') FROM dossier.possible(the_dossier) p))::text;
    END IF;
    IF NOT dossier.has_desk(a.role, a.place, d) THEN
        RAISE EXCEPTION 'this is for %', a.role USING ERRCODE = 'GD004', DETAIL = jsonb_build_object('role', a.role)::text;
    END IF;
    IF d.assignee <> accounts.acting() AND a.role = (SELECT role FROM dossier.step WHERE version_id = d.version_id AND code = d.step)
       AND a.role <> 'citizen' AND NOT accounts.is_owner() AND NOT accounts.may('desk.leader', d.competent_unit) THEN
        RAISE EXCEPTION 'the dossier is assigned to somebody else' USING ERRCODE = 'GD004', DETAIL = '{"role": "assignee"}';
    END IF;
    IF a.note AND coalesce(btrim(the_note), '') = '' THEN
        RAISE EXCEPTION 'say why' USING ERRCODE = 'GD005';
    END IF;
    IF a.documents THEN
        lacking := dossier.missing(the_dossier);
        IF jsonb_array_length(coalesce(lacking, '[]')) > 0 THEN
            RAISE EXCEPTION 'papers are missing' USING ERRCODE = 'GD006', DETAIL = lacking::text;
        END IF;
    END IF;
    IF a.kind IN ('accept', 'approve', 'propose_map') THEN
        lacking := dossier.blocks(d);
        IF lacking IS NOT NULL THEN
            RAISE EXCEPTION 'a block stands' USING ERRCODE = 'GD008', DETAIL = lacking::text;
        END IF;
    END IF;
    IF a.kind IN ('approve', 'finish', 'hand_out') AND EXISTS (
        SELECT 1 FROM dossier.payment WHERE dossier_id = d.id AND status IN ('due', 'pending') AND amount > 0) THEN
        RAISE EXCEPTION 'a payment is open' USING ERRCODE = 'GD009';
    END IF;
    PERFORM dossier.check_map(d, a, the_change_set);

    SELECT * INTO STRICT before FROM dossier.step WHERE version_id = d.version_id AND code = d.step;
    SELECT * INTO STRICT s FROM dossier.step WHERE version_id = d.version_id AND code = a.to_step;
    at := greatest(dossier.clock_now(), d.step_since);
    from_status := d.status;
    d.revision := d.revision + 1;
    IF a.to_step <> a.from_step THEN
        d.step := s.code; d.status := s.status; d.step_since := at;
        -- who sent it here before gets it back; a further step of the same desk stays with who has it
        IF a.kind IN ('send_back', 'supplement', 'tax_notice', 'paid', 'resume') THEN
            d.assignee := (SELECT e.actor FROM dossier.event e WHERE e.dossier_id = d.id AND e.from_step = s.code AND e.actor IS NOT NULL
                             AND EXISTS (SELECT 1 FROM accounts.held(e.actor) h WHERE h.capability = 'desk.' || s.role) ORDER BY e.id DESC LIMIT 1);
        ELSIF (s.role, s.place) IS DISTINCT FROM (before.role, before.place) THEN
            d.assignee := NULL;
        END IF;
    END IF;
    IF d.received_at IS NULL AND d.status NOT IN (1, 3, 5) THEN
        d.received_at := at;
    END IF;
    IF d.finished_at IS NULL AND d.status IN (3, 7, 8, 9, 10) THEN
        d.finished_at := at;
    END IF;
    IF a.kind = 'apologise' THEN
        d.promised_at := (the_detail ->> 'promised_at')::timestamptz;
    END IF;
    d := dossier.set_clock(d, s, at);
    UPDATE dossier.dossier SET step = d.step, status = d.status, assignee = d.assignee, revision = d.revision, received_at = d.received_at,
        clock_start = d.clock_start, due_at = d.due_at, step_since = d.step_since, finished_at = d.finished_at, promised_at = d.promised_at WHERE id = d.id;

    IF the_change_set IS NOT NULL THEN
        INSERT INTO dossier.parcel (dossier_id, parcel_id, role, at_seq)
        SELECT d.id, v.parcel_id, 'result', c.seq FROM fabric.change_set c JOIN fabric.parcel_version v ON v.created_by = c.id
        WHERE c.id = the_change_set AND v.cause = 'subject' AND v.kind = 'land';
    END IF;
    IF d.status <> from_status THEN
        PERFORM dossier.tell('portal', 'status', d.id, jsonb_build_object('code', d.code, 'status', d.status, 'step_vi', s.name_vi, 'at', at));
    END IF;
    IF a.kind = 'tax_slip' THEN
        PERFORM dossier.tell('tax', 'slip', d.id, jsonb_build_object('code', d.code, 'procedure', d.procedure, 'form', d.form, 'unit', d.competent_unit));
    END IF;
    IF d.status <> from_status OR a.kind IN ('apologise', 'tax_notice') THEN
        PERFORM dossier.tell('notification', 'message', d.id, jsonb_build_object('code', d.code, 'template', a.kind, 'status', d.status, 'at', at));
    END IF;
    INSERT INTO dossier.event (dossier_id, revision, at, actor, kind, version_id, action, from_step, to_step, from_status, to_status, note, detail, change_set, seq)
    VALUES (d.id, d.revision, at, accounts.acting(), a.kind, d.version_id, a.code, a.from_step, a.to_step, from_status, d.status,
            nullif(btrim(the_note), ''), coalesce(the_detail, '{}'), the_change_set, dossier.publish(d, a.kind));
    -- after the event: accounts.check_draft asks for it
    IF a.kind = 'send_back' THEN
        UPDATE work.draft SET status = 'open', returned_by = accounts.acting_login(), returned_note = the_note, updated_at = at
        WHERE dossier_id = d.id AND status = 'submitted';
    ELSIF d.status IN (3, 7, 8) THEN
        PERFORM dossier.cancel_payments(d.id);
        UPDATE work.draft SET status = 'discarded', updated_at = at WHERE dossier_id = d.id AND status IN ('open', 'submitted');
    END IF;
    RETURN d;
END $$;

-- Give a dossier to a colleague, take it, or lay it back (nobody). A leader may give it to anybody who has the desk.
CREATE OR REPLACE FUNCTION dossier.assign(the_dossier uuid, account bigint, seen_revision integer, the_note text DEFAULT NULL) RETURNS dossier.dossier
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
    s dossier.step;
    where_it_is text;
    at timestamptz;
BEGIN
    SELECT * INTO d FROM dossier.dossier WHERE id = the_dossier FOR UPDATE;
    IF NOT FOUND OR NOT dossier.sees(the_dossier) THEN
        RAISE EXCEPTION 'no such dossier' USING ERRCODE = 'GD001';
    END IF;
    IF seen_revision <> d.revision THEN
        RAISE EXCEPTION 'the dossier moved on' USING ERRCODE = 'GD002', DETAIL = jsonb_build_object('step', d.step, 'status', d.status, 'revision', d.revision)::text;
    END IF;
    SELECT * INTO STRICT s FROM dossier.step WHERE version_id = d.version_id AND code = d.step;
    where_it_is := CASE s.place WHEN 'reception' THEN d.received_unit ELSE d.competent_unit END;
    IF s.role IN ('citizen', 'partner', 'nobody') THEN
        RAISE EXCEPTION 'no desk has the dossier now' USING ERRCODE = 'GD003', DETAIL = jsonb_build_object('step', d.step, 'possible', '[]'::jsonb)::text;
    END IF;
    IF NOT accounts.is_owner() AND NOT accounts.may('desk.leader', where_it_is)
       AND NOT (accounts.may('desk.' || s.role, where_it_is) AND (d.assignee IS NULL OR d.assignee = accounts.acting())) THEN
        RAISE EXCEPTION 'this is for %', s.role USING ERRCODE = 'GD004', DETAIL = jsonb_build_object('role', s.role)::text;
    END IF;
    IF account IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts.held(account) h WHERE h.capability = 'desk.' || s.role AND h.unit IN (where_it_is, '*')) THEN
        RAISE EXCEPTION 'that account has no such desk' USING ERRCODE = 'GD016';
    END IF;
    at := greatest(dossier.clock_now(), d.step_since);
    d.assignee := account;
    d.revision := d.revision + 1;
    UPDATE dossier.dossier SET assignee = account, revision = d.revision WHERE id = d.id;
    INSERT INTO dossier.event (dossier_id, revision, at, actor, kind, note, detail, seq)
    VALUES (d.id, d.revision, at, accounts.acting(), 'assign', nullif(btrim(the_note), ''), jsonb_build_object('to', account), dossier.publish(d, 'assign'));
    RETURN d;
END $$;

-- Lock a dossier before the parcels it changes; who acts must see it.
CREATE OR REPLACE FUNCTION dossier.lock(the_dossier uuid) RETURNS dossier.dossier
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
BEGIN
    PERFORM dossier.hold_calendar();
    SELECT * INTO d FROM dossier.dossier WHERE id = the_dossier FOR UPDATE;
    IF NOT FOUND OR NOT dossier.sees(the_dossier) THEN
        RAISE EXCEPTION 'no such dossier' USING ERRCODE = 'GD001';
    END IF;
    RETURN d;
END $$;

-- Who could take a dossier where it stands now: colleagues with the desk.
CREATE OR REPLACE FUNCTION dossier.colleagues(the_dossier uuid) RETURNS TABLE (id bigint, name text, open integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
    s dossier.step;
    place text;
BEGIN
    SELECT * INTO d FROM dossier.dossier x WHERE x.id = the_dossier;
    IF NOT FOUND OR NOT dossier.sees(the_dossier) OR NOT (accounts.is_owner() OR accounts.may('staff.names', NULL)) THEN
        RETURN;
    END IF;
    SELECT * INTO STRICT s FROM dossier.step x WHERE x.version_id = d.version_id AND x.code = d.step;
    place := CASE s.place WHEN 'reception' THEN d.received_unit ELSE d.competent_unit END;
    RETURN QUERY SELECT a.id, a.name, (SELECT count(*)::integer FROM dossier.dossier o WHERE o.assignee = a.id AND o.finished_at IS NULL)
        FROM accounts.account a
        WHERE NOT a.disabled AND EXISTS (SELECT 1 FROM accounts.assignment g WHERE g.account_id = a.id AND g.ended_at IS NULL)
          AND EXISTS (SELECT 1 FROM accounts.held(a.id) h WHERE h.capability = 'desk.' || s.role AND h.unit IN (place, '*'))
        ORDER BY a.name LIMIT 200;
END $$;

-- Seal who applied; once, by who opened it.
CREATE OR REPLACE FUNCTION dossier.name_applicant(the_dossier uuid, name bytea, identity bytea, fingerprint bytea, phone bytea, address bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM dossier.event WHERE dossier_id = the_dossier AND kind = 'open' AND xid = pg_current_xact_id()) THEN
        RAISE EXCEPTION 'no such dossier' USING ERRCODE = 'GD001';
    END IF;
    INSERT INTO dossier.applicant VALUES (the_dossier, name, identity, fingerprint, phone, address);
END $$;

-- A remark on a parcel or a side of it.
CREATE OR REPLACE FUNCTION dossier.remark(the_dossier uuid, the_parcel bigint, the_segment bigint[], the_text text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    number bigint;
BEGIN
    IF NOT dossier.sees(the_dossier) OR accounts.acting() IS NULL THEN
        RAISE EXCEPTION 'no such dossier' USING ERRCODE = 'GD001';
    END IF;
    IF dossier.own_account() IS NULL THEN
        RAISE EXCEPTION 'a remark is made by a person' USING ERRCODE = 'GD004';
    END IF;
    INSERT INTO dossier.comment (dossier_id, parcel_id, segment, text, author) VALUES (the_dossier, the_parcel, the_segment, the_text, accounts.acting())
    RETURNING id INTO number;
    PERFORM dossier.record(the_dossier, 'comment', jsonb_build_object('comment', number));
    RETURN number;
END $$;

CREATE OR REPLACE FUNCTION dossier.resolve_remark(the_comment bigint) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    c dossier.comment;
BEGIN
    SELECT * INTO c FROM dossier.comment WHERE id = the_comment FOR UPDATE;
    IF NOT FOUND OR NOT dossier.sees(c.dossier_id) OR accounts.acting() IS NULL THEN
        RAISE EXCEPTION 'no such remark' USING ERRCODE = 'GD001';
    END IF;
    IF dossier.own_account() IS NULL
       OR c.author <> accounts.acting() AND NOT EXISTS (SELECT 1 FROM dossier.dossier d WHERE d.id = c.dossier_id
                                                        AND accounts.units_for('dossier.read') && ARRAY[d.received_unit, d.competent_unit, '*']) THEN
        RAISE EXCEPTION 'a remark is settled by who made it or by an officer' USING ERRCODE = 'GD004';
    END IF;
    UPDATE dossier.comment SET resolved_by = accounts.acting(), resolved_at = clock_timestamp() WHERE id = the_comment AND resolved_at IS NULL;
    PERFORM dossier.record(c.dossier_id, 'comment', jsonb_build_object('comment', the_comment, 'resolved', true));
    RETURN c.dossier_id;
END $$;

-- A drawing for a dossier, by who has the dossier in a step where something is drawn.
CREATE OR REPLACE FUNCTION dossier.draw(the_dossier uuid, why text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier := dossier.lock(the_dossier);
    s dossier.step;
    made uuid;
BEGIN
    SELECT * INTO STRICT s FROM dossier.step WHERE version_id = d.version_id AND code = d.step;
    IF NOT s.map OR NOT dossier.has_desk(s.role, s.place, d) OR d.assignee <> accounts.acting() THEN
        RAISE EXCEPTION 'this is for %', s.role USING ERRCODE = 'GD004', DETAIL = jsonb_build_object('role', s.role)::text;
    END IF;
    INSERT INTO work.draft (owner, reason, base_seq, dossier_id) VALUES (accounts.acting_login(), why, (SELECT seq FROM feed.head), d.id)
    ON CONFLICT (dossier_id) WHERE dossier_id IS NOT NULL AND status IN ('open', 'submitted') DO NOTHING RETURNING id INTO made;
    RETURN coalesce(made, (SELECT id FROM work.draft WHERE dossier_id = d.id AND status IN ('open', 'submitted')));
END $$;

-- Name of a colleague, or of who applied for a dossier that one sees, for staff who may know it.
CREATE OR REPLACE FUNCTION dossier.staff_name(who bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF who IS NULL OR NOT (accounts.is_owner() OR who = accounts.acting() OR accounts.may('staff.names', NULL) AND (
            EXISTS (SELECT 1 FROM accounts.assignment a WHERE a.account_id = who AND a.role <> 'citizen')
            OR EXISTS (SELECT 1 FROM dossier.dossier d WHERE d.applicant_account = who AND dossier.sees(d.id)))) THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT name FROM accounts.account WHERE id = who);
END $$;

-- Blocks on the parcels of a dossier: with their reasons for officers of the commune the land lies in, that they stand for the officers of the dossier
-- and for an applicant who holds the land. Applying for something on somebody's land tells nothing of it.
CREATE OR REPLACE FUNCTION dossier.standing_blocks(the_dossier uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
    officer boolean;
BEGIN
    SELECT * INTO d FROM dossier.dossier WHERE id = the_dossier;
    IF NOT FOUND OR NOT dossier.sees(the_dossier) THEN
        RETURN NULL;
    END IF;
    officer := accounts.is_owner() OR accounts.units_for('dossier.read') && ARRAY[d.competent_unit, d.received_unit, '*'];
    RETURN (SELECT jsonb_agg(jsonb_build_object('id', b.id, 'parcel', p.parcel_id, 'kind', b.kind, 'from', lower(b.valid), 'stops', d.terms -> 'blocks' ? b.kind)
                             || CASE WHEN accounts.is_owner() OR accounts.may('rights.read', b.unit) THEN jsonb_build_object('reason', b.reason, 'source', b.source)
                                     ELSE '{}'::jsonb END)
            FROM dossier.parcel p, LATERAL rights.blocks_on(p.parcel_id) b
            WHERE p.dossier_id = d.id AND p.role = 'subject' AND rights.stands(b.valid)
              AND (officer OR b.id IN (SELECT o.id FROM rights.own_blocks(p.parcel_id) o)));
END $$;

-- ---- the public tracking page -------------------------------------------------------------------------------------------

-- What anybody who has the code is told, in words; who also has the token of the receipt is told which parcels, papers and payments. No name of anybody.
CREATE OR REPLACE FUNCTION dossier.track(the_code text, the_token text DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
    s dossier.step;
    more boolean;
BEGIN
    SELECT * INTO d FROM dossier.dossier WHERE code = the_code;
    IF NOT FOUND OR (the_token IS NOT NULL AND d.token <> the_token) THEN
        RETURN NULL;
    END IF;
    more := coalesce(d.token = the_token, false);
    SELECT * INTO STRICT s FROM dossier.step WHERE version_id = d.version_id AND code = d.step;
    RETURN jsonb_build_object(
        'id', d.id, 'code', d.code, 'procedure', d.procedure, 'status', d.status, 'step', d.step, 'step_vi', s.name_vi, 'step_en', s.name_en,
        'procedure_vi', (SELECT name_vi FROM dossier.procedure WHERE code = d.procedure), 'procedure_en', (SELECT name_en FROM dossier.procedure WHERE code = d.procedure),
        'status_vi', (SELECT name_vi FROM dossier.status WHERE code = d.status), 'status_en', (SELECT name_en FROM dossier.status WHERE code = d.status),
        'holder', s.role, 'holder_vi', (SELECT name_vi FROM accounts.role WHERE code = s.role), 'holder_en', (SELECT name_en FROM accounts.role WHERE code = s.role),
        'holder_unit', CASE s.place WHEN 'reception' THEN d.received_unit ELSE d.competent_unit END,
        'holder_unit_name', (SELECT unit_type || ' ' || name FROM register.unit WHERE code = CASE s.place WHEN 'reception' THEN d.received_unit ELSE d.competent_unit END),
        'received_unit', d.received_unit, 'received_unit_name', (SELECT unit_type || ' ' || name FROM register.unit WHERE code = d.received_unit),
        'waits_for', s.reason, 'waits_vi', (SELECT name_vi FROM dossier.clock_reason WHERE code = s.reason), 'waits_en', (SELECT name_en FROM dossier.clock_reason WHERE code = s.reason),
        'channel', d.channel, 'filed_at', d.filed_at, 'received_at', d.received_at, 'due_at', d.due_at, 'promised_at', d.promised_at, 'step_since', d.step_since,
        'finished_at', d.finished_at, 'tone', CASE WHEN d.finished_at IS NULL AND d.due_at IS NOT NULL THEN dossier.tone(d.due_at, d.clock_start) END,
        'limit', d.terms -> 'limit', 'simulated', d.simulated,
        'history', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'kind', e.kind, 'step_vi', t.name_vi, 'step_en', t.name_en, 'status', e.to_status,
                            'action_vi', a.name_vi, 'action_en', a.name_en) ORDER BY e.id), '[]')
                    FROM dossier.event e LEFT JOIN dossier.step t ON t.version_id = e.version_id AND t.code = e.to_step
                    LEFT JOIN dossier.action a ON a.version_id = e.version_id AND a.from_step = e.from_step AND a.code = e.action
                    WHERE e.dossier_id = d.id AND e.revision > 0 AND e.kind <> 'assign'))
        || CASE WHEN more THEN jsonb_build_object(
            'note', (SELECT e.note FROM dossier.event e WHERE e.dossier_id = d.id AND e.revision > 0 AND e.kind IN ('ask_supplement', 'refuse', 'stop', 'apologise')
                     AND e.to_step = d.step ORDER BY e.id DESC LIMIT 1),
            'parcels', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.parcel_id, 'role', p.role, 'code', f.code, 'sheet', v.sheet, 'number', v.number, 'unit', v.unit,
                                'area_m2', round(v.area_m2::numeric, 1), 'current', v.retired_by IS NULL) ORDER BY p.role DESC, p.parcel_id), '[]')
                        FROM dossier.parcel p JOIN fabric.parcel f ON f.id = p.parcel_id
                        JOIN LATERAL (SELECT * FROM fabric.parcel_version v WHERE v.parcel_id = p.parcel_id ORDER BY v.id DESC LIMIT 1) v ON true WHERE p.dossier_id = d.id),
            'papers', dossier.checklist(d.id),
            'payments', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', y.id, 'kind', y.kind, 'name_vi', y.name_vi, 'name_en', y.name_en, 'amount', y.amount, 'status', y.status,
                                'due_on', y.due_on) ORDER BY y.made_at), '[]') FROM dossier.payment y WHERE y.dossier_id = d.id AND y.status <> 'cancelled'))
           ELSE '{}'::jsonb END;
END $$;

-- ---- what binds them ------------------------------------------------------------------------------------------------------

-- A draft drawn for a dossier is committed by the dossier's act, or not at all.
CREATE OR REPLACE FUNCTION dossier.check_change_set() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM work.draft w WHERE w.id = NEW.draft_id AND w.dossier_id IS NOT NULL)
       AND NOT EXISTS (SELECT 1 FROM work.draft w JOIN dossier.event e ON e.dossier_id = w.dossier_id AND e.change_set = NEW.id WHERE w.id = NEW.draft_id) THEN
        RAISE EXCEPTION 'the drawing of a dossier is committed by approving the dossier' USING ERRCODE = 'GD007';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS change_set_of_dossier ON fabric.change_set;
CREATE CONSTRAINT TRIGGER change_set_of_dossier AFTER INSERT ON fabric.change_set
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.draft_id IS NOT NULL) EXECUTE FUNCTION dossier.check_change_set();

-- The subjects of submitted drafts, one draft a parcel (I11).
CREATE OR REPLACE FUNCTION dossier.claim_subjects() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.status = 'submitted' AND OLD.status <> 'submitted' THEN
        BEGIN
            INSERT INTO work.submitted_subject (parcel_id, draft_id) SELECT DISTINCT unnest(NEW.subjects), NEW.id;
        EXCEPTION WHEN unique_violation THEN
            RAISE EXCEPTION 'another submitted drawing is about one of these parcels' USING ERRCODE = 'GD010';
        END;
    ELSIF NEW.status <> 'submitted' AND OLD.status = 'submitted' THEN
        DELETE FROM work.submitted_subject WHERE draft_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER draft_claims AFTER UPDATE OF status ON work.draft FOR EACH ROW EXECUTE FUNCTION dossier.claim_subjects();

CREATE OR REPLACE TRIGGER event_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON dossier.event FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();
CREATE OR REPLACE TRIGGER dossier_kept BEFORE DELETE OR TRUNCATE ON dossier.dossier FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();
CREATE OR REPLACE TRIGGER parcel_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON dossier.parcel FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();

-- What a dossier is about never changes, and its row only together with an event of the same transaction.
CREATE OR REPLACE FUNCTION dossier.check_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.code, NEW.token, NEW.procedure, NEW.version_id, NEW.terms, NEW.received_unit, NEW.competent_unit, NEW.filed_at)
       IS DISTINCT FROM (OLD.id, OLD.code, OLD.token, OLD.procedure, OLD.version_id, OLD.terms, OLD.received_unit, OLD.competent_unit, OLD.filed_at)
       OR NEW.revision < OLD.revision OR (NEW.revision = OLD.revision AND (NEW.step, NEW.status, NEW.assignee) IS DISTINCT FROM (OLD.step, OLD.status, OLD.assignee)) THEN
        RAISE EXCEPTION 'a dossier changes by its events only' USING ERRCODE = 'GF010';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER dossier_changed BEFORE UPDATE ON dossier.dossier FOR EACH ROW EXECUTE FUNCTION dossier.check_row();

CREATE OR REPLACE FUNCTION dossier.check_move() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM dossier.event WHERE dossier_id = NEW.id AND revision = NEW.revision AND xid = pg_current_xact_id()
                     AND (to_step IS NULL OR to_step = NEW.step)) THEN
        RAISE EXCEPTION 'a dossier moves by an event' USING ERRCODE = 'GF010';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS dossier_moved ON dossier.dossier;
CREATE CONSTRAINT TRIGGER dossier_moved AFTER UPDATE OF revision, step, status ON dossier.dossier
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.revision <> OLD.revision) EXECUTE FUNCTION dossier.check_move();

-- ---- grants and rows ------------------------------------------------------------------------------------------------------

REVOKE ALL ON ALL TABLES IN SCHEMA dossier FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA dossier FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
GRANT USAGE ON SCHEMA dossier TO geo_public, geo_gate, geo_service, geo_analyst;
GRANT SELECT ON dossier.status, dossier.status_move, dossier.clock_reason TO geo_public, geo_service, geo_analyst;
GRANT SELECT ON dossier.dossier, dossier.applicant, dossier.parcel, dossier.event, dossier.clock, dossier.document, dossier.comment, dossier.payment TO geo_service;
-- analysts: throughput and lateness, nobody's name
GRANT SELECT (id, procedure, version_id, channel, received_unit, competent_unit, step, status, filed_at, received_at, clock_start, due_at, step_since, finished_at, simulated)
    ON dossier.dossier TO geo_analyst;
GRANT SELECT (id, dossier_id, revision, at, kind, version_id, action, from_step, to_step, from_status, to_status, change_set, seq) ON dossier.event TO geo_analyst;
GRANT SELECT ON dossier.clock, dossier.parcel TO geo_analyst;
GRANT EXECUTE ON FUNCTION dossier.own_account(), dossier.own_party(), dossier.is_applicant(dossier.dossier), dossier.sees(uuid),
    dossier.has_desk(text, text, dossier.dossier),
    dossier.open(uuid, text, text, text, smallint, bigint[], jsonb, bigint, bigint, boolean), dossier.act(uuid, text, integer, text, jsonb, bigint),
    dossier.assign(uuid, bigint, integer, text), dossier.possible(uuid), dossier.lock(uuid), dossier.colleagues(uuid),
    dossier.name_applicant(uuid, bytea, bytea, bytea, bytea, bytea), dossier.remark(uuid, bigint, bigint[], text), dossier.resolve_remark(bigint),
    dossier.draw(uuid, text), dossier.staff_name(bigint), dossier.standing_blocks(uuid) TO geo_service;
GRANT EXECUTE ON FUNCTION dossier.track(text, text) TO geo_public, geo_service;

DO $$
DECLARE
    p record;
BEGIN
    FOR p IN SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'dossier' LOOP
        EXECUTE format('DROP POLICY %I ON dossier.%I', p.policyname, p.tablename);
    END LOOP;
    FOR p IN SELECT unnest(ARRAY['dossier', 'applicant', 'parcel', 'event', 'clock', 'document', 'comment', 'payment']) AS tablename LOOP
        EXECUTE format('ALTER TABLE dossier.%I ENABLE ROW LEVEL SECURITY', p.tablename);
        IF p.tablename <> 'dossier' THEN
            EXECUTE format('CREATE POLICY seen ON dossier.%I FOR SELECT TO geo_service USING (EXISTS (SELECT 1 FROM dossier.dossier d WHERE d.id = dossier_id))', p.tablename);
        END IF;
    END LOOP;
    FOR p IN SELECT unnest(ARRAY['dossier', 'event', 'clock', 'parcel']) AS tablename LOOP
        EXECUTE format('CREATE POLICY analysed ON dossier.%I FOR SELECT TO geo_analyst USING (true)', p.tablename);
    END LOOP;
END $$;
CREATE POLICY seen ON dossier.dossier FOR SELECT TO geo_service USING (
    (SELECT accounts.units_for('dossier.read')) && ARRAY[received_unit, competent_unit, '*']
    OR applicant_account = (SELECT dossier.own_account()) OR applicant_party = (SELECT dossier.own_party()));
