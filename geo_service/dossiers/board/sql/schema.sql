-- What the leaders' board counts. Executed once, by revision 0003, after dossiers/sql/schema.sql; functions, triggers and grants are in functions.sql.
--
-- What holds here: a row for each dossier and one for each stay of a dossier in a step, at the end of every transaction what dossiers, events and the
-- working calendar say. Nobody's name, no code, nothing of a form.

-- A dossier as the board counts it.
CREATE TABLE dossier.tally (
    dossier_id uuid PRIMARY KEY REFERENCES dossier.dossier,
    procedure text NOT NULL,
    unit text NOT NULL,                                  -- where it is decided; '*': the city
    received_unit text NOT NULL,
    channel smallint NOT NULL,
    status smallint NOT NULL,
    step text NOT NULL,
    clock text NOT NULL,                                 -- of the step it stands in: none, running, paused
    reason text,
    filed_at timestamptz NOT NULL,
    received_at timestamptz,
    clock_start timestamptz,
    due_at timestamptz,
    step_since timestamptz NOT NULL,
    finished_at timestamptz,
    worked integer,                                      -- finished: seconds of office hours it spent in steps whose clock runs
    simulated boolean NOT NULL
);
CREATE INDEX tally_received ON dossier.tally (received_at) WHERE received_at IS NOT NULL;
CREATE INDEX tally_finished ON dossier.tally (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX tally_filed ON dossier.tally (filed_at);
CREATE INDEX tally_open ON dossier.tally (unit) WHERE finished_at IS NULL;

-- A dossier's time in a step, from one move to the next; none for a step that ends it.
CREATE TABLE dossier.stay (
    event_id bigint PRIMARY KEY,                         -- the event that brought it there
    dossier_id uuid NOT NULL REFERENCES dossier.dossier,
    version_id bigint NOT NULL,
    procedure text NOT NULL,
    step text NOT NULL,
    role text NOT NULL,
    clock text NOT NULL,
    days integer,                                        -- working days the step is meant to take
    unit text NOT NULL,
    received_unit text NOT NULL,
    entered_at timestamptz NOT NULL,
    left_at timestamptz,
    action text,                                         -- by which it was left
    seconds integer,                                     -- of office hours in it, when left
    before integer NOT NULL,                             -- seconds of office hours in steps whose clock runs, before this one
    CHECK ((left_at IS NULL) = (seconds IS NULL))
);
CREATE UNIQUE INDEX stay_open ON dossier.stay (dossier_id) WHERE left_at IS NULL;
CREATE INDEX stay_dossier ON dossier.stay (dossier_id);
CREATE INDEX stay_left ON dossier.stay (left_at) WHERE left_at IS NOT NULL;
CREATE INDEX stay_alike ON dossier.stay (procedure, step, left_at DESC) WHERE left_at IS NOT NULL AND clock = 'running';

-- Words for a share of dossiers finished in time, from a share on. No statute gives them: the operator's configuration.
CREATE TABLE dossier.board_band (
    share numeric(4, 3) PRIMARY KEY CHECK (share BETWEEN 0 AND 1),
    name_vi text NOT NULL CHECK (char_length(name_vi) BETWEEN 1 AND 60),
    name_en text NOT NULL CHECK (char_length(name_en) BETWEEN 1 AND 60)
);
-- QĐ 766/QĐ-TTg, bands of the service index (grade D)
INSERT INTO dossier.board_band (share, name_vi, name_en) VALUES
    (0.9, 'Xuất sắc', 'Excellent'), (0.8, 'Tốt', 'Good'), (0.7, 'Khá', 'Fair'), (0.5, 'Trung bình', 'Average'), (0, 'Yếu', 'Weak');
