"""Dossiers in plain SQL under each login of the service: who has the login and a session of their own goes no further than through the routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from geo_service.database import LOGINS, Login
from tests.conftest import Databases
from tests.geo_service.accounts.plain_sql import DENIED, connecting, opened_by_hand, plain_world, refused, state
from tests.geo_service.authority import desk
from tests.geo_service.authority.world import FIRST, UNIT, Place, World

SCHEMAS = ("dossier", "rights", "accounts", "work", "audit", "fabric", "feed", "register")
PUBLIC_MAY = {
    "track", "terms", "day_of", "midnight", "office_day_on", "closings_before", "seconds_worked", "when_worked", "nth_closing", "day_zero", "nth_midnight",
    "after_working", "due_at", "working_minutes", "working_days_between", "tone", "answer_tone",
}  # fmt: skip
GATE_MAY = {"take_in", "turn_away"}
INTERNAL = {
    "record", "publish", "next_code", "set_clock", "tell", "post", "check_map", "blocks", "settle", "settled", "claim", "next_due", "partner_answered",
    "message_sent", "message_failed", "let_go", "take_in", "turn_away",
    "attach_as", "on_notice", "on_paid", "on_receipt", "cancel_payments", "open_payment", "may_pay",
    "write_rows", "ship", "require_catalogue", "check_manager", "earlier_papers", "holds", "checklist", "missing", "has_any_desk", "stops", "due_of",
    "moved_due", "hold_calendar", "rebuild_calendar", "mark_calendar", "replay", "measure_again", "counted_units", "standing", "clock_now", "keep_tally",
    "keep_stay",
}  # fmt: skip


@pytest.fixture(scope="module")
def world(databases: Databases, reachable_tmp: Path) -> Iterator[World]:
    with plain_world(databases, reachable_tmp / "dossier-logins") as made:
        yield made


@pytest.fixture
def plain(world: World) -> Callable[..., Any]:
    return connecting(world)


# ---- functions -----------------------------------------------------------------------------------------------------


def test_functions_of_the_owner_fix_their_search_path(world: World) -> None:
    """Whatever a caller puts first in the search path, a function that runs as the owner looks there last, or not at all."""
    rows = world.conn.execute(
        "SELECT n.nspname || '.' || p.proname AS name, p.proconfig FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE p.prosecdef AND n.nspname = ANY(%s)",
        [list(SCHEMAS)],
    ).fetchall()
    assert len(rows) > 100
    loose = {
        row["name"]
        for row in rows
        if not any(
            setting.startswith("search_path=pg_catalog") and setting.endswith("pg_temp")
            for setting in row["proconfig"] or ()
        )
    }
    assert loose == set()


@pytest.mark.parametrize("login", LOGINS)
def test_no_login_makes_anything_where_others_look(world: World, login: Login) -> None:
    rows = world.conn.execute(
        "SELECT nspname FROM pg_namespace WHERE has_schema_privilege(%s, oid, 'CREATE') AND nspname !~ '^pg_(toast_)?temp'",
        [login],
    ).fetchall()
    assert rows == []


def callable_by(world: World, login: str) -> set[str]:
    rows = world.conn.execute(
        "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'dossier'::regnamespace AND prorettype <> 'trigger'::regtype"
        " AND has_function_privilege(%s, oid, 'EXECUTE')",
        [login],
    )
    return {row["proname"] for row in rows}


def test_functions_are_called_by_whom_they_are_for(world: World) -> None:
    """What a migration forgets to take away from everybody is seen here."""
    assert callable_by(world, "geo_public") == PUBLIC_MAY
    assert callable_by(world, "geo_gate") == GATE_MAY
    assert callable_by(world, "geo_analyst") <= PUBLIC_MAY | {"day_seconds", "worked_on"}
    assert callable_by(world, "geo_service") & INTERNAL == set()
    every = {
        row["proname"]
        for row in world.conn.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'dossier'::regnamespace")
    }
    assert every >= INTERNAL | PUBLIC_MAY | GATE_MAY, "a name that no function has any more"
    open_to_all = world.conn.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'dossier'::regnamespace"
        " AND EXISTS (SELECT 1 FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) a WHERE a.grantee = 0)"
    ).fetchall()
    assert open_to_all == []


def test_numbers_of_certificates_come_from_decisions_alone(world: World) -> None:
    for login in LOGINS:
        for name in ("rights.certify(bigint, text, text)", "rights.next_serial()"):
            assert not world.one("SELECT has_function_privilege(%s, %s, 'EXECUTE') AS k", login, name)["k"], (
                login,
                name,
            )
        assert world.one("SELECT has_function_privilege(%s, 'rights.follow(bigint, text)', 'EXECUTE') AS k", login)[
            "k"
        ] == (login == "geo_service")


# ---- writing past the functions ------------------------------------------------------------------------------------

WRITING = [
    "INSERT INTO dossier.event (dossier_id, revision, at, kind, seq) SELECT id, 99, now(), 'accept', 1 FROM dossier.dossier",
    "UPDATE dossier.event SET note = 'khác'",
    "DELETE FROM dossier.event",
    "TRUNCATE dossier.event",
    "UPDATE dossier.dossier SET status = 9, step = 'done'",
    "UPDATE dossier.dossier SET due_at = now() + interval '1 year'",
    "UPDATE dossier.dossier SET competent_unit = '00004'",
    "UPDATE dossier.dossier SET assignee = NULL",
    "DELETE FROM dossier.dossier",
    "UPDATE dossier.clock SET ended_at = now(), counts = false",
    "DELETE FROM dossier.clock",
    "INSERT INTO dossier.clock (dossier_id, started_at, counts) SELECT id, now(), true FROM dossier.dossier",
    "UPDATE dossier.applicant SET name_sealed = ''",
    "INSERT INTO dossier.parcel (dossier_id, parcel_id, role, at_seq) SELECT id, 26, 'subject', 1 FROM dossier.dossier",
    "UPDATE dossier.payment SET status = 'paid'",
    "INSERT INTO dossier.payment (dossier_id, kind, code, name_vi, name_en, amount) SELECT id, 'fee', 'x', 'x', 'x', 0 FROM dossier.dossier",
    "INSERT INTO dossier.document (dossier_id, type, name, media_type, bytes, sha256) SELECT id, 'x', 'x', 'x', 1, sha256('') FROM dossier.dossier",
    "UPDATE dossier.document SET removed_at = NULL",
    "UPDATE dossier.comment SET text = 'khác'",
    "INSERT INTO dossier.outbox (partner, kind, body) VALUES ('tax', 'slip', '{}')",
    "UPDATE dossier.outbox SET state = 'sent'",
    "SELECT body, key FROM dossier.outbox",
    "SELECT token FROM dossier.inbox",
    "INSERT INTO dossier.inbox (partner, message, token) VALUES ('payment', 'x', 'x')",
    "UPDATE dossier.inbox SET state = 'waiting'",
    "UPDATE dossier.partner SET failures = 0",
    "SELECT * FROM dossier.counter",
    "UPDATE dossier.counter SET last = 0",
    "UPDATE dossier.step SET role = 'citizen'",
    "UPDATE dossier.action SET role = 'citizen', map = 'none'",
    "UPDATE dossier.procedure_version SET definition = '{}'",
    "INSERT INTO dossier.status_move VALUES (1, 10)",
    "UPDATE dossier.variation SET changes = '{}'",
    "UPDATE dossier.office_day SET working = false",
    "DELETE FROM dossier.outage",
    "SELECT * FROM rights.certificate_stock",
    "UPDATE rights.certificate_stock SET next = 1",
    "DELETE FROM work.submitted_subject",
    "INSERT INTO work.submitted_subject SELECT 26, id FROM work.draft",
    "UPDATE work.draft SET dossier_id = NULL",
    "INSERT INTO work.draft (owner, base_seq, dossier_id) SELECT 'x', 2, id FROM dossier.dossier",
    "ALTER TABLE dossier.event DISABLE TRIGGER ALL",
    "CREATE POLICY mine ON dossier.dossier FOR SELECT USING (true)",
]  # fmt: skip


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("statement", WRITING)
def test_no_login_writes_past_the_functions(plain: Callable[..., Any], login: Login, statement: str) -> None:
    for who in ("land officer", None) if login == "geo_service" else (None,):
        with plain(who, login) as conn:
            if login in ("geo_public", "geo_analyst"):
                conn.execute("SET TRANSACTION READ WRITE")  # what a client may ask for
            with pytest.raises(DENIED):
                conn.execute(statement)


CALLS = [
    "SELECT dossier.record(%(id)s, 'calendar', '{}')",
    "SELECT dossier.publish(d, 'x') FROM dossier.dossier d",
    "SELECT dossier.next_code('00004', now())",
    "SELECT dossier.set_clock(d, s, now()) FROM dossier.dossier d, dossier.step s",
    "SELECT dossier.tell('payment', 'order', %(id)s, '{}')",
    "SELECT dossier.post('payment', 'order', %(id)s, '{}')",
    "SELECT dossier.settle(%(id)s)",
    "SELECT dossier.on_paid('m', 'c', %(id)s, 0, 'r')",
    "SELECT dossier.on_notice('m', 'c', '[]', NULL)",
    "SELECT dossier.claim('tax', 1, interval '1 s')",
    "SELECT dossier.cancel_payments(%(id)s)",
    "SELECT dossier.replay('[]')",
    "SELECT dossier.ship('[]', current_date)",
    "SELECT dossier.write_rows(1, '{}')",
    "SELECT rights.certify(1, 'x', 'x')",
    "SELECT rights.next_serial()",
    "SELECT feed.publish('dossier', '{}', '', NULL)",
]


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("statement", CALLS)
def test_inner_functions_are_nobodys(world: World, plain: Callable[..., Any], login: Login, statement: str) -> None:
    key = {"id": uuid4()}
    for who in ("citizen", "leader", "city administrator") if login == "geo_service" else (None,):
        with plain(who, login) as conn, pytest.raises(DENIED):
            conn.execute(statement, key)


# ---- reading -------------------------------------------------------------------------------------------------------

TABLES = ("dossier", "applicant", "parcel", "event", "clock", "document", "comment", "payment")


def filled(world: World, place: Place) -> str:
    """A dossier with a row in every table."""
    key = desk.opened(world, place, step="received")
    desk.document(world, key)
    desk.payment(world, key)
    desk.remark(world, key)
    return key


@pytest.mark.parametrize(
    "who", ["citizen", "land officer", "leader", "analyst", "administrator", "city administrator", None]
)
def test_a_dossier_of_others_has_no_row(world: World, plain: Callable[..., Any], who: str | None) -> None:
    key = filled(world, "other")
    with plain(who) as conn:
        for table in TABLES:
            column = "id" if table == "dossier" else "dossier_id"
            assert conn.execute(f"SELECT * FROM dossier.{table} WHERE {column} = %s", [key]).fetchall() == [], table
        for ask in ("lock", "papers_wanted", "printable"):
            assert refused(conn, f"SELECT * FROM dossier.{ask}(%s)", [key]) == "GD001"
        assert refused(conn, "SELECT dossier.paper_facts(%s, 1)", [key]) == "GD001"
        assert conn.execute("SELECT dossier.sees(%s) AS k", [key]).fetchone() == {"k": False}
        for ask in ("possible", "colleagues"):
            assert conn.execute(f"SELECT * FROM dossier.{ask}(%s)", [key]).fetchall() == []
        assert conn.execute("SELECT dossier.standing_blocks(%s) AS k", [key]).fetchone() == {"k": None}


def test_an_officer_and_the_applicant_have_their_own_rows(world: World, plain: Callable[..., Any]) -> None:
    """So that the empty answers above are about authority."""
    key = filled(world, "own")
    for who in ("land officer", "citizen", "leader"):
        with plain(who) as conn:
            for table in TABLES:
                column = "id" if table == "dossier" else "dossier_id"
                assert conn.execute(f"SELECT 1 FROM dossier.{table} WHERE {column} = %s", [key]).fetchone(), (
                    who,
                    table,
                )


def test_secret_words_of_receipts_are_for_who_sees_the_dossier(world: World, plain: Callable[..., Any]) -> None:
    filled(world, "other")
    for login in ("geo_public", "geo_gate", "geo_analyst"):
        with plain(None, login) as conn, pytest.raises(DENIED):
            conn.execute("SELECT token FROM dossier.dossier")
    for who in ("citizen", "land officer", None):
        with plain(who) as conn:
            tokens = {row["token"] for row in conn.execute("SELECT token FROM dossier.dossier")}
        theirs = {
            row["token"]
            for row in world.conn.execute(
                "SELECT token FROM dossier.dossier WHERE competent_unit = %s", [UNIT["other"]]
            )
        }
        assert theirs and not tokens & theirs


def test_analysts_read_no_person_of_a_dossier(world: World, plain: Callable[..., Any]) -> None:
    filled(world, "own")
    with plain(None, "geo_analyst") as conn:
        assert conn.execute("SELECT id, status FROM dossier.dossier").fetchall()
        for statement in (
            "SELECT * FROM dossier.dossier", "SELECT applicant_party FROM dossier.dossier", "SELECT form FROM dossier.dossier",
            "SELECT code FROM dossier.dossier",
            "SELECT * FROM dossier.applicant", "SELECT note FROM dossier.event", "SELECT detail FROM dossier.event", "SELECT actor FROM dossier.event",
            "SELECT * FROM dossier.document", "SELECT * FROM dossier.comment", "SELECT * FROM dossier.payment",
        ):  # fmt: skip
            with pytest.raises(DENIED), conn.transaction():
                conn.execute(statement)


def test_names_of_people_who_are_no_staff_are_told_with_their_dossiers_only(
    world: World, plain: Callable[..., Any]
) -> None:
    citizen = world.people["citizen"].account
    nobody = world.account(("citizen",), None)
    desk.opened(world, "own")
    with plain("land officer") as conn:
        told = {
            key: conn.execute("SELECT dossier.staff_name(%s) AS k", [key]).fetchone()["k"]
            for key in (citizen, nobody, world.people["leader"].account)
        }
    assert told[citizen] and told[world.people["leader"].account] and told[nobody] is None
    with plain("officer elsewhere") as conn:
        assert conn.execute("SELECT dossier.staff_name(%s) AS k", [citizen]).fetchone() == {"k": None}
    with plain("citizen") as conn:
        assert conn.execute("SELECT dossier.staff_name(%s) AS k", [world.people["leader"].account]).fetchone() == {
            "k": None
        }


def test_what_blocks_land_is_told_to_officers_of_the_land_and_its_holder(
    world: World, plain: Callable[..., Any]
) -> None:
    """A dossier opened about somebody's land tells nothing of it: not to who opened it online, not to a counter of another commune."""
    world.block("other")
    about = FIRST["other"] + 2
    with plain("citizen") as conn:
        key = opened_by_hand(conn, parcels=[about], received=None)
        assert conn.execute("SELECT dossier.standing_blocks(%s) AS k", [key]).fetchone() == {"k": None}
    with plain("reception") as conn:
        key = opened_by_hand(conn, parcels=[about], received=UNIT["own"], channel=1)
        told = conn.execute("SELECT dossier.standing_blocks(%s) AS k", [key]).fetchone()["k"]
        assert told and not any("reason" in one or "source" in one for one in told)
    world.block("own")
    with plain("reception") as conn:
        key = opened_by_hand(conn, parcels=[FIRST["own"] + 2], received=UNIT["own"], channel=1)
        assert all(
            "reason" in one for one in conn.execute("SELECT dossier.standing_blocks(%s) AS k", [key]).fetchone()["k"]
        )
    world.conn.execute(
        "UPDATE rights.block SET lifted_at = now(), lifted_reason = 'x', lifted_source = 'x' WHERE lifted_at IS NULL"
    )


