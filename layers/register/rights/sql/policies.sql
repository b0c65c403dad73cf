-- Who may touch which column and which row of the rights; dropped and made again at each migration.
--
--   geo_service   works for somebody signed in: rows by unit and capability, or one's own
--   geo_analyst   rights without the people who hold them, certificates without serials
--   geo_public, geo_gate   nothing in this schema
REVOKE ALL ON SCHEMA rights FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
REVOKE ALL ON ALL TABLES IN SCHEMA rights FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA rights FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;

GRANT USAGE ON SCHEMA rights TO geo_service, geo_analyst;
GRANT EXECUTE ON FUNCTION rights.stands(daterange), rights.ancestry(bigint), rights.own_parties(), rights.own_ba_units(),
    rights.proven_units(text), rights.holds_where(bigint, text), rights.sees_party(bigint, text), rights.has_held(bigint, bigint),
    rights.known_party(bytea, text), rights.begin_personal(bigint), rights.accesses(), rights.blocks_on(bigint), rights.own_blocks(bigint), rights.lies_in(bigint, text) TO geo_service;

GRANT SELECT ON rights.party, rights.group_member, rights.personal, rights.ba_unit, rights.ba_unit_parcel, rights.certificate, rights.rrr_type,
    rights.rrr, rights.block, rights.purpose, rights.consent, rights.correction TO geo_service;
GRANT INSERT (kind, name, organisation_number), UPDATE (name) ON rights.party TO geo_service;
GRANT INSERT (group_id, member_id, share_num, share_den) ON rights.group_member TO geo_service;
GRANT INSERT (party_id, identity_sealed, identity_fingerprint, phone_sealed, address_sealed, birth_year),
      UPDATE (identity_sealed, identity_fingerprint, phone_sealed, address_sealed) ON rights.personal TO geo_service;
GRANT INSERT (kind, unit, name) ON rights.ba_unit TO geo_service;
GRANT INSERT (ba_unit, parcel_id, valid), UPDATE (recorded) ON rights.ba_unit_parcel TO geo_service;
GRANT INSERT (ba_unit, generation, serial, book_number, issued_on, issuer), UPDATE (status, status_at) ON rights.certificate TO geo_service;
GRANT INSERT (ba_unit, class, type, party_id, share_num, share_den, certificate_id, source, valid), UPDATE (recorded) ON rights.rrr TO geo_service;
GRANT INSERT (parcel_id, ba_unit, unit, kind, reason, source, stops, valid), UPDATE (lifted_at, lifted_reason, lifted_source, recorded)
    ON rights.block TO geo_service;
GRANT INSERT (party_id, purpose, given) ON rights.consent TO geo_service;
GRANT INSERT (party_id, field, value_sealed, note), UPDATE (status, decided_at, decision_note, previous_sealed) ON rights.correction TO geo_service;

GRANT SELECT (id, kind, unit) ON rights.ba_unit TO geo_analyst;
GRANT SELECT ON rights.ba_unit_parcel, rights.rrr_type TO geo_analyst;
GRANT SELECT (id, ba_unit, generation, issued_on, status, status_at) ON rights.certificate TO geo_analyst;
GRANT SELECT (id, ba_unit, class, type, share_num, share_den, certificate_id, valid, recorded) ON rights.rrr TO geo_analyst;

DO $$
DECLARE
    p record;
BEGIN
    FOR p IN SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'rights' LOOP
        EXECUTE format('DROP POLICY %I ON rights.%I', p.policyname, p.tablename);
    END LOOP;
    FOR p IN SELECT tablename FROM pg_tables WHERE schemaname = 'rights' AND tablename NOT IN ('rrr_type', 'purpose') LOOP
        EXECUTE format('ALTER TABLE rights.%I ENABLE ROW LEVEL SECURITY', p.tablename);
    END LOOP;
    FOR p IN SELECT unnest(ARRAY['ba_unit', 'ba_unit_parcel', 'certificate', 'rrr']) AS tablename LOOP
        EXECUTE format('CREATE POLICY analysed ON rights.%I FOR SELECT TO geo_analyst USING (true)', p.tablename);
    END LOOP;
END $$;

-- administrative units: by commune, or where one holds something oneself
CREATE POLICY seen ON rights.ba_unit FOR SELECT TO geo_service
    USING ((SELECT accounts.units_for('rights.read')) && ARRAY[unit, '*'] OR id = ANY((SELECT rights.own_ba_units())::bigint[]));
CREATE POLICY made ON rights.ba_unit FOR INSERT TO geo_service
    WITH CHECK ((SELECT accounts.units_for('rights.write')) && ARRAY[unit, '*']);

CREATE POLICY seen ON rights.ba_unit_parcel FOR SELECT TO geo_service
    USING (EXISTS (SELECT 1 FROM rights.ba_unit b WHERE b.id = ba_unit));
CREATE POLICY made ON rights.ba_unit_parcel FOR INSERT TO geo_service WITH CHECK (
    EXISTS (SELECT 1 FROM rights.ba_unit b WHERE b.id = ba_unit AND (SELECT accounts.units_for('rights.write')) && ARRAY[b.unit, '*']));
CREATE POLICY closed ON rights.ba_unit_parcel FOR UPDATE TO geo_service USING (
    EXISTS (SELECT 1 FROM rights.ba_unit b WHERE b.id = ba_unit AND (SELECT accounts.units_for('rights.write')) && ARRAY[b.unit, '*']));

