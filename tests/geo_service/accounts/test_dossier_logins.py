"""Dossiers in plain SQL under each login of the service: who has the login and a session of their own goes no further than through the routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from geo_service.database import LOGINS, Login
from layers.fabric import intents, ledger
from tests.geo_service.accounts.people import Conn, as_login
from tests.geo_service.authority import desk
from tests.geo_service.authority.asking import CRS
from tests.geo_service.authority.ground import STATE
from tests.geo_service.authority.world import COLLEAGUE, FIRST, UNIT, Person, Place, World, a_world

DENIED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
SCHEMAS = ("dossier", "rights", "accounts", "work", "audit", "fabric", "feed", "register")
KEPT = (
    *(table for table in STATE if table != "accounts.token"),  # whose last use is noted
    *(
        f"dossier.{table}"
        for table in (
            "dossier", "applicant", "parcel", "event", "clock", "document", "comment", "payment", "outbox", "inbox", "counter", "agency", "procedure",
            "procedure_version", "step", "action", "variation", "calendar_day", "office_hours", "office_day", "outage", "clock_threshold", "tally", "stay",
        )
    ),
)  # fmt: skip
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
def world(databases, reachable_tmp) -> Iterator[World]:
    url = databases.create()
    folder = reachable_tmp / "plain"
    folder.mkdir()
    with a_world(url, folder) as made:
        made.people["citizen of another place"] = Person("", account=desk.stranger(made), level=1)
        other = made.account(
            ("reception", "land_officer", "approver", "registrar", "leader"), UNIT["other"], "elsewhere"
        )
        made.people["officer elsewhere"] = Person("", "elsewhere", other)
        for person in made.people.values():
            made.open(person)
        yield made
    databases.drop(url)


@pytest.fixture
def plain(world: World) -> Callable[..., Any]:
    """A connection for one of the people, or for a login without anybody."""

    def connect(who: str | None = None, login: Login = "geo_service") -> Any:
        secret = world.people[who].secret if who else None
        return as_login(world.settings.database_url, world.settings, login, secret)

    return connect


def state(world: World) -> dict[str, str]:
    return {
        table: world.one(f"SELECT coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') AS k FROM {table} t")[
            "k"
        ]
        for table in KEPT
    }


def refused(conn: Conn, statement: str, values: list[Any] | None = None) -> str:
    """The SQLSTATE with which a statement is refused; what was before it stays."""
    with pytest.raises(psycopg.DatabaseError) as error, conn.transaction():
        conn.execute(statement, values)
    return error.value.sqlstate or ""


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


# ---- opening -------------------------------------------------------------------------------------------------------


def opened_by_hand(
    conn: Conn,
    *,
    parcels: list[int],
    received: str | None,
    competent: str | None = None,
    channel: int = 2,
    account: int | None = None,
    party: int | None = None,
) -> str:
    key = str(uuid4())
    conn.execute(
        "SELECT dossier.open(%s, %s, %s, %s, %s::smallint, %s::bigint[], '{}', %s, %s)",
        [key, desk.SPLIT, received, competent, channel, parcels, account, party],
    )
    return key


def test_who_opens_a_dossier_opens_it_as_who_they_are(world: World, plain: Callable[..., Any]) -> None:
    parcels, victim = [FIRST["own"] + 4], desk.stranger(world)
    row = "SELECT applicant_account, applicant_party, competent_unit, simulated FROM dossier.dossier WHERE id = %s"
    with plain("citizen") as conn:
        key = opened_by_hand(
            conn, parcels=parcels, received=None, competent=UNIT["other"], account=victim, party=world.parties["other"]
        )
        assert conn.execute(row, [key]).fetchone() == {
            "applicant_account": world.people["citizen"].account, "applicant_party": world.parties["own"], "competent_unit": UNIT["own"], "simulated": False,
        }  # fmt: skip
        for more in ({"received": UNIT["own"], "channel": 1}, {"received": UNIT["other"], "channel": 3}):
            with pytest.raises(psycopg.DatabaseError) as error, conn.transaction():
                opened_by_hand(conn, parcels=parcels, **more)  # type: ignore[arg-type]
            assert error.value.sqlstate == "GD004"
    with plain("reception") as conn:
        key = opened_by_hand(
            conn,
            parcels=parcels,
            received=UNIT["own"],
            competent=UNIT["other"],
            channel=1,
            account=victim,
            party=world.parties["own"],
        )
        assert conn.execute(row, [key]).fetchone() == {
            "applicant_account": None, "applicant_party": world.parties["own"], "competent_unit": UNIT["own"], "simulated": False,
        }  # fmt: skip
        for more in ({"received": UNIT["other"]}, {"received": UNIT["own"], "party": world.parties["other"]}):
            with pytest.raises(psycopg.DatabaseError) as error, conn.transaction():
                opened_by_hand(conn, parcels=parcels, channel=1, **more)  # type: ignore[arg-type]
            assert error.value.sqlstate == "GD004", "somebody of another commune, whose papers could be taken over"
    with plain() as conn:
        with pytest.raises(psycopg.DatabaseError) as error:
            opened_by_hand(conn, parcels=parcels, received=None)
        assert error.value.sqlstate == "GD004"


def test_nobody_sets_the_price_of_ones_own_dossier(world: World, plain: Callable[..., Any]) -> None:
    """Fees are what the terms say, whatever amount is asked for."""
    own = "SELECT dossier.open(%s, %s, NULL, NULL, %s::smallint, %s::bigint[], '{}', NULL, NULL)"
    asked = "SELECT code, amount, status FROM dossier.raise_fees(%s, %s)"
    with plain("reception") as conn:
        key = str(uuid4())
        conn.execute(
            own.replace("NULL, NULL, %s::smallint", "'00004', NULL, %s::smallint"),
            [key, desk.TRANSFER, 1, [FIRST["own"] + 4]],
        )
        terms = conn.execute("SELECT terms -> 'fees' AS k FROM dossier.dossier WHERE id = %s", [key]).fetchone()["k"]
        fixed = {
            one["code"]: one["amount"]
            for one in terms
            if one["kind"] == "fee"
            and one["rule"] == "fixed"
            and one["channel"] in ("any", "counter")
            and one["amount"]
        }
        assert fixed, "a procedure that costs something"
        wish = [{"code": name, "name_vi": "x", "name_en": "x", "amount": 0} for name in [*fixed, "nothing"]]
        made = {row["code"]: (row["amount"], row["status"]) for row in conn.execute(asked, [key, Jsonb(wish)])}
    assert made == {name: (amount, "due") for name, amount in fixed.items()}


def test_what_comes_from_outside_is_an_upload(world: World, plain: Callable[..., Any]) -> None:
    """Nobody says of one's own paper that the office holds it or has issued it, nor that it is a web page."""
    key = desk.opened(world, "own")
    for who in ("citizen", "reception"):
        with plain(who) as conn:
            for origin in ("held", "issued"):
                for name in ("attach", "attach_as"):
                    call = f"SELECT dossier.{name}(%s, 'other', 'x', 'image/png', 1, 1, sha256('x'), 0::smallint, %s)"
                    assert refused(conn, call, [key, origin]) in ("42501", "42883"), (name, origin)
            page = "SELECT dossier.attach(%s, 'other', 'x', 'text/html', 1, 1, sha256('x'))"
            assert refused(conn, page, [key]) == "23514"
            conn.execute("SELECT dossier.attach(%s, 'other', 'x', 'image/png', 1, 1, sha256('x'))", [key])
            kept = conn.execute(
                "SELECT origin, kind FROM dossier.document WHERE dossier_id = %s AND type = 'other'", [key]
            ).fetchall()
            assert kept == [{"origin": "upload", "kind": 2}]
    with plain("citizen") as conn:
        assert (
            refused(conn, "SELECT dossier.attach(%s, 'other', 'x', 'image/png', 1, 1, sha256('x'), 0::smallint)", [key])
            == "GD023"
        )