# ---- tricks --------------------------------------------------------------------------------------------------------


def test_nothing_of_the_callers_stands_in_for_what_the_owner_means(world: World, plain: Callable[..., Any]) -> None:
    """Temporary tables, functions and casts of one's own, first in the search path, while functions of the owner run."""
    key = desk.opened(world, "own", step="received")
    number = desk.revision(world, key)
    for who in ("citizen of another place", "officer elsewhere"):
        with plain(who) as conn:
            for statement in (
                "CREATE TEMP TABLE account (id bigint, login text, party_id bigint, name text, disabled boolean)",
                "CREATE TEMP TABLE role (code text, capabilities text[])",
                "CREATE TEMP TABLE assignment (account_id bigint, role text, unit text, ended_at timestamptz, valid daterange, deputy_for bigint)",
                "CREATE TEMP TABLE proof_key (key bytea)",
                "CREATE TEMP TABLE dossier (id uuid, step text)",
                "CREATE TEMP TABLE action (version_id bigint, from_step text, code text, role text)",
                "CREATE FUNCTION pg_temp.sees(uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
                "CREATE FUNCTION pg_temp.may(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
                "CREATE FUNCTION pg_temp.is_owner() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
                "CREATE FUNCTION pg_temp.now() RETURNS timestamptz LANGUAGE sql AS $$SELECT timestamptz '2020-01-01'$$",
                "CREATE FUNCTION pg_temp.overlap(text[], text[]) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
                "CREATE OPERATOR pg_temp.&& (LEFTARG = text[], RIGHTARG = text[], FUNCTION = pg_temp.overlap)",
                "INSERT INTO pg_temp.proof_key VALUES ('\\x00')",
                "SET LOCAL search_path = pg_temp, dossier, accounts, rights, work, public",
                "SET LOCAL geo.acting = '1|2|#00'",
            ):
                with conn.transaction():
                    conn.execute(statement)
            secret = world.people[who].secret
            assert conn.execute("SELECT id FROM accounts.enter(%s, true)", [secret]).fetchone()
            assert conn.execute("SELECT dossier.sees(%s) AS k", [key]).fetchone() == {"k": False}
            assert conn.execute("SELECT * FROM dossier.dossier WHERE id = %s", [key]).fetchall() == []
            assert refused(conn, "SELECT dossier.act(%s, 'begin', %s)", [key, number]) == "GD001"
            assert refused(conn, "SELECT dossier.lock(%s)", [key]) == "GD001"
            assert not conn.execute("SELECT accounts.may('desk.land_officer', %s) AS k", [UNIT["own"]]).fetchone()["k"]


