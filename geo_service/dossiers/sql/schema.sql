-- Dossiers. Executed once, by revision 0003; functions, triggers, policies and grants are in the other files and replaced at each migration.
--
-- What holds here, for every client, script and future programmer:
--   * a dossier moves only along the definition it was opened under (I13): every move is an event that names an action of that version;
--   * events are appended, never changed; the row of a dossier is what its events add up to, and only dossier.act and its kin write it;
--   * an event of an action that changes the map and the change set it stands for are born in one transaction, or neither is (I6);
--   * every minute since the clock began is in exactly one interval of the clock's ledger.
CREATE SCHEMA dossier;

-- ---- words ------------------------------------------------------------------------------------------------------------

-- Statuses and moves of the national portal (rows: functions.sql). `report`: how reports count it.
CREATE TABLE dossier.status (
    code smallint PRIMARY KEY,
    name_vi text NOT NULL,
    name_en text NOT NULL,
    final boolean NOT NULL,
    report text NOT NULL CHECK (report IN ('new', 'refused', 'running', 'paused', 'done'))
);
CREATE TABLE dossier.status_move (
    from_status smallint NOT NULL REFERENCES dossier.status,
    to_status smallint NOT NULL REFERENCES dossier.status,
    PRIMARY KEY (from_status, to_status)
);
-- Why a clock stands still.
CREATE TABLE dossier.clock_reason (
    code text PRIMARY KEY,
    name_vi text NOT NULL,
    name_en text NOT NULL
);

-- ---- catalogue --------------------------------------------------------------------------------------------------------

CREATE TABLE dossier.procedure (
    code text PRIMARY KEY CHECK (code ~ '^[0-9A-Za-z][0-9A-Za-z._-]{1,39}$'),
    name_vi text NOT NULL,
    name_en text NOT NULL,
    plain text NOT NULL GENERATED ALWAYS AS (register.plain(code || ' ' || name_vi || ' ' || name_en)) STORED
);
CREATE INDEX procedure_plain ON dossier.procedure USING gin (plain gin_trgm_ops);

-- A version is edited while it is a draft and never again. `definition` is what geo_service.dossiers.catalogue.model describes; steps and
-- actions below are the same in rows, written when it is published.
CREATE TABLE dossier.procedure_version (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    procedure text NOT NULL REFERENCES dossier.procedure,
    version integer NOT NULL CHECK (version >= 1),
    status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published')),
    valid daterange,                                     -- in which dossiers may be opened under it
    definition jsonb NOT NULL,
    source text NOT NULL DEFAULT '',
    edited_by bigint REFERENCES accounts.account,        -- null: shipped with the service
    edited_at timestamptz NOT NULL DEFAULT now(),
    published_by bigint REFERENCES accounts.account,
    published_at timestamptz,
    UNIQUE (procedure, version),
    UNIQUE (id, procedure),
    CHECK ((status = 'published') = (published_at IS NOT NULL)),
    CHECK (status = 'draft' OR NOT isempty(valid)),
    CONSTRAINT one_version_a_day EXCLUDE USING gist (procedure WITH =, valid WITH &&) WHERE (status = 'published')
);
CREATE UNIQUE INDEX procedure_one_draft ON dossier.procedure_version (procedure) WHERE status = 'draft';

CREATE TABLE dossier.step (
    version_id bigint NOT NULL REFERENCES dossier.procedure_version,
    code text NOT NULL CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    ord smallint NOT NULL,
    name_vi text NOT NULL,
    name_en text NOT NULL,
    status smallint NOT NULL REFERENCES dossier.status,
    role text NOT NULL,                                  -- who has the dossier: a role, or citizen, partner, nobody
    place text NOT NULL CHECK (place IN ('reception', 'competent')),
    clock text NOT NULL CHECK (clock IN ('none', 'running', 'paused')),
    reason text REFERENCES dossier.clock_reason,
    days integer CHECK (days > 0),                       -- working days the step is meant to take
    map boolean NOT NULL DEFAULT false,                  -- whether a draft may be drawn here
    PRIMARY KEY (version_id, code),
    CHECK ((clock = 'paused') = (reason IS NOT NULL))
);

