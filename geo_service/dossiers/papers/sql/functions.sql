-- What the printed papers of a dossier say; replaced at each migration, after documents/sql/functions.sql.
--
-- A paper belongs to an event and says what held then: printed again tomorrow it says the same. Names of staff are on it because they sign it.

-- Papers that can be printed, oldest first: the receipt of the event that received the dossier, one paper for each event whose action calls for one, and for
-- staff the control slip (06) and the line of the log book (07) as of the last move. `document`: where it has been issued.
CREATE OR REPLACE FUNCTION dossier.printable(the_dossier uuid) RETURNS TABLE (form text, revision integer, at timestamptz, action_vi text, action_en text, document bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    d dossier.dossier;
    staff boolean;
BEGIN
    SELECT * INTO d FROM dossier.dossier x WHERE x.id = the_dossier;
    IF NOT FOUND OR NOT dossier.sees(the_dossier) THEN
        RAISE EXCEPTION 'no such dossier' USING ERRCODE = 'GD001';
    END IF;
    staff := accounts.is_owner() OR accounts.units_for('dossier.read') && ARRAY[d.received_unit, d.competent_unit, '*'];
    RETURN QUERY
    WITH moves AS (
        SELECT e.*, a.name_vi, a.name_en, coalesce(a.paper, CASE e.kind
                   WHEN 'ask_supplement' THEN '02' WHEN 'refuse' THEN '03' WHEN 'apologise' THEN '04' WHEN 'stop' THEN '05' END) AS paper
        FROM dossier.event e LEFT JOIN dossier.action a ON a.version_id = e.version_id AND a.from_step = e.from_step AND a.code = e.action
        WHERE e.dossier_id = the_dossier AND e.to_step IS NOT NULL AND e.revision > 0),
    made AS (
        (SELECT '01' AS form, m.revision FROM moves m WHERE m.to_status NOT IN (1, 3, 5) ORDER BY m.revision LIMIT 1)
        UNION SELECT m.paper, m.revision FROM moves m WHERE m.paper BETWEEN '02' AND '05'
        UNION SELECT f.form, max(m.revision) FROM moves m, (VALUES ('06'), ('07')) f (form) WHERE staff AND d.received_at IS NOT NULL GROUP BY f.form)
    SELECT p.form, p.revision, m.at, m.name_vi, m.name_en,
           (SELECT x.id FROM dossier.document x WHERE x.dossier_id = the_dossier AND x.origin = 'issued' AND x.type = format('paper:%s:%s', p.form, p.revision))
    FROM made p JOIN moves m ON m.revision = p.revision ORDER BY m.revision, p.form;
END $$;

-- Everything a paper of one event can say, but for what is sealed.
CREATE OR REPLACE FUNCTION dossier.paper_facts(the_dossier uuid, the_revision integer) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
    e dossier.event;
    definition jsonb;
BEGIN
    SELECT * INTO d FROM dossier.dossier WHERE id = the_dossier;
    SELECT * INTO e FROM dossier.event WHERE dossier_id = the_dossier AND revision = the_revision;
    IF d.id IS NULL OR e.id IS NULL OR NOT dossier.sees(the_dossier) THEN
        RAISE EXCEPTION 'no such dossier' USING ERRCODE = 'GD001';
    END IF;
    SELECT v.definition INTO STRICT definition FROM dossier.procedure_version v WHERE v.id = d.version_id;
    RETURN jsonb_build_object(
        'id', d.id, 'code', d.code, 'token', d.token, 'channel', d.channel, 'simulated', d.simulated, 'filed_at', d.filed_at, 'received_at', d.received_at,
        'finished_at', CASE WHEN d.finished_at <= e.at THEN d.finished_at END, 'limit', d.terms -> 'limit', 'level', d.terms -> 'level',
        'returned_at', (SELECT min(h.at) FROM dossier.event h WHERE h.dossier_id = d.id AND h.to_status = 10 AND h.at <= e.at),
        'procedure', d.procedure, 'procedure_vi', (SELECT name_vi FROM dossier.procedure WHERE code = d.procedure), 'result_vi', definition ->> 'result_vi',
        'received', dossier.unit_in_words(d.received_unit), 'competent', dossier.unit_in_words(d.competent_unit),
        'event', jsonb_build_object('at', e.at, 'kind', e.kind, 'note', e.note, 'detail', e.detail, 'to_status', e.to_status,
            'actor', (SELECT name FROM accounts.account WHERE id = e.actor AND id IS DISTINCT FROM d.applicant_account)),
        'due_at', CASE
            WHEN d.revision = e.revision AND d.due_at IS NOT NULL THEN d.due_at
            WHEN d.clock_start IS NOT NULL AND d.terms -> 'limit' ->> 'n' IS NOT NULL THEN
                dossier.due_at(d.clock_start, (d.terms -> 'limit' ->> 'n')::integer, d.terms -> 'limit' ->> 'unit', (d.terms -> 'limit' ->> 'cutoff')::time,
                               tstzmultirange(VARIADIC ARRAY(
                                   SELECT tstzrange(c.started_at, c.ended_at) FROM dossier.clock c
                                   WHERE c.dossier_id = d.id AND NOT c.counts AND c.started_at < c.ended_at AND c.ended_at <= e.at))) END,
        'wanted', d.terms -> 'documents',
        'papers', (SELECT coalesce(jsonb_agg(jsonb_build_object('type', x.type, 'name', x.name, 'files', x.files, 'pages', x.pages, 'kind', x.kind) ORDER BY x.first), '[]')
                   FROM (SELECT p.type, min(p.name) AS name, count(*) AS files, sum(coalesce(p.pages, 1)) AS pages, min(p.kind) AS kind, min(p.id) AS first
                         FROM dossier.document p
                         WHERE p.dossier_id = d.id AND p.origin <> 'issued' AND p.added_at <= e.at AND coalesce(p.removed_at > e.at, true)
                           AND NOT EXISTS (SELECT 1 FROM dossier.document n WHERE n.dossier_id = d.id AND n.type = p.type AND n.type <> 'other' AND n.version > p.version
                                             AND n.added_at <= e.at AND coalesce(n.removed_at > e.at, true))
                         GROUP BY p.type, CASE p.type WHEN 'other' THEN p.id END) x),
        'parcels', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.parcel_id, 'sheet', v.sheet, 'number', v.number, 'area_m2', v.area_m2, 'address', v.address,
                            'unit', dossier.unit_in_words(v.unit)) ORDER BY p.parcel_id), '[]')
                    FROM dossier.parcel p JOIN LATERAL (
                        SELECT v.* FROM fabric.parcel_version v JOIN fabric.change_set c ON c.id = v.created_by
                        WHERE v.parcel_id = p.parcel_id AND c.seq <= p.at_seq ORDER BY c.seq DESC LIMIT 1) v ON true
                    WHERE p.dossier_id = d.id AND p.role = 'subject'),
        'moves', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', h.at, 'kind', h.kind, 'action_vi', a.name_vi, 'from_vi', f.name_vi, 'to_vi', t.name_vi, 'to_step', h.to_step,
                            'to_status', h.to_status, 'to_role', t.role, 'to_role_vi', r.name_vi, 'to_place', t.place, 'days', t.days, 'clock', t.clock,
                            'actor', (SELECT name FROM accounts.account WHERE id = h.actor AND id IS DISTINCT FROM d.applicant_account),
                            'used', n.used) ORDER BY h.revision), '[]')
                  FROM dossier.event h
                  LEFT JOIN dossier.action a ON a.version_id = h.version_id AND a.from_step = h.from_step AND a.code = h.action
                  LEFT JOIN dossier.step f ON f.version_id = d.version_id AND f.code = h.from_step
                  JOIN dossier.step t ON t.version_id = d.version_id AND t.code = h.to_step
                  LEFT JOIN accounts.role r ON r.code = t.role
                  LEFT JOIN LATERAL (SELECT CASE WHEN min(x.at) IS NOT NULL THEN dossier.working_days_between(h.at, min(x.at)) END AS used FROM dossier.event x
                                     WHERE x.dossier_id = d.id AND x.revision > h.revision AND x.revision <= the_revision AND x.to_step <> h.to_step) n ON true
                  WHERE h.dossier_id = d.id AND h.revision BETWEEN 1 AND the_revision AND h.to_step IS DISTINCT FROM h.from_step));
