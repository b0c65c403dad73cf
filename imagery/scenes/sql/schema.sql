-- Scenes taken from above, and files on their way to become one. Executed once, by revision 0004; functions, policies and grants are replaced at
-- each migration.
--
-- What holds here: a scene has a row only while its files are whole in the object store (they are put first, the row comes last; what has no row is
-- swept); the same picture is here once; a scene that a run has used keeps its row when its files are removed.
CREATE SCHEMA imagery;

CREATE TABLE imagery.scene (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code ~ '^[0-9A-Za-z][0-9A-Za-z_-]{0,79}$'),     -- for people and file names; the id of the STAC item
    title text NOT NULL CHECK (title = btrim(title) AND char_length(title) BETWEEN 1 AND 200),
    sensor text NOT NULL CHECK (sensor ~ '^[a-z0-9][a-z0-9-]{0,39}$'),               -- imagery.scenes.sensors; the STAC collection
    datetime timestamptz NOT NULL,
    gsd double precision NOT NULL CHECK (gsd > 0),                                   -- m, at the centre
    epsg integer NOT NULL,
    width integer NOT NULL CHECK (width > 0),
    height integer NOT NULL CHECK (height > 0),
    transform double precision[] NOT NULL CHECK (cardinality(transform) = 6),        -- a b c d e f: x = a col + b row + c, y = d col + e row + f
    footprint geometry(MultiPolygon, 4326) NOT NULL CHECK (NOT ST_IsEmpty(footprint)),   -- of pixels that were observed
    bands jsonb NOT NULL CHECK (jsonb_typeof(bands) = 'array' AND jsonb_array_length(bands) >= 1),
    data_key text NOT NULL,                                                          -- lossless COG, all bands on one grid
    visual_key text,                                                                 -- 8-bit RGB COG for display
    mask_key text,                                                                   -- uint8 COG, see imagery.scenes.masking
    size_bytes bigint NOT NULL CHECK (size_bytes > 0),                               -- of all its files
    licence text NOT NULL CHECK (char_length(licence) BETWEEN 1 AND 200),
    source text NOT NULL DEFAULT '' CHECK (char_length(source) <= 500),
    simulated boolean NOT NULL DEFAULT false,
    public boolean NOT NULL DEFAULT true,
    elsewhere boolean NOT NULL DEFAULT false,                                        -- it does not touch the city
    cloud_cover real CHECK (cloud_cover BETWEEN 0 AND 100),                          -- % of what was observed; null: nobody knows
    notes jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(notes) = 'array'),         -- what its users must know: [{"code", "vi", "en"}]
    content_sha256 bytea NOT NULL CHECK (octet_length(content_sha256) = 32),         -- of the files it was made of
    added_at timestamptz NOT NULL DEFAULT now(),
    added_by bigint REFERENCES accounts.account,                                     -- null: the operator at the command line
    removed_at timestamptz
);
CREATE UNIQUE INDEX scene_content ON imagery.scene (content_sha256) WHERE removed_at IS NULL;
CREATE INDEX scene_when ON imagery.scene (datetime DESC, id DESC) WHERE removed_at IS NULL;
CREATE INDEX scene_where ON imagery.scene USING gist (footprint);

-- A file that somebody sent, and what becomes of it.
CREATE TABLE imagery.upload (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    key text NOT NULL,                                     -- in the object store, until the upload is done, refused or failed
    bytes bigint NOT NULL CHECK (bytes > 0),
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    parameters jsonb NOT NULL DEFAULT '{}',                -- what was said with it: title, datetime, sensor, …
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'converting', 'done', 'refused', 'failed')),
    step text NOT NULL DEFAULT '',
    progress real NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
    message_vi text NOT NULL DEFAULT '',
    message_en text NOT NULL DEFAULT '',
    problem text,                                          -- slug of the refusal
    scene_id uuid REFERENCES imagery.scene ON DELETE SET NULL,
    attempts smallint NOT NULL DEFAULT 0,
    account bigint NOT NULL REFERENCES accounts.account,
    made_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX upload_waiting ON imagery.upload (made_at) WHERE state IN ('queued', 'converting');
