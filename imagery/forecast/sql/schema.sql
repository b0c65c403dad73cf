-- Forecasts of new building. Executed once, by revision 0005, after imagery.findings; grants and policies are in functions.sql.
--
-- What holds here: a forecast is kept with the figures by which it was judged on a later period, whatever they say; only one that told more than the plain
-- guess has parcels, and only the newest has any.

CREATE TABLE imagery.forecast (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    learned_from timestamptz NOT NULL,                   -- dates of the scenes: the period it learned from,
    learned_to timestamptz NOT NULL,
    judged_from timestamptz NOT NULL,                    -- and the later one it was held against
    judged_to timestamptz NOT NULL,
    runs uuid[] NOT NULL,                                -- whose findings say what was built, in the order of their ids
    weights jsonb,                                       -- log odds a standard deviation of each predictor
    figures jsonb,                                       -- see imagery.forecast.model.Judged
    better boolean NOT NULL DEFAULT false,               -- it told more than the plain guess
    problem text,                                        -- slug: why nothing could be learned or judged
    simulated boolean NOT NULL,                          -- a scene of the runs, or the land, is simulated
    UNIQUE (id, better),
    CHECK (learned_from < learned_to AND learned_to <= judged_from AND judged_from < judged_to),
    CHECK (num_nulls(weights, figures) = CASE WHEN problem IS NULL THEN 0 ELSE 2 END),
    CHECK (problem IS NULL OR NOT better)
);
CREATE INDEX forecast_newest ON imagery.forecast (made_at DESC);

CREATE TABLE imagery.forecast_parcel (
    forecast_id uuid NOT NULL,
    better boolean NOT NULL DEFAULT true CHECK (better), -- no parcel of a forecast that is no better
    parcel_id bigint NOT NULL REFERENCES fabric.parcel,
    unit text NOT NULL,                                  -- of the parcel, when the forecast was made
    rank integer NOT NULL CHECK (rank >= 1),             -- 1: the most likely
    probability real NOT NULL CHECK (probability BETWEEN 0 AND 1),
    PRIMARY KEY (forecast_id, parcel_id),
    FOREIGN KEY (forecast_id, better) REFERENCES imagery.forecast (id, better)
);
CREATE INDEX forecast_rank ON imagery.forecast_parcel (forecast_id, rank);
