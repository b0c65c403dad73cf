-- Papers of dossiers; replaced at each migration, after dossiers/sql/functions.sql.
--
-- Only the functions here write dossier.document. A paper is never altered: a later upload of the same type is the next version, and what is taken
-- back stays on record. Who may read is who sees the dossier (policy `seen`). No function says a file's name in an event: names are personal.

-- The acting account has some desk of a dossier: in the unit that received it or in the one that decides.
CREATE OR REPLACE FUNCTION dossier.has_any_desk(d dossier.dossier) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM jsonb_each(accounts.capabilities()) c
                   WHERE starts_with(c.key, 'desk.') AND c.value ?| ARRAY[d.received_unit, d.competent_unit, '*']);
END $$;

-- Whether the acting account may add papers now: officers until the dossier has ended; the applicant while it is not yet received or waits for them.
CREATE OR REPLACE FUNCTION dossier.may_attach(d dossier.dossier) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN accounts.is_owner() OR (
        NOT (SELECT final FROM dossier.status WHERE code = d.status)
        AND (dossier.has_any_desk(d) OR dossier.is_applicant(d) AND (
            d.status IN (1, 5, 6) OR (SELECT role FROM dossier.step WHERE version_id = d.version_id AND code = d.step) = 'citizen')));
END $$;

CREATE OR REPLACE FUNCTION dossier.may_attach(the_dossier uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
BEGIN
    SELECT * INTO d FROM dossier.dossier WHERE id = the_dossier;
    RETURN FOUND AND dossier.sees(the_dossier) AND dossier.may_attach(d);
END $$;

-- Add a paper whose bytes are in the store. The newest version of a type handed in once more is that version, not another one.
-- `origin` upload: handed in; held: taken over from an earlier dossier; issued: drawn by this service because an event calls for it, also at the end.
CREATE OR REPLACE FUNCTION dossier.attach_as(the_dossier uuid, the_type text, the_name text, the_media_type text, the_bytes bigint, the_pages integer, the_sha256 bytea,
                                             the_kind smallint, the_origin text) RETURNS dossier.document
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier := dossier.lock(the_dossier);
    newest dossier.document;
    made dossier.document;
BEGIN
    IF NOT (CASE the_origin WHEN 'issued' THEN accounts.is_owner() OR dossier.has_any_desk(d) ELSE dossier.may_attach(d) END) THEN
        RAISE EXCEPTION 'no papers can be added now' USING ERRCODE = 'GD020';
    END IF;
    IF the_origin <> 'issued' AND the_type <> 'other' AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(d.terms -> 'documents') p WHERE p ->> 'code' = the_type) THEN
        RAISE EXCEPTION 'the procedure has no such paper' USING ERRCODE = 'GD022';
    END IF;
    IF the_kind = 0 AND the_origin = 'upload' AND NOT (accounts.is_owner() OR dossier.has_any_desk(d)) THEN
        RAISE EXCEPTION 'an original is taken in at the counter' USING ERRCODE = 'GD023';
    END IF;
    SELECT * INTO newest FROM dossier.document WHERE dossier_id = d.id AND type = the_type ORDER BY version DESC LIMIT 1;
    IF newest.id IS NOT NULL AND newest.removed_at IS NULL AND (newest.sha256 = the_sha256 OR the_origin = 'issued') THEN
        RETURN newest;  -- of an issued paper the first stays
    END IF;
    IF the_origin <> 'issued' AND (SELECT count(*) FROM dossier.document WHERE dossier_id = d.id AND origin <> 'issued' AND removed_at IS NULL) >= 60 THEN
        RAISE EXCEPTION 'too many papers' USING ERRCODE = 'GD021';
    END IF;
    INSERT INTO dossier.document (dossier_id, type, version, name, media_type, bytes, pages, sha256, kind, origin, added_by, added_at)
    VALUES (d.id, the_type, coalesce(newest.version, 0) + 1, the_name, the_media_type, the_bytes, the_pages, the_sha256, the_kind, the_origin,
            accounts.acting(), greatest(dossier.clock_now(), d.filed_at))
    RETURNING * INTO made;
    PERFORM dossier.record(d.id, CASE the_origin WHEN 'issued' THEN 'issue' ELSE 'attach' END,
                           jsonb_build_object('document', made.id, 'type', made.type, 'version', made.version, 'origin', made.origin));
    RETURN made;
END $$;

-- The same for who hands something in: what comes from outside is an upload.
DROP FUNCTION IF EXISTS dossier.attach(uuid, text, text, text, bigint, integer, bytea, smallint, text);
CREATE OR REPLACE FUNCTION dossier.attach(the_dossier uuid, the_type text, the_name text, the_media_type text, the_bytes bigint, the_pages integer, the_sha256 bytea,
                                          the_kind smallint DEFAULT 2) RETURNS dossier.document
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN dossier.attach_as(the_dossier, the_type, the_name, the_media_type, the_bytes, the_pages, the_sha256, the_kind, 'upload');
END $$;

