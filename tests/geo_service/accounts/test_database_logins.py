"""The database as last guard: plain SQL under each login of the service."""

from __future__ import annotations

import psycopg
import pytest

from geo_service.database import LOGINS, Login, address_of, ensure_logins
from geo_service.settings import Settings
from layers.crs import FabricCrs
from layers.fabric import intents, ledger
from layers.fabric.load import load_faces
from tests.geo_service.accounts.people import Conn, as_login, person, session
from tests.geo_service.site import cut
from tests.layers.fabric.fabrics import grid_batch

CRS = FabricCrs(5897)
DENIED = psycopg.errors.InsufficientPrivilege
OTHERS_DATA = [
    "SELECT * FROM accounts.account",
    "SELECT password_hash FROM accounts.account",
    "SELECT * FROM accounts.session",
    "SELECT * FROM accounts.token",
    "SELECT key FROM accounts.proof_key",
    "SELECT * FROM rights.party",
    "SELECT * FROM rights.personal",
    "SELECT * FROM rights.rrr",
    "SELECT * FROM rights.certificate",
    "SELECT * FROM rights.block",
    "SELECT * FROM audit.entry",
    "SELECT * FROM work.draft",
]


@pytest.fixture
def land(conn: Conn) -> dict[str, str]:
    """Parcels 1 to 25 in unit 00004 and 26 to 35 in 00008, and sessions of people by login."""
    load_faces(conn, grid_batch(5, 5), reason="lưới")
    other = grid_batch(5, 2, x0=585_100)
    other.attributes["unit"] = "00008"
    load_faces(conn, other, reason="lưới khác")
    secrets = {}
    for login, roles, unit in (
        ("an", ("land_officer",), "00004"),
        ("binh", ("approver",), "00004"),
        ("chi", ("land_officer", "approver"), "00008"),
        ("sep", ("administrator",), None),
        ("phuong", ("administrator",), "00008"),
        ("lanh", ("leader",), "00008"),
        ("dan", ("citizen",), None),
    ):
        secrets[login] = session(conn, person(conn, login, *roles, unit=unit))
    conn.commit()
    return secrets


@pytest.mark.parametrize("statement", OTHERS_DATA)
def test_the_public_login_reads_nothing_personal(
    conn: Conn, database_url: str, settings: Settings, statement: str
) -> None:
    with as_login(database_url, settings, "geo_public") as plain, pytest.raises(DENIED):
        plain.execute(statement)


@pytest.mark.parametrize("statement", OTHERS_DATA)
def test_the_analyst_login_reads_no_person(conn: Conn, database_url: str, settings: Settings, statement: str) -> None:
    with as_login(database_url, settings, "geo_analyst") as plain, pytest.raises(DENIED):
        plain.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [s for s in OTHERS_DATA if "rights" in s or "audit" in s or "work" in s]
    + ["SELECT name FROM accounts.account", "SELECT key FROM accounts.proof_key", "SELECT * FROM accounts.assignment"],
)
def test_the_gate_reads_credentials_and_no_person(database_url: str, settings: Settings, statement: str) -> None:
    with as_login(database_url, settings, "geo_gate") as plain, pytest.raises(DENIED):
        plain.execute(statement)


