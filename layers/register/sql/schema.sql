-- Facts about places and words: units, what they were before 2025, sheets that were renumbered, land-use codes.
CREATE SCHEMA register;

-- Search words: no diacritics, no case. unaccent does not know the Vietnamese letter d with stroke.
CREATE FUNCTION register.plain(t text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT lower(public.unaccent('public.unaccent'::regdictionary, translate(t, 'đĐ', 'dD')))
$$;

CREATE TABLE register.unit (
    code text PRIMARY KEY CHECK (code ~ '^[0-9A-Za-z_-]{1,12}$'),
    name text NOT NULL,
    name_en text NOT NULL DEFAULT '',
    unit_type text NOT NULL DEFAULT '',
    area_km2 double precision,
    lon double precision,
    lat double precision,
    plain text NOT NULL GENERATED ALWAYS AS (register.plain(unit_type || ' ' || name)) STORED,
    CHECK ((lon IS NULL) = (lat IS NULL))
);
CREATE INDEX unit_plain ON register.unit USING gin (plain gin_trgm_ops);

-- Communes before 1 July 2025 and where their land went; `share` is full or partial.
CREATE TABLE register.former_unit (
    code text NOT NULL,
    name text NOT NULL,
    district text NOT NULL,
    unit text NOT NULL REFERENCES register.unit,
    share text NOT NULL,
    plain text NOT NULL GENERATED ALWAYS AS (register.plain(name)) STORED,
    PRIMARY KEY (code, unit)
);
CREATE INDEX former_unit_plain ON register.former_unit USING gin (plain gin_trgm_ops);

-- A sheet of a former commune and the sheet of today that continues it (Cong van 991/BNNMT-QLDD).
CREATE TABLE register.sheet_alias (
    old_unit text NOT NULL,
    old_sheet text NOT NULL,
    unit text NOT NULL REFERENCES register.unit,
    sheet text NOT NULL,
    valid_from date NOT NULL,
    legal_document text NOT NULL,
    PRIMARY KEY (old_unit, old_sheet, unit, sheet)
);

-- The highest parcel number ever used in a sheet; new parcels take the next (never reused).
CREATE TABLE register.sheet (
    unit text NOT NULL,
    sheet text NOT NULL,
    last_number integer NOT NULL,
    PRIMARY KEY (unit, sheet)
);

CREATE TABLE register.land_use (
    code text PRIMARY KEY,
    name_vi text NOT NULL,
    name_en text NOT NULL,
    parent text,
    color text NOT NULL CHECK (color ~ '^#[0-9a-f]{6}$'),
    official_color boolean NOT NULL
);

-- Big loads whose land parcels still wait for their national code; `after` is the last version that was looked at.
CREATE TABLE register.code_queue (
    change_set bigint PRIMARY KEY,
    after bigint NOT NULL DEFAULT 0
);