-- Take a paper back; the row and the bytes stay. Officers may while the dossier runs, the applicant what they added themselves since it came to them.
CREATE OR REPLACE FUNCTION dossier.detach(the_document bigint) RETURNS dossier.document
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found_one dossier.document;
    d dossier.dossier;
BEGIN
    SELECT * INTO found_one FROM dossier.document WHERE id = the_document;
    d := dossier.lock(found_one.dossier_id);
    SELECT * INTO STRICT found_one FROM dossier.document WHERE id = the_document;
    IF found_one.removed_at IS NOT NULL THEN
        RETURN found_one;
    END IF;
    IF found_one.origin = 'issued' OR NOT dossier.may_attach(d)
       OR NOT (accounts.is_owner() OR dossier.has_any_desk(d) OR found_one.added_by = accounts.acting() AND found_one.added_at >= d.step_since) THEN
        RAISE EXCEPTION 'this paper stays' USING ERRCODE = 'GD024';
    END IF;
    UPDATE dossier.document SET removed_at = greatest(dossier.clock_now(), added_at) WHERE id = the_document RETURNING * INTO found_one;
    PERFORM dossier.record(d.id, 'remove', jsonb_build_object('document', found_one.id, 'type', found_one.type, 'version', found_one.version));
    RETURN found_one;
END $$;

-- Rows are written by the functions above; nothing but the mark of removal ever changes.
CREATE OR REPLACE FUNCTION dossier.check_document() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.removed_at IS NOT NULL OR to_jsonb(NEW) - 'removed_at' <> to_jsonb(OLD) - 'removed_at' THEN
        RAISE EXCEPTION 'a paper is not altered' USING ERRCODE = 'GF010';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER document_changed BEFORE UPDATE ON dossier.document FOR EACH ROW EXECUTE FUNCTION dossier.check_document();
CREATE OR REPLACE TRIGGER document_kept BEFORE DELETE OR TRUNCATE ON dossier.document FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();

-- ---- never asked for again ------------------------------------------------------------------------------------------------

-- Papers of earlier dossiers of the same applicant that can serve again, the newest of each type: about the same land, or about the person. A form
-- filled in for one request does not serve another.
CREATE OR REPLACE FUNCTION dossier.earlier_papers(d dossier.dossier) RETURNS SETOF dossier.document
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH others AS (
        SELECT o.id FROM dossier.dossier o WHERE o.applicant_account = d.applicant_account
        UNION SELECT o.id FROM dossier.dossier o WHERE o.applicant_party = d.applicant_party
        UNION SELECT a.dossier_id FROM dossier.applicant a
              WHERE a.identity_fingerprint = (SELECT identity_fingerprint FROM dossier.applicant WHERE dossier_id = d.id))
    SELECT DISTINCT ON (x.type) x.* FROM others o JOIN dossier.document x ON x.dossier_id = o.id
    JOIN jsonb_array_elements(d.terms -> 'documents') p ON p ->> 'code' = x.type AND coalesce(p ->> 'form', '') = ''
    WHERE o.id <> d.id AND x.removed_at IS NULL AND x.origin <> 'issued'
      AND (p ->> 'held_as' = 'identity' OR EXISTS (
          SELECT 1 FROM dossier.parcel mine JOIN dossier.parcel theirs USING (parcel_id)
          WHERE mine.dossier_id = d.id AND mine.role = 'subject' AND theirs.dossier_id = o.id))
    ORDER BY x.type, x.added_at DESC, x.id DESC;
END $$;

