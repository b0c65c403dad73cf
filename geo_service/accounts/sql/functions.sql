-- Who acts in this transaction, and what that account may do; replaced at each migration.
--
-- Identity is proven, not claimed: `enter` takes a live session or access token, and leaves a note signed with a key that only the owner of
-- the database reads, bound to this backend and this transaction. A client of the role geo_service cannot act for anybody whose token it
-- does not hold, whatever SQL it runs.

INSERT INTO accounts.role (code, name_vi, name_en, capabilities) VALUES
    ('citizen', 'Công dân', 'Citizen', '{}'),
    ('reception', 'Tiếp nhận', 'Reception', '{rights.read,person.reveal,staff.names,desk.reception,dossier.read}'),
    ('surveyor', 'Đo đạc', 'Surveyor', '{edit.propose,staff.names,desk.surveyor,dossier.read}'),
    ('land_officer', 'Cán bộ địa chính', 'Land officer', '{edit.propose,rights.read,person.reveal,staff.names,desk.land_officer,dossier.read,finding.read}'),
    ('approver', 'Người duyệt', 'Approver', '{edit.approve,rights.read,staff.names,desk.approver,dossier.read}'),
    ('registrar', 'Đăng ký viên', 'Registrar', '{rights.read,rights.write,block.write,person.reveal,staff.names,desk.registrar,dossier.read}'),
    ('inspector', 'Thanh tra', 'Inspector', '{rights.read,person.reveal,staff.names,desk.inspector,dossier.read,finding.read,finding.judge,detect.run}'),
    ('analyst', 'Phân tích', 'Analyst', '{analysis.read}'),
    ('leader', 'Lãnh đạo', 'Leader', '{rights.read,audit.read,staff.names,desk.leader,dossier.read,board.read,finding.read}'),
    ('administrator', 'Quản trị', 'Administrator', '{accounts.manage,audit.read,staff.names,catalogue.write,board.read,partners.manage,imagery.manage,detect.run,finding.read}')
ON CONFLICT (code) DO UPDATE SET name_vi = excluded.name_vi, name_en = excluded.name_en, capabilities = excluded.capabilities;

INSERT INTO accounts.scope (code, name_vi, name_en, capabilities) VALUES
    ('read', 'Đọc', 'Read', '{rights.read,staff.names,analysis.read,audit.read,dossier.read,board.read,finding.read}'),
    ('edit', 'Chỉnh lý bản đồ', 'Edit the map', '{edit.propose,edit.approve}')
ON CONFLICT (code) DO UPDATE SET name_vi = excluded.name_vi, name_en = excluded.name_en, capabilities = excluded.capabilities;

-- The day in Hanoi: assignments begin and end at local midnight.
CREATE OR REPLACE FUNCTION accounts.today() RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date $$;

-- Whether the session belongs to the owner of the ledger (migration, command line): the holder of that login is the operator.
CREATE OR REPLACE FUNCTION accounts.is_owner() RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = 'fabric.change_set'::regclass), 'MEMBER');
END $$;