CREATE TABLE dossier.action (
    version_id bigint NOT NULL,
    from_step text NOT NULL,
    code text NOT NULL CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    to_step text NOT NULL,
    ord smallint NOT NULL,
    kind text NOT NULL CHECK (kind IN (
        'accept', 'refuse', 'ask_supplement', 'supplement', 'forward', 'send_back', 'propose_map', 'approve', 'tax_slip', 'tax_notice',
        'ask_payment', 'paid', 'withdraw', 'stop', 'resume', 'finish', 'hand_out', 'apologise')),
    name_vi text NOT NULL,
    name_en text NOT NULL,
    role text NOT NULL,                                  -- a role, or citizen, partner
    place text NOT NULL CHECK (place IN ('reception', 'competent')),
    note boolean NOT NULL DEFAULT false,                 -- whether a reason in words is needed
    documents boolean NOT NULL DEFAULT false,            -- whether every required paper must be there
    paper text CHECK (paper IN ('01', '02', '03', '04', '05', '06', '07')),
    map text NOT NULL DEFAULT 'none' CHECK (map IN ('none', 'optional', 'required')),   -- whether it commits the draft
    effect text NOT NULL DEFAULT 'none' CHECK (effect IN ('none', 'rights', 'block', 'lift')),
    PRIMARY KEY (version_id, from_step, code),
    FOREIGN KEY (version_id, from_step) REFERENCES dossier.step,
    FOREIGN KEY (version_id, to_step) REFERENCES dossier.step
);

-- What a unit does otherwise; read once, when a dossier is opened. `unit` is the competent one.
CREATE TABLE dossier.variation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit text NOT NULL,
    procedure text NOT NULL REFERENCES dossier.procedure,
    valid daterange NOT NULL CHECK (NOT isempty(valid)),
    changes jsonb NOT NULL,                              -- {"limit": {"n", "unit", "cutoff"}, "fees": […], "documents": […], "level": …}
    legal_document text NOT NULL CHECK (char_length(legal_document) BETWEEN 1 AND 500),
    made_by bigint REFERENCES accounts.account,
    CONSTRAINT one_variation_a_day EXCLUDE USING gist (unit WITH =, procedure WITH =, valid WITH &&)
);

-- The code under which a unit's counter receives ("H26.103.25.7"); the operator's configuration.
CREATE TABLE dossier.agency (
    unit text PRIMARY KEY,                               -- '*': where no row is
    code text NOT NULL CHECK (code ~ '^[A-Z][0-9]{2}([.][0-9]{1,3}){0,4}$')
);
CREATE TABLE dossier.counter (
    agency text NOT NULL,
    day date NOT NULL,
    last integer NOT NULL,
    PRIMARY KEY (agency, day)
);

-- ---- dossiers ---------------------------------------------------------------------------------------------------------

CREATE TABLE dossier.dossier (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code ~ '^(\d{3}[.]\d{2}([.]\d{2})?[.])?[A-Z]\d{2}([.]\d{1,3}){0,4}-(\d{6}|\d{8})-\d{4,7}$'),
    token text NOT NULL CHECK (char_length(token) >= 16),  -- printed in the QR code: who has it is told more
    procedure text NOT NULL,
    version_id bigint NOT NULL,
    variation_id bigint REFERENCES dossier.variation,
    terms jsonb NOT NULL,                                -- limit, documents, fees as they were when it was opened
    channel smallint NOT NULL CHECK (channel IN (1, 2, 3)),   -- counter, online, post
    received_unit text NOT NULL,                         -- where it was handed in
    competent_unit text NOT NULL,                        -- where it is decided; '*': the city
    applicant_account bigint REFERENCES accounts.account,
    applicant_party bigint REFERENCES rights.party,
    form jsonb NOT NULL DEFAULT '{}',
    step text NOT NULL,
    status smallint NOT NULL REFERENCES dossier.status,
    assignee bigint REFERENCES accounts.account,
    revision integer NOT NULL DEFAULT 1,                 -- of the row; who acts says which one was seen
    filed_at timestamptz NOT NULL,
    received_at timestamptz,
    clock_start timestamptz,
    due_at timestamptz,                                  -- null while the clock stands still or has not begun
    step_since timestamptz NOT NULL,
    finished_at timestamptz,
    promised_at timestamptz,                             -- what the last apology said
    simulated boolean NOT NULL DEFAULT false,
    finding jsonb,                                       -- what it was opened about, where imagery is
    FOREIGN KEY (version_id, procedure) REFERENCES dossier.procedure_version (id, procedure),
    FOREIGN KEY (version_id, step) REFERENCES dossier.step (version_id, code)
);
CREATE INDEX dossier_inbox ON dossier.dossier (competent_unit, step_since) WHERE finished_at IS NULL;
CREATE INDEX dossier_reception ON dossier.dossier (received_unit, step_since) WHERE finished_at IS NULL;
CREATE INDEX dossier_due ON dossier.dossier (due_at) WHERE due_at IS NOT NULL AND finished_at IS NULL;
CREATE INDEX dossier_assignee ON dossier.dossier (assignee) WHERE finished_at IS NULL;
CREATE INDEX dossier_account ON dossier.dossier (applicant_account) WHERE applicant_account IS NOT NULL;
CREATE INDEX dossier_party ON dossier.dossier (applicant_party) WHERE applicant_party IS NOT NULL;
CREATE INDEX dossier_filed ON dossier.dossier (filed_at);
CREATE INDEX dossier_finished ON dossier.dossier (finished_at) WHERE finished_at IS NOT NULL;