def test_who_applies_is_written_down_at_the_opening_and_never_again(world: World, plain: Callable[..., Any]) -> None:
    key = desk.opened(world, "own")
    for who in ("citizen", "reception", "city administrator"):
        with plain(who) as conn:
            assert (
                refused(conn, "SELECT dossier.name_applicant(%s, '', NULL, sha256(''), NULL, NULL)", [key]) == "GD001"
            )


# ---- acting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "who", ["citizen of another place", "officer elsewhere", "analyst", "administrator", "edit token", None]
)
def test_who_does_not_see_a_dossier_does_nothing_with_it(
    world: World, plain: Callable[..., Any], who: str | None
) -> None:
    key = desk.opened(world, "own", step="received")
    paper, remark = desk.document(world, key), desk.remark(world, key)
    payment, number = desk.payment(world, key), desk.revision(world, key)
    before = state(world)
    with plain(who) as conn:
        for statement, values in (
            ("SELECT dossier.act(%s, 'begin', %s)", [key, number]),
            ("SELECT dossier.act(%s, 'withdraw', NULL, 'x')", [key]),
            ("SELECT dossier.assign(%s, accounts.acting(), %s)", [key, number]),
            ("SELECT dossier.attach(%s, 'other', 'x', 'image/png', 1, 1, sha256('x'))", [key]),
            ("SELECT dossier.reuse(%s, %s)", [key, paper]),
            ("SELECT dossier.detach(%s)", [paper]),
            ("SELECT dossier.remark(%s, NULL, NULL, 'x')", [key]),
            ("SELECT dossier.resolve_remark(%s)", [remark]),
            ("SELECT dossier.draw(%s, 'x')", [key]),
            ("SELECT * FROM dossier.raise_fees(%s, '[]')", [key]),
            ("SELECT dossier.order_payment(%s, %s)", [key, payment]),
            ("SELECT dossier.pay_at_counter(%s, %s, 'x')", [key, payment]),
            ("SELECT dossier.retry_message('out', 1)", []),
        ):
            state_of = refused(conn, statement, values)
            assert state_of in ("GD001", "GD004"), (statement, state_of)
        conn.commit()
    assert state(world) == before


