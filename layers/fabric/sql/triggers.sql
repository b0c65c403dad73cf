-- What binds the functions of functions.sql to the tables. Dropped and made again at each migration.
CREATE OR REPLACE TRIGGER version_created AFTER INSERT ON fabric.parcel_version
    REFERENCING NEW TABLE AS new_versions FOR EACH STATEMENT EXECUTE FUNCTION fabric.check_created();
CREATE OR REPLACE TRIGGER version_retired BEFORE UPDATE ON fabric.parcel_version
    FOR EACH ROW EXECUTE FUNCTION fabric.check_retired();
CREATE OR REPLACE TRIGGER version_kept BEFORE DELETE OR TRUNCATE ON fabric.parcel_version
    FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();

CREATE OR REPLACE TRIGGER change_set_touched BEFORE INSERT OR UPDATE ON fabric.change_set
    FOR EACH ROW EXECUTE FUNCTION fabric.check_sealing();
CREATE OR REPLACE TRIGGER change_set_kept BEFORE DELETE OR TRUNCATE ON fabric.change_set
    FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();
DROP TRIGGER IF EXISTS change_set_sealed ON fabric.change_set;
CREATE CONSTRAINT TRIGGER change_set_sealed AFTER INSERT ON fabric.change_set
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fabric.seal();

CREATE OR REPLACE TRIGGER parcel_code BEFORE UPDATE ON fabric.parcel
    FOR EACH ROW EXECUTE FUNCTION fabric.check_code();
CREATE OR REPLACE TRIGGER parcel_kept BEFORE DELETE OR TRUNCATE ON fabric.parcel
    FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();
CREATE OR REPLACE TRIGGER lineage_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON fabric.lineage
    FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();
CREATE OR REPLACE TRIGGER lineage_open BEFORE INSERT ON fabric.lineage
    FOR EACH ROW EXECUTE FUNCTION fabric.check_open();
CREATE OR REPLACE TRIGGER outline_open BEFORE INSERT ON fabric.outline
    FOR EACH ROW EXECUTE FUNCTION fabric.check_open();
CREATE OR REPLACE TRIGGER outline_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON fabric.outline
    FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();
CREATE OR REPLACE TRIGGER event_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON feed.event
    FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();
DROP TRIGGER IF EXISTS event_counted ON feed.event;
CREATE CONSTRAINT TRIGGER event_counted AFTER INSERT ON feed.event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION feed.check_event();
CREATE OR REPLACE TRIGGER head_steps BEFORE UPDATE ON feed.head
    FOR EACH ROW EXECUTE FUNCTION feed.check_head();
CREATE OR REPLACE TRIGGER head_kept BEFORE INSERT OR DELETE OR TRUNCATE ON feed.head
    FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();