-- Who applied, sealed with the key outside the database ("dossier.name:<id>").
CREATE TABLE dossier.applicant (
    dossier_id uuid PRIMARY KEY REFERENCES dossier.dossier,
    name_sealed bytea NOT NULL,
    identity_sealed bytea,
    identity_fingerprint bytea CHECK (octet_length(identity_fingerprint) = 32),
    phone_sealed bytea,
    address_sealed bytea
);
CREATE INDEX applicant_fingerprint ON dossier.applicant (identity_fingerprint);

-- The parcels it is about, and those that came of it.
CREATE TABLE dossier.parcel (
    dossier_id uuid NOT NULL REFERENCES dossier.dossier,
    parcel_id bigint NOT NULL REFERENCES fabric.parcel,
    role text NOT NULL CHECK (role IN ('subject', 'result')),
    at_seq bigint NOT NULL,                              -- the state of the map in which it was bound
    PRIMARY KEY (dossier_id, parcel_id, role)
);
CREATE INDEX dossier_parcel_parcel ON dossier.parcel (parcel_id);

CREATE TABLE dossier.event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier_id uuid NOT NULL REFERENCES dossier.dossier,
    revision integer NOT NULL,
    at timestamptz NOT NULL,
    actor bigint,                                        -- account; null: a partner or the service itself
    kind text NOT NULL,                                  -- that of the action, or: open, assign, attach, comment, calendar, message
    version_id bigint,
    action text,
    from_step text,
    to_step text,
    from_status smallint,
    to_status smallint,
    note text CHECK (char_length(note) <= 4000),
    detail jsonb NOT NULL DEFAULT '{}',                  -- never a personal value
    change_set bigint REFERENCES fabric.change_set,
    seq bigint NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    UNIQUE (dossier_id, revision),
    FOREIGN KEY (version_id, from_step, action) REFERENCES dossier.action (version_id, from_step, code)
);
CREATE INDEX event_at ON dossier.event (at);
CREATE UNIQUE INDEX event_change_set ON dossier.event (change_set) WHERE change_set IS NOT NULL;

-- The clock's ledger: intervals without gaps from the start of the clock to now (the open one) or to the end.
CREATE TABLE dossier.clock (
    dossier_id uuid NOT NULL REFERENCES dossier.dossier,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    counts boolean NOT NULL,
    reason text REFERENCES dossier.clock_reason,
    PRIMARY KEY (dossier_id, started_at),
    CHECK (ended_at >= started_at),
    CHECK (counts = (reason IS NULL)),
    EXCLUDE USING gist (dossier_id WITH =, tstzrange(started_at, ended_at) WITH &&)
);
CREATE UNIQUE INDEX clock_open ON dossier.clock (dossier_id) WHERE ended_at IS NULL;

