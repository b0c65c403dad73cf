"""A citizen and a visitor try more than forty ways to reach somebody else's data; none opens, and nothing is altered.

Every answer is searched, headers and unpacked body, for values that were planted: names, numbers, serials, reasons, notes (`authority.ground`).
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

import httpx
import psycopg
import pytest

from geo_service import logs
from tests.geo_service.accounts.people import as_login
from tests.geo_service.attacks import ATTACKS, REVEAL
from tests.geo_service.authority import desk
from tests.geo_service.authority.ground import CANARIES, STATE, Ground, a_ground, leaks
from tests.geo_service.authority.world import UNIT, Person

PERSONAL = (
    *(table for table in STATE if table.split(".")[0] in ("rights", "accounts", "work", "dossier")),
    "accounts.session", "accounts.recovery_code", "accounts.proof_key", "accounts.attempt", "audit.entry", "audit.head",
)  # fmt: skip
NEVER = ("accounts.proof_key", "accounts.attempt", "accounts.identity", "dossier.outbox", "dossier.inbox")
"""Tables that the service's login reads for nobody."""


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
        f"/api/dossiers/{ground.ids['dossier']}",
        f"/api/dossiers/{ground.ids['dossier']}/documents",
        f"/api/dossiers/{ground.ids['dossier']}/payments",
        f"/api/documents/{ground.ids['paper']}",
    ):
        found |= set(leaks(world.send(everybody, "GET", url)))
    for field in ("phone", "address", "identity_number"):
        for url in (
            f"/api/parties/{ground.ids['party']}/reveal",
            f"/api/dossiers/{ground.ids['dossier']}/applicant/reveal",
        ):
            found |= set(leaks(world.send(everybody, "POST", url, REVEAL | {"field": field})))
    for url in ("/api/me/tokens", "/api/me/sessions"):
        found |= set(
            leaks(world.send(Person("", account=ground.ids["account"], secret=ground.ids["secret"]), "GET", url))
        )
    assert found == set(CANARIES)


