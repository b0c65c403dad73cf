-- The four logins of the service, what each may touch, and row-level security; replaced at each migration. Logins belong to the whole
-- cluster and are made once; passwords (where the server asks for any) are given by `geo-service`, see geo_service/database.py.
--
--   geo_public    answers everybody: land, units, feed, tiles. No name of a person, no account, no right, no log.
--   geo_gate      checks passwords, second factors and providers, and opens sessions. Reads no name of a person and no right.
--   geo_service   works for somebody who is signed in, proven by accounts.enter; sees rows by unit.
--   geo_analyst   reads, for notebooks and reports: land, its history, and rights without the people who hold them.
DO $$
DECLARE
    login text;
BEGIN
    FOREACH login IN ARRAY ARRAY['geo_public', 'geo_gate', 'geo_service', 'geo_analyst'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = login) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', login);
                EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', login,
                               CASE login WHEN 'geo_analyst' THEN '10min' WHEN 'geo_service' THEN '60s' ELSE '20s' END);
                EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', login, '2min');
                IF login IN ('geo_public', 'geo_analyst') THEN
                    EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', login);
                END IF;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- another database of this cluster is being migrated at the same moment
            END;
        END IF;
    END LOOP;
END $$;

-- ---- nothing is granted but what is named here ------------------------------------------------------------------------

REVOKE ALL ON ALL TABLES IN SCHEMA fabric, feed, register, tiles, work, accounts, audit FROM geo_public, geo_gate, geo_service, geo_analyst;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA fabric, feed, accounts, audit FROM PUBLIC;
GRANT USAGE ON SCHEMA fabric, feed, register, tiles TO geo_public, geo_gate, geo_service, geo_analyst;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA fabric TO geo_public, geo_service, geo_analyst;
GRANT EXECUTE ON FUNCTION feed.cells(geometry) TO geo_public, geo_service, geo_analyst;
GRANT SELECT ON ALL TABLES IN SCHEMA feed, register, tiles TO geo_public, geo_service, geo_analyst;
GRANT SELECT ON fabric.deployment, fabric.parcel, fabric.parcel_version, fabric.lineage, fabric.outline TO geo_public, geo_service, geo_analyst;
GRANT SELECT (id, kind, base_seq, effective_on, reverts, xid, seq, committed_at, certificate, digest) ON fabric.change_set TO geo_public;
GRANT SELECT ON fabric.change_set TO geo_service, geo_analyst;

-- the service writes to the ledger; feed, lineage and certificates are written by the seal alone
GRANT INSERT (kind, reason, author, intents, base_seq, effective_on, reverts, draft_id) ON fabric.change_set TO geo_service;
GRANT INSERT (code, code_origin) ON fabric.parcel TO geo_service;
GRANT INSERT (parcel_id, unit, kind, sheet, number, land_use, official_area_m2, address, source_id, cause, created_by, geom) ON fabric.parcel_version TO geo_service;
GRANT UPDATE (retired_by) ON fabric.parcel_version TO geo_service;
GRANT INSERT ON fabric.outline TO geo_service;
GRANT INSERT, UPDATE ON register.sheet TO geo_service;
GRANT USAGE ON SCHEMA work TO geo_service;
-- for which dossier a draft is drawn is the dossier's to say (dossier.draw), and never changes
GRANT SELECT, INSERT (owner, reason, intents, base_seq),
      UPDATE (reason, intents, base_seq, status, committed_seq, updated_at, submitted_at, units, subjects, returned_by, returned_note) ON work.draft TO geo_service;

-- administration of units
GRANT INSERT (code, name, name_en, unit_type, lon, lat), UPDATE (name, name_en, ended_on, successor) ON register.unit TO geo_service;

-- ---- accounts ---------------------------------------------------------------------------------------------------------

GRANT USAGE ON SCHEMA accounts, audit TO geo_gate, geo_service;
GRANT EXECUTE ON FUNCTION accounts.enter(text, boolean), accounts.note(), accounts.acting(), accounts.acting_level(), accounts.acting_login(),
    accounts.acting_party(), accounts.units_for(text), accounts.may(text, text), accounts.capabilities(), accounts.is_owner(), accounts.today(),
    accounts.works_in(bigint, text[]), accounts.works_nowhere(bigint), accounts.manages(bigint), audit.write(text, text, text, jsonb) TO geo_gate, geo_service;
GRANT EXECUTE ON FUNCTION audit.content(audit.entry), audit.first_broken() TO geo_service;

GRANT SELECT (id, login, password_hash, demo, disabled, totp_sealed, totp_confirmed_at, totp_last_step, party_id),
      INSERT (login, name, party_id), UPDATE (password_hash, password_changed_at, totp_sealed, totp_confirmed_at, totp_last_step, party_id) ON accounts.account TO geo_gate;
GRANT SELECT, INSERT (token_hash, account_id, expires_at, user_agent, level, method), UPDATE (revoked_at, level) ON accounts.session TO geo_gate;
GRANT SELECT, INSERT, DELETE ON accounts.attempt, accounts.recovery_code TO geo_gate;
GRANT SELECT, INSERT ON accounts.identity TO geo_gate;
GRANT SELECT (account_id, revoked_at), UPDATE (revoked_at) ON accounts.token TO geo_gate;
GRANT EXECUTE ON FUNCTION accounts.person_by_number(bytea) TO geo_gate;

GRANT SELECT ON accounts.role, accounts.scope TO geo_gate, geo_service;
GRANT SELECT (id, login, name, demo, disabled, created_at, password_changed_at, totp_confirmed_at, party_id),
      INSERT (login, name, password_hash), UPDATE (name, disabled, password_hash, password_changed_at, totp_sealed, totp_confirmed_at) ON accounts.account TO geo_service;
