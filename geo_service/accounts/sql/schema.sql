-- People who sign in, their sessions, and failed attempts.
-- Guarantees: no password and no session token is stored, only what they are compared with;
-- a session ends when its account is deleted; a login is unique whatever its case.
CREATE SCHEMA accounts;

CREATE TABLE accounts.account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'),  -- lower case only
    name text NOT NULL CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 200),
    password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    role text NOT NULL CHECK (role IN ('officer', 'public')),
    units text[],                            -- codes of the units an officer works in; NULL: every unit
    demo boolean NOT NULL DEFAULT false,     -- made for trying things; cannot sign in outside development
    disabled boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    password_changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE accounts.session (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),  -- SHA-256 of the 256-bit random token
    account_id bigint NOT NULL REFERENCES accounts.account ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    user_agent text NOT NULL DEFAULT '' CHECK (char_length(user_agent) <= 200),
    CHECK (expires_at > created_at)
);
CREATE INDEX session_account ON accounts.session (account_id);
CREATE INDEX session_expires ON accounts.session (expires_at);

-- One row for each sign-in that failed or is under way; a success removes those of its login and address.
CREATE TABLE accounts.attempt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login text NOT NULL CHECK (char_length(login) <= 64),
    address text NOT NULL CHECK (char_length(address) <= 64),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX attempt_address ON accounts.attempt (address, at);
CREATE INDEX attempt_at ON accounts.attempt (at);
