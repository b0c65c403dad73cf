-- Rights on land in the words of LADM (ISO 19152). Executed once, by revision 0002; functions, triggers, policies and grants are in the
-- other files and replaced at each migration.
--
-- What holds here, for every client, script and future programmer:
--   * bitemporal: `valid` is when something is so in law, `recorded` when this register believed it; a correction closes `recorded` and
--     appends, nothing is deleted and nothing else is altered;
--   * the shares of an exclusive right in an administrative unit are one or nothing, on every day, as exact fractions;
--   * a piece of land is in one unit of exclusive rights at a time (flats of one house share their ground and are exempt);
--   * identity number, phone and address are stored only sealed, with a key that is not in the database.
CREATE SCHEMA rights;

-- Who can hold a right. `named_in`: the transaction that made the party, or last proved to know its number (rights.known_party).
CREATE TABLE rights.party (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('person', 'organisation', 'household', 'couple', 'community', 'group')),
    name text NOT NULL CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 300),
    organisation_number text UNIQUE CHECK (organisation_number ~ '^[0-9A-Z-]{4,20}$'),
    named_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CHECK (organisation_number IS NULL OR kind = 'organisation')
);

-- Who makes up a group party, with shares that sum to one. Another composition is another group.
CREATE TABLE rights.group_member (
    group_id bigint NOT NULL REFERENCES rights.party,
    member_id bigint NOT NULL REFERENCES rights.party CHECK (member_id <> group_id),
    share_num bigint NOT NULL CHECK (share_num >= 1),
    share_den bigint NOT NULL CHECK (share_den BETWEEN share_num AND 1000000),
    PRIMARY KEY (group_id, member_id)
);
CREATE INDEX group_member_member ON rights.group_member (member_id);

-- What only the person and officers with a stated purpose may read. The fingerprint is a keyed hash of the identity number.
CREATE TABLE rights.personal (
    party_id bigint PRIMARY KEY REFERENCES rights.party,
    identity_sealed bytea,
    identity_fingerprint bytea UNIQUE CHECK (octet_length(identity_fingerprint) = 32),
    phone_sealed bytea,
    address_sealed bytea,
    birth_year integer CHECK (birth_year BETWEEN 1850 AND 2200),
    CHECK ((identity_sealed IS NULL) = (identity_fingerprint IS NULL))
);

-- What rights are about as one thing (LADM BAUnit): parcels together, or a flat. `touched`: the last transaction that changed its rights,
-- so that two of them meet here.
CREATE TABLE rights.ba_unit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('land', 'apartment')),
    unit text NOT NULL REFERENCES register.unit,
    name text NOT NULL DEFAULT '' CHECK (char_length(name) <= 200),
    touched xid8
);
CREATE INDEX ba_unit_unit ON rights.ba_unit (unit);

CREATE TABLE rights.ba_unit_parcel (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ba_unit bigint NOT NULL REFERENCES rights.ba_unit,
    parcel_id bigint NOT NULL REFERENCES fabric.parcel,
    exclusive boolean NOT NULL DEFAULT true,             -- set by trigger: false for flats
    valid daterange NOT NULL CHECK (NOT isempty(valid) AND isfinite(lower(valid)) AND isfinite(coalesce(upper(valid), lower(valid)))),
    recorded tstzrange NOT NULL DEFAULT tstzrange(now(), NULL),
    EXCLUDE USING gist (ba_unit WITH =, parcel_id WITH =, valid WITH &&, recorded WITH &&),
    CONSTRAINT one_land_unit EXCLUDE USING gist (parcel_id WITH =, valid WITH &&, recorded WITH &&) WHERE (exclusive)
);

CREATE TABLE rights.certificate (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ba_unit bigint NOT NULL REFERENCES rights.ba_unit,
    generation text NOT NULL,                            -- layers/register/rights/data/certificate_generations.csv
    serial text NOT NULL CONSTRAINT certificate_serial UNIQUE CHECK (serial ~ '^[A-ZĐ]{1,2} [0-9]{6,8}$'),
    book_number text CHECK (char_length(book_number) <= 50),
    issued_on date NOT NULL,
    issuer text NOT NULL DEFAULT '' CHECK (char_length(issuer) <= 200),
    status text NOT NULL DEFAULT 'in_force' CHECK (status IN ('in_force', 'withdrawn', 'superseded')),
    status_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, ba_unit)
);
CREATE INDEX certificate_ba_unit ON rights.certificate (ba_unit);

-- Kinds of rights, restrictions and responsibilities; the shares of an `exclusive` one sum to one.
CREATE TABLE rights.rrr_type (
    code text PRIMARY KEY,
    class text NOT NULL CHECK (class IN ('right', 'restriction', 'responsibility')),
    name_vi text NOT NULL,
    name_en text NOT NULL,
    exclusive boolean NOT NULL CHECK (NOT exclusive OR class = 'right'),
    UNIQUE (code, class)
);