GRANT SELECT (id, account_id, created_at, expires_at, revoked_at, user_agent, level, method), UPDATE (revoked_at) ON accounts.session TO geo_service;
GRANT SELECT (id, account_id, name, scopes, level, created_at, expires_at, last_used_at, revoked_at),
      INSERT (token_hash, account_id, name, scopes, level, expires_at), UPDATE (revoked_at) ON accounts.token TO geo_service;
GRANT SELECT, INSERT (account_id, role, unit, valid, deputy_for, note), UPDATE (ended_at, ended_by) ON accounts.assignment TO geo_service;
GRANT DELETE ON accounts.recovery_code TO geo_service;
GRANT SELECT (account_id) ON accounts.recovery_code TO geo_service;
GRANT SELECT ON audit.entry, audit.head TO geo_service;

-- ---- rows -------------------------------------------------------------------------------------------------------------

DO $$
DECLARE
    p record;
BEGIN
    FOR p IN SELECT schemaname, tablename, policyname FROM pg_policies WHERE schemaname IN ('accounts', 'audit', 'work', 'register') LOOP
        EXECUTE format('DROP POLICY %I ON %I.%I', p.policyname, p.schemaname, p.tablename);
    END LOOP;
END $$;

ALTER TABLE accounts.account ENABLE ROW LEVEL SECURITY;
CREATE POLICY gate ON accounts.account TO geo_gate USING (true) WITH CHECK (true);
CREATE POLICY own ON accounts.account FOR SELECT TO geo_service USING (id = (SELECT accounts.acting()));
-- an administrator, or a leader reading the log, sees everybody in the city, or who works in the own units (and accounts nobody has given a role)
CREATE POLICY seen ON accounts.account FOR SELECT TO geo_service
    USING ((SELECT accounts.units_for('accounts.manage') || accounts.units_for('audit.read')) @> '{*}'
           OR (SELECT cardinality(accounts.units_for('accounts.manage') || accounts.units_for('audit.read')) > 0)
              AND accounts.works_in(id, (SELECT accounts.units_for('accounts.manage') || accounts.units_for('audit.read')))
           OR (SELECT accounts.may('accounts.manage', NULL)) AND party_id IS NULL AND accounts.works_nowhere(id));
CREATE POLICY made ON accounts.account FOR INSERT TO geo_service WITH CHECK ((SELECT accounts.may('accounts.manage', NULL)) AND party_id IS NULL);
CREATE POLICY managed ON accounts.account FOR UPDATE TO geo_service USING (accounts.manages(id));

ALTER TABLE accounts.session ENABLE ROW LEVEL SECURITY;
CREATE POLICY gate ON accounts.session TO geo_gate USING (true) WITH CHECK (true);
CREATE POLICY own ON accounts.session TO geo_service USING (account_id = (SELECT accounts.acting()) OR accounts.manages(account_id));

ALTER TABLE accounts.token ENABLE ROW LEVEL SECURITY;
CREATE POLICY gate ON accounts.token TO geo_gate USING (account_id = (SELECT accounts.acting()));
CREATE POLICY own ON accounts.token TO geo_service USING (account_id = (SELECT accounts.acting()) OR accounts.manages(account_id))
    WITH CHECK (account_id = (SELECT accounts.acting()) AND level <= (SELECT accounts.acting_level()) OR revoked_at IS NOT NULL);

ALTER TABLE accounts.recovery_code ENABLE ROW LEVEL SECURITY;
CREATE POLICY gate ON accounts.recovery_code TO geo_gate USING (true) WITH CHECK (true);
CREATE POLICY reset ON accounts.recovery_code TO geo_service USING (accounts.manages(account_id));

ALTER TABLE accounts.identity ENABLE ROW LEVEL SECURITY;
CREATE POLICY gate ON accounts.identity TO geo_gate USING (true) WITH CHECK (true);

ALTER TABLE accounts.assignment ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON accounts.assignment FOR SELECT TO geo_service
    USING (account_id = (SELECT accounts.acting()) OR deputy_for = (SELECT accounts.acting()) OR (SELECT accounts.may('accounts.manage', NULL)));
CREATE POLICY given ON accounts.assignment FOR INSERT TO geo_service WITH CHECK (true);  -- judged by accounts.check_assignment
CREATE POLICY ended ON accounts.assignment FOR UPDATE TO geo_service USING (true);

-- leaders see the entries of their units, auditors of the whole city everything
ALTER TABLE audit.entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON audit.entry FOR SELECT TO geo_service
    USING ((SELECT accounts.units_for('audit.read')) && ARRAY[coalesce(unit, '*'), '*']);

ALTER TABLE work.draft ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON work.draft TO geo_service USING (owner = (SELECT accounts.acting_login())) WITH CHECK (true);
CREATE POLICY decided ON work.draft TO geo_service
    USING ((status = 'submitted' OR committed_seq IS NOT NULL OR returned_by = (SELECT accounts.acting_login()))
           AND cardinality(units) > 0
           AND ((SELECT accounts.units_for('edit.approve')) @> '{*}' OR units <@ (SELECT accounts.units_for('edit.approve'))))
    WITH CHECK (true);  -- what may change is judged by accounts.check_draft

ALTER TABLE register.unit ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON register.unit FOR SELECT USING (true);
CREATE POLICY managed ON register.unit TO geo_service USING (true) WITH CHECK ((SELECT accounts.units_for('accounts.manage')) @> '{*}');