@pytest.mark.parametrize("column", ["author", "approver", "reason", "intents", "*"])
@pytest.mark.usefixtures("land")
def test_names_and_reasons_of_changes_are_not_public(database_url: str, settings: Settings, column: str) -> None:
    with as_login(database_url, settings, "geo_public") as plain:
        assert plain.execute("SELECT seq, kind, certificate FROM fabric.change_set").fetchall()
        with pytest.raises(DENIED):
            plain.execute(f"SELECT {column} FROM fabric.change_set")


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE fabric.parcel_version DISABLE TRIGGER ALL",
        "DELETE FROM fabric.parcel_version",
        "TRUNCATE audit.entry",
        "UPDATE audit.entry SET actor = NULL",
        "UPDATE audit.head SET id = 0",
        "INSERT INTO audit.entry VALUES (1, now(), NULL, 'a.b', '', NULL, '{}', '')",
        "UPDATE feed.head SET seq = 7",
        "INSERT INTO feed.event (seq, kind, at, payload, digest, hash) VALUES (9, 'x', now(), '{}', '', '')",
        "INSERT INTO fabric.lineage VALUES (1, 1, 2, 3)",
        "UPDATE fabric.change_set SET author = 'khác'",
        "UPDATE fabric.deployment SET four_eyes = false",
        "UPDATE accounts.role SET capabilities = '{accounts.manage}'",
        "UPDATE accounts.account SET demo = true",
        "SET session_replication_role = replica",
        "CREATE FUNCTION accounts.acting() RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
        "SET ROLE geo",
        "COPY fabric.parcel TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT feed.publish('split', '{}', '', NULL)",
        "SELECT accounts.signature('1|2|')",
        "SELECT * FROM accounts.held(1)",
    ],
)
@pytest.mark.usefixtures("land")
def test_no_login_gets_round_the_guards(database_url: str, settings: Settings, login: Login, statement: str) -> None:
    with (
        as_login(database_url, settings, login) as plain,
        pytest.raises((DENIED, psycopg.errors.ReadOnlySqlTransaction)),
    ):
        plain.execute(statement)


def test_nobody_acts_without_a_live_token(
    conn: Conn, land: dict[str, str], database_url: str, settings: Settings
) -> None:
    with as_login(database_url, settings, "geo_service") as plain:
        for claim in ("1|2|#", "1|2|#" + "0" * 64, "1", "", "1|2|#" + land["an"]):
            plain.execute("SELECT set_config('geo.acting', %s, true)", [claim])
            row = plain.execute(
                "SELECT accounts.acting() AS who, accounts.units_for('edit.approve') AS units"
            ).fetchone()
            assert row == {"who": None, "units": []}
        assert plain.execute("SELECT * FROM accounts.assignment").fetchall() == []
        assert plain.execute("SELECT id, login FROM accounts.account").fetchall() == []
        with pytest.raises(psycopg.DatabaseError) as error:
            plain.execute("INSERT INTO fabric.change_set (kind, reason, base_seq) VALUES ('split', 'x', 0)")
        assert error.value.sqlstate == "GA001"


def test_a_proof_is_good_in_its_transaction_only(land: dict[str, str], database_url: str, settings: Settings) -> None:
    with as_login(database_url, settings, "geo_service", land["an"]) as plain:
        row = plain.execute("SELECT current_setting('geo.acting') AS note, accounts.acting() AS who").fetchone()
        assert row and row["who"]
        plain.commit()
        assert plain.execute("SELECT accounts.acting() AS who").fetchone() == {"who": None}
        plain.execute("SELECT set_config('geo.acting', %s, true)", [row["note"]])
        assert plain.execute("SELECT accounts.acting() AS who").fetchone() == {"who": None}, "a note was replayed"


def submitted(plain: Conn, parcel: int) -> tuple[str, list[dict[str, object]]]:
    work = intents.to_json(intents.resolve(intents.parse([cut(parcel)]), CRS))
    row = plain.execute(
        "INSERT INTO work.draft (owner, intents, base_seq) VALUES ('x', %s, (SELECT seq FROM feed.head)) RETURNING id, owner",
        [psycopg.types.json.Jsonb(work)],
    ).fetchone()
    assert row
    plain.execute(
        "UPDATE work.draft SET status = 'submitted', units = '{00004}', submitted_at = now() WHERE id = %s", [row["id"]]
    )
    return row["id"], work


def decide(plain: Conn, draft: str | None, work: list[dict[str, object]]) -> ledger.Committed:
    return ledger.commit(plain, CRS, intents.parse(work), reason="thử", author="ai", base_seq=2, draft=draft)  # type: ignore[arg-type]


def by_hand(plain: Conn, draft: str, work: list[dict[str, object]]) -> None:
    """What the ledger does, statement by statement."""
    row = plain.execute(
        "INSERT INTO fabric.change_set (kind, reason, base_seq, intents, draft_id) VALUES ('split', 'x', 2, %s, %s) RETURNING id",
        [psycopg.types.json.Jsonb(work), draft],
    ).fetchone()
    assert row
    plain.execute(
        "UPDATE fabric.parcel_version SET retired_by = %s WHERE parcel_id = 3 AND retired_by IS NULL", [row["id"]]
    )