-- Whether the register itself holds what a paper would show.
CREATE OR REPLACE FUNCTION dossier.holds(d dossier.dossier, held_as text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN coalesce(CASE held_as
        WHEN 'certificate' THEN (
            SELECT bool_and(EXISTS (
                SELECT 1 FROM rights.ba_unit_parcel b JOIN rights.certificate c ON c.ba_unit = b.ba_unit AND c.status = 'in_force'
                WHERE b.parcel_id IN (SELECT rights.ancestry(p.parcel_id)) AND rights.stands(b.valid) AND lower(b.valid) <= accounts.today() AND upper_inf(b.recorded)
                  AND EXISTS (  -- the applicant's own: whether others have one is nobody's business
                    SELECT 1 FROM rights.rrr r WHERE r.ba_unit = b.ba_unit AND upper_inf(r.recorded) AND rights.stands(r.valid)
                      AND (r.party_id = d.applicant_party OR r.party_id IN (SELECT group_id FROM rights.group_member WHERE member_id = d.applicant_party)))))
            FROM dossier.parcel p WHERE p.dossier_id = d.id AND p.role = 'subject')
        WHEN 'identity' THEN EXISTS (SELECT 1 FROM rights.personal WHERE party_id = d.applicant_party AND identity_fingerprint IS NOT NULL)
        WHEN 'extract' THEN (
            SELECT bool_and(EXISTS (SELECT 1 FROM fabric.parcel_version v WHERE v.parcel_id = p.parcel_id))  -- also when its own dossier ended it
            FROM dossier.parcel p WHERE p.dossier_id = d.id AND p.role = 'subject')
        END, false);
END $$;

-- Every paper of a dossier with its state: attached, held (by the register), reusable (of an earlier dossier), missing. Whoever calls has checked that
-- it may be seen; no name and no number of another dossier is in it.
CREATE OR REPLACE FUNCTION dossier.checklist(the_dossier uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
    earlier text[];
BEGIN
    SELECT * INTO STRICT d FROM dossier.dossier WHERE id = the_dossier;
    earlier := ARRAY(SELECT type FROM dossier.earlier_papers(d));
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'code', p.item ->> 'code', 'name_vi', p.item ->> 'name_vi', 'name_en', p.item ->> 'name_en', 'form', p.item ->> 'form',
            'required', coalesce((p.item ->> 'required')::boolean, false), 'original', coalesce((p.item ->> 'original')::boolean, false),
            'held_as', p.item ->> 'held_as', 'files', n.files,
            'state', CASE WHEN n.files > 0 THEN 'attached' WHEN dossier.holds(d, p.item ->> 'held_as') THEN 'held'
                          WHEN p.item ->> 'code' = ANY(earlier) THEN 'reusable' ELSE 'missing' END) ORDER BY p.ord), '[]')
        FROM jsonb_array_elements(d.terms -> 'documents') WITH ORDINALITY p (item, ord),
             LATERAL (SELECT count(*) AS files FROM dossier.document x
                      WHERE x.dossier_id = d.id AND x.type = p.item ->> 'code' AND x.removed_at IS NULL AND x.origin <> 'issued') n);
END $$;

-- Required papers that neither the dossier nor we have.
CREATE OR REPLACE FUNCTION dossier.missing(the_dossier uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('code', p ->> 'code', 'name_vi', p ->> 'name_vi', 'name_en', p ->> 'name_en', 'form', p ->> 'form')), '[]')
            FROM jsonb_array_elements(dossier.checklist(the_dossier)) p WHERE (p ->> 'required')::boolean AND p ->> 'state' = 'missing');
END $$;

-- For who sees the dossier: the same list, and which paper of which earlier dossier could be taken over.
CREATE OR REPLACE FUNCTION dossier.papers_wanted(the_dossier uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
BEGIN
    SELECT * INTO d FROM dossier.dossier WHERE id = the_dossier;
    IF NOT FOUND OR NOT dossier.sees(the_dossier) THEN
        RAISE EXCEPTION 'no such dossier' USING ERRCODE = 'GD001';
    END IF;
    RETURN (SELECT coalesce(jsonb_agg(p.item || jsonb_build_object('earlier', CASE WHEN p.item ->> 'state' = 'reusable' THEN (
                SELECT jsonb_build_object('document', e.id, 'dossier', o.code, 'added_at', e.added_at)
                FROM dossier.earlier_papers(d) e JOIN dossier.dossier o ON o.id = e.dossier_id WHERE e.type = p.item ->> 'code') END) ORDER BY p.ord), '[]')
            FROM jsonb_array_elements(dossier.checklist(the_dossier)) WITH ORDINALITY p (item, ord));
END $$;

-- Take a paper of an earlier dossier over; only one that `earlier_papers` offers.
CREATE OR REPLACE FUNCTION dossier.reuse(the_dossier uuid, the_document bigint) RETURNS dossier.document
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier := dossier.lock(the_dossier);
    old dossier.document;
BEGIN
    SELECT * INTO old FROM dossier.earlier_papers(d) e WHERE e.id = the_document;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such paper of an earlier dossier' USING ERRCODE = 'GD025';
    END IF;
    RETURN dossier.attach_as(the_dossier, old.type, old.name, old.media_type, old.bytes, old.pages, old.sha256, old.kind, 'held');
END $$;

REVOKE ALL ON FUNCTION dossier.has_any_desk(dossier.dossier), dossier.may_attach(dossier.dossier), dossier.may_attach(uuid),
    dossier.attach_as(uuid, text, text, text, bigint, integer, bytea, smallint, text), dossier.attach(uuid, text, text, text, bigint, integer, bytea, smallint),
    dossier.detach(bigint), dossier.check_document(),
    dossier.earlier_papers(dossier.dossier), dossier.holds(dossier.dossier, text), dossier.checklist(uuid), dossier.missing(uuid),
    dossier.papers_wanted(uuid), dossier.reuse(uuid, bigint) FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
GRANT EXECUTE ON FUNCTION dossier.may_attach(uuid), dossier.attach(uuid, text, text, text, bigint, integer, bytea, smallint), dossier.detach(bigint),
    dossier.papers_wanted(uuid), dossier.reuse(uuid, bigint) TO geo_service;
