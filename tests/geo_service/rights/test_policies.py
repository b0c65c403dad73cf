"""The database as last guard of rights and personal data: plain SQL under each login, as owner of nothing but a session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from geo_service.settings import Settings
from tests.geo_service.accounts.people import Conn, as_login
from tests.geo_service.rights.registry import Registry, build

DENIED = psycopg.errors.InsufficientPrivilege
TABLES = (
    "party", "group_member", "personal", "ba_unit", "ba_unit_parcel", "certificate", "rrr", "rrr_type", "block", "purpose", "consent", "correction",
)  # fmt: skip
NEW_RIGHT = "INSERT INTO rights.rrr (ba_unit, class, type, party_id, source, valid) VALUES (%s, 'right', 'lease', %s, 'x', daterange('2020-01-01', NULL))"


@pytest.fixture(scope="module")
def registry(databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    url = databases.create()
    yield build(url, Settings(database_url=url, data_dir=Path(tmp_path_factory.mktemp("registry"))))
    databases.drop(url)


def ids(conn: Conn, table: str, column: str = "id") -> set[int]:
    return {row["k"] for row in conn.execute(f"SELECT {column} AS k FROM rights.{table}")}


@pytest.mark.parametrize("login", ["geo_public", "geo_gate"])
@pytest.mark.parametrize("table", TABLES)
def test_everybody_and_the_gate_see_nothing_of_the_schema(registry: Registry, login, table: str) -> None:
    with (
        as_login(
            registry.url, registry.settings, login, registry.secrets["registrar"] if login == "geo_gate" else None
        ) as conn,
        pytest.raises(DENIED),
    ):
        conn.execute(f"SELECT * FROM rights.{table}")


@pytest.mark.parametrize(
    "function",
    ["own_parties()", "accesses()", "own_blocks(1)", "known_party(NULL, NULL)", "sees_party(1, 'rights.read')"],
)
@pytest.mark.parametrize("login", ["geo_public", "geo_gate", "geo_analyst"])
def test_functions_are_for_the_service_alone(registry: Registry, login, function: str) -> None:
    with as_login(registry.url, registry.settings, login) as conn, pytest.raises(DENIED):
        conn.execute(f"SELECT rights.{function}")


def test_an_analyst_reads_rights_without_people(registry: Registry) -> None:
    with as_login(registry.url, registry.settings, "geo_analyst") as conn:
        rows = conn.execute("SELECT ba_unit, type, share_num, share_den, valid FROM rights.rrr").fetchall()
        assert len(rows) == 6
        assert conn.execute("SELECT count(*) AS n FROM rights.ba_unit_parcel").fetchone() == {"n": 5}
        assert len(conn.execute("SELECT generation, issued_on FROM rights.certificate").fetchall()) == 3
    for query in (
        "SELECT party_id FROM rights.rrr", "SELECT source FROM rights.rrr", "SELECT serial FROM rights.certificate", "SELECT name FROM rights.ba_unit",
        "SELECT * FROM rights.party", "SELECT * FROM rights.personal", "SELECT * FROM rights.block", "SELECT * FROM rights.consent",
        "UPDATE rights.rrr SET recorded = 'empty'",
    ):  # fmt: skip
        with (
            as_login(registry.url, registry.settings, "geo_analyst") as conn,
            pytest.raises((DENIED, psycopg.errors.ReadOnlySqlTransaction)),
        ):
            conn.execute(query)


def test_the_service_without_a_session_sees_no_row(registry: Registry) -> None:
    with as_login(registry.url, registry.settings, "geo_service") as conn:
        conn.execute("SELECT set_config('geo.acting', '1|2|#00', true)")
        for table in set(TABLES) - {"rrr_type", "purpose"}:
            assert conn.execute(f"SELECT count(*) AS n FROM rights.{table}").fetchone() == {"n": 0}, table
        assert conn.execute("SELECT rights.known_party(NULL, NULL) AS k").fetchone() == {"k": None}


@pytest.mark.parametrize("login", ["surveyor", "admin", "analyst", "nobody"])
def test_roles_without_rights_see_no_row(registry: Registry, login: str) -> None:
    with as_login(registry.url, registry.settings, "geo_service", registry.secrets[login]) as conn:
        for table in set(TABLES) - {"rrr_type", "purpose"}:
            assert conn.execute(f"SELECT count(*) AS n FROM rights.{table}").fetchone() == {"n": 0}, table


def test_an_officer_sees_the_own_commune(registry: Registry) -> None:
    ours = {registry.units[key] for key in ("alone", "halves", "couple", "truc")}
    everybody = registry.parties
    for login in ("registrar", "reception"):
        with as_login(registry.url, registry.settings, "geo_service", registry.secrets[login]) as conn:
            assert ids(conn, "ba_unit") == ids(conn, "rrr", "ba_unit") == ids(conn, "ba_unit_parcel", "ba_unit") == ours
            assert everybody["hai"] not in ids(conn, "party") and {everybody["lan"], everybody["truc"]} < ids(
                conn, "party"
            )
            assert ids(conn, "personal", "party_id") == {everybody[key] for key in ("lan", "sen", "truc")}
            assert len(ids(conn, "block")) == 1
    with as_login(registry.url, registry.settings, "geo_service", registry.secrets["far"]) as conn:
        assert ids(conn, "ba_unit") == {registry.units["far"]} and ids(conn, "party") == ids(
            conn, "personal", "party_id"
        ) == {everybody["hai"]}
        assert ids(conn, "block") == ids(conn, "certificate") == set()
    with as_login(registry.url, registry.settings, "geo_service", registry.secrets["inspector"]) as conn:
        assert ids(conn, "ba_unit") == set(registry.units.values()) and set(everybody.values()) <= ids(
            conn, "personal", "party_id"
        )


def test_who_may_read_rights_but_not_unmask_gets_no_personal_row(registry: Registry) -> None:
    with as_login(registry.url, registry.settings, "geo_service", registry.secrets["approver"]) as conn:
        assert registry.parties["lan"] in ids(conn, "party") and ids(conn, "personal", "party_id") == set()


def test_a_holder_sees_the_own_rights_and_of_others_nothing(registry: Registry) -> None:
    lan = registry.parties["lan"]
    with as_login(registry.url, registry.settings, "geo_service", registry.secrets["lan"]) as conn:
        assert ids(conn, "ba_unit") == {registry.units[key] for key in ("alone", "halves", "couple")}
        parties = ids(conn, "party")
        kinds = {row["kind"] for row in conn.execute("SELECT kind FROM rights.party")}
        assert lan in parties and registry.parties["sen"] not in parties and kinds == {"person", "couple"}
        assert ids(conn, "personal", "party_id") == {lan}
        assert ids(conn, "rrr", "party_id") == parties
        serials = {row["serial"] for row in conn.execute("SELECT serial FROM rights.certificate")}
        assert serials == {"BX 123456", "CX 000001"}  # not the other half's
        assert ids(conn, "block") == set()
        assert [row["kind"] for row in conn.execute("SELECT * FROM rights.own_blocks(1)")] == ["seizure"]
        assert conn.execute("SELECT * FROM rights.own_blocks(4)").fetchall() == []


@pytest.mark.parametrize("login", ["reception", "approver", "inspector", "lan", "nobody"])
def test_who_may_not_write_writes_nothing(registry: Registry, login: str) -> None:
    lan = registry.parties["lan"]
    for statement, values in (
        (NEW_RIGHT, (registry.units["alone"], lan)),
        ("INSERT INTO rights.ba_unit (kind, unit) VALUES ('land', '00004')", ()),
        ("INSERT INTO rights.party (kind, name) VALUES ('person', 'Ai')", ()),
        ("INSERT INTO rights.personal (party_id) VALUES (%s)", (lan,)),
        (
            "INSERT INTO rights.block (parcel_id, unit, kind, reason, source, valid) VALUES (1, '00004', 'dispute', 'x', 'x', 'empty')",
            (),
        ),
    ):
        with (
            as_login(registry.url, registry.settings, "geo_service", registry.secrets[login]) as conn,
            pytest.raises(DENIED),
        ):
            conn.execute(statement, values)
    with as_login(registry.url, registry.settings, "geo_service", registry.secrets[login]) as conn:
        for statement in (
            "UPDATE rights.rrr SET recorded = 'empty'", "UPDATE rights.certificate SET status = 'withdrawn'", "UPDATE rights.party SET name = 'X'",
            "UPDATE rights.block SET lifted_at = now(), lifted_reason = 'x', lifted_source = 'x'",
            "UPDATE rights.personal SET phone_sealed = NULL",
        ):  # fmt: skip
            assert conn.execute(statement).rowcount == 0, statement


def test_a_registrar_writes_in_the_own_commune_only(registry: Registry) -> None:
    with as_login(registry.url, registry.settings, "geo_service", registry.secrets["registrar"]) as conn:
        conn.execute(NEW_RIGHT, (registry.units["alone"], registry.parties["truc"]))
        for statement, values in (
            (NEW_RIGHT, (registry.units["far"], registry.parties["lan"])),
            ("INSERT INTO rights.ba_unit (kind, unit) VALUES ('land', '00008')", ()),
            (
                "INSERT INTO rights.block (parcel_id, unit, kind, reason, source, valid) VALUES (26, '00008', 'dispute', 'x', 'x', 'empty')",
                (),
            ),
        ):
            with pytest.raises(DENIED), conn.transaction():
                conn.execute(statement, values)
        assert (
            conn.execute(
                "UPDATE rights.rrr SET recorded = 'empty' WHERE ba_unit = %s", (registry.units["far"],)
            ).rowcount
            == 0
        )


def test_nobody_is_pulled_into_sight_by_a_made_up_right(registry: Registry) -> None:
    """A registrar of one commune cannot look at a person of another by giving that person a right, or a place in a group, at home."""
    hai = registry.parties["hai"]
    with as_login(registry.url, registry.settings, "geo_service", registry.secrets["registrar"]) as conn:
        with pytest.raises(DENIED), conn.transaction():
            conn.execute(NEW_RIGHT, (registry.units["alone"], hai))
        group = conn.execute("INSERT INTO rights.party (kind, name) VALUES ('group', 'Nhóm') RETURNING id").fetchone()[
            "id"
        ]  # type: ignore[index]
        with pytest.raises(DENIED), conn.transaction():
            conn.execute("INSERT INTO rights.group_member VALUES (%s, %s, 1, 1)", (group, hai))
        with pytest.raises(DENIED), conn.transaction():
            conn.execute("UPDATE rights.party SET named_in = pg_current_xact_id()")
        with pytest.raises(DENIED), conn.transaction():
            conn.execute("INSERT INTO rights.party (kind, name, named_in) VALUES ('person', 'Ai', '1')")
        # knowing the number is another thing: then the buyer of land at home is found
        fingerprint = _fingerprint(registry, "999075000009")
        assert conn.execute("SELECT rights.known_party(%s, NULL) AS id", (fingerprint,)).fetchone() == {"id": hai}
        conn.execute(NEW_RIGHT, (registry.units["alone"], hai))


def _fingerprint(registry: Registry, number: str) -> bytes:
    from geo_service.personal.vault import Vault  # noqa: PLC0415

    return Vault(registry.settings.personal_secret()).fingerprint(number)


def test_nothing_else_than_what_is_granted_can_be_written(registry: Registry) -> None:
    for statement in (
        "UPDATE rights.rrr SET share_den = 3", "UPDATE rights.rrr_type SET exclusive = false", "INSERT INTO rights.purpose VALUES ('x','x','x','law',true)",
        "DELETE FROM rights.block", "TRUNCATE rights.rrr", "UPDATE rights.ba_unit SET unit = '00004'", "UPDATE rights.block SET reason = 'x'",
        "UPDATE rights.consent SET given = true", "ALTER TABLE rights.rrr DISABLE TRIGGER ALL", "SET ROLE geo",
        "CREATE FUNCTION rights.x() RETURNS int LANGUAGE sql AS 'SELECT 1'", "ALTER TABLE rights.party DISABLE ROW LEVEL SECURITY",
    ):  # fmt: skip
        with (
            as_login(registry.url, registry.settings, "geo_service", registry.secrets["registrar"]) as conn,
            pytest.raises(psycopg.DatabaseError),
        ):
            conn.execute(statement)


def test_consents_and_requests_are_ones_own(registry: Registry) -> None:
    lan, sen = registry.parties["lan"], registry.parties["sen"]
    consent = "INSERT INTO rights.consent (party_id, purpose, given) VALUES (%s, 'disclosure', true)"
    request = "INSERT INTO rights.correction (party_id, field, value_sealed) VALUES (%s, 'phone', '\\x00')"
    with as_login(registry.url, registry.settings, "geo_service", registry.secrets["lan"]) as conn:
        conn.execute(consent, (lan,))
        conn.execute(request, (lan,))
        for statement in (consent, request):
            with pytest.raises(DENIED), conn.transaction():
                conn.execute(statement, (sen,))
        assert (
            conn.execute(
                "UPDATE rights.correction SET status = 'accepted', decided_at = now(), decision_note = 'x'"
            ).rowcount
            == 0
        )
    for login in ("registrar", "reception"):
        with (
            as_login(registry.url, registry.settings, "geo_service", registry.secrets[login]) as conn,
            pytest.raises(DENIED),
        ):
            conn.execute(consent, (lan,))


def test_a_session_of_level_one_opens_nothing_of_the_office(registry: Registry) -> None:
    with psycopg.connect(registry.url) as owner:
        owner.execute("UPDATE accounts.account SET demo = false WHERE login = 'registrar'")
        owner.execute(
            "UPDATE accounts.session SET level = 1 FROM accounts.account a WHERE a.id = account_id AND a.login = 'registrar'"
        )
    try:
        with as_login(registry.url, registry.settings, "geo_service", registry.secrets["registrar"]) as conn:
            assert ids(conn, "party") == ids(conn, "rrr") == set()
    finally:
        with psycopg.connect(registry.url) as owner:
            owner.execute("UPDATE accounts.account SET demo = true WHERE login = 'registrar'")
            owner.execute(
                "UPDATE accounts.session SET level = 2 FROM accounts.account a WHERE a.id = account_id AND a.login = 'registrar'"
            )


def test_units_cannot_be_claimed(registry: Registry) -> None:
    """The proof that policies hand on is signed: whoever writes one by hand, or keeps one of another transaction, learns nothing."""
    hai = registry.parties["hai"]
    ask = "SELECT rights.holds_where(%s, %s) AS holds"
    with as_login(registry.url, registry.settings, "geo_service", registry.secrets["inspector"]) as conn:
        proof = conn.execute("SELECT rights.proven_units('rights.read') AS proof").fetchone()["proof"]  # type: ignore[index]
        assert conn.execute(ask, (hai, proof)).fetchone() == {"holds": True}
    with as_login(registry.url, registry.settings, "geo_service", registry.secrets["registrar"]) as conn:
        own = conn.execute("SELECT rights.proven_units('rights.read') AS proof").fetchone()["proof"]  # type: ignore[index]
        mixed = "units *#" + own.split("#")[1]
        for forged in (proof, mixed, own, "units *#", "units *", "", "#", None):
            assert not conn.execute(ask, (hai, forged)).fetchone()["holds"]  # type: ignore[index]
        conn.execute("SELECT set_config('geo.acting', %s, true)", (own,))  # nor does it pass for a session
        with pytest.raises(psycopg.DatabaseError):
            conn.execute("SELECT count(*) FROM rights.ba_unit")
