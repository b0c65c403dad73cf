"""Raising, listing and paying, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from geo_service.dossiers.money.fees import fees
from geo_service.dossiers.refusals import no_such_dossier
from layers.db import Connection
from layers.errors import EditRefused, Forbidden, NotFound, Problem, Stale

COLUMNS = "id, dossier_id, kind, code, name_vi, name_en, amount, status, reference, due_on, made_at, paid_at, method"


def raise_fees(conn: Connection, dossier: UUID) -> list[dict[str, Any]]:
    """Write down what the rules make the applicant pay, once; everything there is to pay. Taxes come from the tax office.

    Raises NotFound for a dossier that is none to who acts.
    """
    row = conn.execute("SELECT terms, channel, form FROM dossier.dossier WHERE id = %s", (dossier,)).fetchone()
    if row is None:
        raise no_such_dossier()
    due = [asdict(fee) for fee in fees(row["terms"], row["channel"], row["form"]) if fee.kind == "fee"]
    known = [fee for fee in due if fee["amount"] is not None]
    with in_words():
        return conn.execute(f"SELECT {COLUMNS} FROM dossier.raise_fees(%s, %s)", (dossier, Jsonb(known))).fetchall()


def payments(conn: Connection, dossier: UUID) -> list[dict[str, Any]]:
    """What is and was to be paid, oldest first. Raises NotFound for a dossier that is none to who asks."""
    if conn.execute("SELECT 1 FROM dossier.dossier WHERE id = %s", (dossier,)).fetchone() is None:
        raise no_such_dossier()
    return conn.execute(
        f"SELECT {COLUMNS} FROM dossier.payment WHERE dossier_id = %s ORDER BY made_at, code",
        (dossier,),
    ).fetchall()


def order(conn: Connection, dossier: UUID, payment: UUID) -> UUID:
    """Ask the payment partner for a page to pay on; the order's key, the same when it is asked for again."""
    with in_words():
        row = conn.execute("SELECT dossier.order_payment(%s, %s) AS key", (dossier, payment)).fetchone()
    assert row is not None
    key: UUID = row["key"]
    return key


def pay_at_counter(conn: Connection, dossier: UUID, payment: UUID, receipt: str) -> dict[str, Any]:
    """A fee that the counter took in cash or by card; `receipt` is the number on the receipt."""
    with in_words():
        row = conn.execute(
            f"SELECT {COLUMNS} FROM dossier.pay_at_counter(%s, %s, %s)",
            (dossier, payment, receipt),
        ).fetchone()
    assert row is not None
    return row


@contextmanager
def in_words() -> Iterator[None]:
    """What the database refuses about money, said to a person."""
    try:
        yield
    except psycopg.Error as error:
        problem = _problem(error.sqlstate)
        if problem is None:
            raise
        raise problem from error


def _problem(state: str | None) -> Problem | None:
    match state:
        case "GD001":
            return no_such_dossier()
        case "GD004":
            return Forbidden(
                "not-your-desk",
                "Only the counter that received the dossier takes money for it.",
                "Chỉ nơi tiếp nhận hồ sơ mới được thu tiền.",
            )
        case "GD021":
            return NotFound("no-such-payment", "There is no such payment.", "Không có khoản thanh toán này.")
        case "GD022":
            return Stale(
                "payment-settled",
                "This has been paid or called back already; nothing more is to be done.",
                "Khoản này đã được nộp hoặc đã hủy; không cần thực hiện thêm.",
            )
        case "GD023":
            return EditRefused(
                "tax-not-at-counter",
                "Taxes are paid online or at the treasury, not at the counter.",
                "Thuế được nộp trực tuyến hoặc tại Kho bạc, không thu tại quầy.",
            )
    return None