def test_an_officer_of_one_unit_cannot_retire_a_face_of_another(
    conn: Conn, land: dict[str, str], database_url: str, settings: Settings
) -> None:
    """Issue 3: not in plain SQL with the service role either."""
    with as_login(database_url, settings, "geo_service", land["an"]) as plain:
        draft, work = submitted(plain, 3)
        plain.commit()
    before = conn.execute("SELECT count(*) AS n FROM fabric.parcel_version").fetchone()
    for who in ("chi", "sep", "dan", "lanh"):
        with as_login(database_url, settings, "geo_service", land[who]) as plain:
            with pytest.raises(psycopg.DatabaseError) as error:
                decide(plain, draft, work)
            assert error.value.sqlstate in ("GA001", "GA002", "GA003"), who
            plain.rollback()
            # and by hand, version by version
            plain.execute("SELECT id FROM accounts.enter(%s, true)", [land[who]])
            with pytest.raises(psycopg.DatabaseError) as error:
                by_hand(plain, draft, work)
            assert error.value.sqlstate in ("GA001", "GA002", "GA003"), who
    conn.rollback()
    assert conn.execute("SELECT count(*) AS n FROM fabric.parcel_version").fetchone() == before
    with as_login(database_url, settings, "geo_service", land["binh"]) as plain:
        done = decide(plain, draft, work)
        plain.execute("UPDATE work.draft SET status = 'committed', committed_seq = %s WHERE id = %s", [done.seq, draft])
        plain.commit()
    row = conn.execute("SELECT author, approver FROM fabric.change_set WHERE seq = %s", [done.seq]).fetchone()
    assert row == {"author": "an", "approver": "binh"}, (
        "author and approver are what the database knows, not what was said"
    )


def test_who_proposes_does_not_approve(land: dict[str, str], database_url: str, settings: Settings) -> None:
    with as_login(database_url, settings, "geo_service", land["an"]) as plain:
        draft, work = submitted(plain, 3)
        with pytest.raises(psycopg.DatabaseError) as error:
            decide(plain, draft, work)
        assert error.value.sqlstate == "GA002"
    with as_login(database_url, settings, "geo_service", land["binh"]) as plain:
        with pytest.raises(psycopg.DatabaseError) as error:
            decide(plain, None, intents.to_json(intents.resolve(intents.parse([cut(3)]), CRS)))
        assert error.value.sqlstate == "GA002"


def test_what_was_submitted_is_what_is_approved(land: dict[str, str], database_url: str, settings: Settings) -> None:
    with as_login(database_url, settings, "geo_service", land["an"]) as plain:
        draft, _ = submitted(plain, 3)
        plain.commit()
        plain.execute("SELECT id FROM accounts.enter(%s, true)", [land["an"]])
        with pytest.raises(psycopg.DatabaseError):
            plain.execute("UPDATE work.draft SET intents = '[]' WHERE id = %s", [draft])
    other = intents.to_json(intents.resolve(intents.parse([cut(4)]), CRS))
    with as_login(database_url, settings, "geo_service", land["binh"]) as plain:
        with pytest.raises(psycopg.DatabaseError) as error:
            decide(plain, draft, other)
        assert error.value.sqlstate == "GA001"
        plain.rollback()
        plain.execute("SELECT id FROM accounts.enter(%s, true)", [land["binh"]])
        with pytest.raises(psycopg.DatabaseError):
            plain.execute("UPDATE work.draft SET intents = '[]' WHERE id = %s", [draft])
    with as_login(database_url, settings, "geo_service", land["chi"]) as plain:
        assert plain.execute("SELECT * FROM work.draft").fetchall() == [], "a draft of another unit is seen"


