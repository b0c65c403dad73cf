-- Rules of the map; replaced at each migration. Everybody may read them (accounts/sql/roles.sql); the operator writes them.

-- What is not written by the seed was written by somebody, and stays.
CREATE OR REPLACE FUNCTION register.mark_rule() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF current_setting('geo.seeding', true) IS DISTINCT FROM 'on' THEN
        NEW.edited_at := clock_timestamp();
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER map_rule_marked BEFORE INSERT OR UPDATE ON register.map_rule FOR EACH ROW EXECUTE FUNCTION register.mark_rule();
CREATE OR REPLACE TRIGGER land_group_marked BEFORE INSERT OR UPDATE ON register.land_group FOR EACH ROW EXECUTE FUNCTION register.mark_rule();

-- Which rules a unit comes under on a day: what somebody said with a legal note, otherwise what the unit is; a xã lies in the plain until somebody says
-- otherwise. Null for a unit that is neither.
CREATE OR REPLACE FUNCTION register.unit_class(the_unit text, on_day date) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT s.unit_class FROM register.split_class s WHERE s.unit = the_unit AND s.valid @> on_day),
        (SELECT CASE lower(u.unit_type) WHEN 'phường' THEN 'phuong' WHEN 'xã' THEN 'xa_dong_bang' END FROM register.unit u WHERE u.code = the_unit))
$$;
GRANT EXECUTE ON FUNCTION register.unit_class(text, date) TO geo_public, geo_service, geo_analyst;
