-- Functions of the rights; replaced at each migration. Those marked SECURITY DEFINER read past the policies and therefore answer only about
-- the acting account: what it owns, what it may see.

CREATE OR REPLACE AGGREGATE rights.common_denominator(numeric) (sfunc = lcm, stype = numeric, initcond = '1');

-- Whether something is so today or will be.
CREATE OR REPLACE FUNCTION rights.stands(valid daterange) RETURNS boolean
LANGUAGE sql STABLE AS $$ SELECT upper_inf(valid) OR upper(valid) > accounts.today() $$;

-- A parcel and those it came from that are no more: what stood on them stands on it until somebody registers otherwise.
CREATE OR REPLACE FUNCTION rights.ancestry(parcel bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE up AS (
        SELECT parcel AS id
        UNION
        SELECT l.parent FROM up u JOIN fabric.lineage l ON l.child = u.id
        WHERE NOT EXISTS (SELECT 1 FROM fabric.parcel_version v WHERE v.parcel_id = l.parent AND v.retired_by IS NULL))
    SELECT id FROM up
$$;

-- ---- what the acting account owns and sees ---------------------------------------------------------------------------

-- The party of the acting account and the groups it is a member of.
CREATE OR REPLACE FUNCTION rights.own_parties() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH me AS MATERIALIZED (SELECT accounts.acting_party() AS id)
    SELECT coalesce(array_agg(id), '{}') FROM (
        SELECT id FROM me WHERE id IS NOT NULL
        UNION SELECT g.group_id FROM rights.group_member g JOIN me ON me.id = g.member_id) mine
$$;

-- Units in which these parties hold something now.
CREATE OR REPLACE FUNCTION rights.own_ba_units() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT ba_unit), '{}') FROM rights.rrr
    WHERE party_id = ANY((SELECT rights.own_parties())::bigint[]) AND upper_inf(recorded) AND rights.stands(valid)
$$;

