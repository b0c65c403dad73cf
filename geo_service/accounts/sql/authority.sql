-- Who may do what, where and until when. Executed once, by revision 0002; functions, policies and grants are replaced at each migration.
--
-- Guarantees: authority is role x unit x dates and nothing else; every assignment names who gave it and is ended, never deleted;
-- a second factor, an access token and a session can be withdrawn at once; no secret is stored in clear.

ALTER TABLE register.unit
    ADD COLUMN ended_on date,              -- from this day on the unit is part of its successor
    ADD COLUMN successor text REFERENCES register.unit,
    ADD CHECK ((ended_on IS NULL) = (successor IS NULL)),
    ADD CHECK (successor <> code);

CREATE TABLE accounts.role (
    code text PRIMARY KEY,
    name_vi text NOT NULL,
    name_en text NOT NULL,
    capabilities text[] NOT NULL
);

-- What an access token may be used for, of what its account may.
CREATE TABLE accounts.scope (
    code text PRIMARY KEY,
    name_vi text NOT NULL,
    name_en text NOT NULL,
    capabilities text[] NOT NULL
);

CREATE TABLE accounts.assignment (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts.account,
    role text NOT NULL REFERENCES accounts.role,
    unit text REFERENCES register.unit,                  -- null: the whole city
    valid daterange NOT NULL CHECK (NOT isempty(valid)),
    deputy_for bigint REFERENCES accounts.account CHECK (deputy_for <> account_id),
    note text NOT NULL DEFAULT '' CHECK (char_length(note) <= 500),
    given_by bigint REFERENCES accounts.account,         -- null: the operator at the command line
    given_at timestamptz NOT NULL DEFAULT now(),
    ended_by bigint REFERENCES accounts.account,
    ended_at timestamptz,
    -- the same role in the same place once at a time
    EXCLUDE USING gist (account_id WITH =, role WITH =, coalesce(unit, '*') WITH =, coalesce(deputy_for, 0) WITH =, valid WITH &&)
        WHERE (ended_at IS NULL)
);
CREATE INDEX assignment_account ON accounts.assignment (account_id) WHERE ended_at IS NULL;

ALTER TABLE accounts.account
    ALTER COLUMN password_hash DROP NOT NULL,            -- null: signs in through a provider only
    ADD COLUMN party_id bigint,                          -- the person in the land register, once proven
    ADD COLUMN totp_sealed bytea,                        -- shared secret of the second factor, sealed with the key outside the database
    ADD COLUMN totp_confirmed_at timestamptz,
    ADD COLUMN totp_last_step bigint NOT NULL DEFAULT 0, -- a code is used once, also when the clock moves back
    ADD CHECK (totp_confirmed_at IS NULL OR totp_sealed IS NOT NULL);
CREATE UNIQUE INDEX account_party ON accounts.account (party_id);

-- What an officer was before 0002 could both propose and decide.
INSERT INTO accounts.role VALUES ('land_officer', '', '', '{}'), ('approver', '', '', '{}');
INSERT INTO accounts.assignment (account_id, role, unit, valid)
SELECT a.id, r.role, u.unit, daterange(a.created_at::date, NULL)
FROM accounts.account a, (VALUES ('land_officer'), ('approver')) r (role),
     LATERAL unnest(coalesce(a.units, ARRAY[NULL::text])) u (unit)
WHERE a.role = 'officer';
ALTER TABLE accounts.account DROP COLUMN role, DROP COLUMN units;

ALTER TABLE accounts.session
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    ADD COLUMN level smallint NOT NULL DEFAULT 1 CHECK (level IN (1, 2)),   -- 2: with a second factor, or assured by the provider
    ADD COLUMN method text NOT NULL DEFAULT 'password' CHECK (method IN ('password', 'oidc'));

CREATE TABLE accounts.recovery_code (
    account_id bigint NOT NULL REFERENCES accounts.account ON DELETE CASCADE,
    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),          -- SHA-256 of 120 random bits
    PRIMARY KEY (account_id, code_hash)
);

-- Personal access tokens for notebooks and machines.
CREATE TABLE accounts.token (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    account_id bigint NOT NULL REFERENCES accounts.account ON DELETE CASCADE,
    name text NOT NULL CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 100),
    scopes text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 10),
    level smallint NOT NULL CHECK (level IN (1, 2)),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX token_account ON accounts.token (account_id);

-- Who an account is at an identity provider.
CREATE TABLE accounts.identity (
    issuer text NOT NULL,
    subject text NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 255),
    account_id bigint NOT NULL REFERENCES accounts.account ON DELETE CASCADE,
    linked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (issuer, subject)
);

-- The key that signs "this transaction acts for account N"; made here, read by the owner's functions only.
CREATE TABLE accounts.proof_key (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    key bytea NOT NULL
);
INSERT INTO accounts.proof_key (key)
SELECT sha256(string_agg(uuid_send(gen_random_uuid()), ''::bytea)) FROM generate_series(1, 4);

-- Four eyes: the account that approves a draft is not the one that proposed it.
ALTER TABLE fabric.deployment ADD COLUMN four_eyes boolean NOT NULL DEFAULT true;
ALTER TABLE fabric.change_set
    ADD COLUMN draft_id uuid,
    ADD COLUMN approver text;                            -- login of who decided; null for the system itself
ALTER TABLE work.draft
    DROP CONSTRAINT draft_status_check,
    ADD CHECK (status IN ('open', 'submitted', 'committed', 'discarded')),
    ADD COLUMN submitted_at timestamptz,
    ADD COLUMN units text[] NOT NULL DEFAULT '{}',       -- of the faces it would retire, when it was submitted
    ADD COLUMN returned_by text,
    ADD COLUMN returned_note text;
CREATE INDEX draft_submitted ON work.draft (submitted_at) WHERE status = 'submitted';
