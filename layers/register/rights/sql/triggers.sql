-- What binds the functions of functions.sql to the tables. Dropped and made again at each migration.
CREATE OR REPLACE TRIGGER rrr_recorded BEFORE INSERT OR UPDATE ON rights.rrr
    FOR EACH ROW EXECUTE FUNCTION rights.keep();
CREATE OR REPLACE TRIGGER link_checked BEFORE INSERT ON rights.ba_unit_parcel
    FOR EACH ROW EXECUTE FUNCTION rights.check_link();
CREATE OR REPLACE TRIGGER link_recorded BEFORE INSERT OR UPDATE ON rights.ba_unit_parcel
    FOR EACH ROW EXECUTE FUNCTION rights.keep();
CREATE OR REPLACE TRIGGER block_recorded BEFORE INSERT OR UPDATE ON rights.block
    FOR EACH ROW EXECUTE FUNCTION rights.keep_block();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['party', 'group_member', 'personal', 'ba_unit', 'certificate', 'consent', 'correction'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE UPDATE ON rights.%I FOR EACH ROW EXECUTE FUNCTION rights.keep_rest()',
                       name || '_altered', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['party', 'group_member', 'personal', 'ba_unit', 'ba_unit_parcel', 'certificate', 'rrr', 'block', 'consent',
                                'correction'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE DELETE OR TRUNCATE ON rights.%I FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse()',
                       name || '_kept', name);
    END LOOP;
END $$;

DROP TRIGGER IF EXISTS rrr_shares ON rights.rrr;
CREATE CONSTRAINT TRIGGER rrr_shares AFTER INSERT OR UPDATE ON rights.rrr
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rights.check_shares();
DROP TRIGGER IF EXISTS member_shares ON rights.group_member;
CREATE CONSTRAINT TRIGGER member_shares AFTER INSERT ON rights.group_member
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rights.check_members();
DROP TRIGGER IF EXISTS change_set_unblocked ON fabric.change_set;
CREATE CONSTRAINT TRIGGER change_set_unblocked AFTER INSERT ON fabric.change_set
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rights.check_blocks();
