-- Rights follow the map: what a change set of this very transaction ended, its holders hold in what came of it. Replaced at each migration.

-- The next serial number in stock; null when none is left, and the certificate is then written when forms have come.
CREATE OR REPLACE FUNCTION rights.next_serial() RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    taken rights.certificate_stock;
BEGIN
    UPDATE rights.certificate_stock SET next = next + 1
    WHERE prefix = (SELECT prefix FROM rights.certificate_stock WHERE next <= last ORDER BY prefix LIMIT 1 FOR UPDATE) RETURNING * INTO taken;
    RETURN CASE WHEN FOUND THEN taken.prefix || ' ' || lpad((taken.next - 1)::text, 8, '0') END;
END $$;

-- A certificate on a unit of rights, and its present rights recorded anew under it.
CREATE OR REPLACE FUNCTION rights.certify(the_unit bigint, paper text, office text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    today date := accounts.today();
    serial text := rights.next_serial();
    number bigint;
    old record;
BEGIN
    UPDATE rights.certificate SET status = 'superseded', status_at = now() WHERE ba_unit = the_unit AND status = 'in_force';
    IF serial IS NOT NULL THEN
        INSERT INTO rights.certificate (ba_unit, generation, serial, issued_on, issuer) VALUES (the_unit, 'gcn2025', serial, today, office) RETURNING id INTO number;
    END IF;
    FOR old IN SELECT * FROM rights.rrr WHERE ba_unit = the_unit AND class = 'right' AND upper_inf(recorded) AND rights.stands(valid) LOOP
        UPDATE rights.rrr SET recorded = 'empty' WHERE id = old.id;
        IF lower(old.valid) < today THEN
            INSERT INTO rights.rrr (ba_unit, class, type, party_id, share_num, share_den, certificate_id, source, valid)
            VALUES (the_unit, old.class, old.type, old.party_id, old.share_num, old.share_den, old.certificate_id, old.source, daterange(lower(old.valid), today));
        END IF;
        INSERT INTO rights.rrr (ba_unit, class, type, party_id, share_num, share_den, certificate_id, source, valid)
        VALUES (the_unit, old.class, old.type, old.party_id, old.share_num, old.share_den, number, paper, daterange(greatest(lower(old.valid), today), upper(old.valid)));
    END LOOP;
    RETURN number;
END $$;

-- Move the rights of a change set that was sealed in this transaction. A new parcel goes to who held the greatest part of it; of several new parcels
-- from one unit of rights the largest stays in it and each other one becomes a unit of its own with the same holders. Old certificates are
-- superseded, new ones numbered from stock. Returns what was done, for the dossier's record; it names nobody.
CREATE OR REPLACE FUNCTION rights.follow(cs bigint, paper text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    today date := accounts.today();
    born record;
    link rights.ba_unit_parcel;
    kept bigint[] := '{}';
    target bigint;
    number bigint;
    done jsonb := '[]';
BEGIN
    IF NOT EXISTS (SELECT 1 FROM fabric.change_set WHERE id = cs AND xid = pg_current_xact_id() AND seq IS NOT NULL) THEN
        RAISE EXCEPTION 'rights follow a change set of the same transaction' USING ERRCODE = 'GR003';
    END IF;
    IF NOT accounts.is_owner() AND NOT EXISTS (SELECT 1 FROM fabric.change_set c JOIN work.draft w ON w.id = c.draft_id WHERE c.id = cs AND w.dossier_id IS NOT NULL) THEN
        RAISE EXCEPTION 'rights follow what a dossier has decided' USING ERRCODE = 'GR003';
    END IF;
    FOR born IN SELECT * FROM (
            SELECT DISTINCT ON (l.child) b.ba_unit, l.child AS parcel_id, v.area_m2 AS area, v.unit
            FROM fabric.lineage l
            JOIN fabric.parcel_version v ON v.parcel_id = l.child AND v.created_by = cs AND v.kind = 'land'
            JOIN rights.ba_unit_parcel b ON b.parcel_id = l.parent AND upper_inf(b.recorded) AND rights.stands(b.valid) AND b.exclusive
            WHERE l.change_set = cs
              AND NOT EXISTS (SELECT 1 FROM fabric.parcel_version w WHERE w.parcel_id = l.parent AND w.created_by = cs)   -- the parent ended
              AND NOT EXISTS (SELECT 1 FROM fabric.parcel_version w WHERE w.parcel_id = l.child AND w.created_by <> cs)   -- the child is new
            ORDER BY l.child, l.shared_m2 DESC, l.parent) f
        ORDER BY ba_unit, area DESC, parcel_id LOOP
        target := born.ba_unit;
        IF born.ba_unit = ANY(kept) THEN
            INSERT INTO rights.ba_unit (kind, unit, name) SELECT kind, born.unit, name FROM rights.ba_unit WHERE id = born.ba_unit RETURNING id INTO target;
            INSERT INTO rights.rrr (ba_unit, class, type, party_id, share_num, share_den, source, valid)
            SELECT target, class, type, party_id, share_num, share_den, paper, daterange(today, upper(valid))
            FROM rights.rrr WHERE ba_unit = born.ba_unit AND upper_inf(recorded) AND rights.stands(valid);
        END IF;
        kept := kept || born.ba_unit;
        INSERT INTO rights.ba_unit_parcel (ba_unit, parcel_id, valid) VALUES (target, born.parcel_id, daterange(today, NULL));
        number := rights.certify(target, paper, '');
        done := done || jsonb_build_object('parcel', born.parcel_id, 'ba_unit', target, 'certificate', number);
    END LOOP;
    -- what ended leaves its units of rights today
    FOR link IN SELECT b.* FROM rights.ba_unit_parcel b
        WHERE upper_inf(b.recorded) AND rights.stands(b.valid) AND b.exclusive
          AND b.parcel_id IN (SELECT parcel_id FROM fabric.parcel_version WHERE retired_by = cs)
          AND b.parcel_id NOT IN (SELECT parcel_id FROM fabric.parcel_version WHERE created_by = cs) LOOP
        UPDATE rights.ba_unit_parcel SET recorded = 'empty' WHERE id = link.id;
        IF lower(link.valid) < today THEN
            INSERT INTO rights.ba_unit_parcel (ba_unit, parcel_id, valid) VALUES (link.ba_unit, link.parcel_id, daterange(lower(link.valid), today));
        END IF;
    END LOOP;
    RETURN done;
END $$;

REVOKE ALL ON FUNCTION rights.next_serial(), rights.certify(bigint, text, text), rights.follow(bigint, text) FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
REVOKE ALL ON rights.certificate_stock FROM PUBLIC, geo_public, geo_gate, geo_service, geo_analyst;
GRANT EXECUTE ON FUNCTION rights.follow(bigint, text) TO geo_service;