def test_who_sees_a_dossier_does_what_the_desk_allows(world: World, plain: Callable[..., Any]) -> None:
    key = desk.opened(world, "own", step="received")
    payment, number, remark = desk.payment(world, key), desk.revision(world, key), desk.remark(world, key)
    before = state(world)
    cases = [
        ("citizen", "SELECT dossier.act(%s, 'begin', NULL)", [key], "GD004"),
        ("citizen", "SELECT dossier.act(%s, 'apologise', NULL, 'x')", [key], "GD004"),
        ("citizen", "SELECT dossier.assign(%s, accounts.acting(), %s)", [key, number], "GD004"),
        ("citizen", "SELECT dossier.pay_at_counter(%s, %s, 'x')", [key, payment], "GD004"),
        ("citizen", "SELECT dossier.resolve_remark(%s)", [remark], "GD004"),
        ("citizen", "SELECT dossier.draw(%s, 'x')", [key], "GD004"),
        ("leader", "SELECT dossier.act(%s, 'begin', NULL)", [key], "GD004"),
        ("reception", "SELECT dossier.act(%s, 'begin', NULL)", [key], "GD004"),
        ("approver", "SELECT dossier.act(%s, 'begin', NULL)", [key], "GD004"),
        ("approver", "SELECT dossier.act(%s, 'approve', NULL)", [key], "GD003"),
        ("approver", "SELECT dossier.assign(%s, accounts.acting(), %s)", [key, number], "GD004"),
        ("land officer", "SELECT dossier.act(%s, 'begin', %s)", [key, number + 7], "GD002"),
        ("land officer", "SELECT dossier.act(%s, 'paid', NULL)", [key], "GD003"),
        ("land officer", "SELECT dossier.pay_at_counter(%s, %s, 'x')", [key, payment], "GD004"),
        ("read token", "SELECT dossier.act(%s, 'begin', NULL)", [key], "GD004"),
        ("read token", "SELECT dossier.remark(%s, NULL, NULL, 'x')", [key], "GD004"),
        ("read token", "SELECT dossier.resolve_remark(%s)", [remark], "GD004"),
        ("read token", "SELECT dossier.attach(%s, 'other', 'x', 'image/png', 1, 1, sha256('x'))", [key], "GD020"),
    ]
    for who, statement, values, expected in cases:
        with plain(who) as conn:
            assert refused(conn, statement, values) == expected, (who, statement)
            conn.commit()
    assert state(world) == before


def test_nobody_else_says_what_partners_say(world: World, plain: Callable[..., Any]) -> None:
    key = desk.opened(world, "own", procedure=desk.TRANSFER)
    desk.act(world, key, "accept", "begin", "tax_slip")
    for who in ("citizen", "reception", "land officer", "registrar", "leader"):
        with plain(who) as conn:
            assert refused(conn, "SELECT dossier.act(%s, 'tax_notice', NULL)", [key]) == "GD004", who


def test_time_is_the_operators_to_set(world: World, plain: Callable[..., Any]) -> None:
    key = desk.opened(world, "own", step="received")
    waiting = "SELECT count(*) AS n FROM dossier.outbox WHERE dossier_id = %s"
    told = world.one(waiting, key)["n"]
    with plain("land officer") as conn:
        conn.execute("SET LOCAL geo.now = '2020-01-02 03:04:05+07'")
        conn.execute("SET LOCAL geo.untold = 'on'")
        conn.execute("SELECT dossier.act(%s, 'begin', NULL)", [key])
        conn.commit()
    row = world.one(
        "SELECT step_since > now() - interval '1 minute' AS now, filed_at <= step_since AS later FROM dossier.dossier WHERE id = %s",
        key,
    )
    assert row == {"now": True, "later": True}
    assert world.one(waiting, key)["n"] > told, "a step of which nobody was told"