-- Units in which the acting account has a capability, signed for this transaction: worked out once a query and handed to holds_where for
-- each row, which could not be asked about units of somebody's choice. The text cannot pass for a note of accounts.enter.
CREATE OR REPLACE FUNCTION rights.proven_units(capability text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    said text := 'units ' || array_to_string(accounts.units_for(capability), ',');
BEGIN
    RETURN said || '#' || accounts.signature(said);
END $$;

-- Whether the party, or a group it belongs to, holds something now in one of the proven units.
CREATE OR REPLACE FUNCTION rights.holds_where(party bigint, proof text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    said text := split_part(proof, '#', 1);
    units text[] := string_to_array(substr(said, 7), ',');
BEGIN
    IF said IS NULL OR said = 'units ' OR split_part(proof, '#', 2) IS DISTINCT FROM accounts.signature(said) THEN
        RETURN false;
    END IF;
    RETURN EXISTS (
        SELECT 1 FROM rights.rrr r JOIN rights.ba_unit b ON b.id = r.ba_unit
        WHERE r.party_id = ANY(ARRAY(SELECT party UNION ALL SELECT g.group_id FROM rights.group_member g WHERE g.member_id = party))
          AND upper_inf(r.recorded) AND rights.stands(r.valid) AND units && ARRAY[b.unit, '*']);
END $$;

-- The same for a single party.
CREATE OR REPLACE FUNCTION rights.sees_party(party bigint, capability text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN rights.holds_where(party, rights.proven_units(capability));
END $$;

-- Whether a party holds or held something in a unit of rights that the acting account may write to: ending a right records its past anew.
CREATE OR REPLACE FUNCTION rights.has_held(of_ba_unit bigint, party bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM rights.rrr r JOIN rights.ba_unit b ON b.id = r.ba_unit
        WHERE r.ba_unit = of_ba_unit AND r.party_id = party AND accounts.may('rights.write', b.unit))
$$;

-- The party with this identity number (as a fingerprint) or organisation number, wherever in the city it holds something: who registers a
-- transfer names the buyer by number. From here to the end of the transaction the party can be seen and given a right.
CREATE OR REPLACE FUNCTION rights.known_party(fingerprint bytea, organisation text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    known bigint;
BEGIN
    IF NOT (accounts.is_owner() OR accounts.may('rights.write', NULL)) THEN
        RETURN NULL;
    END IF;
    SELECT party_id INTO known FROM rights.personal WHERE identity_fingerprint = fingerprint;
    IF NOT FOUND THEN
        SELECT id INTO known FROM rights.party WHERE organisation_number = organisation;
    END IF;
    UPDATE rights.party SET named_in = pg_current_xact_id() WHERE id = known;
    RETURN known;
END $$;

-- An empty row for personal values of a party that has none yet, so that a granted correction has a place.
CREATE OR REPLACE FUNCTION rights.begin_personal(party bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO rights.personal (party_id) SELECT party WHERE rights.sees_party(party, 'rights.write') ON CONFLICT DO NOTHING
$$;

-- Who looked at the acting account's own person, newest first. The officer's role is told, the name is not.
CREATE OR REPLACE FUNCTION rights.accesses() RETURNS TABLE (id bigint, at timestamptz, role text, unit text, kind text, detail jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT e.id, e.at, (
            SELECT a.role FROM accounts.assignment a JOIN accounts.role r ON r.code = a.role
            WHERE a.account_id = e.actor AND a.given_at <= e.at AND (a.ended_at IS NULL OR a.ended_at > e.at)
              AND a.valid @> (e.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AND r.capabilities && '{person.reveal,rights.read}'
            ORDER BY 'person.reveal' = ANY(r.capabilities) DESC, a.unit = e.unit DESC NULLS LAST, a.id LIMIT 1),
        e.unit, e.kind, e.detail
    FROM audit.entry e
    WHERE e.subject = 'party:' || (SELECT accounts.acting_party()) AND e.actor IS DISTINCT FROM (SELECT accounts.acting())
    ORDER BY e.id DESC LIMIT 1000
$$;

-- ---- append-only, bitemporal -----------------------------------------------------------------------------------------

-- `recorded` is written by the database: it opens now and is closed now, once. In one administrative unit it never runs backwards, whatever
-- the clock does. Everything else stays as it was.
CREATE OR REPLACE FUNCTION rights.keep() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    since timestamptz := now();
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF TG_TABLE_NAME = 'rrr' THEN
            SELECT greatest(since, max(upper(recorded))) INTO since FROM rights.rrr WHERE ba_unit = NEW.ba_unit;
        ELSIF TG_TABLE_NAME = 'ba_unit_parcel' THEN
            SELECT greatest(since, max(upper(recorded))) INTO since FROM rights.ba_unit_parcel
            WHERE ba_unit = NEW.ba_unit OR parcel_id = NEW.parcel_id;
        END IF;
        NEW.recorded := tstzrange(since, NULL);
        RETURN NEW;
    END IF;
    IF NOT upper_inf(OLD.recorded) OR upper_inf(NEW.recorded) OR to_jsonb(NEW) - 'recorded' <> to_jsonb(OLD) - 'recorded' THEN
        RAISE EXCEPTION 'what is recorded in % is not altered: close it and record anew', TG_TABLE_NAME USING ERRCODE = 'GR003';
    END IF;
    NEW.recorded := tstzrange(lower(OLD.recorded), greatest(since, lower(OLD.recorded) + interval '1 microsecond'));
    RETURN NEW;
END $$;

-- A parcel is linked to a unit of the commune it lies in. The ground of flats is not exclusive.
CREATE OR REPLACE FUNCTION rights.check_link() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    home rights.ba_unit;
BEGIN
    SELECT * INTO home FROM rights.ba_unit WHERE id = NEW.ba_unit;
    IF FOUND AND NOT rights.lies_in(NEW.parcel_id, home.unit) THEN
        RAISE EXCEPTION 'parcel % does not lie in unit %', NEW.parcel_id, home.unit USING ERRCODE = 'GR004';
    END IF;
    NEW.exclusive := home.kind IS DISTINCT FROM 'apartment';
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION rights.lies_in(parcel bigint, of_unit text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM fabric.parcel_version v WHERE v.parcel_id = parcel AND v.unit = of_unit)
$$;

-- A block is lifted once, or its record closed; nothing else about it changes.
CREATE OR REPLACE FUNCTION rights.keep_block() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    same rights.block := NEW;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.lifted_at IS NOT NULL THEN
            RAISE EXCEPTION 'a block cannot be born lifted' USING ERRCODE = 'GR003';
        END IF;
        IF (NEW.parcel_id IS NOT NULL AND NOT rights.lies_in(NEW.parcel_id, NEW.unit))
           OR (NEW.ba_unit IS NOT NULL AND NOT EXISTS (SELECT 1 FROM rights.ba_unit WHERE id = NEW.ba_unit AND unit = NEW.unit)) THEN
            RAISE EXCEPTION 'what is blocked does not lie in unit %', NEW.unit USING ERRCODE = 'GR004';
        END IF;
        NEW.recorded := tstzrange(now(), NULL);
        RETURN NEW;
    END IF;
    same.lifted_at := OLD.lifted_at;
    same.lifted_reason := OLD.lifted_reason;
    same.lifted_source := OLD.lifted_source;
    same.recorded := OLD.recorded;
    IF same IS DISTINCT FROM OLD OR OLD.lifted_at IS NOT NULL OR NOT upper_inf(OLD.recorded)
       OR (NEW.lifted_at IS NULL AND upper_inf(NEW.recorded)) THEN
        RAISE EXCEPTION 'a block is lifted once and otherwise not altered' USING ERRCODE = 'GR003';
    END IF;
    IF NEW.lifted_at IS NOT NULL THEN
        NEW.lifted_at := greatest(now(), lower(OLD.recorded));
    END IF;
    IF NOT upper_inf(NEW.recorded) THEN
        NEW.recorded := tstzrange(lower(OLD.recorded), greatest(now(), lower(OLD.recorded) + interval '1 microsecond'));
    END IF;
    RETURN NEW;
END $$;

-- A certificate loses its force once; a request for correction is decided once; a party keeps its kind and number.
CREATE OR REPLACE FUNCTION rights.keep_rest() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    free text[] := CASE TG_TABLE_NAME
        WHEN 'certificate' THEN '{status,status_at}'
        WHEN 'correction' THEN '{status,decided_at,decision_note,previous_sealed}'
        WHEN 'party' THEN '{name,named_in}'
        WHEN 'personal' THEN '{identity_sealed,identity_fingerprint,phone_sealed,address_sealed,birth_year}'
        WHEN 'ba_unit' THEN '{touched}'
        ELSE '{}' END::text[];
BEGIN
    IF to_jsonb(NEW) - free <> to_jsonb(OLD) - free
       OR (TG_TABLE_NAME = 'certificate' AND (to_jsonb(OLD) ->> 'status' <> 'in_force' OR to_jsonb(NEW) ->> 'status' = 'in_force'))
       OR (TG_TABLE_NAME = 'correction' AND (to_jsonb(OLD) ->> 'status' <> 'open' OR to_jsonb(NEW) ->> 'status' = 'open'))
    THEN
        RAISE EXCEPTION 'this row of % is not altered', TG_TABLE_NAME USING ERRCODE = 'GR003';
    END IF;
    RETURN NEW;
END $$;

-- ---- shares ----------------------------------------------------------------------------------------------------------

-- Types and days on which the shares of an exclusive right are neither one nor nothing. They change only where a row begins or ends, so
-- those days speak for all.
CREATE OR REPLACE FUNCTION rights.wrong_shares(of_ba_unit bigint) RETURNS TABLE (type text, day date, total text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH mine AS (
        SELECT r.type, r.share_num, r.share_den, r.valid FROM rights.rrr r JOIN rights.rrr_type t ON t.code = r.type AND t.exclusive
        WHERE r.ba_unit = of_ba_unit AND upper_inf(r.recorded)),
    days AS (
        SELECT DISTINCT m.type, d.day FROM mine m, LATERAL (VALUES (lower(m.valid)), (upper(m.valid))) d (day) WHERE d.day IS NOT NULL),
    bases AS (
        SELECT d.type, d.day, rights.common_denominator(m.share_den) AS base
        FROM days d JOIN mine m ON m.type = d.type AND m.valid @> d.day GROUP BY 1, 2)
    SELECT b.type, b.day, sum(m.share_num * div(b.base, m.share_den)) || '/' || b.base
    FROM bases b JOIN mine m ON m.type = b.type AND m.valid @> b.day
    GROUP BY b.type, b.day, b.base HAVING sum(m.share_num * div(b.base, m.share_den)) <> b.base
$$;

CREATE OR REPLACE FUNCTION rights.check_shares() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    -- Two transactions that change the rights of one unit meet here, and the second one counts what the first one wrote.
    UPDATE rights.ba_unit SET touched = pg_current_xact_id()
    WHERE id = NEW.ba_unit AND touched IS DISTINCT FROM pg_current_xact_id();
    SELECT * INTO wrong FROM rights.wrong_shares(NEW.ba_unit) ORDER BY day LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the shares of right % in unit % are % on %', wrong.type, NEW.ba_unit, wrong.total, wrong.day
            USING ERRCODE = 'GR001', DETAIL = jsonb_build_object('type', wrong.type, 'day', wrong.day, 'total', wrong.total)::text;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION rights.check_members() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    base numeric;
    total numeric;
BEGIN
    SELECT rights.common_denominator(share_den) INTO base FROM rights.group_member WHERE group_id = NEW.group_id;
    SELECT sum(share_num * div(base, share_den)) INTO total FROM rights.group_member WHERE group_id = NEW.group_id;
    IF total <> base THEN
        RAISE EXCEPTION 'the shares of group % are %/%', NEW.group_id, total, base USING ERRCODE = 'GR002',
            DETAIL = jsonb_build_object('total', total || '/' || base)::text;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM rights.party WHERE id = NEW.group_id AND kind IN ('household', 'couple', 'community', 'group'))
       OR NOT EXISTS (SELECT 1 FROM rights.party WHERE id = NEW.member_id AND kind IN ('person', 'organisation')) THEN
        RAISE EXCEPTION 'a group is made of persons and organisations' USING ERRCODE = 'GR002';
    END IF;
    RETURN NULL;
END $$;

-- ---- blocks ----------------------------------------------------------------------------------------------------------

-- Blocks that stand on a parcel today: its own, those of the units it belongs to, and those of parcels it came from that are no more.
CREATE OR REPLACE FUNCTION rights.blocks_on(parcel bigint) RETURNS SETOF rights.block
LANGUAGE sql STABLE AS $$
    WITH line AS MATERIALIZED (SELECT id FROM rights.ancestry(parcel) id)
    SELECT b.* FROM rights.block b
    WHERE b.lifted_at IS NULL AND upper_inf(b.recorded) AND (
        b.parcel_id IN (SELECT id FROM line)
        OR b.ba_unit IN (SELECT l.ba_unit FROM rights.ba_unit_parcel l
                         WHERE l.parcel_id IN (SELECT id FROM line) AND upper_inf(l.recorded) AND rights.stands(l.valid)))
$$;

-- What a holder is told of the blocks on a parcel of one's own: that they stand, not why.
CREATE OR REPLACE FUNCTION rights.own_blocks(parcel bigint) RETURNS TABLE (id bigint, kind text, "from" date, until date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT b.id, b.kind, lower(b.valid), upper(b.valid) FROM rights.blocks_on(parcel) b
    WHERE rights.stands(b.valid) AND EXISTS (
        SELECT 1 FROM rights.ba_unit_parcel l
        WHERE l.parcel_id IN (SELECT rights.ancestry(parcel)) AND l.ba_unit = ANY((SELECT rights.own_ba_units())::bigint[])
          AND upper_inf(l.recorded) AND rights.stands(l.valid))
    ORDER BY b.id
$$;

-- A change set that retires blocked land is refused. A neighbour that only gained a vertex (cause adjacent, and truly so: same facts, ring
-- within the rounding of the grid) is not touched in law.
CREATE OR REPLACE FUNCTION rights.check_blocks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found jsonb;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM rights.block WHERE lifted_at IS NULL) THEN
        RETURN NULL;
    END IF;
    SELECT jsonb_agg(jsonb_build_object('id', b.id, 'kind', b.kind, 'reason', b.reason, 'parcel', r.parcel_id) ORDER BY r.parcel_id, b.id)
    INTO found
    FROM fabric.parcel_version r, LATERAL rights.blocks_on(r.parcel_id) b
    WHERE r.retired_by = NEW.id AND b.valid @> accounts.today() AND (b.stops = '{}' OR NEW.kind = ANY(b.stops))
      AND NOT EXISTS (
          SELECT 1 FROM fabric.parcel_version n
          WHERE n.parcel_id = r.parcel_id AND n.created_by = NEW.id AND n.cause = 'adjacent'
            AND (n.unit, n.kind, n.sheet, n.number, n.land_use, n.official_area_m2, n.address, n.source_id)
                IS NOT DISTINCT FROM (r.unit, r.kind, r.sheet, r.number, r.land_use, r.official_area_m2, r.address, r.source_id)
            AND ST_HausdorffDistance(n.geom, r.geom) <= 0.001);
    IF found IS NOT NULL THEN
        RAISE EXCEPTION 'parcel % is blocked: %', found -> 0 ->> 'parcel', found -> 0 ->> 'kind'
            USING ERRCODE = 'GF012', DETAIL = jsonb_build_object('blocks', found)::text;
    END IF;
    RETURN NULL;
END $$;