CREATE TABLE rights.rrr (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ba_unit bigint NOT NULL REFERENCES rights.ba_unit,
    class text NOT NULL,
    type text NOT NULL,
    party_id bigint REFERENCES rights.party CHECK (party_id IS NOT NULL OR class <> 'right'),
    share_num bigint NOT NULL DEFAULT 1 CHECK (share_num >= 1),
    share_den bigint NOT NULL DEFAULT 1 CHECK (share_den BETWEEN share_num AND 1000000),
    certificate_id bigint,
    source text NOT NULL CHECK (char_length(source) BETWEEN 1 AND 500),   -- the document it rests on
    valid daterange NOT NULL CHECK (NOT isempty(valid) AND isfinite(lower(valid)) AND isfinite(coalesce(upper(valid), lower(valid)))),
    recorded tstzrange NOT NULL DEFAULT tstzrange(now(), NULL),
    FOREIGN KEY (type, class) REFERENCES rights.rrr_type (code, class),
    FOREIGN KEY (certificate_id, ba_unit) REFERENCES rights.certificate (id, ba_unit),
    EXCLUDE USING gist (ba_unit WITH =, type WITH =, party_id WITH =, valid WITH &&, recorded WITH &&) WHERE (class = 'right')
);
CREATE INDEX rrr_ba_unit ON rights.rrr (ba_unit);
CREATE INDEX rrr_party ON rights.rrr (party_id);
CREATE INDEX rrr_certificate ON rights.rrr (certificate_id);

-- What stops an edit. `stops`: kinds of change sets; empty: every kind.
CREATE TABLE rights.block (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parcel_id bigint REFERENCES fabric.parcel,
    ba_unit bigint REFERENCES rights.ba_unit,
    unit text NOT NULL REFERENCES register.unit,
    kind text NOT NULL CHECK (kind IN ('mortgage', 'seizure', 'dispute', 'injunction')),
    reason text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 1000),
    source text NOT NULL CHECK (char_length(source) BETWEEN 1 AND 500),
    stops text[] NOT NULL DEFAULT '{}',
    valid daterange NOT NULL CHECK (NOT isempty(valid) AND isfinite(lower(valid)) AND isfinite(coalesce(upper(valid), lower(valid)))),
    recorded tstzrange NOT NULL DEFAULT tstzrange(now(), NULL),
    lifted_at timestamptz,
    lifted_reason text CHECK (char_length(lifted_reason) BETWEEN 1 AND 1000),
    lifted_source text CHECK (char_length(lifted_source) BETWEEN 1 AND 500),
    CHECK (num_nonnulls(parcel_id, ba_unit) = 1),
    CHECK (num_nonnulls(lifted_at, lifted_reason, lifted_source) IN (0, 3))
);
CREATE INDEX block_parcel ON rights.block (parcel_id) WHERE lifted_at IS NULL;
CREATE INDEX block_ba_unit ON rights.block (ba_unit) WHERE lifted_at IS NULL;

-- Why somebody may look at personal data. `basis` law: a duty of the office; consent: only while the person agrees.
CREATE TABLE rights.purpose (
    code text PRIMARY KEY,
    name_vi text NOT NULL,
    name_en text NOT NULL,
    basis text NOT NULL CHECK (basis IN ('law', 'consent')),
    reveals boolean NOT NULL                             -- whether it can be given as the reason to unmask a value
);

-- What a person agreed to; the newest row of a purpose counts.
CREATE TABLE rights.consent (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    party_id bigint NOT NULL REFERENCES rights.party,
    purpose text NOT NULL REFERENCES rights.purpose,
    given boolean NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX consent_party ON rights.consent (party_id, purpose, id);

-- What a person says is wrong about their own data; values are sealed, and so is what a granted request replaced.
CREATE TABLE rights.correction (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    party_id bigint NOT NULL REFERENCES rights.party,
    field text NOT NULL CHECK (field IN ('name', 'identity_number', 'phone', 'address', 'other')),
    value_sealed bytea NOT NULL,
    note text NOT NULL DEFAULT '' CHECK (char_length(note) <= 1000),
    created_at timestamptz NOT NULL DEFAULT now(),
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'accepted', 'refused')),
    decided_at timestamptz,
    decision_note text CHECK (char_length(decision_note) BETWEEN 1 AND 1000),
    previous_sealed bytea,
    CHECK ((status = 'open') = (decided_at IS NULL)),
    CHECK ((status = 'open') = (decision_note IS NULL))
);
CREATE INDEX correction_party ON rights.correction (party_id);
