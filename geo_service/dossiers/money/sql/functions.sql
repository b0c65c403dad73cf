-- What is to be paid for a dossier, and paying it; replaced at each migration. Amounts are whole đồng.

-- Whether the acting account may pay for a dossier: the applicant, the counter that received it, the operator.
CREATE OR REPLACE FUNCTION dossier.may_pay(d dossier.dossier) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN accounts.is_owner() OR dossier.is_applicant(d) OR accounts.may('desk.reception', d.received_unit);
END $$;

-- Write what the rules say is to be paid (geo_service.dossiers.money.fees), once for each code; a fee of 0 đ is written as paid. Only codes of the terms
-- the dossier was opened under, and only while it has not been decided. Taxes are the tax office's to say, see dossier.on_notice.
CREATE OR REPLACE FUNCTION dossier.raise_fees(the_dossier uuid, fees jsonb) RETURNS SETOF dossier.payment
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
BEGIN
    SELECT * INTO d FROM dossier.dossier WHERE id = the_dossier FOR UPDATE;
    IF NOT FOUND OR NOT dossier.may_pay(d) THEN
        RAISE EXCEPTION 'no such dossier' USING ERRCODE = 'GD001';
    END IF;
    IF d.finished_at IS NULL THEN
        INSERT INTO dossier.payment (dossier_id, kind, code, name_vi, name_en, amount, status, paid_at)
        SELECT d.id, 'fee', f.code, f.name_vi, f.name_en, a.amount, CASE WHEN a.amount = 0 THEN 'paid' ELSE 'due' END,
               CASE WHEN a.amount = 0 THEN dossier.clock_now() END
        FROM ROWS FROM (jsonb_to_recordset(fees) AS (code text, name_vi text, name_en text, amount bigint)) WITH ORDINALITY f (code, name_vi, name_en, amount, n)
        JOIN LATERAL (  -- the rule of the dossier's own channel goes before the one for any
            SELECT t FROM jsonb_array_elements(d.terms -> 'fees') t
            WHERE t ->> 'code' = f.code AND t ->> 'kind' = 'fee' AND t ->> 'channel' IN ('any', (ARRAY['counter', 'online', 'post'])[d.channel])
            ORDER BY t ->> 'channel' = 'any' LIMIT 1) r ON true
        CROSS JOIN LATERAL (  -- a fixed fee is what the terms say, whoever asks
            SELECT CASE WHEN r.t ->> 'rule' <> 'fixed' THEN f.amount
                        WHEN EXISTS (SELECT 1 FROM jsonb_array_elements(coalesce(r.t -> 'exempt', '[]')) x
                                     WHERE x -> 'values' ? coalesce(d.form ->> (x ->> 'field'), '')) THEN 0
                        ELSE (r.t ->> 'amount')::bigint END AS amount) a
        ORDER BY f.n
        ON CONFLICT (dossier_id, kind, code) DO NOTHING;
    END IF;
    RETURN QUERY SELECT * FROM dossier.payment WHERE dossier_id = d.id ORDER BY made_at, code;
END $$;

-- A payment that is to be made now, locked after its dossier. GD021: there is none such; GD022: it is paid or cancelled.
CREATE OR REPLACE FUNCTION dossier.open_payment(the_dossier uuid, the_payment uuid) RETURNS dossier.payment
LANGUAGE plpgsql AS $$
DECLARE
    p dossier.payment;
BEGIN
    SELECT * INTO p FROM dossier.payment WHERE id = the_payment AND dossier_id = the_dossier FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such payment' USING ERRCODE = 'GD021';
    END IF;
    IF p.status NOT IN ('due', 'pending') THEN
        RAISE EXCEPTION 'the payment is %', p.status USING ERRCODE = 'GD022', DETAIL = jsonb_build_object('status', p.status)::text;
    END IF;
    RETURN p;
END $$;

-- Ask the payment partner for a page to pay on: the order's key, the same however often it is asked for. An order the partner refused is made anew.
CREATE OR REPLACE FUNCTION dossier.order_payment(the_dossier uuid, the_payment uuid) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
    p dossier.payment;
    found_key uuid;
BEGIN
    SELECT * INTO d FROM dossier.dossier WHERE id = the_dossier FOR UPDATE;
    IF NOT FOUND OR NOT dossier.may_pay(d) THEN
        RAISE EXCEPTION 'no such dossier' USING ERRCODE = 'GD001';
    END IF;
    p := dossier.open_payment(the_dossier, the_payment);
    IF p.status = 'pending' THEN
        SELECT o.key INTO found_key FROM dossier.outbox o
        WHERE o.dossier_id = d.id AND o.partner = 'payment' AND o.kind = 'order' AND o.body ->> 'payment' = p.id::text AND o.state <> 'dead' ORDER BY o.id DESC LIMIT 1;
        IF found_key IS NOT NULL THEN
            RETURN found_key;
        END IF;
        UPDATE dossier.outbox o SET done_at = clock_timestamp(), answer = coalesce(o.answer, '{}') || '{"replaced": true}'
        WHERE o.dossier_id = d.id AND o.partner = 'payment' AND o.kind = 'order' AND o.body ->> 'payment' = p.id::text AND o.done_at IS NULL;
    END IF;
    UPDATE dossier.payment SET status = 'pending' WHERE id = p.id;
    RETURN dossier.post('payment', 'order', d.id, jsonb_build_object('payment', p.id, 'amount', p.amount, 'code', d.code, 'name_vi', p.name_vi, 'name_en', p.name_en));
