-- The working calendar. Executed once, by revision 0003, after dossiers/sql/schema.sql; functions, triggers, policies and grants are in functions.sql.
--
-- What holds here: dossier.office_day is what dossier.office_hours and dossier.calendar_day say, at the end of every statement that changes one of
-- them; it has a row for every day from 2020 to 2040, and its counters make "the n-th working day after" one look at an index.

-- Office hours from a day on, until the next row begins. `cut_off`: what is handed in from then on counts as handed in the next working day,
-- where the procedure names no hour of its own; null: the closing hour.
CREATE TABLE dossier.office_hours (
    valid_from date PRIMARY KEY CHECK (valid_from BETWEEN '2020-01-01' AND '2040-12-31'),
    opens time NOT NULL,
    lunch_from time NOT NULL,
    lunch_until time NOT NULL,
    closes time NOT NULL,
    cut_off time,
    source text NOT NULL CHECK (char_length(source) <= 500),
    grade text NOT NULL CHECK (grade IN ('A', 'B', 'C', 'D')),
    edited_by bigint REFERENCES accounts.account,
    edited_at timestamptz,                               -- null: as shipped, and replaced by what is shipped later
    CHECK (opens < lunch_from AND lunch_from <= lunch_until AND lunch_until < closes),
    CHECK (cut_off > opens AND cut_off <= closes)
);

-- Days that are not what their day of the week says. `plain`: somebody took a shipped day out, and it stays out.
CREATE TABLE dossier.calendar_day (
    day date PRIMARY KEY CHECK (day BETWEEN '2020-01-01' AND '2040-12-31'),
    kind text NOT NULL CHECK (kind IN ('holiday', 'compensation', 'swap_off', 'swap_on', 'plain')),
    working boolean NOT NULL GENERATED ALWAYS AS (kind = 'swap_on' OR kind = 'plain' AND extract(isodow FROM day) < 6) STORED,
    name_vi text NOT NULL CHECK (char_length(name_vi) <= 200),
    name_en text NOT NULL CHECK (char_length(name_en) <= 200),
    source text NOT NULL CHECK (char_length(source) <= 500),
    grade text NOT NULL CHECK (grade IN ('A', 'B', 'C', 'D')),
    provisional boolean NOT NULL DEFAULT false,          -- proposed or expected, not ordered yet
    edited_by bigint REFERENCES accounts.account,
    edited_at timestamptz                                -- null: as shipped, and replaced by what is shipped later
);

-- Every day; written by dossier.rebuild_calendar alone. Hours are null on days off.
CREATE TABLE dossier.office_day (
    day date PRIMARY KEY,
    working boolean NOT NULL,
    opens_at timestamptz,
    lunch_from timestamptz,
    lunch_until timestamptz,
    closes_at timestamptz,
    cut_off_at timestamptz,
    nth integer NOT NULL,                                -- working days up to and including this one
    seconds_before bigint NOT NULL,                      -- office hours of all days before this one
    CHECK (working = (opens_at IS NOT NULL) AND working = (closes_at IS NOT NULL))
);
CREATE INDEX office_day_nth ON dossier.office_day (nth) WHERE working;
CREATE INDEX office_day_seconds ON dossier.office_day (seconds_before) WHERE working;

-- When the service, or one it depends on, was down. Once announced, clocks stand still meanwhile (NĐ 99/2022 art. 16.3 for registration of security).
CREATE TABLE dossier.outage (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_at timestamptz NOT NULL,
    until_at timestamptz NOT NULL,
    procedures text[] CHECK (cardinality(procedures) > 0),       -- null: all
    announced_at timestamptz,                            -- null: noted, stops nothing
    note text NOT NULL CHECK (char_length(note) BETWEEN 1 AND 1000),
    withdrawn_at timestamptz,
    made_by bigint REFERENCES accounts.account,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (from_at < until_at),
    CHECK (from_at >= '2020-01-01' AND until_at < '2041-01-01')
);
CREATE INDEX outage_stops ON dossier.outage USING gist (tstzrange(from_at, until_at)) WHERE announced_at IS NOT NULL AND withdrawn_at IS NULL;

-- When a clock turns amber and when an online dossier has waited too long for an answer. No statute gives these: the operator's configuration.
CREATE TABLE dossier.clock_threshold (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    amber_days integer NOT NULL DEFAULT 2 CHECK (amber_days BETWEEN 0 AND 60),             -- working days left, or fewer
    amber_share numeric(4, 3) NOT NULL DEFAULT 0.8 CHECK (amber_share > 0 AND amber_share <= 1),   -- of the time used, or more
    answer_amber_hours numeric(5, 2) NOT NULL DEFAULT 4 CHECK (answer_amber_hours > 0),    -- office hours
    answer_red_hours numeric(5, 2) NOT NULL DEFAULT 8 CHECK (answer_red_hours <= 200),
    edited_by bigint REFERENCES accounts.account,
    edited_at timestamptz,
    CHECK (answer_amber_hours <= answer_red_hours)
);
INSERT INTO dossier.clock_threshold DEFAULT VALUES;
