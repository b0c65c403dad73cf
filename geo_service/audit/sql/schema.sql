-- The log of sign-ins, looks at personal data, decisions and administrative acts. Append-only and chained by hash: entry n holds
-- sha256(hash of entry n - 1 || its own content), so an entry cannot be altered, removed or put in without breaking the chain.
-- Change sets need no entry here: the ledger is a chain of its own (feed.event).
CREATE SCHEMA audit;

CREATE TABLE audit.entry (
    id bigint PRIMARY KEY,                               -- 1, 2, 3, … without gaps
    at timestamptz NOT NULL,
    actor bigint,                                        -- account; null: a visitor, or the operator at the command line
    kind text NOT NULL CHECK (kind ~ '^[a-z_]+\.[a-z_]+$'),
    subject text NOT NULL CHECK (char_length(subject) <= 200),
    unit text,
    detail jsonb NOT NULL,
    hash bytea NOT NULL
);
CREATE INDEX entry_actor ON audit.entry (actor, id);
CREATE INDEX entry_subject ON audit.entry (subject, id);
CREATE INDEX entry_kind ON audit.entry (kind, id);

CREATE TABLE audit.head (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    hash bytea NOT NULL
);
INSERT INTO audit.head VALUES (true, 0, '-infinity', sha256('geo-service audit'));