CREATE OR REPLACE FUNCTION accounts.signature(note text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    secret bytea := (SELECT key FROM accounts.proof_key);
    content bytea := convert_to(note || '|' || pg_backend_pid() || '|' || extract(epoch FROM transaction_timestamp()), 'UTF8');
BEGIN
    RETURN encode(sha256(secret || sha256(secret || content)), 'hex');
END $$;

-- What the note says, if its signature holds here and now: account|level|scopes.
CREATE OR REPLACE FUNCTION accounts.note() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    parts text[] := string_to_array(current_setting('geo.acting', true), '#');
BEGIN
    IF cardinality(parts) = 2 AND parts[2] = accounts.signature(parts[1]) THEN
        RETURN string_to_array(parts[1], '|');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION accounts.acting() RETURNS bigint
LANGUAGE sql STABLE AS $$ SELECT (accounts.note())[1]::bigint $$;

CREATE OR REPLACE FUNCTION accounts.acting_level() RETURNS integer
LANGUAGE sql STABLE AS $$ SELECT coalesce((accounts.note())[2]::integer, 0) $$;

CREATE OR REPLACE FUNCTION accounts.acting_login() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT login FROM accounts.account WHERE id = accounts.acting()
$$;

CREATE OR REPLACE FUNCTION accounts.acting_party() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT party_id FROM accounts.account WHERE id = accounts.acting()
$$;

-- Capability and place of everything an account holds today; '*' is the whole city. A deputy holds what the other account holds itself. Who is in
-- charge of a unit is in charge of the units that have become part of it, for what still bears their names; a unit that is no more gives nothing.
-- (PL/pgSQL here and below because it keeps its plans.)
CREATE OR REPLACE FUNCTION accounts.held(who bigint) RETURNS TABLE (capability text, unit text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    today date := accounts.today();
BEGIN
    RETURN QUERY WITH RECURSIVE mine AS MATERIALIZED (
        SELECT a.role, a.unit FROM accounts.assignment a
        WHERE a.account_id = who AND a.ended_at IS NULL AND a.valid @> today
          AND (a.deputy_for IS NULL OR EXISTS (
            SELECT 1 FROM accounts.assignment o JOIN accounts.account p ON p.id = o.account_id AND NOT p.disabled
            WHERE o.account_id = a.deputy_for AND o.role = a.role AND o.deputy_for IS NULL AND o.ended_at IS NULL
              AND o.valid @> today AND (o.unit IS NULL OR o.unit = a.unit)))),
    part (root, code) AS (
        SELECT u.code, u.code FROM register.unit u
        WHERE u.code IN (SELECT m.unit FROM mine m) AND (u.ended_on IS NULL OR u.ended_on > today)
        UNION
        SELECT p.root, u.code FROM part p JOIN register.unit u ON u.successor = p.code AND u.ended_on <= today)
    SELECT DISTINCT c.capability, coalesce(p.code, '*')
    FROM mine m JOIN accounts.role r ON r.code = m.role CROSS JOIN LATERAL unnest(r.capabilities) c (capability)
         LEFT JOIN part p ON p.root = m.unit
    WHERE m.unit IS NULL OR p.code IS NOT NULL;
END $$;

-- Capabilities of the acting account with their units, or {*} for the whole city: level 2 only, and a token only within its scopes.
CREATE OR REPLACE FUNCTION accounts.capabilities() RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    note text[] := accounts.note();
BEGIN
    IF note IS NULL OR note[2]::integer < 2 THEN
        RETURN '{}';
    END IF;
    RETURN coalesce((
        SELECT jsonb_object_agg(capability, units) FROM (
            SELECT h.capability, CASE WHEN bool_or(h.unit = '*') THEN '["*"]' ELSE jsonb_agg(h.unit ORDER BY h.unit) END AS units
            FROM accounts.held(note[1]::bigint) h
            WHERE note[3] = '' OR EXISTS (
                SELECT 1 FROM accounts.scope s WHERE s.code = ANY(string_to_array(note[3], ',')) AND h.capability = ANY(s.capabilities))
            GROUP BY h.capability) c), '{}');
END $$;

-- Units in which the acting account has a capability: codes, or {*} for the whole city, or {}.
CREATE OR REPLACE FUNCTION accounts.units_for(wanted text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT jsonb_array_elements_text(coalesce(accounts.capabilities() -> wanted, '[]')));
END $$;

-- Whether the acting account has a capability in a unit; with unit null, anywhere.
CREATE OR REPLACE FUNCTION accounts.may(wanted text, in_unit text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    units text[] := accounts.units_for(wanted);
BEGIN
    RETURN CASE WHEN in_unit IS NULL THEN cardinality(units) > 0 ELSE units && ARRAY[in_unit, '*'] END;
END $$;

-- Act for the holder of a session or access token until the transaction ends. Returns no row for a token that is unknown, ended, expired,
-- from the future, or whose account is closed; an expired one is ended for good, so a clock that moves back does not revive it.
DROP FUNCTION IF EXISTS accounts.enter(text, boolean);
CREATE FUNCTION accounts.enter(secret text, demo_allowed boolean)
RETURNS TABLE (id bigint, login text, name text, demo boolean, level integer, scopes text[], party_id bigint, session_id bigint,
               has_totp boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    digest bytea := sha256(convert_to(secret, 'UTF8'));
    held record;
    note text;
BEGIN
    PERFORM set_config('geo.acting', '', true);
    IF secret LIKE 'geo\_pat\_%' THEN
        SELECT t.id AS session_id, t.account_id, t.level, t.scopes, t.expires_at, t.created_at, t.last_used_at AS touched INTO held
        FROM accounts.token t WHERE t.token_hash = digest AND t.revoked_at IS NULL;
    ELSE
        SELECT s.id AS session_id, s.account_id, s.level, NULL::text[] AS scopes, s.expires_at, s.created_at, NULL::timestamptz AS touched INTO held
        FROM accounts.session s WHERE s.token_hash = digest AND s.revoked_at IS NULL;
    END IF;
    IF NOT FOUND OR held.created_at > now() + interval '5 minutes' THEN
        RETURN;
    END IF;
    IF held.expires_at <= now() OR (held.scopes IS NULL AND held.created_at <= now() - interval '7 days') THEN
        UPDATE accounts.token SET revoked_at = now() WHERE token_hash = digest AND held.scopes IS NOT NULL;
        UPDATE accounts.session SET revoked_at = now() WHERE token_hash = digest AND held.scopes IS NULL;
        RETURN;
    END IF;
    RETURN QUERY SELECT a.id, a.login, a.name, a.demo, CASE WHEN a.demo THEN 2 ELSE held.level::integer END, held.scopes, a.party_id, held.session_id,
                        a.totp_confirmed_at IS NOT NULL
                 FROM accounts.account a WHERE a.id = held.account_id AND NOT a.disabled AND (demo_allowed OR NOT a.demo);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- Prolong what is in use, at most every five minutes; a second request must not wait for the first one's transaction.
    IF held.scopes IS NULL AND held.expires_at < now() + interval '11 hours 55 minutes' THEN
        UPDATE accounts.session SET expires_at = now() + interval '12 hours' WHERE token_hash = (
            SELECT token_hash FROM accounts.session WHERE token_hash = digest FOR UPDATE SKIP LOCKED);
    ELSIF held.scopes IS NOT NULL AND coalesce(held.touched, '-infinity') < now() - interval '5 minutes' THEN
        UPDATE accounts.token SET last_used_at = now() WHERE token_hash = (
            SELECT token_hash FROM accounts.token WHERE token_hash = digest FOR UPDATE SKIP LOCKED);
    END IF;
    note := concat_ws('|', held.account_id, CASE WHEN (SELECT a.demo FROM accounts.account a WHERE a.id = held.account_id) THEN 2 ELSE held.level END,
                      coalesce(array_to_string(held.scopes, ','), ''));
    PERFORM set_config('geo.acting', note || '#' || accounts.signature(note), true);
END $$;

-- Whether an account holds a role in one of some units ('*': a role for the whole city).
CREATE OR REPLACE FUNCTION accounts.works_in(who bigint, in_units text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM accounts.assignment a
                   WHERE a.account_id = who AND a.ended_at IS NULL AND coalesce(a.unit, '*') = ANY(in_units))
$$;

CREATE OR REPLACE FUNCTION accounts.works_nowhere(who bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT NOT EXISTS (SELECT 1 FROM accounts.assignment a WHERE a.account_id = who AND a.ended_at IS NULL)
$$;

-- Whose password, second factor and sessions the acting account may deal with: the city's administrator everybody's; that of some units only those
-- who work there and nowhere else, and of no one who is known as a person of the land register.
CREATE OR REPLACE FUNCTION accounts.manages(who bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    mine text[] := accounts.units_for('accounts.manage');
BEGIN
    RETURN mine @> '{*}' OR (
        cardinality(mine) > 0 AND accounts.works_in(who, mine)
        AND EXISTS (SELECT 1 FROM accounts.account WHERE id = who AND party_id IS NULL)
        AND NOT EXISTS (SELECT 1 FROM accounts.assignment a
                        WHERE a.account_id = who AND a.ended_at IS NULL AND NOT coalesce(a.unit, '*') = ANY(mine)));
END $$;

-- ---- what the ledger asks -------------------------------------------------------------------------------------------

-- A change set written through the service: who decides is who acts; who proposes is the owner of the draft.
CREATE OR REPLACE FUNCTION accounts.check_change_set() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    who text := accounts.acting_login();
    draft work.draft;
BEGIN
    IF accounts.is_owner() THEN
        RETURN NEW;
    END IF;
    IF who IS NULL THEN
        RAISE EXCEPTION 'nobody is acting: a change set needs a signed-in officer' USING ERRCODE = 'GA001';
    END IF;
    IF NEW.kind IN ('load', 'extend') THEN
        RAISE EXCEPTION 'only the operator loads land' USING ERRCODE = 'GA001';
    END IF;
    NEW.approver := who;
    NEW.author := who;
    IF NEW.draft_id IS NOT NULL THEN
        SELECT * INTO draft FROM work.draft WHERE id = NEW.draft_id FOR UPDATE;
        IF NOT FOUND OR draft.intents <> NEW.intents OR draft.status NOT IN ('open', 'submitted') THEN
            RAISE EXCEPTION 'the change set is not what the draft says' USING ERRCODE = 'GA001';
        END IF;
        NEW.author := draft.owner;
    END IF;
    IF (SELECT four_eyes FROM fabric.deployment) AND (NEW.draft_id IS NULL OR draft.status <> 'submitted' OR NEW.author = who) THEN
        RAISE EXCEPTION 'who proposes does not approve: another officer has to decide' USING ERRCODE = 'GA002';
    END IF;
    IF NOT (SELECT four_eyes FROM fabric.deployment) AND NEW.author <> who AND draft.status <> 'submitted' THEN
        RAISE EXCEPTION 'the draft was not submitted' USING ERRCODE = 'GA001';
    END IF;
    RETURN NEW;
END $$;

-- Every face that is retired or created lies in a unit where the proposer may propose and the decider may decide.
CREATE OR REPLACE FUNCTION accounts.check_units() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    foreign_units text;
BEGIN
    IF accounts.is_owner() THEN
        RETURN NULL;
    END IF;
    WITH touched AS (
        SELECT DISTINCT v.unit, c.author, c.approver FROM touched_versions v
        JOIN fabric.change_set c ON c.id = CASE TG_OP WHEN 'UPDATE' THEN v.retired_by ELSE v.created_by END),
    decider AS MATERIALIZED (
        SELECT ARRAY(SELECT jsonb_array_elements_text(coalesce(c -> 'edit.approve', '[]'))) AS approves,
               ARRAY(SELECT jsonb_array_elements_text(coalesce(c -> 'edit.propose', '[]'))) AS proposes, accounts.acting_login() AS login
        FROM accounts.capabilities() c)
    SELECT string_agg(DISTINCT t.unit, ', ') INTO foreign_units
    FROM touched t, decider d
    WHERE t.approver IS DISTINCT FROM d.login
       OR NOT CASE WHEN t.author = d.login THEN (d.proposes || d.approves) && ARRAY[t.unit, '*']
              ELSE d.approves && ARRAY[t.unit, '*'] AND EXISTS (
                SELECT 1 FROM accounts.held((SELECT id FROM accounts.account WHERE login = t.author AND NOT disabled)) h
                WHERE h.capability = 'edit.propose' AND h.unit IN (t.unit, '*')) END;
    IF foreign_units IS NOT NULL THEN
        RAISE EXCEPTION 'no authority in unit %', foreign_units USING ERRCODE = 'GA003';
    END IF;
    RETURN NULL;
END $$;

-- A draft is its owner's until it is submitted; who decides can only return it or have it committed, never change what it says.
CREATE OR REPLACE FUNCTION accounts.check_draft() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    who text := accounts.acting_login();
BEGIN
    IF accounts.is_owner() THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.owner := who;
        NEW.status := 'open';
        RETURN NEW;
    END IF;
    -- a dossier that ends, or is sent back, takes its drawing along (dossier.act)
    IF OLD.dossier_id IS NOT NULL AND (NEW.intents, NEW.base_seq, NEW.owner) = (OLD.intents, OLD.base_seq, OLD.owner)
       AND OLD.status IN ('open', 'submitted') AND NEW.status IN ('open', 'discarded')
       AND EXISTS (SELECT 1 FROM dossier.event e WHERE e.dossier_id = OLD.dossier_id AND e.xid = pg_current_xact_id()
                   AND (e.kind = 'send_back' OR e.to_status IN (3, 7, 8))) THEN
        RETURN NEW;
    END IF;
    IF NEW.owner <> OLD.owner OR OLD.status IN ('committed', 'discarded') OR who IS NULL THEN
        RAISE EXCEPTION 'a draft keeps its owner and its end' USING ERRCODE = 'GA001';
    END IF;
    IF (OLD.status = 'submitted' OR who <> OLD.owner) AND (NEW.intents, NEW.base_seq) IS DISTINCT FROM (OLD.intents, OLD.base_seq) THEN
        RAISE EXCEPTION 'a submitted draft cannot be altered' USING ERRCODE = 'GA001';
    END IF;
    IF NEW.status = 'committed' AND NOT EXISTS (
        SELECT 1 FROM fabric.change_set WHERE draft_id = OLD.id AND seq = NEW.committed_seq AND xid = pg_current_xact_id()) THEN
        RAISE EXCEPTION 'a draft is committed by its change set' USING ERRCODE = 'GA001';
    END IF;
    IF who <> OLD.owner AND NOT (OLD.status = 'submitted' AND NEW.status IN ('open', 'committed')) THEN
        RAISE EXCEPTION 'this draft is somebody else''s' USING ERRCODE = 'GA001';
    END IF;
    RETURN NEW;
END $$;

-- An assignment is given with the authority of an administrator of that place, to somebody else, and afterwards only ended.
CREATE OR REPLACE FUNCTION accounts.check_assignment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    same accounts.assignment := NEW;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        same.ended_at := OLD.ended_at;
        same.ended_by := OLD.ended_by;
        IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR same IS DISTINCT FROM OLD THEN
            RAISE EXCEPTION 'an assignment can only be ended, and only once' USING ERRCODE = 'GA001';
        END IF;
    ELSIF EXISTS (SELECT 1 FROM register.unit WHERE code = NEW.unit AND ended_on <= greatest(lower(NEW.valid), accounts.today())) THEN
        RAISE EXCEPTION 'unit % no longer exists then', NEW.unit USING ERRCODE = 'GA004';
    END IF;
    IF accounts.is_owner() THEN
        RETURN NEW;
    END IF;
    IF NOT accounts.units_for('accounts.manage') && ARRAY[coalesce(NEW.unit, '*'), '*'] THEN
        RAISE EXCEPTION 'only an administrator of that place gives and ends roles' USING ERRCODE = 'GA003';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.account_id = accounts.acting() THEN
            RAISE EXCEPTION 'nobody gives a role to themselves' USING ERRCODE = 'GA002';
        END IF;
        NEW.given_by := accounts.acting();
        NEW.given_at := now();
    ELSE
        NEW.ended_by := accounts.acting();
        NEW.ended_at := now();
    END IF;
    RETURN NEW;
END $$;

-- Nobody gives a new password or second factor to an account that stands for a person of the land register: who could, could be that person.
-- (The person changes them through the gate; the operator at the command line helps those who lost both.)
CREATE OR REPLACE FUNCTION accounts.check_credentials() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.party_id IS NOT NULL AND session_user <> 'geo_gate' AND NOT accounts.is_owner() THEN
        RAISE EXCEPTION 'credentials of a person in the land register are not an administrator''s' USING ERRCODE = 'GA001';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER account_credentials BEFORE UPDATE OF password_hash, totp_sealed, totp_confirmed_at ON accounts.account
    FOR EACH ROW EXECUTE FUNCTION accounts.check_credentials();
CREATE OR REPLACE TRIGGER change_set_authorised BEFORE INSERT ON fabric.change_set
    FOR EACH ROW EXECUTE FUNCTION accounts.check_change_set();
CREATE OR REPLACE TRIGGER version_retired_by_right AFTER UPDATE ON fabric.parcel_version
    REFERENCING NEW TABLE AS touched_versions FOR EACH STATEMENT EXECUTE FUNCTION accounts.check_units();
CREATE OR REPLACE TRIGGER version_created_by_right AFTER INSERT ON fabric.parcel_version
    REFERENCING NEW TABLE AS touched_versions FOR EACH STATEMENT EXECUTE FUNCTION accounts.check_units();
CREATE OR REPLACE TRIGGER draft_guarded BEFORE INSERT OR UPDATE ON work.draft
    FOR EACH ROW EXECUTE FUNCTION accounts.check_draft();
CREATE OR REPLACE TRIGGER assignment_guarded BEFORE INSERT OR UPDATE ON accounts.assignment
    FOR EACH ROW EXECUTE FUNCTION accounts.check_assignment();
CREATE OR REPLACE TRIGGER assignment_kept BEFORE DELETE OR TRUNCATE ON accounts.assignment
    FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();

-- The person with this keyed hash of an identity number, the account that is linked to them, and whether it is one of somebody who works
-- here. For the gate: a provider has just proven the number.
CREATE OR REPLACE FUNCTION accounts.person_by_number(fingerprint bytea)
RETURNS TABLE (party_id bigint, account_id bigint, staff boolean, disabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT p.party_id, a.id, a.demo OR EXISTS (
               SELECT 1 FROM accounts.assignment s WHERE s.account_id = a.id AND s.ended_at IS NULL AND s.role <> 'citizen'), a.disabled
    FROM rights.personal p LEFT JOIN accounts.account a ON a.party_id = p.party_id
    WHERE p.identity_fingerprint = fingerprint
$$;

-- Sessions that ended a month ago are forgotten, those that have run out are ended (see enter).
CREATE OR REPLACE FUNCTION accounts.tidy() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE accounts.session SET revoked_at = now() WHERE expires_at <= now() AND revoked_at IS NULL;
    DELETE FROM accounts.session WHERE expires_at < now() - interval '30 days';
    DELETE FROM accounts.attempt WHERE at < now() - interval '1 day';
$$;
