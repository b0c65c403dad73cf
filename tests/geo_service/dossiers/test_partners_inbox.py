"""What partners say: once, twice, late, never, wrongly signed, about nothing, with another amount. Nothing is lost, nothing doubled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from geo_service.app import create_app
from geo_service.dossiers.money.service import order, raise_fees
from geo_service.dossiers.partners.config import read_book
from geo_service.dossiers.partners.inbox import Inbox
from geo_service.dossiers.partners.signing import MEDIA_TYPE, Signer
from geo_service.settings import Settings
from layers.db import connect
from tests.geo_service.dossiers import partners_ground as ground
from tests.geo_service.dossiers.partners_ground import at_tax, fates, in_inbox, payments, read, taxes, token
from tests.geo_service.site import problem

Conn = psycopg.Connection[DictRow]
TAX, PAYMENT = Signer.of("tax", b"\x01" * 32), Signer.of("payment", b"\x02" * 32)
PORTAL = Signer.of("portal", b"\x03" * 32)
STRANGER = Signer.of("tax", b"\x09" * 32)
BOOK = (
    "{" + ",".join(f'"{s.name}":{{"address":"https://x.example/{s.name}","keys":["{s.public}"]}}' for s in (TAX, PAYMENT, PORTAL)) + "}"
)  # fmt: skip


@pytest.fixture
def land(conn: Conn) -> Conn:
    ground.land(conn)
    return conn


def work_through(url: str, rounds: bool = True) -> None:
    """What the worker does with the messages that are there."""

    async def main() -> None:
        async with AsyncConnectionPool(
            url, kwargs={"autocommit": True, "row_factory": dict_row}, min_size=1, max_size=2, open=False
        ) as pool:
            inbox = Inbox(read_book(BOOK, False), "geo-service", pool)  # type: ignore[arg-type]
            while await inbox._some():
                pass
            if rounds:
                await inbox._round()

    asyncio.run(main())


def say(
    conn: Conn, signer: Signer, kind: str, dossier: str | None, data: dict[str, Any], message: str | None = None
) -> str:
    message = message or str(uuid4())
    in_inbox(conn, signer.name, token(signer, kind, dossier, data, jti=message), message)  # type: ignore[arg-type]
    return message


def an_order(conn: Conn, dossier: dict[str, Any], code: str = "tncn") -> dict[str, Any]:
    """The order of a tax that was noticed: {payment, amount}."""
    row = conn.execute(
        "SELECT id, amount FROM dossier.payment WHERE dossier_id = %s AND code = %s", (dossier["id"], code)
    )
    payment = row.fetchone()
    assert payment is not None
    order(conn, dossier["id"], payment["id"])
    conn.commit()
    return {"payment": str(payment["id"]), "amount": payment["amount"]}


def test_a_notice_and_the_money_move_the_dossier_on(land: Conn, database_url: str) -> None:
    dossier = at_tax(land)
    say(land, TAX, "notice", dossier["code"], taxes(tncn=40_000_000, le_phi_truoc_ba=10_000_000))
    work_through(database_url)
    assert read(land, dossier["id"])["step"] == "paying"
    for code in ("tncn", "le_phi_truoc_ba"):
        assert read(land, dossier["id"])["step"] == "paying"
        land.rollback()
        asked = an_order(land, dossier, code)
        say(land, PAYMENT, "paid", dossier["code"], asked | {"reference": f"R-{code}"})
        work_through(database_url)
    assert payments(land, dossier["id"]) == {"tncn": (40_000_000, "paid"), "le_phi_truoc_ba": (10_000_000, "paid")}
    assert read(land, dossier["id"])["step"] == "deciding"
    assert fates(database_url) == [("done", None)] * 3
    actors = land.execute("SELECT actor FROM dossier.event WHERE kind IN ('tax_notice', 'paid')").fetchall()
    assert [row["actor"] for row in actors] == [None, None]


def test_an_open_fee_holds_the_dossier_until_it_is_paid_at_the_counter(land: Conn, database_url: str) -> None:
    dossier = at_tax(land)
    fee = raise_fees(land, dossier["id"])[0]
    land.commit()
    say(land, TAX, "notice", dossier["code"], taxes(tncn=5))
    work_through(database_url)
    say(land, PAYMENT, "paid", dossier["code"], an_order(land, dossier) | {"reference": "R"})
    work_through(database_url)
    assert read(land, dossier["id"])["step"] == "paying"
    for row in land.execute("SELECT id FROM dossier.payment WHERE kind = 'fee' AND status = 'due'").fetchall():
        land.execute("SELECT dossier.pay_at_counter(%s, %s, 'BL')", (dossier["id"], row["id"]))
    land.commit()
    work_through(database_url)
    assert read(land, dossier["id"])["step"] == "deciding"
    assert fee["amount"] > 0


def test_a_notice_of_nothing_lets_the_dossier_go_on_at_once(land: Conn, database_url: str) -> None:
    dossier = at_tax(land)
    say(land, TAX, "notice", dossier["code"], taxes(tncn=0))
    work_through(database_url)
    assert read(land, dossier["id"])["step"] == "deciding"


def test_a_notice_that_comes_twice_changes_nothing_the_second_time(land: Conn, database_url: str) -> None:
    dossier = at_tax(land)
    first = say(land, TAX, "notice", dossier["code"], taxes(tncn=7))
    say(land, TAX, "notice", dossier["code"], taxes(tncn=7), first)
    say(land, TAX, "notice", dossier["code"], taxes(tncn=7))
    work_through(database_url)
    say(land, TAX, "notice", dossier["code"], taxes(tncn=7))
    work_through(database_url)
    assert fates(database_url) == [("done", None), ("done", "again"), ("done", "again")]
    assert payments(land, dossier["id"]) == {"tncn": (7, "due")}
    events = land.execute("SELECT count(*) AS n FROM dossier.event WHERE kind = 'tax_notice'").fetchone()
    assert events == {"n": 1}


def test_a_second_notice_with_other_amounts_waits_for_a_person(land: Conn, database_url: str) -> None:
    dossier = at_tax(land)
    say(land, TAX, "notice", dossier["code"], taxes(tncn=7))
    say(land, TAX, "notice", dossier["code"], taxes(tncn=8))
    work_through(database_url)
    assert fates(database_url) == [("done", None), ("dead", "other-amounts")]
    assert payments(land, dossier["id"]) == {"tncn": (7, "due")}


def test_a_notice_for_a_dossier_that_was_withdrawn_changes_nothing(land: Conn, database_url: str) -> None:
    dossier = at_tax(land)
    ended = land.execute(
        "SELECT code FROM dossier.action WHERE version_id = %s AND from_step = 'tax' AND kind IN ('withdraw', 'stop') LIMIT 1",
        (dossier["version_id"],),
    ).fetchone()
    assert ended is not None
    ground.act(land, dossier["id"], ended["code"])
    land.commit()
    say(land, TAX, "notice", dossier["code"], taxes(tncn=7))
    work_through(database_url)
    assert fates(database_url) == [("dead", "dossier-closed")]
    assert payments(land, dossier["id"]) == {}


def test_money_that_comes_after_the_end_is_booked_and_shown(land: Conn, database_url: str) -> None:
    dossier = at_tax(land)
    say(land, TAX, "notice", dossier["code"], taxes(tncn=7))
    work_through(database_url)
    asked = an_order(land, dossier)
    ended = land.execute(
        "SELECT code FROM dossier.action WHERE version_id = %s AND from_step = 'paying' AND kind IN ('withdraw', 'stop') LIMIT 1",
        (dossier["version_id"],),
    ).fetchone()
    assert ended is not None
    ground.act(land, dossier["id"], ended["code"])
    land.execute("SELECT dossier.cancel_payments(%s)", (dossier["id"],))
    land.commit()
    say(land, PAYMENT, "paid", dossier["code"], asked | {"reference": "R-1"})
    work_through(database_url)
    assert fates(database_url)[-1] == ("dead", "dossier-closed")
    assert payments(land, dossier["id"]) == {"tncn": (7, "paid")}


def test_money_of_another_amount_for_another_dossier_or_for_nothing_is_not_booked(
    land: Conn, database_url: str
) -> None:
    dossier = at_tax(land)
    other = at_tax(land, parcel=2)
    say(land, TAX, "notice", dossier["code"], taxes(tncn=1_000))
    work_through(database_url)
    asked = an_order(land, dossier)
    say(land, PAYMENT, "paid", dossier["code"], asked | {"amount": 900, "reference": "R-1"})
    say(land, PAYMENT, "paid", other["code"], asked | {"reference": "R-2"})
    say(land, PAYMENT, "paid", dossier["code"], asked | {"payment": str(uuid4()), "reference": "R-3"})
    say(land, PAYMENT, "paid", dossier["code"], {"payment": "x", "amount": 1, "reference": "R-4"})
    say(land, PAYMENT, "paid", dossier["code"], asked | {"amount": True, "reference": "R-5"})
    work_through(database_url)
    assert [word for _, word in fates(database_url)[1:]] == [
        "other-amount", "other-dossier", "payment-unknown", "data-unreadable", "data-unreadable",
    ]  # fmt: skip
    assert payments(land, dossier["id"]) == {"tncn": (1_000, "pending")}
    say(land, PAYMENT, "paid", dossier["code"], asked | {"reference": "R-6"})
    say(land, PAYMENT, "paid", dossier["code"], asked | {"reference": "R-6"})
    say(land, PAYMENT, "paid", dossier["code"], asked | {"reference": "R-7"})
    work_through(database_url)
    assert fates(database_url)[-3:] == [("done", None), ("done", "again"), ("dead", "paid-twice")]
    assert read(land, dossier["id"])["step"] == "deciding"


def test_a_notice_about_nothing_or_that_contradicts_itself_waits_for_a_person(land: Conn, database_url: str) -> None:
    dossier = at_tax(land)
    opened = ground.opened(land, parcel=2)
    land.commit()
    say(land, TAX, "notice", "H26-260101-9999", taxes(tncn=1))
    say(land, TAX, "notice", opened["code"], taxes(tncn=1))
    say(land, TAX, "notice", dossier["code"], taxes(tncn=1) | {"total": 2})
    say(land, TAX, "notice", dossier["code"], {"amounts": [], "total": 0})
    say(land, TAX, "notice", dossier["code"], {"amounts": taxes(a=1)["amounts"] * 2, "total": 2})
    say(land, TAX, "greeting", dossier["code"], {})
    say(land, TAX, "receipt", dossier["code"], {"of": str(uuid4())})
    say(land, TAX, "notice", None, taxes(tncn=1))
    work_through(database_url)
    assert fates(database_url) == [
        ("dead", word)
        for word in (
            "dossier-unknown", "not-expected", "sum-differs", "data-unreadable", "data-unreadable", "kind-unknown", "message-unknown",
            "dossier-unknown",
        )
    ]  # fmt: skip
    assert read(land, dossier["id"])["step"] == "tax"


def test_what_lies_in_the_inbox_is_checked_again(land: Conn, database_url: str) -> None:
    dossier = at_tax(land)
    in_inbox(land, "tax", token(STRANGER, "notice", dossier["code"], taxes(tncn=1), jti="m-1"), "m-1")
    in_inbox(land, "notification", token(STRANGER, "receipt", None, {}, jti="m-2"), "m-2")
    old = token(TAX, "notice", dossier["code"], taxes(tncn=1), jti="m-3", now=1_700_000_000)
    in_inbox(land, "tax", old, "m-3")
    work_through(database_url)
    assert fates(database_url) == [("dead", "no-longer-believed")] * 3
    assert read(land, dossier["id"])["step"] == "tax"


def test_a_message_that_waited_long_before_it_was_worked_on_is_still_believed(land: Conn, database_url: str) -> None:
    dossier = at_tax(land)
    came = 1_700_000_000
    in_inbox(land, "tax", token(TAX, "notice", dossier["code"], taxes(tncn=1), jti="m", now=came), "m")
    land.execute("UPDATE dossier.inbox SET came_at = to_timestamp(%s)", (came + 5,))
    land.commit()
    work_through(database_url)
    assert fates(database_url) == [("done", None)]


def test_a_receipt_is_kept_with_the_message_it_is_for(land: Conn, database_url: str) -> None:
    at_tax(land)
    row = land.execute("SELECT key FROM dossier.outbox WHERE partner = 'portal' ORDER BY id LIMIT 1").fetchone()
    assert row is not None
    land.rollback()
    say(land, PORTAL, "receipt", None, {"of": str(row["key"]), "state": "delivered", "note": "đã nhận"})
    say(land, PAYMENT, "receipt", None, {"of": str(row["key"])})
    work_through(database_url)
    assert fates(database_url) == [("done", None), ("dead", "message-unknown")]
    kept = land.execute(
        "SELECT answer -> 'receipt' AS receipt FROM dossier.outbox WHERE key = %s", (row["key"],)
    ).fetchone()
    assert kept is not None and kept["receipt"]["note"] == "đã nhận"


def test_a_step_the_rules_refuse_leaves_the_money_booked(land: Conn, database_url: str) -> None:
    dossier = at_tax(land)
    say(land, TAX, "notice", dossier["code"], taxes(tncn=7))
    work_through(database_url)
    asked = an_order(land, dossier)
    land.execute("ALTER TABLE dossier.event ADD CONSTRAINT broken CHECK (kind <> 'paid')")
    land.commit()
    say(land, PAYMENT, "paid", dossier["code"], asked | {"reference": "R"})
    work_through(database_url)
    assert fates(database_url)[-1] == ("done", None)
    assert payments(land, dossier["id"]) == {"tncn": (7, "paid")}
    assert read(land, dossier["id"])["step"] == "paying"
    land.execute("ALTER TABLE dossier.event DROP CONSTRAINT broken")
    land.commit()
    work_through(database_url)
    assert read(land, dossier["id"])["step"] == "deciding"


def test_a_message_the_database_cannot_take_is_tried_again_and_then_shown(land: Conn, database_url: str) -> None:
    dossier = at_tax(land)
    land.execute("ALTER TABLE dossier.event ADD CONSTRAINT broken CHECK (kind <> 'tax_notice')")
    land.commit()
    say(land, TAX, "notice", dossier["code"], taxes(tncn=7))
    work_through(database_url)
    (state, why) = fates(database_url)[0]
    assert state == "waiting" and why is not None and why.startswith("23514")
    assert payments(land, dossier["id"]) == {}
    land.execute("UPDATE dossier.inbox SET tries = 11, next_at = now()")
    land.commit()
    work_through(database_url)
    (state, why) = fates(database_url)[0]
    assert state == "dead" and why is not None and why.startswith("failed: ")
    land.execute("ALTER TABLE dossier.event DROP CONSTRAINT broken")
    assert land.execute("SELECT dossier.retry_message('in', 1) AS done").fetchone() == {"done": True}
    land.commit()
    work_through(database_url)
    assert fates(database_url) == [("done", None)]


# ---- the door --------------------------------------------------------------------------------------------------------


@pytest.fixture
def door(land: Conn, database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    app = create_app(Settings(database_url=database_url, data_dir=tmp_path, rates="off", partners=BOOK))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def hand_in(client: TestClient, text: str, partner: str = "tax") -> Any:
    return client.post(f"/api/partners/{partner}/messages", content=text, headers={"Content-Type": MEDIA_TYPE})


def test_a_message_is_taken_once_and_the_same_again_is_answered_the_same(door: TestClient, database_url: str) -> None:
    for new in (True, False):
        answer = hand_in(door, token(TAX, "notice", "H26-260901-0001", taxes(tncn=1), jti="m-1"))
        assert (answer.status_code, answer.json()) == (202, {"message": "m-1", "new": new})
    differs = hand_in(door, token(TAX, "notice", "H26-260901-0001", taxes(tncn=2), jti="m-1"))
    problem(differs, 409, "message-differs")
    assert len(fates(database_url)) == 1


def test_what_nobody_is_proven_to_have_sent_is_counted_and_not_kept(door: TestClient, database_url: str) -> None:
    problem(hand_in(door, token(STRANGER, "notice", None, {})), 403, "wrong-signature")
    problem(hand_in(door, token(TAX, "notice", None, {}), "payment"), 403, "wrong-signature")
    problem(hand_in(door, token(TAX, "notice", None, {}, aud="x")), 403, "wrong-addressee")
    problem(hand_in(door, token(TAX, "notice", None, {}, now=1_700_000_000)), 403, "wrong-time")
    problem(hand_in(door, "rác"), 422, "unreadable")
    problem(hand_in(door, ""), 422, "unreadable")
    problem(hand_in(door, "a" * 70_000), 413, "too-large")
    problem(hand_in(door, token(PORTAL, "receipt", None, {}), "notification"), 404, "no-such-partner")
    assert hand_in(door, "x", "bank").status_code == 422
    assert fates(database_url) == []
    with connect(database_url) as conn:
        rows = conn.execute("SELECT partner, reason, number FROM dossier.partner_refusal ORDER BY 1, 2").fetchall()
    assert [(row["partner"], row["reason"], row["number"]) for row in rows] == [
        ("payment", "wrong-signature", 1), ("tax", "unreadable", 1), ("tax", "wrong-addressee", 1), ("tax", "wrong-signature", 1),
        ("tax", "wrong-time", 1),
    ]  # fmt: skip


def test_the_gate_may_put_into_the_inbox_and_nothing_else(land: Conn) -> None:
    for login in ("geo_gate", "geo_service", "geo_public"):
        for statement in (
            "SELECT * FROM dossier.inbox",
            "SELECT * FROM dossier.outbox",
            "INSERT INTO dossier.inbox (partner, message, token) VALUES ('tax', 'm', 't')",
            "SELECT dossier.tell('tax', 'slip', NULL, '{}')",
            "SELECT dossier.on_paid('m', 'c', gen_random_uuid(), 1, 'r')",
            "SELECT dossier.settle(gen_random_uuid())",
            "SELECT * FROM dossier.claim('tax', 1, '1 s')",
            "UPDATE dossier.payment SET status = 'paid'",
        ):
            land.execute(f"SET LOCAL ROLE {login}")  # type: ignore[arg-type]
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                land.execute(statement)  # type: ignore[arg-type]
            land.rollback()
    land.execute("SET LOCAL ROLE geo_gate")
    land.execute("SELECT dossier.take_in('tax', 'm', 't')")
