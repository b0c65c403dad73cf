-- The queues of messages to and from partners; replaced at each migration.
--
--   * A message is written in the transaction that makes it true and leaves after it; its key is the same at every try.
--   * Messages of one dossier reach one partner in the order they were written: one that waits, or is dead and nobody has settled it, holds back
--     those behind it. Messages of other dossiers do not wait for it.
--   * A message is taken on a lease. A worker that is killed leaves it to the next one, which sends it under the same key.
--   * What a partner says is kept once, as it was signed, and acted on in one transaction with the mark that says so.

INSERT INTO dossier.partner (code, ord, name_vi, name_en) VALUES
    ('tax', 1, 'Cơ quan thuế', 'Tax office'),
    ('payment', 2, 'Cổng thanh toán', 'Payment gateway'),
    ('portal', 3, 'Cổng Dịch vụ công quốc gia', 'National public service portal'),
    ('notification', 4, 'Kênh nhắn tin', 'Messaging')
ON CONFLICT (code) DO UPDATE SET ord = excluded.ord, name_vi = excluded.name_vi, name_en = excluded.name_en;

-- ---- writing ------------------------------------------------------------------------------------------------------------

-- Put a message into the outbox; its key. The operator may write history that nobody is told (sample data): SET LOCAL geo.untold = 'on'.
CREATE OR REPLACE FUNCTION dossier.post(partner text, kind text, the_dossier uuid, body jsonb) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    fresh uuid := gen_random_uuid();
BEGIN
    IF current_setting('geo.untold', true) = 'on' AND accounts.is_owner() THEN
        RETURN fresh;
    END IF;
    INSERT INTO dossier.outbox (key, partner, kind, dossier_id, body) VALUES (fresh, post.partner, post.kind, the_dossier, coalesce(post.body, '{}'));
    PERFORM pg_notify('partners', post.partner);
    RETURN fresh;
END $$;