-- Papers handed in. A later version of a paper is a further row; bytes lie in the object store under their SHA-256.
CREATE TABLE dossier.document (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier_id uuid NOT NULL REFERENCES dossier.dossier,
    type text NOT NULL CHECK (char_length(type) BETWEEN 1 AND 60),      -- code of the procedure's list, or 'other'
    version integer NOT NULL DEFAULT 1,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    media_type text NOT NULL CHECK (media_type IN ('application/pdf', 'image/jpeg', 'image/png', 'image/tiff', 'image/webp')),
    bytes bigint NOT NULL CHECK (bytes > 0),
    pages integer,
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    kind smallint NOT NULL DEFAULT 2 CHECK (kind IN (0, 1, 2)),         -- original, copy, electronic
    origin text NOT NULL DEFAULT 'upload' CHECK (origin IN ('upload', 'held', 'issued')),
    added_by bigint,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    removed_at timestamptz,
    UNIQUE (dossier_id, type, version, sha256)
);
CREATE INDEX document_dossier ON dossier.document (dossier_id);
CREATE INDEX document_hash ON dossier.document (sha256);

-- Words about the map of a dossier; `segment`: x1, y1, x2, y2 in mm, a side of a parcel.
CREATE TABLE dossier.comment (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier_id uuid NOT NULL REFERENCES dossier.dossier,
    parcel_id bigint REFERENCES fabric.parcel,
    segment bigint[] CHECK (cardinality(segment) = 4),
    text text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 2000),
    author bigint NOT NULL REFERENCES accounts.account,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    resolved_by bigint REFERENCES accounts.account,
    resolved_at timestamptz
);
CREATE INDEX comment_dossier ON dossier.comment (dossier_id);

-- A draft may be drawn for a dossier; then only the dossier's approval commits it.
ALTER TABLE work.draft ADD COLUMN dossier_id uuid REFERENCES dossier.dossier, ADD COLUMN subjects bigint[] NOT NULL DEFAULT '{}';
CREATE UNIQUE INDEX draft_of_dossier ON work.draft (dossier_id) WHERE dossier_id IS NOT NULL AND status IN ('open', 'submitted');
-- A submitted draft is the only submitted one on its subject parcels (I11).
CREATE TABLE work.submitted_subject (
    parcel_id bigint PRIMARY KEY,
    draft_id uuid NOT NULL REFERENCES work.draft
);
CREATE INDEX submitted_subject_draft ON work.submitted_subject (draft_id);

-- ---- money ------------------------------------------------------------------------------------------------------------

CREATE TABLE dossier.payment (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    dossier_id uuid NOT NULL REFERENCES dossier.dossier,
    kind text NOT NULL CHECK (kind IN ('fee', 'tax')),
    code text NOT NULL,
    name_vi text NOT NULL,
    name_en text NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),          -- đồng
    status text NOT NULL DEFAULT 'due' CHECK (status IN ('due', 'pending', 'paid', 'cancelled')),
    reference text,                                      -- of the partner
    due_on date,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    paid_at timestamptz,
    method text CHECK (method IN ('counter', 'online')),
    UNIQUE (dossier_id, kind, code)
);

-- ---- partners ---------------------------------------------------------------------------------------------------------

-- What is to be told to whom; written in the transaction that makes it true, sent after it, in order of each dossier.
CREATE TABLE dossier.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),  -- the message's identity for the partner, the same at every try
    partner text NOT NULL CHECK (partner IN ('tax', 'payment', 'portal', 'notification')),
    kind text NOT NULL,
    dossier_id uuid REFERENCES dossier.dossier,
    body jsonb NOT NULL,                                 -- no personal value; what is sealed is added when it is sent
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dead')),
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz,
    answer jsonb,
    error text
);

-- What partners said: the signed message as it came, once. A worker checks the signature again and acts on it.
CREATE TABLE dossier.inbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partner text NOT NULL CHECK (partner IN ('tax', 'payment', 'portal', 'notification')),
    message text NOT NULL CHECK (char_length(message) BETWEEN 1 AND 100),      -- the partner's identity of the message
    token text NOT NULL CHECK (char_length(token) <= 100000),                  -- compact JWS
    came_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'dead')),
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz,
    error text,
    UNIQUE (partner, message)
);

-- ---- certificates that follow the map -----------------------------------------------------------------------------------

-- Blank certificate forms an office has in stock: two letters and the next of their numbers (the operator's configuration).
CREATE TABLE rights.certificate_stock (
    prefix text PRIMARY KEY CHECK (prefix ~ '^[A-ZĐ]{2}$'),
    next integer NOT NULL,
    last integer NOT NULL CHECK (last BETWEEN 1 AND 99999999),
    CHECK (next BETWEEN 1 AND last + 1)
);