# ---- the map -------------------------------------------------------------------------------------------------------


def commit_by_hand(conn: Conn, draft: str) -> int:
    """What the service does to commit a draft, without the dossier; id of the change set."""
    row = conn.execute("SELECT intents, base_seq FROM work.draft WHERE id = %s", [draft]).fetchone()
    assert row
    done = ledger.commit(
        conn, CRS, intents.parse(row["intents"]), reason="thử", author="x", base_seq=row["base_seq"], draft=draft
    )  # type: ignore[arg-type]
    conn.execute("UPDATE work.draft SET status = 'committed', committed_seq = %s WHERE id = %s", [done.seq, draft])
    found = conn.execute("SELECT id FROM fabric.change_set WHERE draft_id = %s", [draft]).fetchone()
    assert found
    return int(found["id"])


def drawing_of(world: World, key: str) -> str:
    return str(world.one("SELECT id FROM work.draft WHERE dossier_id = %s AND status = 'submitted'", key)["id"])


def test_the_drawing_of_a_dossier_is_not_committed_beside_it(world: World, plain: Callable[..., Any]) -> None:
    key = desk.opened(world, "own", step="deciding")
    draft, before = drawing_of(world, key), state(world)
    with plain("approver") as conn:
        commit_by_hand(conn, draft)
        with pytest.raises(psycopg.DatabaseError) as error:
            conn.commit()
        assert error.value.sqlstate == "GD007"
    with plain("approver") as conn:
        change_set = commit_by_hand(conn, draft)
        conn.execute("SELECT rights.follow(%s, 'x')", [change_set])
        with pytest.raises(psycopg.DatabaseError) as error:
            conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert error.value.sqlstate == "GD007", "rights moved without the dossier"
    assert state(world) == before
    with plain("approver") as conn:
        conn.execute("SELECT dossier.act(%s, 'approve', NULL, NULL, '{}', %s)", [key, commit_by_hand(conn, draft)])
        conn.commit()
    assert world.one("SELECT status FROM dossier.dossier WHERE id = %s", key) == {"status": 9}


def test_a_dossier_is_not_decided_with_another_drawing(world: World, plain: Callable[..., Any]) -> None:
    key = desk.opened(world, "own", step="deciding")
    drawing_of(world, key)
    beside = world.draft("own", COLLEAGUE, "submitted")
    old = world.one("SELECT max(id) AS id FROM fabric.change_set")["id"]
    before = state(world)
    with plain("approver") as conn:
        assert refused(conn, "SELECT dossier.act(%s, 'approve', NULL)", [key]) == "GD007"
        assert refused(conn, "SELECT dossier.act(%s, 'approve', NULL, NULL, '{}', %s)", [key, old]) == "GD007"
        change_set = commit_by_hand(conn, beside)
        assert refused(conn, "SELECT dossier.act(%s, 'approve', NULL, NULL, '{}', %s)", [key, change_set]) == "GD007"
        assert refused(conn, "SELECT dossier.act(%s, 'stop', NULL, 'x', '{}', %s)", [key, change_set]) == "GD007"
    assert state(world) == before


def test_rights_follow_what_a_dossier_decides_and_nothing_else(world: World, plain: Callable[..., Any]) -> None:
    beside = world.draft("own", COLLEAGUE, "submitted")
    before = state(world)
    with plain("approver") as conn:
        assert refused(conn, "SELECT rights.follow(1, 'x')") == "GR003", "a change of long ago"
        assert refused(conn, "SELECT rights.follow(%s, 'x')", [commit_by_hand(conn, beside)]) == "GR003", (
            "a change of no dossier"
        )
    assert state(world) == before


def test_a_drawing_stays_with_its_dossier(world: World, plain: Callable[..., Any]) -> None:
    """Taken off the dossier it could be approved like any other draft."""
    key = desk.opened(world, "own", step="sketching")
    desk.drawing(world, key, "own", "land-officer", submitted=False)
    with plain("land officer") as conn:
        for statement in (
            "UPDATE work.draft SET dossier_id = NULL WHERE dossier_id = %(id)s",
            "UPDATE work.draft SET dossier_id = %(id)s WHERE dossier_id IS NULL",
            "INSERT INTO work.draft (owner, base_seq, dossier_id) VALUES ('x', 2, %(id)s)",
        ):
            with pytest.raises(DENIED), conn.transaction():
                conn.execute(statement, {"id": key})


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