def test_roles_are_given_by_the_administrator_of_the_place(
    land: dict[str, str], database_url: str, settings: Settings
) -> None:
    give = "INSERT INTO accounts.assignment (account_id, role, unit, valid) VALUES (%s, %s, %s, daterange(accounts.today(), NULL))"
    ids = {}
    with as_login(database_url, settings, "geo_service", land["sep"]) as plain:
        ids = {row["login"]: row["id"] for row in plain.execute("SELECT id, login FROM accounts.account").fetchall()}
        plain.execute(give, [ids["dan"], "surveyor", None])
    cases = [
        ("sep", "sep", "approver", "00004", "GA002"),  # to oneself
        ("phuong", "dan", "surveyor", "00004", "GA003"),  # of another unit
        ("phuong", "dan", "surveyor", None, "GA003"),  # of the whole city
        ("an", "dan", "surveyor", "00004", "GA003"),  # no administrator
    ]
    for who, whom, role, unit, state in cases:
        with as_login(database_url, settings, "geo_service", land[who]) as plain:
            with pytest.raises(psycopg.DatabaseError) as error:
                plain.execute(give, [ids[whom], role, unit])
            assert error.value.sqlstate == state, (who, whom)
    with as_login(database_url, settings, "geo_service", land["phuong"]) as plain:
        plain.execute(give, [ids["dan"], "surveyor", "00008"])
        with pytest.raises(psycopg.DatabaseError):
            plain.execute("UPDATE accounts.assignment SET role = 'approver'")
        plain.rollback()
        plain.execute("SELECT id FROM accounts.enter(%s, true)", [land["phuong"]])
        assert (
            plain.execute(
                "UPDATE accounts.account SET password_hash = '$argon2id$x' WHERE login = 'sep' RETURNING id"
            ).fetchone()
            is None
        ), "an administrator of one unit took over that of the city"


def test_no_administrator_becomes_a_person_of_the_land_register(
    conn: Conn, land: dict[str, str], database_url: str, settings: Settings
) -> None:
    row = conn.execute("INSERT INTO rights.party (kind, name) VALUES ('person', 'Mai Thử') RETURNING id").fetchone()
    assert row
    conn.execute("UPDATE accounts.account SET party_id = %s WHERE login = 'dan'", [row["id"]])
    conn.commit()
    for change in ("password_hash = '$argon2id$x'", "totp_sealed = NULL", "totp_confirmed_at = NULL"):
        with as_login(database_url, settings, "geo_service", land["sep"]) as plain:
            with pytest.raises(psycopg.DatabaseError) as error:
                plain.execute(f"UPDATE accounts.account SET {change} WHERE login = 'dan'")
            assert error.value.sqlstate == "GA001"
    with as_login(database_url, settings, "geo_service", land["sep"]) as plain:
        assert plain.execute("UPDATE accounts.account SET disabled = true WHERE login = 'dan'").rowcount == 1


def test_authority_follows_the_merger_of_units(
    conn: Conn, land: dict[str, str], database_url: str, settings: Settings
) -> None:
    held = "SELECT accounts.units_for('edit.propose') AS units"
    conn.execute("UPDATE register.unit SET ended_on = accounts.today(), successor = '00008' WHERE code = '00004'")
    conn.commit()
    with as_login(database_url, settings, "geo_service", land["chi"]) as plain:
        assert plain.execute(held).fetchone() == {"units": ["00004", "00008"]}
    with as_login(database_url, settings, "geo_service", land["an"]) as plain:
        assert plain.execute(held).fetchone() == {"units": []}, "a unit that is no more gives no authority"
    with pytest.raises(psycopg.DatabaseError) as error:
        conn.execute(
            "INSERT INTO accounts.assignment (account_id, role, unit, valid)"
            " SELECT id, 'surveyor', '00004', '[2026-01-01,)' FROM accounts.account WHERE login = 'dan'"
        )
    assert error.value.sqlstate == "GA004"


