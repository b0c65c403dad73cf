-- Who reads forecasts; replaced at each migration. They are made by the owner's login (command line, worker) and altered by nobody.

CREATE OR REPLACE TRIGGER forecast_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON imagery.forecast FOR EACH STATEMENT EXECUTE FUNCTION fabric.refuse();

REVOKE ALL ON imagery.forecast, imagery.forecast_parcel FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
GRANT SELECT ON imagery.forecast, imagery.forecast_parcel TO geo_service;
GRANT SELECT ON imagery.forecast TO geo_analyst;

ALTER TABLE imagery.forecast ENABLE ROW LEVEL SECURITY;
ALTER TABLE imagery.forecast_parcel ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen ON imagery.forecast;
DROP POLICY IF EXISTS analysed ON imagery.forecast;
DROP POLICY IF EXISTS seen ON imagery.forecast_parcel;
-- figures name no parcel: whoever works with findings sees them all
CREATE POLICY seen ON imagery.forecast FOR SELECT TO geo_service USING ((SELECT accounts.may('finding.read', NULL)));
CREATE POLICY analysed ON imagery.forecast FOR SELECT TO geo_analyst USING (true);
CREATE POLICY seen ON imagery.forecast_parcel FOR SELECT TO geo_service USING ((SELECT accounts.units_for('finding.read')) && ARRAY[unit, '*']);
