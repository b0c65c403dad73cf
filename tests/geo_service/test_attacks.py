"""A citizen and a visitor try more than forty ways to reach somebody else's data; none opens, and nothing is altered.

Every answer is searched, headers and unpacked body, for values that were planted: names, numbers, serials, reasons, notes (`authority.ground`).
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

import psycopg
import pytest

from geo_service import logs
from tests.geo_service.accounts.people import as_login
from tests.geo_service.attacks import ATTACKS, REVEAL
from tests.geo_service.authority.ground import CANARIES, STATE, Ground, a_ground, leaks
from tests.geo_service.authority.world import UNIT, Person

PERSONAL = (
    *(table for table in STATE if table.split(".")[0] in ("rights", "accounts", "work")),
    "accounts.session", "accounts.recovery_code", "accounts.proof_key", "accounts.attempt", "audit.entry", "audit.head",
)  # fmt: skip


@pytest.fixture(scope="module")
def ground(databases, reachable_tmp) -> Iterator[Ground]:
    url = databases.create()
    folder = reachable_tmp / "attacks"
    folder.mkdir()
    with a_ground(url, folder) as made:
        yield made
    databases.drop(url)


@pytest.mark.parametrize("who", ["visitor", "citizen"])
@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_opens(ground: Ground, name: str, who: str) -> None:
    person, before = ground.world.people[who], ground.state()
    for answer in ATTACKS[name](ground, person):
        assert answer.status_code < 500, f"{answer.request.method} {answer.request.url}"
        asked = f"{answer.request.url} {answer.request.url.params} {answer.request.content.decode('utf-8', 'replace')}"
        assert not leaks(answer, asked), f"{answer.request.method} {answer.request.url} told {leaks(answer, asked)}"
    assert ground.state() == before
    ground.world.open(person)


def test_there_are_more_than_forty_ways() -> None:
    assert len(ATTACKS) >= 40


def test_the_planted_values_would_be_found(ground: Ground) -> None:
    """Officers of the place read them through the same interface: the search for leaks is not blind."""
    world, found = ground.world, set()
    everybody = world.people["city officer"]
    for url in (
        f"/api/parcels/{ground.ids['held']}/rights",
        f"/api/parcels/{ground.ids['changed']}/history",
        f"/api/drafts/{ground.ids['submitted']}",
        "/api/corrections",
        "/api/audit?kind=person",
        "/api/accounts?limit=200",
        "/api/me/sessions",
    ):
        found |= set(leaks(world.send(everybody, "GET", url)))
    for field in ("phone", "address", "identity_number"):
        found |= set(
            leaks(
                world.send(everybody, "POST", f"/api/parties/{ground.ids['party']}/reveal", REVEAL | {"field": field})
            )
        )
    for url in ("/api/me/tokens", "/api/me/sessions"):
        found |= set(
            leaks(world.send(Person("", account=ground.ids["account"], secret=ground.ids["secret"]), "GET", url))
        )
    assert found == set(CANARIES)


def test_log_lines_hold_no_personal_value(ground: Ground) -> None:
    """Also those of requests that carry the values themselves, and of refusals."""
    world, said = ground.world, io.StringIO()
    everybody = world.people["city officer"]
    with contextlib.redirect_stderr(said):
        logs.configure(world.settings.model_copy(update={"log_level": "debug"}))
        try:
            for person in (everybody, *ground.attackers):
                for key in ("number", "name", "phone"):
                    world.send(
                        person, "POST", "/api/parties/search", {"identity_number": CANARIES[key], "purpose": "dossier"}
                    )
                    world.send(person, "GET", f"/api/search?q={CANARIES[key]}&at={CANARIES[key]}")
                    world.send(
                        person,
                        "POST",
                        "/api/me/corrections",
                        {"field": "phone", "value": CANARIES[key], CANARIES[key]: 1},
                    )
                world.send(
                    person,
                    "POST",
                    f"/api/parties/{ground.ids['party']}/reveal",
                    REVEAL | {"note": CANARIES["note of a look"]},
                )
                world.send(person, "GET", f"/api/parcels/{ground.ids['held']}/rights")
                world.send(person, "GET", "/api/me/export")
        finally:
            logs.configure(world.settings)
    lines = said.getvalue()
    assert "/api/parties/search" in lines
    assert [name for name, value in CANARIES.items() if value in lines and "officer" not in name] == []
    assert everybody.secret not in lines
    assert (
        world.one(
            "SELECT count(*) AS n FROM audit.entry WHERE detail::text LIKE ANY(%s)",
            [f"%{CANARIES[key]}%" for key in ("number", "phone", "name")],
        )["n"]
        == 0
    )


@pytest.mark.parametrize("table", PERSONAL)
@pytest.mark.parametrize("login", ["geo_public", "geo_service"])
def test_a_login_without_a_proof_reads_no_row(ground: Ground, login, table: str) -> None:
    """What the public login cannot read at all, and the service's login shows empty until somebody has proven who they are."""
    if table in ("accounts.role", "accounts.scope") and login == "geo_service":
        return  # words, not people
    with as_login(ground.world.settings.database_url, ground.world.settings, login) as plain:
        plain.execute("SELECT set_config('geo.acting', '1|2|#00', true)")
        try:
            count = "SELECT count(*) AS n FROM " + table
            assert plain.execute(count).fetchone()["n"] == (1 if table == "audit.head" else 0)
        except psycopg.errors.InsufficientPrivilege:
            assert login == "geo_public" or table in ("accounts.proof_key", "accounts.attempt", "accounts.identity")


@pytest.mark.parametrize("login", ["geo_gate", "geo_analyst"])
@pytest.mark.parametrize("table", [table for table in PERSONAL if table.startswith(("rights", "work", "audit"))])
def test_gate_and_analyst_read_no_person(ground: Ground, login, table: str) -> None:
    named = "SELECT column_name AS k FROM information_schema.columns WHERE table_schema || '.' || table_name = %s"
    columns = [row["k"] for row in ground.world.conn.execute(named, [table])]
    with as_login(ground.world.settings.database_url, ground.world.settings, login) as plain:
        for column in columns:
            try:
                with plain.transaction():
                    rows = plain.execute(f'SELECT "{column}"::text AS k FROM {table}').fetchall()
            except psycopg.errors.InsufficientPrivilege:
                continue
            assert login == "geo_analyst", f"{table}.{column}"
            assert not [value for value in CANARIES.values() if any(value in str(row["k"]) for row in rows)], (
                f"{table}.{column}"
            )


def test_a_citizen_in_plain_sql_sees_the_own_rows_only(ground: Ground) -> None:
    citizen = ground.world.people["citizen"]
    own = ground.world.parties["own"]
    with as_login(ground.world.settings.database_url, ground.world.settings, "geo_service", citizen.secret) as plain:
        for table in PERSONAL:
            try:
                with plain.transaction():
                    rows = plain.execute(f"SELECT t::text AS k FROM {table} t").fetchall()
            except psycopg.errors.InsufficientPrivilege:
                continue
            told = " ".join(row["k"] for row in rows)
            assert not [name for name, value in CANARIES.items() if value in told], table
        assert {row["id"] for row in plain.execute("SELECT id FROM rights.party")} == {own}
        assert {row["unit"] for row in plain.execute("SELECT unit FROM rights.ba_unit")} == {UNIT["own"]}
        for statement in (
            "UPDATE accounts.account SET party_id = 2",
            "INSERT INTO audit.entry SELECT * FROM audit.entry",
            "SELECT rights.known_party(NULL, NULL), 1/0",
        ):
            with pytest.raises(psycopg.Error), plain.transaction():
                plain.execute(statement)