END $$;

-- A fee paid at the counter that received the dossier; `receipt`: the number on it. An order that is out is called back.
CREATE OR REPLACE FUNCTION dossier.pay_at_counter(the_dossier uuid, the_payment uuid, receipt text) RETURNS dossier.payment
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    d dossier.dossier;
    p dossier.payment;
BEGIN
    SELECT * INTO d FROM dossier.dossier WHERE id = the_dossier FOR UPDATE;
    IF NOT FOUND OR NOT dossier.sees(the_dossier) THEN
        RAISE EXCEPTION 'no such dossier' USING ERRCODE = 'GD001';
    END IF;
    IF NOT (accounts.is_owner() OR accounts.may('desk.reception', d.received_unit)) THEN
        RAISE EXCEPTION 'this is for reception' USING ERRCODE = 'GD004', DETAIL = '{"role": "reception"}';
    END IF;
    p := dossier.open_payment(the_dossier, the_payment);
    IF p.kind <> 'fee' THEN
        RAISE EXCEPTION 'taxes are paid to the treasury' USING ERRCODE = 'GD023';
    END IF;
    IF p.status = 'pending' THEN
        PERFORM dossier.tell('payment', 'cancel', d.id, jsonb_build_object('payment', p.id, 'code', d.code));
    END IF;
    UPDATE dossier.payment SET status = 'paid', paid_at = dossier.clock_now(), method = 'counter', reference = nullif(btrim(receipt), '')
    WHERE id = p.id RETURNING * INTO p;
    PERFORM pg_notify('partners', 'money');
    PERFORM dossier.record(d.id, 'message', jsonb_build_object('paid', p.id, 'amount', p.amount, 'method', 'counter'), NULL);
    RETURN p;
END $$;

-- Call back what is still to be paid, when a dossier ends without a decision. Called by dossier.act.
CREATE OR REPLACE FUNCTION dossier.cancel_payments(the_dossier uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dossier.tell('payment', 'cancel', the_dossier, jsonb_build_object('payment', p.id, 'code', d.code))
    FROM dossier.payment p JOIN dossier.dossier d ON d.id = p.dossier_id WHERE p.dossier_id = the_dossier AND p.status = 'pending';
    UPDATE dossier.payment SET status = 'cancelled' WHERE dossier_id = the_dossier AND status IN ('due', 'pending');
END $$;

-- Let a dossier go on that stands still until it is paid for, when it is. For the worker: only a partner's word moves such a step.
CREATE OR REPLACE FUNCTION dossier.settle(the_dossier uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    d dossier.dossier;
    a dossier.action;
BEGIN
    SELECT * INTO STRICT d FROM dossier.dossier WHERE id = the_dossier FOR UPDATE;
    SELECT * INTO a FROM dossier.action WHERE version_id = d.version_id AND from_step = d.step AND kind = 'paid' AND role = 'partner';
    IF NOT FOUND OR NOT EXISTS (SELECT 1 FROM dossier.payment WHERE dossier_id = d.id AND status = 'paid')
       OR EXISTS (SELECT 1 FROM dossier.payment WHERE dossier_id = d.id AND status IN ('due', 'pending') AND amount > 0) THEN
        RETURN false;
    END IF;
    PERFORM dossier.act(d.id, a.code, d.revision, NULL, (SELECT jsonb_build_object('amount', sum(amount)) FROM dossier.payment
                        WHERE dossier_id = d.id AND status = 'paid'), NULL);
    RETURN true;
END $$;

-- Dossiers that could go on: they stand at a step that ends with payment, and nothing is open.
CREATE OR REPLACE FUNCTION dossier.settled() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT d.id FROM dossier.dossier d JOIN dossier.action a ON a.version_id = d.version_id AND a.from_step = d.step AND a.kind = 'paid' AND a.role = 'partner'
    WHERE d.status = 6 AND EXISTS (SELECT 1 FROM dossier.payment p WHERE p.dossier_id = d.id AND p.status = 'paid')
      AND NOT EXISTS (SELECT 1 FROM dossier.payment p WHERE p.dossier_id = d.id AND p.status IN ('due', 'pending') AND p.amount > 0);
END $$;

REVOKE ALL ON FUNCTION dossier.may_pay(dossier.dossier), dossier.raise_fees(uuid, jsonb), dossier.open_payment(uuid, uuid), dossier.order_payment(uuid, uuid),
    dossier.pay_at_counter(uuid, uuid, text), dossier.cancel_payments(uuid), dossier.settle(uuid), dossier.settled()
    FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
GRANT EXECUTE ON FUNCTION dossier.raise_fees(uuid, jsonb), dossier.order_payment(uuid, uuid), dossier.pay_at_counter(uuid, uuid, text) TO geo_service;
