"""Versions and variations in the database: what was published stays, whoever asks; terms of a day and a unit; what is shipped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from geo_service.dossiers.catalogue import loader
from geo_service.dossiers.catalogue.loader import shipped
from geo_service.dossiers.catalogue.model import Definition
from geo_service.dossiers.catalogue.seed import seed
from layers.db import Connection, connect

SPLIT = "1.012784"
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def ground(databases) -> Iterator[str]:
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
def conn(ground: str) -> Iterator[Connection]:
    """A transaction that is rolled back after the test."""
    with connect(ground) as connection:
        yield connection
        connection.rollback()


def today(conn: Connection) -> date:
    row = conn.execute("SELECT accounts.today() AS day").fetchone()
    assert row is not None
    return row["day"]  # type: ignore[no-any-return]


def one(conn: Connection, statement: str, *values: Any) -> dict[str, Any]:
    row = conn.execute(statement, values).fetchone()
    assert row is not None
    return row


def definition(conn: Connection, code: str = SPLIT) -> dict[str, Any]:
    return one(  # type: ignore[no-any-return]
        conn,
        "SELECT definition FROM dossier.procedure_version WHERE procedure = %s ORDER BY version DESC LIMIT 1",
        code,
    )["definition"]


def publish(conn: Connection, document: dict[str, Any], since: date) -> dict[str, Any]:
    draft = one(conn, "SELECT * FROM dossier.save_draft(%s, NULL)", Jsonb(document))
    return one(conn, "SELECT * FROM dossier.enact(%s, %s, %s)", document["code"], since, draft["edited_at"])


def refused(conn: Connection, state: str, statement: str, *values: Any) -> psycopg.Error:
    """The refusal of a statement, immediate or at the end of the transaction; nothing of it stays."""

    def attempt() -> None:
        with conn.transaction():
            conn.execute(statement, values)
            conn.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(psycopg.Error) as refusal:
        attempt()
    assert refusal.value.sqlstate == state, refusal.value
    return refusal.value


# ---- what is shipped -----------------------------------------------------------------------------------------------


def test_what_is_shipped_is_in_force_and_in_rows_what_it_is_as_a_value(conn: Connection) -> None:
    versions = {
        row["procedure"]: row
        for row in conn.execute("SELECT * FROM dossier.procedure_version WHERE status = 'published'").fetchall()
    }
    assert versions.keys() == {whole.code for whole in shipped()}
    for whole in shipped():
        version = versions[whole.code]
        assert (version["version"], version["edited_by"], version["valid"].lower) == (1, None, date(2025, 7, 1))
        assert Definition.model_validate(version["definition"]) == whole
        steps = conn.execute(
            "SELECT * FROM dossier.step WHERE version_id = %s ORDER BY ord", (version["id"],)
        ).fetchall()
        actions = conn.execute(
            "SELECT * FROM dossier.action WHERE version_id = %s ORDER BY ord", (version["id"],)
        ).fetchall()
        assert [row["ord"] for row in steps] == list(range(1, len(whole.steps) + 1))
        for row, step in zip(steps, whole.steps, strict=True):
            assert step.model_dump() == {name: row[name] for name in step.model_dump()}
        for row, action in zip(actions, whole.actions, strict=True):
            said = action.model_dump()
            assert said.pop("to") == row["to_step"]
            assert said == {name: row[name] for name in said}


def test_seeding_again_writes_nothing(conn: Connection) -> None:
    before = one(conn, "SELECT count(*) AS n, max(id) AS last FROM dossier.procedure_version")
    seed(conn)
    assert one(conn, "SELECT count(*) AS n, max(id) AS last FROM dossier.procedure_version") == before


def test_what_is_shipped_anew_follows_from_today_but_never_over_an_administrator(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = today(conn)
    conn.execute(
        "INSERT INTO accounts.account (id, login, name) OVERRIDING SYSTEM VALUE VALUES (900, 'quantri', 'Quản trị')"
    )
    touched, open_draft, ended = "1.012783", "1.012786", "1.012790"
    draft = one(
        conn,
        "SELECT * FROM dossier.save_draft(%s, NULL)",
        Jsonb(definition(conn, touched) | {"name_en": "edited by hand"}),
    )
    conn.execute("UPDATE dossier.procedure_version SET edited_by = 900 WHERE id = %s", (draft["id"],))
    conn.execute("SELECT dossier.enact(%s, %s, %s)", (touched, day, draft["edited_at"]))
    conn.execute("SELECT dossier.save_draft(%s, NULL)", (Jsonb(definition(conn, open_draft)),))
    conn.execute("SELECT dossier.end_procedure(%s, %s)", (ended, day + DAY))

    newer = tuple(whole.model_copy(update={"name_en": whole.name_en + ", newer"}) for whole in shipped())
    monkeypatch.setattr("geo_service.dossiers.catalogue.seed.shipped", lambda: newer)
    seed(conn)
    now = {
        row["procedure"]: row
        for row in conn.execute(
            "SELECT DISTINCT ON (procedure) * FROM dossier.procedure_version WHERE status = 'published' ORDER BY procedure, version DESC"
        ).fetchall()
    }
    assert now[SPLIT]["version"] == 2 and now[SPLIT]["valid"].lower == day
    assert now[SPLIT]["definition"]["name_en"].endswith(", newer")
    assert now[touched]["definition"]["name_en"] == "edited by hand"
    assert now[open_draft]["version"] == now[ended]["version"] == 1
    first = one(conn, "SELECT valid FROM dossier.procedure_version WHERE procedure = %s AND version = 1", SPLIT)[
        "valid"
    ]
    assert first.upper == day

    newest = tuple(whole.model_copy(update={"name_en": whole.name_en + ", newest"}) for whole in shipped())
    monkeypatch.setattr("geo_service.dossiers.catalogue.seed.shipped", lambda: newest)
    seed(conn)
    last = one(conn, "SELECT valid FROM dossier.procedure_version WHERE procedure = %s AND version = 3", SPLIT)["valid"]
    assert last.lower == day + DAY, "one version a day"


def test_every_unit_receives_under_a_code_and_a_new_one_gets_its_own(conn: Connection) -> None:
    rows = conn.execute("SELECT unit, code FROM dossier.agency").fetchall()
    codes = {row["unit"]: row["code"] for row in rows}
    assert codes.pop("*") == "H26"
    assert len(codes) == 126 and set(codes.values()) == {f"H26.{n}" for n in range(1, 127)}
    conn.execute("INSERT INTO register.unit (code, name) VALUES ('00001', 'Mới')")
    seed(conn)
    again = {row["unit"]: row["code"] for row in conn.execute("SELECT unit, code FROM dossier.agency").fetchall()}
    assert again["00001"] == "H26.127" and codes.items() <= again.items()


# ---- published versions stay ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE dossier.procedure_version SET definition = definition || '{\"name_vi\": \"khác\"}' WHERE procedure = '1.012784'",
        "UPDATE dossier.procedure_version SET status = 'draft', published_at = NULL WHERE procedure = '1.012784'",
        "UPDATE dossier.procedure_version SET source = 'khác' WHERE procedure = '1.012784'",
        "UPDATE dossier.procedure_version SET edited_by = NULL, version = 7 WHERE procedure = '1.012784'",
        "UPDATE dossier.procedure_version SET valid = daterange('2025-08-01', NULL) WHERE procedure = '1.012784'",
        "UPDATE dossier.procedure_version SET valid = daterange(lower(valid), accounts.today() - 1) WHERE procedure = '1.012784'",
        "DELETE FROM dossier.procedure_version WHERE procedure = '1.012784'",
        "UPDATE dossier.step SET days = 99 WHERE code = 'checking'",
        "UPDATE dossier.step SET code = 'other' WHERE code = 'checking'",
        "DELETE FROM dossier.step WHERE code = 'sketching'",
        "INSERT INTO dossier.step SELECT version_id, 'extra', 99, name_vi, name_en, status, role, place, clock, reason, days, map FROM dossier.step"
        " WHERE code = 'checking' LIMIT 1",
        "UPDATE dossier.action SET to_step = 'done' WHERE code = 'begin'",
        "DELETE FROM dossier.action WHERE code = 'withdraw'",
        "INSERT INTO dossier.action SELECT version_id, from_step, 'short_cut', 'done', 99, 'approve', 'a', 'b', role, place FROM dossier.action"
        " WHERE code = 'begin' LIMIT 1",
    ],
)
def test_a_published_version_is_altered_by_nobody(conn: Connection, statement: str) -> None:
    """Not even by the owner of the database."""
    refused(conn, "GD040", statement)


@pytest.mark.parametrize("table", ["procedure", "procedure_version", "step", "action", "variation"])
def test_the_catalogue_is_not_emptied(conn: Connection, table: str) -> None:
    with pytest.raises(psycopg.Error), conn.transaction():
        conn.execute(f"TRUNCATE dossier.{table} CASCADE")


def test_a_version_is_published_only_with_its_rows(conn: Connection) -> None:
    conn.execute("SELECT dossier.save_draft(%s, NULL)", (Jsonb(definition(conn) | {"code": "9.000001"}),))
    refused(
        conn, "GD044",
        "UPDATE dossier.procedure_version SET status = 'published', valid = daterange('2030-01-01', NULL), published_at = now() WHERE status = 'draft'",
    )  # fmt: skip


def test_rows_written_to_a_draft_by_hand_do_not_get_through(conn: Connection) -> None:
    draft = one(conn, "SELECT * FROM dossier.save_draft(%s, NULL)", Jsonb(definition(conn)))
    conn.execute(
        "INSERT INTO dossier.step (version_id, code, ord, name_vi, name_en, status, role, place, clock)"
        " VALUES (%s, 'extra', 99, 'a', 'b', 4, 'approver', 'competent', 'running')",
        (draft["id"],),
    )
    refused(conn, "GD044", "SELECT dossier.enact('1.012784', accounts.today(), %s)", draft["edited_at"])


def test_a_status_that_does_not_move_so_is_not_published(conn: Connection) -> None:
    document = definition(conn)
    next(a for a in document["actions"] if a["code"] == "begin")["to"] = "done"
    refused(
        conn,
        "GD044",
        "SELECT dossier.enact('1.012784', accounts.today(), (dossier.save_draft(%s, NULL)).edited_at)",
        Jsonb(document),
    )


# ---- publishing ----------------------------------------------------------------------------------------------------


def test_a_new_version_closes_the_old_one_the_day_before_and_no_day_is_without_one(conn: Connection) -> None:
    day = today(conn)
    made = publish(conn, definition(conn) | {"limit": {"n": 9, "unit": "working_day", "cutoff": None}}, day + 7 * DAY)
    assert (made["version"], made["status"]) == (2, "published")

    def at(when: date) -> tuple[int, int]:
        row = one(
            conn,
            "SELECT t.terms, v.version FROM dossier.terms(%s, '00004', %s) t JOIN dossier.procedure_version v ON v.id = t.version_id",
            SPLIT,
            when,
        )
        return row["version"], row["terms"]["limit"]["n"]

    assert at(day) == at(day + 6 * DAY) == (1, 12)
    assert at(day + 7 * DAY) == at(day + 999 * DAY) == (2, 9)
    assert conn.execute("SELECT * FROM dossier.terms(%s, '00004', '2025-06-30')", (SPLIT,)).fetchone() is None


def test_a_version_begins_neither_in_the_past_nor_on_a_day_that_is_taken(conn: Connection) -> None:
    day = today(conn)
    draft = one(conn, "SELECT * FROM dossier.save_draft(%s, NULL)", Jsonb(definition(conn)))
    statement = "SELECT dossier.enact(%s, %s, %s)"
    early = refused(conn, "GD042", statement, SPLIT, day - DAY, draft["edited_at"])
    assert early.diag.message_detail == f'{{"earliest": "{day}"}}'
    conn.execute(statement, (SPLIT, day + DAY, draft["edited_at"]))
    again = one(conn, "SELECT * FROM dossier.save_draft(%s, NULL)", Jsonb(definition(conn)))
    taken = refused(conn, "GD042", statement, SPLIT, day + DAY, again["edited_at"])
    assert taken.diag.message_detail == f'{{"earliest": "{day + 2 * DAY}"}}'


def test_a_draft_edited_by_two_is_stale_for_the_second(conn: Connection) -> None:
    document = definition(conn)
    first = one(conn, "SELECT * FROM dossier.save_draft(%s, NULL)", Jsonb(document))
    refused(conn, "GD043", "SELECT dossier.save_draft(%s, NULL)", Jsonb(document))
    second = one(
        conn, "SELECT * FROM dossier.save_draft(%s, %s)", Jsonb(document | {"name_en": "x"}), first["edited_at"]
    )
    assert second["id"] == first["id"] and second["edited_at"] > first["edited_at"]
    refused(conn, "GD043", "SELECT dossier.save_draft(%s, %s)", Jsonb(document), first["edited_at"])
    refused(conn, "GD043", "SELECT dossier.enact(%s, accounts.today(), %s)", SPLIT, first["edited_at"])


def test_two_administrators_publish_one_version(database_url: str) -> None:
    """Both saw the draft; the second finds no draft any more, and nothing is doubled."""
    with connect(database_url) as conn:
        draft = one(conn, "SELECT * FROM dossier.save_draft(%s, NULL)", Jsonb(definition(conn)))
    start, said = threading.Barrier(2), []

    def go() -> None:
        with connect(database_url) as mine:
            start.wait()
            try:
                mine.execute("SELECT dossier.enact(%s, accounts.today(), %s)", (SPLIT, draft["edited_at"]))
                mine.commit()
                said.append("published")
            except psycopg.Error as error:
                said.append(str(error.sqlstate))

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["GD041", "published"]
    with connect(database_url) as conn:
        assert one(conn, "SELECT count(*) AS n FROM dossier.procedure_version WHERE procedure = %s", SPLIT)["n"] == 2


def test_a_draft_given_up_leaves_nothing_of_a_procedure_that_never_was(conn: Connection) -> None:
    fresh = definition(conn) | {"code": "9.000001"}
    conn.execute("SELECT dossier.save_draft(%s, NULL)", (Jsonb(fresh),))
    conn.execute("SELECT dossier.drop_draft('9.000001')")
    assert conn.execute("SELECT 1 FROM dossier.procedure WHERE code = '9.000001'").fetchone() is None
    refused(conn, "GD041", "SELECT dossier.drop_draft('9.000001')")
    refused(conn, "GD041", "SELECT dossier.enact('9.000001', accounts.today(), now())")


def test_a_procedure_ends_and_may_begin_again(conn: Connection) -> None:
    day = today(conn)
    refused(conn, "GD042", "SELECT dossier.end_procedure(%s, %s)", SPLIT, day - DAY)
    conn.execute("SELECT dossier.end_procedure(%s, %s)", (SPLIT, day + DAY))
    refused(conn, "GD015", "SELECT dossier.end_procedure(%s, %s)", SPLIT, day + DAY)
    assert conn.execute("SELECT * FROM dossier.terms(%s, '00004', %s)", (SPLIT, day)).fetchone()
    assert conn.execute("SELECT * FROM dossier.terms(%s, '00004', %s)", (SPLIT, day + DAY)).fetchone() is None
    publish(conn, definition(conn), day + 30 * DAY)
    assert conn.execute("SELECT * FROM dossier.terms(%s, '00004', %s)", (SPLIT, day + 29 * DAY)).fetchone() is None
    assert conn.execute("SELECT * FROM dossier.terms(%s, '00004', %s)", (SPLIT, day + 30 * DAY)).fetchone()


def test_a_dossier_stays_on_the_version_it_was_opened_under(conn: Connection) -> None:
    def opened(key: str) -> dict[str, Any]:
        return one(
            conn,
            "SELECT version_id, step, terms FROM dossier.open(%s, %s, '00004', '00004', 1::smallint, '{}', '{}', NULL, NULL)",
            key,
            SPLIT,
        )

    old = opened("00000000-0000-0000-0000-000000000001")
    document = definition(conn)
    document["limit"]["n"] = 3
    document["actions"] = [a for a in document["actions"] if a["code"] != "apologise"]
    made = publish(conn, document, today(conn))
    new = opened("00000000-0000-0000-0000-000000000002")
    assert (new["version_id"], new["terms"]["limit"]["n"]) == (made["id"], 3)
    still = one(conn, "SELECT version_id, terms FROM dossier.dossier WHERE id = '00000000-0000-0000-0000-000000000001'")
    assert (still["version_id"], still["terms"]["limit"]["n"]) == (old["version_id"], 12) and old["version_id"] != made[
        "id"
    ]


# ---- variations ----------------------------------------------------------------------------------------------------

PUT = "SELECT * FROM dossier.put_variation(%s, %s, %s, %s, %s, 'QĐ 1/2026')"
SHORT = Jsonb({"limit": {"n": 8, "unit": "working_day", "cutoff": None}})


def limit_of(conn: Connection, unit: str, when: date) -> int:
    return int(one(conn, "SELECT terms FROM dossier.terms(%s, %s, %s)", SPLIT, unit, when)["terms"]["limit"]["n"])


def test_a_variation_holds_in_its_unit_and_its_days_only(conn: Connection) -> None:
    day = today(conn)
    made = one(conn, PUT, SPLIT, "00004", day, day + 10 * DAY, SHORT)
    assert [limit_of(conn, "00004", day + n * DAY) for n in (0, 9, 10)] == [8, 8, 12]
    assert limit_of(conn, "00008", day) == 12
    said = one(conn, "SELECT * FROM dossier.terms(%s, '00004', %s)", SPLIT, day)
    assert said["variation_id"] == made["id"] and said["terms"]["documents"] == definition(conn)["documents"]


def test_a_later_variation_replaces_what_was_to_hold_and_keeps_what_held(conn: Connection) -> None:
    day = today(conn)
    longer = Jsonb({"limit": {"n": 15, "unit": "working_day", "cutoff": None}})
    one(conn, PUT, SPLIT, "00004", day, None, SHORT)
    one(conn, PUT, SPLIT, "00004", day + 20 * DAY, None, longer)
    one(conn, PUT, SPLIT, "00004", day + 10 * DAY, None, longer)
    assert [limit_of(conn, "00004", day + n * DAY) for n in (0, 9, 10, 20, 99)] == [8, 8, 15, 15, 15]
    assert one(conn, "SELECT dossier.end_variation(%s, '00004', %s) AS ended", SPLIT, day + 5 * DAY)["ended"]
    assert [limit_of(conn, "00004", day + n * DAY) for n in (4, 5, 99)] == [8, 12, 12]
    assert not one(conn, "SELECT dossier.end_variation(%s, '00008', %s) AS ended", SPLIT, day)["ended"]


def test_what_dossiers_were_opened_under_today_is_changed_from_tomorrow(conn: Connection) -> None:
    day = today(conn)
    one(conn, PUT, SPLIT, "00004", day, None, SHORT)
    conn.execute(
        "SELECT dossier.open(gen_random_uuid(), %s, '00004', '00004', 1::smallint, '{}', '{}', NULL, NULL)", (SPLIT,)
    )
    longer = Jsonb({"limit": {"n": 15, "unit": "working_day", "cutoff": None}})
    error = refused(conn, "GD042", PUT, SPLIT, "00004", day, None, longer)
    assert error.diag.message_detail == f'{{"earliest": "{day + DAY}"}}'
    one(conn, PUT, SPLIT, "00004", day + DAY, None, longer)
    assert one(conn, "SELECT terms FROM dossier.dossier")["terms"]["limit"]["n"] == 8


def test_a_variation_is_replaced_never_rewritten(conn: Connection) -> None:
    day = today(conn)
    conn.execute(
        "INSERT INTO dossier.variation (unit, procedure, valid, changes, legal_document) VALUES ('00004', %s, daterange('2026-01-01', NULL), %s, 'QĐ')",
        (SPLIT, SHORT),
    )
    refused(conn, "GD040", 'UPDATE dossier.variation SET changes = \'{"level": "city"}\'')
    refused(conn, "GD040", "UPDATE dossier.variation SET valid = daterange('2026-01-01', %s)", day - DAY)
    refused(conn, "GD040", "DELETE FROM dossier.variation")
    refused(conn, "GD042", PUT, SPLIT, "00004", day - DAY, None, SHORT)
    refused(conn, "GD014", PUT, SPLIT, "99999", day, None, SHORT)
    refused(conn, "GD015", PUT, "9.999999", "00004", day, None, SHORT)
    for wrong in ({}, {"steps": []}, {"limit": {}, "blocks": []}, []):
        refused(conn, "GD044", PUT, SPLIT, "00008", day, None, Jsonb(wrong))


def test_the_city_varies_a_procedure_of_its_own_level(conn: Connection) -> None:
    day = today(conn)
    one(conn, PUT, "1.013825", "*", day, None, SHORT)
    opened = one(
        conn,
        "SELECT terms, competent_unit FROM dossier.open(gen_random_uuid(), '1.013825', '00004', NULL, 1::smallint, '{}', '{}', NULL, NULL)",
    )
    assert opened["competent_unit"] == "*"


# ---- logins --------------------------------------------------------------------------------------------------------


PAST_THE_FUNCTIONS = """
UPDATE dossier.procedure_version SET source = ''
DELETE FROM dossier.procedure_version
INSERT INTO dossier.procedure VALUES ('x', 'y', 'z')
DELETE FROM dossier.step
UPDATE dossier.action SET role = 'citizen'
DELETE FROM dossier.variation
INSERT INTO dossier.agency VALUES ('00001', 'H27')
SELECT dossier.ship('[]', '2026-01-01')
SELECT dossier.write_rows(1, '{}')
SELECT dossier.save_draft('{}', NULL)
SELECT dossier.drop_draft('1.012784')
SELECT dossier.enact('1.012784', '2030-01-01', NULL)
SELECT dossier.end_procedure('1.012784', '2030-01-01')
SELECT dossier.put_variation('1.012784', '00004', '2030-01-01', NULL, '{}', 'x')
SELECT dossier.end_variation('1.012784', '00004', '2030-01-01')
"""


@pytest.mark.parametrize("login", ["geo_public", "geo_gate", "geo_service", "geo_analyst"])
def test_no_login_writes_the_catalogue_past_its_functions(conn: Connection, login: str) -> None:
    conn.execute("SELECT dossier.save_draft(%s, NULL)", (Jsonb(definition(conn)),))
    conn.execute(f"SET LOCAL SESSION AUTHORIZATION {login}")
    for statement in PAST_THE_FUNCTIONS.strip().splitlines():
        with pytest.raises(psycopg.Error) as refusal, conn.transaction():
            conn.execute(statement)
        assert refusal.value.sqlstate in ("42501", "GA001", "25006"), (statement, refusal.value)
    if login in ("geo_public", "geo_service"):
        assert one(conn, "SELECT count(*) AS n FROM dossier.procedure_version")["n"] == len(shipped()), (
            "no draft is seen"
        )
        assert one(conn, "SELECT count(*) AS n FROM dossier.terms('1.012784', '00004', '2026-11-22')")["n"] == 1


def test_the_loader_reads_its_files_once() -> None:
    assert loader.shipped() is loader.shipped()