def test_the_catalogue_and_the_calendar_are_the_administrators(world: World, plain: Callable[..., Any]) -> None:
    definition = dict(world.one("SELECT definition FROM dossier.procedure_version LIMIT 1")["definition"]) | {
        "code": "T.1"
    }
    before = state(world)
    for who in ("citizen", "leader", "land officer", "administrator", "password only", "read token", None):
        with plain(who) as conn:
            for statement, values in (
                ("SELECT dossier.save_draft(%s, NULL)", [Jsonb(definition)]),
                ("SELECT dossier.enact(%s, current_date + 1, now())", [desk.SPLIT]),
                ("SELECT dossier.end_procedure(%s, current_date + 1)", [desk.SPLIT]),
                (
                    "SELECT dossier.put_variation(%s, '00004', current_date + 1, NULL, '{\"limit\": null}', 'x')",
                    [desk.SPLIT],
                ),
                ("INSERT INTO dossier.agency (unit, code) VALUES ('00004', 'H99')", []),
                (
                    "INSERT INTO dossier.calendar_day (day, kind, name_vi, name_en, source, grade) VALUES ('2034-06-06', 'holiday', 'x', 'x', 'x', 'D')",
                    [],
                ),
                ("SELECT dossier.partners_health()", []),
                ("SELECT dossier.messages('out', NULL, NULL, NULL, 10)", []),
                ("SELECT dossier.drop_message('out', 1, 'đã xong')", []),
                ("SELECT * FROM dossier.recompute_due(NULL)", []),
            ):
                assert refused(conn, statement, values) in ("GA001", "GD004", "42501"), (who, statement)
            for table in ("agency", "calendar_day", "clock_threshold", "outage", "office_hours"):
                if table in ("calendar_day", "clock_threshold", "outage"):
                    column = {"calendar_day": "kind", "clock_threshold": "amber_days", "outage": "note"}[table]
                    assert conn.execute(f"UPDATE dossier.{table} SET {column} = {column}").rowcount == 0, (who, table)
            conn.commit()
    assert state(world) == before