def test_dates_deputies_and_closed_accounts(
    conn: Conn, land: dict[str, str], database_url: str, settings: Settings
) -> None:
    def units(who: str, capability: str = "edit.approve") -> object:
        conn.commit()
        with as_login(database_url, settings, "geo_service", land[who]) as plain:
            row = plain.execute("SELECT accounts.units_for(%s) AS units", [capability]).fetchone()
        return row and row["units"]

    give = (
        "INSERT INTO accounts.assignment (account_id, role, unit, valid, deputy_for)"
        " SELECT a.id, 'approver', '00004', daterange(accounts.today() + %s, accounts.today() + %s), d.id"
        " FROM accounts.account a LEFT JOIN accounts.account d ON d.login = %s WHERE a.login = %s RETURNING id"
    )
    conn.execute(give, [1, 9, None, "dan"])
    assert units("dan") == [], "it begins tomorrow"
    conn.execute(give, [-9, 0, None, "dan"])
    assert units("dan") == [], "it ended yesterday"
    conn.execute(give, [0, 5, "binh", "dan"])
    assert units("dan") == ["00004"]
    conn.execute(
        "UPDATE accounts.assignment SET ended_at = now() WHERE role = 'approver' AND deputy_for IS NULL AND unit = '00004' AND accounts.today() <@ valid"
    )
    assert units("dan") == [], "a deputy holds no more than the other one"
    assert units("chi") == ["00008"]
    conn.execute("UPDATE accounts.account SET disabled = true WHERE login = 'chi'")
    conn.commit()
    with as_login(database_url, settings, "geo_service") as plain:
        assert plain.execute("SELECT * FROM accounts.enter(%s, true)", [land["chi"]]).fetchone() is None


def test_tokens_that_are_wrong_old_or_from_the_future(
    conn: Conn, land: dict[str, str], database_url: str, settings: Settings
) -> None:
    def opens(secret: str, *, demo: bool = True) -> bool:
        conn.commit()
        with as_login(database_url, settings, "geo_service") as plain:
            found = plain.execute("SELECT * FROM accounts.enter(%s, %s)", [secret, demo]).fetchone() is not None
            plain.commit()
            return found

    assert opens(land["an"])
    assert not opens(land["an"], demo=False)
    assert not opens(land["an"][:-1])
    assert not opens(land["an"] + "x")
    assert not opens("")
    assert not opens("geo_pat_" + land["an"])
    conn.execute(
        "UPDATE accounts.session SET created_at = now() + interval '1 hour', expires_at = now() + interval '2 hours'"
    )
    assert not opens(land["an"]), "a session from the future"
    conn.execute(
        "UPDATE accounts.session SET created_at = now() - interval '2 hours', expires_at = now() - interval '1 second'"
    )
    assert not opens(land["an"])
    conn.execute(
        "UPDATE accounts.session SET expires_at = now() + interval '1 hour'"
    )  # what a clock that moves back makes of it
    assert not opens(land["an"]), "an expired session came back to life"
    assert opens(land["binh"])


def test_leaders_see_the_log_of_their_units(
    conn: Conn, land: dict[str, str], database_url: str, settings: Settings
) -> None:
    conn.execute(
        "SELECT audit.write('test.here', 'x', '00008'), audit.write('test.there', 'x', '00004'), audit.write('test.city', 'x')"
    )
    conn.commit()
    seen = "SELECT kind FROM audit.entry WHERE kind LIKE 'test.%' ORDER BY id"
    for who, kinds in (
        ("lanh", ["test.here"]),
        ("sep", ["test.here", "test.there", "test.city"]),
        ("an", []),
        ("dan", []),
    ):
        with as_login(database_url, settings, "geo_service", land[who]) as plain:
            assert [row["kind"] for row in plain.execute(seen).fetchall()] == kinds, who


def test_logins_get_their_passwords_on_a_server_that_asks(database_url: str, settings: Settings) -> None:
    """By derivation from the secret: two settings with the same secret agree, another secret does not."""
    tcp = "postgresql://geo:x@db.example:5432/geo"
    one = settings.model_copy(update={"database_url": tcp})
    assert "password=" in address_of(tcp, "geo_service", one)
    assert address_of(tcp, "geo_service", one) == address_of(tcp, "geo_service", one)
    assert address_of(tcp, "geo_service", one) != address_of(tcp, "geo_gate", one)
    assert "password" not in address_of(database_url, "geo_service", settings)
    ensure_logins(database_url, settings)
