-- Findings of change from above. Executed once, by revision 0004, after imagery.runs; functions, triggers, policies and grants are in functions.sql.
--
-- What holds here, for every client, script and future programmer:
--   * a finding is a lead: nothing in the ledger of parcels or of rights refers to it, and nothing there changes by it;
--   * the findings of a run are written once (imagery.recording), all of them or none;
--   * verdicts and photos are appended, never changed; the state of a finding is what its last standing verdict, a permission or a later run made it.

-- What the findings of a run rest on, as it was when they were written.
CREATE TABLE imagery.recording (
    run_id uuid PRIMARY KEY REFERENCES imagery.run,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    before_id uuid NOT NULL,
    after_id uuid NOT NULL,
    before_at timestamptz NOT NULL,
    after_at timestamptz NOT NULL,
    before_title text NOT NULL,
    after_title text NOT NULL,
    sensor text NOT NULL,
    gsd_m double precision NOT NULL,                     -- ground sample distance
    model text NOT NULL,                                 -- what judged: 'unsupervised', or the name of the learned model
    simulated boolean NOT NULL,
    leads integer NOT NULL DEFAULT 0,
    superseded integer NOT NULL DEFAULT 0,
    permitted integer NOT NULL DEFAULT 0,
    CHECK (before_at < after_at)
);
CREATE INDEX recording_pair ON imagery.recording (before_id, after_id);

CREATE TABLE imagery.finding (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    run_id uuid NOT NULL REFERENCES imagery.recording,
    number integer NOT NULL CHECK (number >= 1),         -- place in the ranking of the run
    parcel_id bigint REFERENCES fabric.parcel,           -- null: outside every parcel
    unit text,                                           -- where it lies; null: outside the communes on record, seen by officers of the city
    geom geometry(MultiPolygon, 4326) NOT NULL,
    geom_web geometry(MultiPolygon, 3857) NOT NULL GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,
    area_m2 double precision NOT NULL CHECK (area_m2 > 0),
    probability double precision NOT NULL CHECK (probability BETWEEN 0 AND 1),
    max_probability double precision NOT NULL CHECK (max_probability BETWEEN 0 AND 1),
    transition text NOT NULL CHECK (transition ~ '^[a-z][a-z_]{1,39}$'),
    persistence text NOT NULL CHECK (persistence IN ('one_pair', 'confirmed_later', 'contradicted_later', 'series_break')),
    rank_score double precision NOT NULL,
    indices jsonb NOT NULL,
    series jsonb NOT NULL,
    evidence jsonb NOT NULL,
    land_use text,                                       -- as registered when the run looked
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'confirmed', 'permitted', 'false', 'not_visible', 'superseded')),
    verdict_id bigint,                                   -- the verdict that stands
    dossier_id uuid REFERENCES dossier.dossier,          -- the inspection opened about it
    permitted_by uuid REFERENCES dossier.dossier,        -- the permission that silenced it
    permitted_at timestamptz,
    superseded_by uuid REFERENCES imagery.recording,
    revision integer NOT NULL DEFAULT 1,                 -- of the row; who judges says which one was seen
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (run_id, number),
    CHECK ((permitted_by IS NULL) = (permitted_at IS NULL)),
    CHECK (permitted_by IS NULL OR state <> 'open'),
    CHECK ((state = 'superseded') = (superseded_by IS NOT NULL)),
    CHECK (state NOT IN ('confirmed', 'false', 'not_visible') OR verdict_id IS NOT NULL),
    CHECK (state <> 'open' OR verdict_id IS NULL)
);
CREATE INDEX finding_rank ON imagery.finding (rank_score DESC, id DESC);
CREATE INDEX finding_unit ON imagery.finding (unit, rank_score DESC, id DESC);
CREATE INDEX finding_parcel ON imagery.finding (parcel_id);
CREATE INDEX finding_place ON imagery.finding USING gist (geom_web);
CREATE INDEX finding_dossier ON imagery.finding (dossier_id) WHERE dossier_id IS NOT NULL;
CREATE INDEX finding_judged ON imagery.finding (run_id) WHERE verdict_id IS NOT NULL;

CREATE TABLE imagery.photo (
    finding_id uuid NOT NULL REFERENCES imagery.finding,
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),   -- of a picture (WebP) made anew from what was sent: no place, camera or author in it
    bytes bigint NOT NULL CHECK (bytes > 0),
    account bigint NOT NULL REFERENCES accounts.account,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (finding_id, sha256)
);

CREATE TABLE imagery.verdict (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    finding_id uuid NOT NULL REFERENCES imagery.finding,
    verdict text NOT NULL CHECK (verdict IN ('confirmed', 'permitted', 'false', 'not_visible', 'withdrawn')),
    note text NOT NULL DEFAULT '' CHECK (char_length(note) <= 4000),
    photo_sha256 bytea,
    account bigint NOT NULL REFERENCES accounts.account,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (finding_id, id),
    FOREIGN KEY (finding_id, photo_sha256) REFERENCES imagery.photo
);
ALTER TABLE imagery.finding ADD FOREIGN KEY (id, verdict_id) REFERENCES imagery.verdict (finding_id, id);

-- Procedures whose approval permits what is seen from above, and for how long before the first scene it may have been given. The operator's to change.
CREATE TABLE imagery.permitting (
    procedure text PRIMARY KEY,
    months_before integer NOT NULL CHECK (months_before BETWEEN 0 AND 600),
    active boolean NOT NULL DEFAULT true,
    source text NOT NULL,
    grade char(1) NOT NULL CHECK (grade IN ('A', 'B', 'C', 'D'))
);
