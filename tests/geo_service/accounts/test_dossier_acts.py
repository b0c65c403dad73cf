"""Opening and deciding dossiers in plain SQL under each login of the service: no further than through the routes, and the map only with its dossier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from layers.fabric import intents, ledger
from tests.conftest import Databases
from tests.geo_service.accounts.people import Conn
from tests.geo_service.accounts.plain_sql import DENIED, connecting, opened_by_hand, plain_world, refused, state
from tests.geo_service.authority import desk
from tests.geo_service.authority.asking import CRS
from tests.geo_service.authority.world import COLLEAGUE, FIRST, UNIT, World


@pytest.fixture(scope="module")
def world(databases: Databases, reachable_tmp: Path) -> Iterator[World]:
    with plain_world(databases, reachable_tmp / "dossier-acts") as made:
        yield made


@pytest.fixture
def plain(world: World) -> Callable[..., Any]:
    return connecting(world)


# ---- opening -------------------------------------------------------------------------------------------------------


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
