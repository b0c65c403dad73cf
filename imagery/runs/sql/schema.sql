-- Detection runs: what was asked for, how far it is, and what it says of each parcel. Executed once, by revision 0004, after imagery.scenes; functions,
-- policies and grants are in functions.sql.
--
-- What holds here: what a run was asked never changes; it moves forward only (queued, running, then one of four ends); its observations and findings
-- appear in the transaction that ends it as done, so there is no half-written run.

CREATE TABLE imagery.run (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    before_id uuid NOT NULL REFERENCES imagery.scene,
    after_id uuid NOT NULL REFERENCES imagery.scene,
    later_ids uuid[] NOT NULL DEFAULT '{}',              -- after `after`, oldest first: do they still show the change?
    unit text REFERENCES register.unit,                  -- only its parcels; null: the whole overlap
    method text NOT NULL DEFAULT 'unsupervised' CHECK (method IN ('unsupervised', 'learned')),
    model text,                                          -- name of the learned model
    parameters jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(parameters) = 'object'),
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'refused', 'failed', 'cancelled')),
    step text NOT NULL DEFAULT '',                       -- grid, registration, sample, fit, score, polygons, parcels, leads, record
    progress real NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
    message_vi text NOT NULL DEFAULT '',
    message_en text NOT NULL DEFAULT '',
    problem text,                                        -- slug of the refusal
    provenance jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(provenance) = 'array'),   -- one record a step: what was done, figures
    attempts smallint NOT NULL DEFAULT 0,                -- how often a process has begun or resumed it
    started_by bigint REFERENCES accounts.account,       -- null: the operator at the command line
    queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz,
    simulated boolean NOT NULL,                          -- one of its scenes, or the land, is simulated
    CHECK (before_id <> after_id),
    CHECK ((method = 'learned') = (model IS NOT NULL)),
    CHECK ((finished_at IS NOT NULL) = (state IN ('done', 'refused', 'failed', 'cancelled')))
);
CREATE INDEX run_list ON imagery.run (queued_at DESC, id DESC);
CREATE INDEX run_waiting ON imagery.run (queued_at) WHERE state IN ('queued', 'running');

-- What a run says of every parcel it looked at. Not observed, or too small for the pixels, is never "unchanged".
CREATE TABLE imagery.observation (
    run_id uuid NOT NULL REFERENCES imagery.run,
    parcel_id bigint NOT NULL,
    unit text NOT NULL,                                  -- of the parcel, when the run looked
    state text NOT NULL CHECK (state IN ('changed', 'unchanged', 'not_observed', 'below_resolution')),
    probability real,                                    -- coverage-weighted 90 % quantile of the parcel's pixels; null: nothing was seen
    changed_m2 real NOT NULL,
    observed_share real NOT NULL CHECK (observed_share BETWEEN 0 AND 1),
    PRIMARY KEY (run_id, parcel_id)
);
CREATE INDEX observation_parcel ON imagery.observation (parcel_id);