-- rights: of the commune, or one's own; not those of whoever else holds a share in the same land
CREATE POLICY seen ON rights.rrr FOR SELECT TO geo_service USING (
    party_id = ANY((SELECT rights.own_parties())::bigint[])
    OR EXISTS (SELECT 1 FROM rights.ba_unit b WHERE b.id = ba_unit AND (SELECT accounts.units_for('rights.read')) && ARRAY[b.unit, '*']));
CREATE POLICY made ON rights.rrr FOR INSERT TO geo_service WITH CHECK (
    (party_id IS NULL OR EXISTS (SELECT 1 FROM rights.party p WHERE p.id = party_id) OR rights.has_held(ba_unit, party_id))
    AND EXISTS (SELECT 1 FROM rights.ba_unit b WHERE b.id = ba_unit AND (SELECT accounts.units_for('rights.write')) && ARRAY[b.unit, '*']));
CREATE POLICY closed ON rights.rrr FOR UPDATE TO geo_service USING (
    EXISTS (SELECT 1 FROM rights.ba_unit b WHERE b.id = ba_unit AND (SELECT accounts.units_for('rights.write')) && ARRAY[b.unit, '*']));

CREATE POLICY seen ON rights.certificate FOR SELECT TO geo_service USING (
    EXISTS (SELECT 1 FROM rights.ba_unit b WHERE b.id = ba_unit AND (SELECT accounts.units_for('rights.read')) && ARRAY[b.unit, '*'])
    OR EXISTS (SELECT 1 FROM rights.rrr r WHERE r.certificate_id = certificate.id));
CREATE POLICY made ON rights.certificate FOR INSERT TO geo_service WITH CHECK (
    EXISTS (SELECT 1 FROM rights.ba_unit b WHERE b.id = ba_unit AND (SELECT accounts.units_for('rights.write')) && ARRAY[b.unit, '*']));
CREATE POLICY ended ON rights.certificate FOR UPDATE TO geo_service USING (
    EXISTS (SELECT 1 FROM rights.ba_unit b WHERE b.id = ba_unit AND (SELECT accounts.units_for('rights.write')) && ARRAY[b.unit, '*']));

-- parties: who holds something now where one may read; oneself; whom this very transaction made or named by number.
-- Nobody alters the own data or decides on the own request.
CREATE POLICY seen ON rights.party FOR SELECT TO geo_service USING (
    id = ANY((SELECT rights.own_parties())::bigint[]) OR named_in = pg_current_xact_id_if_assigned()
    OR rights.holds_where(id, (SELECT rights.proven_units('rights.read'))));
CREATE POLICY made ON rights.party FOR INSERT TO geo_service WITH CHECK ((SELECT accounts.may('rights.write', NULL)));
CREATE POLICY corrected ON rights.party FOR UPDATE TO geo_service
    USING (id IS DISTINCT FROM (SELECT accounts.acting_party()) AND rights.holds_where(id, (SELECT rights.proven_units('rights.write'))));

CREATE POLICY seen ON rights.group_member FOR SELECT TO geo_service
    USING (EXISTS (SELECT 1 FROM rights.party p WHERE p.id = group_id));
CREATE POLICY made ON rights.group_member FOR INSERT TO geo_service WITH CHECK (
    EXISTS (SELECT 1 FROM rights.party p WHERE p.id = group_id AND p.named_in = pg_current_xact_id())
    AND EXISTS (SELECT 1 FROM rights.party p WHERE p.id = member_id));

CREATE POLICY seen ON rights.personal FOR SELECT TO geo_service
    USING (party_id = (SELECT accounts.acting_party()) OR rights.holds_where(party_id, (SELECT rights.proven_units('person.reveal'))));
CREATE POLICY made ON rights.personal FOR INSERT TO geo_service WITH CHECK (
    (SELECT accounts.may('rights.write', NULL))
    AND EXISTS (SELECT 1 FROM rights.party p WHERE p.id = party_id AND p.named_in = pg_current_xact_id()));
CREATE POLICY corrected ON rights.personal FOR UPDATE TO geo_service
    USING (party_id IS DISTINCT FROM (SELECT accounts.acting_party()) AND rights.holds_where(party_id, (SELECT rights.proven_units('rights.write'))));

CREATE POLICY seen ON rights.block FOR SELECT TO geo_service USING (
    (SELECT accounts.units_for('rights.read')) && ARRAY[unit, '*'] OR (SELECT accounts.units_for('block.write')) && ARRAY[unit, '*']);
CREATE POLICY made ON rights.block FOR INSERT TO geo_service WITH CHECK ((SELECT accounts.units_for('block.write')) && ARRAY[unit, '*']);
CREATE POLICY lifted ON rights.block FOR UPDATE TO geo_service USING ((SELECT accounts.units_for('block.write')) && ARRAY[unit, '*']);

CREATE POLICY seen ON rights.consent FOR SELECT TO geo_service
    USING (party_id = (SELECT accounts.acting_party()) OR rights.holds_where(party_id, (SELECT rights.proven_units('person.reveal'))));
CREATE POLICY made ON rights.consent FOR INSERT TO geo_service WITH CHECK (party_id = (SELECT accounts.acting_party()));

CREATE POLICY seen ON rights.correction FOR SELECT TO geo_service
    USING (party_id = (SELECT accounts.acting_party()) OR rights.holds_where(party_id, (SELECT rights.proven_units('rights.write'))));
CREATE POLICY made ON rights.correction FOR INSERT TO geo_service WITH CHECK (party_id = (SELECT accounts.acting_party()));
CREATE POLICY decided ON rights.correction FOR UPDATE TO geo_service
    USING (party_id IS DISTINCT FROM (SELECT accounts.acting_party()) AND rights.holds_where(party_id, (SELECT rights.proven_units('rights.write'))));