def say_everything_about_dossiers(ground: Ground, person: Person) -> None:
    """Requests whose address or body carries the planted values."""
    world, dossier = ground.world, f"/api/dossiers/{ground.ids['dossier']}"
    who = {
        "name": "name of an applicant",
        "identity_number": "number of an applicant",
        "phone": "phone of an applicant",
        "address": "address of an applicant",
    }
    body = {
        "procedure": desk.SPLIT,
        "parcels": ["1"],
        "applicant": {field: CANARIES[key] for field, key in who.items()},
    }
    world.send(person, "POST", "/api/outlook", body | {"form": {"reason": CANARIES["answer in a form"]}})
    world.send(person, "POST", "/api/outlook", body | {"form": {CANARIES["answer in a form"]: 1}})
    world.send(person, "GET", f"/api/track?code={ground.ids['code']}&t={CANARIES['word of a receipt']}")
    world.send(person, "GET", f"/api/desk?q={CANARIES['name of an applicant']}")
    world.send(person, "POST", f"{dossier}/documents?type=other&name={CANARIES['name of a paper']}", content=b"x")
    world.send(person, "POST", f"{dossier}/actions/nothing", {"revision": 1, "note": CANARIES["note of a dossier"]})
    world.send(person, "POST", f"{dossier}/remarks", {"text": CANARIES["remark on a dossier"], "segment": [0]})
    world.send(person, "POST", f"{dossier}/applicant/reveal", REVEAL | {"note": CANARIES["note of a look"]})
    for url in (
        dossier,
        f"{dossier}/papers/01.pdf",
        f"/api/documents/{ground.ids['paper']}",
        f"/api/documents/{ground.ids['paper']}/preview",
    ):
        world.send(person, "GET", url)


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
                say_everything_about_dossiers(ground, person)
        finally:
            logs.configure(world.settings)
    lines = said.getvalue()
    assert "/api/parties/search" in lines
    assert [name for name, value in CANARIES.items() if value in lines and "officer" not in name] == []
    assert everybody.secret not in lines
    assert (
        world.one(
            "SELECT count(*) AS n FROM audit.entry WHERE detail::text LIKE ANY(%s)",
            [
                f"%{CANARIES[key]}%"
                for key in CANARIES
                if key in ("number", "phone", "name") or key.endswith(("applicant", "paper", "form", "receipt"))
            ],
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
            assert login == "geo_public" or table in NEVER


@pytest.mark.parametrize("login", ["geo_gate", "geo_analyst"])
@pytest.mark.parametrize(
    "table", [table for table in PERSONAL if table.startswith(("rights", "work", "audit", "dossier"))]
)
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


# ---- what people hand in ---------------------------------------------------------------------------------------------

SCRIPT = b"<!doctype html><script>alert(document.cookie)</script>"
SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
NAMES = (
    "../../../etc/passwd.png", "..\\..\\boot.png", "a\r\nSet-Cookie: geo_session=x.png", 'a"; filename="b.html".png', "\u202egnp.html.png", "<script>.png",
    "%2e%2e%2f.png", "con.png", ".png", "a;b=c.png", "giấy \u200b\ufeff kín.png", "a/b:c*d?.png", "x" * 290 + ".png", "\U0001f4a3.png", "a\tb\x7f.png",
)  # fmt: skip


def hand_in(ground: Ground, data: bytes, name: str, media: str) -> httpx.Response:
    """A paper put into the thief's own dossier."""
    return ground.ask(
        ground.world.people["citizen"],
        "POST",
        f"/api/dossiers/{ground.ids['mine']}/documents",
        params={"type": "other", "name": name},
        content=data,
        headers={"Content-Type": media},
    )


@pytest.mark.parametrize(
    ("data", "name", "media"),
    [
        (SCRIPT, "a.html", "text/html"), (SCRIPT, "a.png", "image/png"), (SCRIPT, "a.pdf", "application/pdf"), (SVG, "a.svg", "image/svg+xml"),
        (SVG, "a.png", "image/png"), (b"\xef\xbb\xbf" + SCRIPT, "a", ""), (desk.png() + SCRIPT, "a.html", "text/html"), (desk.png() + SCRIPT, "a.svg", ""),
        (desk.png(), "a.pdf", "application/pdf"), (b"GIF89a" + SCRIPT, "a.gif", "image/gif"), (b"MZ" + bytes(99), "a.pdf", ""),
        (b"PK\x03\x04" + SCRIPT, "a.zip", ""),
        (b"%PDF-1.7\n" + SCRIPT, "a.pdf", "application/pdf"), (b"#!/bin/sh\nid", "a.pdf", ""), (b"", "a.pdf", ""),
    ],
)  # fmt: skip
def test_what_is_no_paper_is_not_taken(ground: Ground, data: bytes, name: str, media: str) -> None:
    before = ground.state()
    answer = hand_in(ground, data, name, media)
    assert answer.status_code == 422, answer.text
    assert ground.state() == before


@pytest.mark.parametrize("name", NAMES)
def test_a_paper_is_given_out_as_a_file_that_does_nothing(ground: Ground, name: str) -> None:
    """A picture that is a web page too, under a name with tricks: saved, never run, whatever a browser makes of it."""
    made = hand_in(ground, desk.png(next(ground.world.numbers)) + SCRIPT, name, "image/png")
    assert made.status_code == 201, made.text
    kept = made.json()["name"]
    assert not set(kept) & set('/\\<>:"|?*\r\n\t\x00\x7f\u202e\u200b\ufeff') and not kept.startswith("."), kept
    assert len(kept) <= 200
    for tail, media in (("", "image/png"), ("/preview", "image/webp")):
        answer = ground.ask(ground.world.people["citizen"], "GET", f"/api/documents/{made.json()['id']}{tail}")
        headers = answer.headers
        assert answer.status_code == 200
        assert (headers["content-type"], headers["x-content-type-options"]) == (media, "nosniff")
        assert (
            "sandbox" in headers["content-security-policy"]
            and "default-src 'none'" in headers["content-security-policy"]
        )
        assert "no-store" in headers["cache-control"] and "set-cookie" not in headers
        if tail:
            assert SCRIPT not in answer.content, "a preview has nothing but pixels"
        else:
            assert headers["content-disposition"].startswith("attachment; filename=")
            assert not set(headers["content-disposition"]) & set("\r\n/\\<>")
    ground.world.conn.execute("SELECT dossier.detach(%s)", [made.json()["id"]])


def test_administrators_of_partners_read_no_answer_of_a_form(ground: Ground) -> None:
    """What is sent to the tax office is not shown to who looks after the line."""
    world = ground.world
    world.conn.execute(
        "SELECT dossier.tell('tax', 'slip', id, jsonb_build_object('code', code, 'form', form)) FROM dossier.dossier WHERE id = %s",
        [ground.ids["dossier"]],
    )
    administrator = world.people["city administrator"]
    answer = world.send(administrator, "GET", "/api/partners/messages?partner=tax")
    assert answer.status_code == 200 and any(one["dossier"] == ground.ids["code"] for one in answer.json()["items"])
    assert leaks(answer) == []