END $$;

-- A unit as papers name it; null for the city.
CREATE OR REPLACE FUNCTION dossier.unit_in_words(the_unit text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT btrim(unit_type || ' ' || name) FROM register.unit WHERE code = the_unit);
END $$;

-- The log book of a counter (07): dossiers received there in a span of time, in order. For its officers.
CREATE OR REPLACE FUNCTION dossier.log_book(the_unit text, since timestamptz, until timestamptz) RETURNS TABLE (
    id uuid, code text, procedure_vi text, received_unit text, competent_unit text, level text, filed_at timestamptz, received_at timestamptz, due_at timestamptz,
    finished_at timestamptz, returned_at timestamptz, status_vi text, channel smallint, sheets bigint, simulated boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF NOT (accounts.is_owner() OR accounts.may('dossier.read', the_unit)) THEN
        RAISE EXCEPTION 'no authority in unit %', the_unit USING ERRCODE = 'GD004';
    END IF;
    RETURN QUERY
    SELECT d.id, d.code, p.name_vi, dossier.unit_in_words(d.received_unit), dossier.unit_in_words(d.competent_unit), d.terms ->> 'level', d.filed_at, d.received_at,
           d.due_at, d.finished_at,
           (SELECT min(e.at) FROM dossier.event e WHERE e.dossier_id = d.id AND e.to_status = 10), s.name_vi, d.channel,
           (SELECT count(*) FROM dossier.document x WHERE x.dossier_id = d.id AND x.origin <> 'issued' AND x.removed_at IS NULL), d.simulated
    FROM dossier.dossier d JOIN dossier.procedure p ON p.code = d.procedure JOIN dossier.status s ON s.code = d.status
    WHERE d.received_unit = the_unit AND d.received_at >= since AND d.received_at < until
    ORDER BY d.received_at, d.code LIMIT 2000;
END $$;

REVOKE ALL ON FUNCTION dossier.printable(uuid), dossier.paper_facts(uuid, integer), dossier.unit_in_words(text), dossier.log_book(text, timestamptz, timestamptz)
    FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
GRANT EXECUTE ON FUNCTION dossier.printable(uuid), dossier.paper_facts(uuid, integer), dossier.log_book(text, timestamptz, timestamptz) TO geo_service;
