-- What the queues of messages need besides dossier.outbox and dossier.inbox. Executed once, by revision 0003; rows are seeded by functions.sql.

-- A partner as the worker finds it. `open_until`: the circuit breaker is open until then, and one message at a time tries it afterwards.
CREATE TABLE dossier.partner (
    code text PRIMARY KEY CHECK (code IN ('tax', 'payment', 'portal', 'notification')),
    ord smallint NOT NULL,
    name_vi text NOT NULL,
    name_en text NOT NULL,
    failures integer NOT NULL DEFAULT 0,                 -- in a row
    open_until timestamptz,
    last_ok_at timestamptz,
    last_failed_at timestamptz,
    last_error text
);

-- What was refused at the door, counted by day and reason: nothing else is kept of a message nobody is proven to have sent.
CREATE TABLE dossier.partner_refusal (
    partner text NOT NULL REFERENCES dossier.partner,
    day date NOT NULL,
    reason text NOT NULL CHECK (reason ~ '^[a-z-]{1,40}$'),
    number bigint NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (partner, day, reason)
);

-- `done_at` is null while a message waits or needs a person; a dead one that is settled has it.
CREATE INDEX outbox_open ON dossier.outbox (partner, dossier_id, id) WHERE done_at IS NULL;
CREATE INDEX outbox_due ON dossier.outbox (partner, next_at) WHERE state = 'waiting';
CREATE INDEX outbox_sent ON dossier.outbox (partner, done_at) WHERE state = 'sent';
CREATE INDEX outbox_dossier ON dossier.outbox (dossier_id, id);
CREATE INDEX inbox_turn ON dossier.inbox (id) WHERE state = 'waiting';
CREATE INDEX inbox_open ON dossier.inbox (partner, id) WHERE done_at IS NULL;
CREATE INDEX inbox_came ON dossier.inbox (partner, came_at);
CREATE INDEX dossier_owing ON dossier.dossier (id) WHERE status = 6;
