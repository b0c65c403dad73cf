-- Rules of the map as data: what a piece must be when a parcel is divided. Executed once, by revision 0003.
--
-- A rule ends by its dates and is not deleted; what somebody edited is left alone when rules are shipped anew.

-- Which rules a land use comes under; a land use without a row has none.
CREATE TABLE register.land_group (
    land_use text PRIMARY KEY REFERENCES register.land_use,
    land_group text NOT NULL CHECK (land_group IN ('residential', 'commerce', 'other_nonagricultural', 'annual_crops', 'perennial_crops', 'production_forest')),
    edited_at timestamptz                                -- null: as shipped
);

CREATE TABLE register.map_rule (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL CHECK (code IN ('area', 'frontage', 'depth', 'access', 'path_width', 'red_line')),
    land_group text,                                     -- null: every land use
    unit_class text CHECK (unit_class IN ('phuong', 'xa_dong_bang', 'xa_trung_du', 'xa_mien_nui')),   -- null: every unit
    valid daterange NOT NULL CHECK (NOT isempty(valid)),
    severity text NOT NULL CHECK (severity IN ('refuse', 'warn', 'info')),
    moments text[] NOT NULL CHECK (moments <@ '{preview,submit,approve}'),   -- when it counts
    threshold double precision CHECK (threshold >= 0),   -- in `unit`; null: the law names one, and it is not on record here
    unit text NOT NULL CHECK (unit IN ('m', 'm2')),
    legal_source text NOT NULL CHECK (char_length(legal_source) BETWEEN 1 AND 500),
    grade text NOT NULL CHECK (grade IN ('A', 'B', 'C', 'D')),
    edited_at timestamptz,                               -- null: as shipped
    CONSTRAINT one_rule_a_day EXCLUDE USING gist (code WITH =, coalesce(land_group, '') WITH =, coalesce(unit_class, '') WITH =, valid WITH &&)
);

-- Which rules a unit comes under, where that does not follow from what it is (a former township, the terrain of a xã), and why.
CREATE TABLE register.split_class (
    unit text NOT NULL REFERENCES register.unit,
    unit_class text NOT NULL CHECK (unit_class IN ('phuong', 'xa_dong_bang', 'xa_trung_du', 'xa_mien_nui')),
    valid daterange NOT NULL CHECK (NOT isempty(valid)),
    legal_note text NOT NULL CHECK (char_length(legal_note) BETWEEN 1 AND 500),
    EXCLUDE USING gist (unit WITH =, valid WITH &&)
);