-- The same for who needs no key; `dossier` may be null.
CREATE OR REPLACE FUNCTION dossier.tell(partner text, kind text, dossier uuid, body jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM dossier.post(tell.partner, tell.kind, tell.dossier, tell.body);
END $$;

-- ---- sending: for the worker, which is the owner --------------------------------------------------------------------------

-- Take messages whose turn it is, for `lease`. With the breaker open: none; when its time is over: one, whatever its turn, to see.
DROP FUNCTION IF EXISTS dossier.claim(text, integer, interval);
CREATE FUNCTION dossier.claim(which text, most integer, lease interval)
RETURNS TABLE (id bigint, key uuid, kind text, dossier_id uuid, code text, body jsonb, tries integer)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    at timestamptz := clock_timestamp();
    p dossier.partner;
BEGIN
    SELECT * INTO STRICT p FROM dossier.partner x WHERE x.code = which;
    IF p.open_until IS NOT NULL THEN
        UPDATE dossier.partner x SET open_until = at + lease WHERE x.code = which AND x.open_until = p.open_until AND x.open_until <= at;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        most := 1;
    END IF;
    RETURN QUERY WITH taken AS (
        SELECT o.id FROM dossier.outbox o
        WHERE o.partner = which AND o.state = 'waiting' AND (o.next_at <= at OR p.open_until IS NOT NULL)
          AND NOT EXISTS (SELECT 1 FROM dossier.outbox e
                          WHERE e.partner = which AND e.dossier_id = o.dossier_id AND e.id < o.id AND e.done_at IS NULL)
        ORDER BY o.next_at LIMIT most FOR UPDATE OF o SKIP LOCKED)
    UPDATE dossier.outbox o SET next_at = at + lease FROM taken t WHERE o.id = t.id
    RETURNING o.id, o.key, o.kind, o.dossier_id, (SELECT d.code FROM dossier.dossier d WHERE d.id = o.dossier_id), o.body, o.tries;
END $$;

-- When there is something to do for a partner next; null: nothing waits.
CREATE OR REPLACE FUNCTION dossier.next_due(which text) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    first timestamptz;
    until_open timestamptz;
BEGIN
    SELECT o.next_at INTO first FROM dossier.outbox o
    WHERE o.partner = which AND o.state = 'waiting'
      AND NOT EXISTS (SELECT 1 FROM dossier.outbox e WHERE e.partner = which AND e.dossier_id = o.dossier_id AND e.id < o.id AND e.done_at IS NULL)
    ORDER BY o.next_at LIMIT 1;
    SELECT p.open_until INTO until_open FROM dossier.partner p WHERE p.code = which;
    RETURN CASE WHEN first IS NULL THEN NULL ELSE coalesce(until_open, first) END;
END $$;

-- A partner answered: the breaker closes, and everything that had to wait for that goes at once.
CREATE OR REPLACE FUNCTION dossier.partner_answered(which text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    at timestamptz := clock_timestamp();
    was_open boolean := (SELECT open_until IS NOT NULL FROM dossier.partner WHERE code = which);
BEGIN
    UPDATE dossier.partner SET failures = 0, open_until = NULL, last_ok_at = at
    WHERE code = which AND (failures > 0 OR open_until IS NOT NULL OR last_ok_at IS NULL OR last_ok_at < at - interval '5 s');
    IF was_open THEN
        UPDATE dossier.outbox SET next_at = at WHERE partner = which AND state = 'waiting' AND tries > 0 AND next_at > at;
        PERFORM pg_notify('partners', which);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION dossier.message_sent(the_id bigint, the_answer jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    which text;
BEGIN
    UPDATE dossier.outbox SET state = 'sent', tries = tries + 1, done_at = clock_timestamp(), answer = coalesce(answer, '{}') || the_answer, error = NULL
    WHERE id = the_id AND state = 'waiting' RETURNING partner INTO which;
    PERFORM dossier.partner_answered(which);
END $$;

-- A try that did not succeed. `pause` null: never again by itself. `down`: the partner is to blame rather than the message; `opens_after` such
-- failures in a row open the breaker, first for `first_open`, then for twice as long each time up to `longest_open`.
CREATE OR REPLACE FUNCTION dossier.message_failed(the_id bigint, why text, pause interval, down boolean, opens_after integer, first_open interval,
                                                  longest_open interval) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    at timestamptz := clock_timestamp();
    which text;
BEGIN
    UPDATE dossier.outbox SET tries = tries + 1, error = left(why, 1000), state = CASE WHEN pause IS NULL THEN 'dead' ELSE 'waiting' END,
        next_at = at + coalesce(pause, interval '0')
    WHERE id = the_id AND state = 'waiting' RETURNING partner INTO which;
    IF down THEN
        UPDATE dossier.partner SET failures = failures + 1, last_failed_at = at, last_error = left(why, 1000),
            open_until = CASE WHEN failures + 1 < opens_after THEN open_until
                              ELSE at + least(longest_open, first_open * power(2, least(failures + 1 - opens_after, 20))) END
        WHERE code = which;
    ELSE
        PERFORM dossier.partner_answered(which);
    END IF;
END $$;

-- Give back what was taken and not tried, at a clean stop.
CREATE OR REPLACE FUNCTION dossier.let_go(ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE dossier.outbox SET next_at = clock_timestamp() WHERE id = ANY(ids) AND state = 'waiting';
END $$;

-- ---- hearing ------------------------------------------------------------------------------------------------------------

-- Keep a message whose signature was good, once. Returns what is kept under this identity, which is another message where a partner uses one twice.
DROP FUNCTION IF EXISTS dossier.take_in(text, text, text);
CREATE FUNCTION dossier.take_in(the_partner text, the_message text, the_token text) RETURNS TABLE (is_new boolean, token text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO dossier.inbox (partner, message, token) VALUES (the_partner, the_message, the_token) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        PERFORM pg_notify('partners', 'inbox');
        RETURN QUERY SELECT true, the_token;
    ELSE
        RETURN QUERY SELECT false, i.token FROM dossier.inbox i WHERE i.partner = the_partner AND i.message = the_message;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION dossier.turn_away(the_partner text, the_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO dossier.partner_refusal AS r (partner, day, reason, number, last_at)
    VALUES (the_partner, accounts.today(), the_reason, 1, clock_timestamp())
    ON CONFLICT (partner, day, reason) DO UPDATE SET number = r.number + 1, last_at = excluded.last_at;
END $$;

-- The tax office says what is to be paid. Returns what became of it: done; again (it was known); dossier-unknown, dossier-closed, not-expected,
-- other-amounts (what was paid already was another amount): a person has to look. `amounts`: [{code, name_vi, name_en, amount}].
CREATE OR REPLACE FUNCTION dossier.on_notice(the_message text, the_code text, amounts jsonb, due date) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    d dossier.dossier;
    a dossier.action;
    known boolean;
BEGIN
    SELECT * INTO d FROM dossier.dossier WHERE code = the_code FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'dossier-unknown';
    END IF;
    SELECT * INTO a FROM dossier.action WHERE version_id = d.version_id AND from_step = d.step AND kind = 'tax_notice' AND role = 'partner';
    IF NOT FOUND THEN
        known := EXISTS (SELECT 1 FROM dossier.payment p WHERE p.dossier_id = d.id AND p.kind = 'tax');
        IF known AND NOT EXISTS (
            (SELECT n.code, n.amount FROM jsonb_to_recordset(amounts) n (code text, amount bigint)
             EXCEPT SELECT p.code, p.amount FROM dossier.payment p WHERE p.dossier_id = d.id AND p.kind = 'tax')
            UNION ALL
            (SELECT p.code, p.amount FROM dossier.payment p WHERE p.dossier_id = d.id AND p.kind = 'tax' AND p.status <> 'cancelled'
             EXCEPT SELECT n.code, n.amount FROM jsonb_to_recordset(amounts) n (code text, amount bigint))) THEN
            RETURN 'again';
        END IF;
        RETURN CASE WHEN d.finished_at IS NOT NULL THEN 'dossier-closed' WHEN known THEN 'other-amounts' ELSE 'not-expected' END;
    END IF;
    IF EXISTS (SELECT 1 FROM dossier.payment p LEFT JOIN jsonb_to_recordset(amounts) n (code text, amount bigint) ON n.code = p.code
               WHERE p.dossier_id = d.id AND p.kind = 'tax' AND p.status = 'paid' AND p.amount IS DISTINCT FROM n.amount AND p.amount > 0) THEN
        RETURN 'other-amounts';
    END IF;
    PERFORM dossier.tell('payment', 'cancel', d.id, jsonb_build_object('payment', p.id, 'code', d.code)) FROM dossier.payment p
    WHERE p.dossier_id = d.id AND p.kind = 'tax' AND p.status = 'pending';
    UPDATE dossier.payment p SET status = 'cancelled' WHERE p.dossier_id = d.id AND p.kind = 'tax' AND p.status IN ('due', 'pending');
    INSERT INTO dossier.payment AS p (dossier_id, kind, code, name_vi, name_en, amount, due_on, status, paid_at)
    SELECT d.id, 'tax', n.code, n.name_vi, n.name_en, n.amount, due, CASE WHEN n.amount = 0 THEN 'paid' ELSE 'due' END,
           CASE WHEN n.amount = 0 THEN clock_timestamp() END
    FROM jsonb_to_recordset(amounts) n (code text, name_vi text, name_en text, amount bigint)
    ON CONFLICT (dossier_id, kind, code) DO UPDATE SET amount = excluded.amount, due_on = excluded.due_on, status = excluded.status,
        paid_at = excluded.paid_at, name_vi = excluded.name_vi, name_en = excluded.name_en WHERE p.status <> 'paid' OR p.amount = 0;
    PERFORM dossier.act(d.id, a.code, d.revision, NULL, jsonb_build_object('message', the_message, 'due_on', due,
                            'amount', (SELECT sum(n.amount) FROM jsonb_to_recordset(amounts) n (amount bigint))), NULL);
    RETURN 'done';
END $$;

-- A payment partner says that money came. Returns done, again, or what a person has to look at: payment-unknown, other-dossier, other-amount (not
-- booked); paid-twice; dossier-closed (booked, for money that came is a fact, and to be given back).
CREATE OR REPLACE FUNCTION dossier.on_paid(the_message text, the_code text, the_payment uuid, the_amount bigint, the_reference text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    d dossier.dossier;
    p dossier.payment;
    settled boolean := false;
BEGIN
    SELECT x.* INTO d FROM dossier.dossier x JOIN dossier.payment y ON y.dossier_id = x.id WHERE y.id = the_payment FOR UPDATE OF x;
    IF NOT FOUND THEN
        RETURN 'payment-unknown';
    END IF;
    IF d.code IS DISTINCT FROM the_code THEN
        RETURN 'other-dossier';
    END IF;
    SELECT * INTO STRICT p FROM dossier.payment WHERE id = the_payment FOR UPDATE;
    IF p.status = 'paid' THEN
        RETURN CASE WHEN p.method = 'online' AND p.reference = the_reference THEN 'again' ELSE 'paid-twice' END;
    END IF;
    IF p.amount <> the_amount THEN
        RETURN 'other-amount';
    END IF;
    UPDATE dossier.payment SET status = 'paid', paid_at = clock_timestamp(), method = 'online', reference = the_reference WHERE id = p.id;
    IF p.status <> 'cancelled' THEN
        BEGIN
            settled := dossier.settle(d.id);
        EXCEPTION WHEN OTHERS THEN
            settled := false;  -- the money is booked; the worker's round tries the step again and says why it does not go
        END;
    END IF;
    IF NOT settled THEN
        PERFORM dossier.record(d.id, 'message', jsonb_build_object('paid', p.id, 'amount', p.amount, 'reference', the_reference), NULL);
    END IF;
    RETURN CASE WHEN p.status = 'cancelled' THEN 'dossier-closed' ELSE 'done' END;
END $$;

-- A partner confirms what it did with one of our messages. Returns done or message-unknown.
CREATE OR REPLACE FUNCTION dossier.on_receipt(the_partner text, the_message text, of_key uuid, said jsonb) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE dossier.outbox SET answer = coalesce(answer, '{}') || jsonb_build_object('receipt', said || jsonb_build_object('message', the_message))
    WHERE key = of_key AND partner = the_partner;
    RETURN CASE WHEN FOUND THEN 'done' ELSE 'message-unknown' END;
END $$;

-- ---- looking after ------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION dossier.check_manager() RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT (accounts.is_owner() OR accounts.may('partners.manage', '*')) THEN
        RAISE EXCEPTION 'partners are for administrators' USING ERRCODE = 'GD004', DETAIL = '{"role": "administrator"}';
    END IF;
END $$;

DROP FUNCTION IF EXISTS dossier.partners_health();
CREATE FUNCTION dossier.partners_health()
RETURNS TABLE (code text, name_vi text, name_en text, waiting bigint, oldest timestamptz, sent_last_hour bigint, dead bigint, breaker text, open_until timestamptz,
               failures integer, last_ok_at timestamptz, last_failed_at timestamptz, last_error text,
               inbox_waiting bigint, inbox_dead bigint, inbox_last timestamptz, turned_away jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    at timestamptz := clock_timestamp();
BEGIN
    PERFORM dossier.check_manager();
    RETURN QUERY SELECT p.code, p.name_vi, p.name_en, o.waiting, o.oldest,
        (SELECT count(*) FROM dossier.outbox s WHERE s.partner = p.code AND s.state = 'sent' AND s.done_at > at - interval '1 hour'), o.dead,
        CASE WHEN p.open_until IS NULL THEN 'closed' WHEN p.open_until > at THEN 'open' ELSE 'trying' END, p.open_until,
        p.failures, p.last_ok_at, p.last_failed_at, p.last_error, i.waiting, i.dead,
        (SELECT max(l.came_at) FROM dossier.inbox l WHERE l.partner = p.code),
        (SELECT coalesce(jsonb_object_agg(r.reason, r.number), '{}') FROM dossier.partner_refusal r WHERE r.partner = p.code AND r.day = accounts.today())
    FROM dossier.partner p,
        LATERAL (SELECT count(*) FILTER (WHERE x.state = 'waiting') AS waiting, min(x.made_at) FILTER (WHERE x.state = 'waiting') AS oldest,
                        count(*) FILTER (WHERE x.state = 'dead') AS dead FROM dossier.outbox x WHERE x.partner = p.code AND x.done_at IS NULL) o,
        LATERAL (SELECT count(*) FILTER (WHERE x.state = 'waiting') AS waiting, count(*) FILTER (WHERE x.state = 'dead') AS dead
                 FROM dossier.inbox x WHERE x.partner = p.code AND x.done_at IS NULL) i
    ORDER BY p.ord;
END $$;

-- Messages of one direction, newest first. A dead one that is settled is `dropped`; `body` of an incoming one is its token.
DROP FUNCTION IF EXISTS dossier.messages(text, text, text, bigint, integer);
CREATE FUNCTION dossier.messages(direction text, the_partner text, the_state text, before bigint, most integer)
RETURNS TABLE (id bigint, partner text, message text, kind text, code text, state text, tries integer, made_at timestamptz, next_at timestamptz,
               done_at timestamptz, error text, answer jsonb, body jsonb, token text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM dossier.check_manager();
    IF direction = 'out' THEN
        RETURN QUERY SELECT o.id, o.partner, o.key::text, o.kind, (SELECT d.code FROM dossier.dossier d WHERE d.id = o.dossier_id),
            CASE WHEN o.state = 'dead' AND o.done_at IS NOT NULL THEN 'dropped' ELSE o.state END, o.tries, o.made_at,
            CASE WHEN o.state = 'waiting' THEN o.next_at END, o.done_at, o.error, o.answer, o.body - 'form', NULL::text
        FROM dossier.outbox o
        WHERE (the_partner IS NULL OR o.partner = the_partner) AND (before IS NULL OR o.id < before)
          AND (the_state IS NULL OR the_state = CASE WHEN o.state = 'dead' AND o.done_at IS NOT NULL THEN 'dropped' ELSE o.state END)
          AND (the_state IS NULL OR the_state NOT IN ('waiting', 'dead') OR o.done_at IS NULL)
        ORDER BY o.id DESC LIMIT most;
    ELSE
        RETURN QUERY SELECT i.id, i.partner, i.message, NULL::text, NULL::text,
            CASE WHEN i.state = 'dead' AND i.done_at IS NOT NULL THEN 'dropped' ELSE i.state END, i.tries, i.came_at,
            CASE WHEN i.state = 'waiting' THEN i.next_at END, i.done_at, i.error, NULL::jsonb, NULL::jsonb, i.token
        FROM dossier.inbox i
        WHERE (the_partner IS NULL OR i.partner = the_partner) AND (before IS NULL OR i.id < before)
          AND (the_state IS NULL OR the_state = CASE WHEN i.state = 'dead' AND i.done_at IS NOT NULL THEN 'dropped' ELSE i.state END)
          AND (the_state IS NULL OR the_state NOT IN ('waiting', 'dead') OR i.done_at IS NULL)
        ORDER BY i.id DESC LIMIT most;
    END IF;
END $$;

-- Try a message again at once that waits or is dead; false when it is neither.
CREATE OR REPLACE FUNCTION dossier.retry_message(direction text, the_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    which text;
BEGIN
    PERFORM dossier.check_manager();
    IF direction = 'out' THEN
        UPDATE dossier.outbox SET state = 'waiting', next_at = clock_timestamp(), tries = 0 WHERE id = the_id AND done_at IS NULL RETURNING partner INTO which;
    ELSE
        UPDATE dossier.inbox SET state = 'waiting', next_at = clock_timestamp(), tries = 0 WHERE id = the_id AND done_at IS NULL RETURNING 'inbox' INTO which;
    END IF;
    IF which IS NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_notify('partners', which);
    PERFORM audit.write('partner.retried', format('message:%s-%s', direction, the_id));
    RETURN true;
END $$;

-- Settle a message by hand: nothing more is done with it, and those behind it go on. False when it is settled already.
CREATE OR REPLACE FUNCTION dossier.drop_message(direction text, the_id bigint, the_note text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    o dossier.outbox;
    which text;
BEGIN
    PERFORM dossier.check_manager();
    IF coalesce(btrim(the_note), '') = '' THEN
        RAISE EXCEPTION 'say why' USING ERRCODE = 'GD005';
    END IF;
    IF direction = 'out' THEN
        UPDATE dossier.outbox SET state = 'dead', done_at = clock_timestamp(),
            answer = coalesce(answer, '{}') || jsonb_build_object('dropped', jsonb_build_object('by', accounts.acting_login(), 'note', the_note))
        WHERE id = the_id AND done_at IS NULL RETURNING * INTO o;
        which := o.partner;
        IF o.kind = 'order' THEN
            UPDATE dossier.payment SET status = 'due' WHERE id = (o.body ->> 'payment')::uuid AND status = 'pending';
        END IF;
    ELSE
        UPDATE dossier.inbox SET state = 'dead', done_at = clock_timestamp() WHERE id = the_id AND done_at IS NULL RETURNING 'inbox' INTO which;
    END IF;
    IF which IS NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_notify('partners', which);
    PERFORM audit.write('partner.dropped', format('message:%s-%s', direction, the_id), NULL, jsonb_build_object('note', the_note));
    RETURN true;
END $$;

-- What was sent to a partner, and heard from it, between two moments.
DROP FUNCTION IF EXISTS dossier.exchanged(text, timestamptz, timestamptz);
CREATE FUNCTION dossier.exchanged(which text, since timestamptz, until timestamptz)
RETURNS TABLE (direction text, message text, kind text, code text, at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM dossier.check_manager();
    RETURN QUERY SELECT 'out', o.key::text, o.kind, d.code, o.done_at FROM dossier.outbox o LEFT JOIN dossier.dossier d ON d.id = o.dossier_id
        WHERE o.partner = which AND o.state = 'sent' AND o.done_at >= since AND o.done_at < until
        UNION ALL SELECT 'in', i.message, NULL, NULL, i.came_at FROM dossier.inbox i WHERE i.partner = which AND i.came_at >= since AND i.came_at < until;
END $$;

-- Which of these messages are known at all, whenever they were sent or heard.
CREATE OR REPLACE FUNCTION dossier.known(which text, direction text, messages text[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM dossier.check_manager();
    IF direction = 'out' THEN
        RETURN QUERY SELECT m FROM unnest(messages) m JOIN dossier.outbox o ON o.key::text = m WHERE o.partner = which;
    ELSE
        RETURN QUERY SELECT m FROM unnest(messages) m JOIN dossier.inbox i ON i.partner = which AND i.message = m;
    END IF;
END $$;

-- Questions a partner has not answered: slips of dossiers that still stand at the tax office, orders whose payment is still awaited.
DROP FUNCTION IF EXISTS dossier.unanswered();
CREATE FUNCTION dossier.unanswered() RETURNS TABLE (id bigint, partner text, kind text, message text, code text, sent_at timestamptz, working_days integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM dossier.check_manager();
    RETURN QUERY SELECT o.id, o.partner, o.kind, o.key::text, d.code, o.done_at, dossier.working_days_between(o.done_at, clock_timestamp())
    FROM dossier.dossier d
    JOIN dossier.outbox o ON o.dossier_id = d.id AND o.state = 'sent'
    WHERE d.status = 6 AND (
        (o.partner = 'tax' AND o.kind = 'slip' AND o.done_at >= d.step_since
         AND EXISTS (SELECT 1 FROM dossier.action a WHERE a.version_id = d.version_id AND a.from_step = d.step AND a.kind = 'tax_notice'))
        OR (o.partner = 'payment' AND o.kind = 'order'
            AND EXISTS (SELECT 1 FROM dossier.payment p WHERE p.id = (o.body ->> 'payment')::uuid AND p.status = 'pending')))
    ORDER BY o.done_at LIMIT 1000;
END $$;

-- ---- grants -------------------------------------------------------------------------------------------------------------

REVOKE ALL ON dossier.outbox, dossier.inbox, dossier.partner, dossier.partner_refusal FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
REVOKE ALL ON FUNCTION dossier.post(text, text, uuid, jsonb), dossier.tell(text, text, uuid, jsonb), dossier.claim(text, integer, interval), dossier.next_due(text),
    dossier.partner_answered(text), dossier.message_sent(bigint, jsonb), dossier.message_failed(bigint, text, interval, boolean, integer, interval, interval),
    dossier.let_go(bigint[]), dossier.take_in(text, text, text), dossier.turn_away(text, text), dossier.on_notice(text, text, jsonb, date),
    dossier.on_paid(text, text, uuid, bigint, text), dossier.on_receipt(text, text, uuid, jsonb), dossier.check_manager(), dossier.partners_health(),
    dossier.messages(text, text, text, bigint, integer), dossier.retry_message(text, bigint), dossier.drop_message(text, bigint, text),
    dossier.exchanged(text, timestamptz, timestamptz), dossier.known(text, text, text[]), dossier.unanswered()
    FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
GRANT EXECUTE ON FUNCTION dossier.take_in(text, text, text), dossier.turn_away(text, text) TO geo_gate;
GRANT EXECUTE ON FUNCTION dossier.partners_health(), dossier.messages(text, text, text, bigint, integer), dossier.retry_message(text, bigint),
    dossier.drop_message(text, bigint, text), dossier.exchanged(text, timestamptz, timestamptz), dossier.known(text, text, text[]), dossier.unanswered() TO geo_service;
